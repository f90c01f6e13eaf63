import pytest

from shadowpact.model.exchange import Failure, Request
from shadowpact.recording.dependencies import MAX_LEAVES, makes, needs
from support.build import exchange, request, response

UUID = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (request(target="/orders/17"), ("order", "17")),
        (request(target="/customers/5/orders/17"), ("customer", "5")),
        (request(target="/customers/5/orders/17"), ("order", "17")),
        (request(target=f"/orders/{UUID}"), ("", UUID)),
        (request(target="/categories/17"), ("category", "17")),
        (request(target="/articles/summer-shoes"), ("article", "summer-shoes")),
        (request(target="/x?order_id=17"), ("order", "17")),
        (request("POST", body=b'{"customerId": 5}'), ("customer", "5")),
        (request("POST", body=b'{"a": [{"order_id": "17"}]}'), ("order", "17")),
        (request("POST", body=b"customer_id=5&x=1"), ("customer", "5")),
        (request(headers=((b"Authorization", b"Bearer abcdefgh1234"),)), ("", "abcdefgh1234")),
        (request(headers=((b"Cookie", b"a=b; sid=abcdefgh1234"),)), ("", "abcdefgh1234")),
    ],
)
def test_a_request_needs_what_it_names(asked: Request, wanted: tuple[str, str]) -> None:
    assert wanted in needs(asked)


def test_a_number_that_is_no_id_is_not_needed() -> None:
    asked = request("POST", "/orders?page=17", body=b'{"quantity": 17, "id": true}')

    assert ("order", "17") not in needs(asked)
    assert ("quantity", "17") not in needs(asked)


def test_a_write_makes_what_its_answer_delivers() -> None:
    made = makes(
        exchange(
            request("POST", "/orders", body=b'{"customer_id": 5}'),
            response(
                {"id": 17, "customer_id": 5, "uid": UUID},
                201,
                headers=((b"Location", b"http://x.test/v1/orders/17"),
                         (b"Set-Cookie", b"sid=abcdefgh1234; Path=/")),
            ),
        )
    )  # fmt: skip

    assert {("order", "17"), ("", UUID), ("", "abcdefgh1234")} <= made
    assert ("customer", "5") not in made


def test_a_write_changes_what_its_path_names() -> None:
    assert ("order", "17") in makes(exchange(request("PUT", "/orders/17"), response({})))
    assert ("order", "17") in makes(exchange(request("DELETE", "/orders/17"), response({}, 204)))


def test_what_the_request_named_is_not_made_by_it() -> None:
    body = f'{{"customer_uid": "{UUID}"}}'.encode()
    value = exchange(request("POST", "/orders", body=body), response({"id": 1, "by": UUID}))

    assert ("", UUID) not in makes(value)


@pytest.mark.parametrize(
    "value",
    [
        exchange(request("GET", "/orders/17"), response({"id": 17})),
        exchange(request("POST", "/orders/17"), response({"id": 17}, 409)),
        exchange(request("POST", "/orders/17"), Failure(kind="reset")),
    ],
)
def test_what_reads_or_fails_makes_nothing(value: object) -> None:
    assert makes(value) == frozenset()  # type: ignore[arg-type]  # they are exchanges


def test_of_a_large_document_only_so_many_values_are_looked_at() -> None:
    body = [{"order_id": n} for n in range(2 * MAX_LEAVES)]
    asked = request("POST", body=response(body).body)

    assert len(needs(asked)) <= MAX_LEAVES
    assert ("order", "0") in needs(asked)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"", b"=", b"[[[1"])
def test_a_broken_body_names_nothing(body: bytes) -> None:
    assert needs(request("POST", "/", body=body)) == frozenset()
