import gzip
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.aliases.state import State
from shadowpact.aliases.translate import translate
from shadowpact.model.exchange import Headers
from support.build import JSON, response
from support.sides import cookie, location

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"
OTHER = "0b44a7c1-92d3-4f60-8a51-6b7c8d9e0f1a"
ROUTE = "GET /orders/{id}"


def state(*bound: tuple[str, Any, Any]) -> State:
    one = State(1000)
    for kind, recorded, side in bound:
        one.bind(kind, recorded, side, "s", "exc_1", 0)
    return one


def translated(one: State, given_: Any, recorded: Any, route: str = ROUTE) -> Any:
    return orjson.loads(translate(one, response(given_), response(recorded), "s", route).body)


def test_an_answer_with_nothing_bound_in_it_is_the_same_object() -> None:
    answer = response({"id": 3, "name": "x"})

    assert translate(state(("order", 12, 17)), answer, response({"id": 4}), "s", ROUTE) is answer


def test_the_recorded_type_is_the_one_the_baseline_has_there() -> None:
    one = state(("order", 12, UUID))

    assert translated(one, {"id": UUID, "order_id": UUID}, {"id": 12, "order_id": "12"}) == {
        "id": 12,
        "order_id": "12",
    }
    assert translated(one, {"elsewhere": UUID}, {}) == {"elsewhere": 12}


def test_a_number_given_as_a_text_stays_a_text() -> None:
    one = state(("order", 12, 17))

    assert translated(one, {"id": "17"}, {"id": 12}) == {"id": "12"}


def test_a_weak_value_is_translated_at_places_of_its_kind_alone() -> None:
    one = state(("order", 12, 17))

    assert translated(one, {"id": 17, "quantity": 17}, {"id": 12, "quantity": 12}) == {
        "id": 12,
        "quantity": 17,
    }


def test_where_the_baseline_has_the_same_value_it_is_no_alias() -> None:
    one = state(("order", 12, 17), ("order", "x" + UUID, UUID))

    assert translated(one, {"id": 17, "ref": UUID}, {"id": 17, "ref": UUID}) == {
        "id": 17,
        "ref": UUID,
    }


def test_the_counterparts_of_two_things_are_known_under_any_name() -> None:
    one = state(("user", 7, 5), ("user", 8, 6))

    first = translated(one, {"owner_id": 5}, {"owner_id": 7})
    second = translated(one, {"owner_id": 6}, {"owner_id": 8})
    wrong = translated(one, {"owner_id": 6}, {"owner_id": 7})

    assert (first, second) == ({"owner_id": 7}, {"owner_id": 8})
    assert wrong == {"owner_id": 6}
    assert one.synonyms == {"owner": "user"}


def test_a_word_for_a_relation_stands_for_an_id_that_is_bound() -> None:
    one = state(("user", 7, 5))

    assert translated(one, {"customer": 5, "stock": 5}, {"customer": 7, "stock": 7}) == {
        "customer": 7,
        "stock": 5,
    }
    assert translated(one, {"customer": 5}, {"customer": 6}) == {"customer": 5}


def test_headers_that_hold_ids() -> None:
    one = state(("order", 12, UUID), ("cookie:sid", "old", "new"))
    links = f'<https://b.test/orders/{UUID}?page=2>; rel="next", <../orders/{UUID}>; rel=self'
    given_: Headers = (
        *location(f"https://b.test/orders/{UUID}"),
        (b"link", links.encode()),
        (b"x-order-id", UUID.encode()),
        (b"set-cookie", b"sid=new; Path=/"),
        (b"set-cookie", b"other=new"),
        (b"x-odd", b"\xff"),
        (b"etag", UUID.encode()),
    )

    answer = translate(one, response({}, headers=given_), response({}), "s", ROUTE)

    assert answer.headers == (
        *location("https://b.test/orders/12"),
        (b"link", b'<https://b.test/orders/12?page=2>; rel="next", <../orders/12>; rel=self'),
        (b"x-order-id", b"12"),
        (b"set-cookie", b"sid=old; Path=/"),
        (b"set-cookie", b"other=new"),
        (b"x-odd", b"\xff"),
        (b"etag", UUID.encode()),
    )


def test_the_length_is_put_right() -> None:
    body = orjson.dumps({"id": UUID})
    headers = (*JSON, (b"Content-Length", str(len(body)).encode()))

    answer = translate(
        state(("order", 12, UUID)),
        response(body=body, headers=headers),
        response({"id": 12}),
        "s",
        ROUTE,
    )

    assert answer.body == b'{"id":12}'
    assert answer.headers == (*JSON, (b"Content-Length", b"9"))


def test_an_encoded_answer_stays_encoded() -> None:
    headers = (*JSON, (b"content-encoding", b"gzip"))
    given_ = response(body=gzip.compress(orjson.dumps({"id": UUID})), headers=headers)

    answer = translate(state(("order", 12, UUID)), given_, response({"id": 12}), "s", ROUTE)

    assert gzip.decompress(answer.body) == b'{"id":12}'
    assert answer.headers == headers


def test_links_in_a_page_are_translated() -> None:
    html = ((b"content-type", b"text/html"),)
    one = state(("order", 12, 17), ("token", "aB3dE5fG7h", "zY8xW6vU4t"))
    page = b'<a href="/orders/%s">17</a><input value="%s">'

    answer = translate(
        one, response(body=page % (b"17", b"zY8xW6vU4t"), headers=html), response({}), "s", ROUTE
    )

    assert answer.body == page % (b"12", b"aB3dE5fG7h")


def test_a_value_with_letters_of_any_language_is_found_however_it_is_escaped() -> None:
    one = state(("product", "größe-x1y2z3", "größe-a9b8c7"))
    body = b'{"slug": "gr\\u00f6\\u00dfe-a9b8c7"}'

    answer = translate(one, response(body=body, headers=JSON), response({}), "s", "GET /products")

    assert orjson.loads(answer.body) == {"slug": "größe-x1y2z3"}


def test_what_stood_for_each_other_confirms_and_anything_else_does_not() -> None:
    one = state(("order", 12, 17))
    binding = one.table.find(("order",), "12", "s")
    assert binding is not None

    translated(one, {"id": 17}, {"id": 13})
    unconfirmed = binding.confirmations
    translated(one, {"id": 17}, {"id": 12})

    assert unconfirmed == 0
    assert binding.confirmations == 1


def test_a_cookie_that_is_the_same_for_both_stays() -> None:
    answer = response({}, headers=cookie("lang=en"))

    assert translate(state(("order", 12, 17)), answer, response({}), "s", ROUTE) is answer


def test_a_body_that_is_no_text_stays() -> None:
    html = ((b"content-type", b"text/html"),)
    answer = response(body=b"17 \xff", headers=html)

    assert translate(state(("order", 12, 17)), answer, response({}), "s", ROUTE) is answer


IDS = st.integers(1, 10_000)
THINGS = st.fixed_dictionaries(
    {"id": IDS, "quantity": st.integers(0, 99), "note": st.text(max_size=20)}
)


@given(st.lists(THINGS, max_size=8), st.sampled_from(["uuid", "shifted", "text"]))
def test_a_document_in_which_all_ids_are_others_is_the_recorded_one_again(
    things: list[dict[str, Any]], how: str
) -> None:
    others: dict[str, Callable[[int], Any]] = {
        "uuid": lambda number: f"00000000-0000-4000-8000-{number:012d}",
        "shifted": lambda number: number + 20_000,
        "text": lambda number: f"ord_{number:08d}x",
    }
    other = others[how]
    one = state(*(("order", thing["id"], other(thing["id"])) for thing in things))
    recorded = {
        "items": [{**thing, "href": f"/orders/{thing['id']}"} for thing in things],
        "by_order": {"orders": {str(thing["id"]): thing["quantity"] for thing in things}},
    }
    given_ = {
        "items": [
            {**thing, "id": other(thing["id"]), "href": f"/orders/{other(thing['id'])}"}
            for thing in things
        ],
        "by_order": {"orders": {str(other(thing["id"])): thing["quantity"] for thing in things}},
    }

    assert translated(one, given_, recorded, "GET /orders") == recorded


@pytest.mark.parametrize("order", [list, reversed])
def test_lists_in_another_order_keep_it(order: Any) -> None:
    one = state(("order", 1, UUID), ("order", 2, OTHER))
    given_ = list(order([{"id": UUID}, {"id": OTHER}]))
    recorded = [{"id": 1}, {"id": 2}]

    assert translated(one, given_, recorded, "GET /orders") == list(order(recorded))
