from typing import Any

import pytest

from shadowpact.aliases.learn import Lesson
from shadowpact.aliases.state import State
from shadowpact.model.alias import TOKEN
from shadowpact.model.exchange import Request, Response
from support.build import JSON, exchange, request, response
from support.sides import cookie, location, post, route_of

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"
OTHER = "0b44a7c1-92d3-4f60-8a51-6b7c8d9e0f1a"


def taught(
    asked: Request, recorded: Response, answer: Response, state: State | None = None
) -> State:
    state = State(100) if state is None else state
    taken = exchange(asked, recorded)
    Lesson(state, taken, "s", route_of(asked), "exc_1").learn(recorded, answer)
    return state


def bound(state: State) -> dict[tuple[str, Any], Any]:
    return {(one.kind, one.recorded): one.side for one in state.table if not one.is_demoted}


def made(recorded: Any, given: Any, target: str = "/orders") -> dict[tuple[str, Any], Any]:
    return bound(taught(post(target), response(recorded, 201), response(given, 201)))


def test_what_a_post_made_is_bound_with_all_that_belongs_to_it() -> None:
    recorded = {"id": 1, "number": "ORD-0001", "lines": [{"id": 5, "sku": "A"}], "invoice_id": 9}
    given = {
        "id": UUID,
        "number": "ORD-7f9c",
        "lines": [{"id": 6, "sku": "A"}],
        "invoice_id": OTHER,
    }

    assert made(recorded, given) == {
        ("order", 1): UUID,
        ("order", "ORD-0001"): "ORD-7f9c",
        ("line", 5): 6,
        ("invoice", 9): OTHER,
    }


def test_what_was_made_within_is_known_by_what_it_refers_to() -> None:
    state = taught(post("/books"), response({"id": 8}, 201), response({"id": 81}, 201))
    taught(
        post("/orders"),
        response({"id": 1, "lines": [{"id": 5, "book": 8, "quantity": 2}]}, 201),
        response({"id": 2, "lines": [{"id": 6, "book": 81, "quantity": 2}]}, 201),
        state,
    )

    assert bound(state)["line", 5] == 6


def test_a_cursor_is_a_token_and_the_newest_counts() -> None:
    asked = request("GET", "/orders")
    state = taught(asked, response({"next_cursor": "OQ=="}), response({"next_cursor": "MTA="}))
    bound_first = bound(state)
    same = {"next_cursor": "OQ==", "n": 1}
    taught(asked, response(same), response({**same, "n": 2}), state)

    assert bound_first == {(TOKEN, "OQ=="): "MTA="}
    assert bound(state) == {(TOKEN, "OQ=="): "OQ=="}


def test_a_small_number_called_a_token_counts_something() -> None:
    assert made({"cursor": 3}, {"cursor": 4}) == {}
    assert made({"otp": 123456}, {"otp": 654321}) == {(TOKEN, 123456): 654321}


def test_a_reference_between_numbers_is_only_proposed() -> None:
    state = taught(
        post("/orders"),
        response({"id": 1, "payment_id": 5}, 201),
        response({"id": 2, "payment_id": 9}, 201),
    )

    assert bound(state) == {("order", 1): 2}
    assert ("payment", "5", "s") in state.proposals


@pytest.mark.parametrize(
    ("recorded", "given"),
    [
        ({"ok": True}, {"ok": False}),
        ({"id": None}, {"id": 5}),
        ({"id": 1}, {"id": None}),
        ({"id": 1.5}, {"id": 2.5}),
        ({"id": "2026-01-01T00:00:00Z"}, {"id": "2026-01-01T00:00:01Z"}),
        ({"status": "open"}, {"status": "shut"}),
        ({"code": "OPEN"}, {"code": "SHUT"}),
        ({"session": "open"}, {"session": "shut"}),
        ({"count": 5}, {"count": 6}),
        ({"page": {"number": 1}}, {"page": {"number": 2}}),
        ({"id": 1}, {"id": "1"}),
        ({"title": "red-shirt-2024"}, {"title": "red-shirt-2025"}),
        ({"created": "1750000000000001"}, {"created": "1750000000000002"}),
    ],
)
def test_what_is_no_pair_of_ids_is_not_bound(recorded: Any, given: Any) -> None:
    assert made(recorded, given) == {}


@pytest.mark.parametrize(
    "asked",
    [
        request("PUT", "/orders/1", headers=JSON, body=b"{}"),
        post("/orders", {"id": 1}),
        post("/orders?id=1"),
    ],
)
def test_what_the_request_brought_is_not_new(asked: Request) -> None:
    assert bound(taught(asked, response({"id": 1}), response({"id": 2}))) == {}


def test_the_quantity_12_in_the_request_is_not_the_order_12() -> None:
    asked = post("/orders", {"quantity": 12})

    assert bound(taught(asked, response({"id": 12}), response({"id": 17}))) == {("order", 12): 17}


@pytest.mark.parametrize("status", [400, 404, 409, 500])
def test_a_refusal_teaches_nothing_but_cookies(status: int) -> None:
    state = taught(
        post("/orders"),
        response({"id": 1}, 201, headers=cookie("sid=abc")),
        response({"id": 2}, status, headers=cookie("sid=xyz")),
    )

    assert bound(state) == {("cookie:sid", "abc"): "xyz"}
    assert state.seen.holds("order", "1")


def test_a_redirect_after_a_post_names_what_was_made() -> None:
    recorded = response(status=303, headers=location("/orders/12"), body=b"")
    given = response(status=302, headers=location("http://x/orders/17?done=1"), body=b"")

    assert bound(taught(post("/orders"), recorded, given)) == {("order", "12"): "17"}


def test_a_token_replaces_the_one_before_it_without_a_conflict() -> None:
    state = State(100)
    for given in ("zY8xW6vU4t", "qQ2wW3eE4r"):
        recorded = response({"csrf": "aB3dE5fG7h"})
        taught(request("GET", "/form"), recorded, response({"csrf": given}), state)

    assert bound(state) == {("token", "aB3dE5fG7h"): "qQ2wW3eE4r"}


def test_a_long_token_need_not_have_a_digit() -> None:
    drawn = "ab-Cdef_GhiJKlmnopQrst-uvWXyzABc"
    recorded, given = response({"token": "1f" * 20}), response({"token": drawn})

    assert bound(taught(post("/login"), recorded, given)) == {("token", "1f" * 20): drawn}


def test_a_side_with_one_token_for_all_is_no_conflict() -> None:
    state = State(100)
    for recorded in ("aB3dE5fG7h", "bB3dE5fG7h"):
        given = response({"csrf": "zY8xW6vU4t"})
        taught(request("GET", "/form"), response({"csrf": recorded}), given, state)

    assert len(bound(state)) == 2


def test_a_binding_that_never_held_is_given_up() -> None:
    state = State(100)
    binding = state.bind("product", 3, 8, "s", "exc_0", 0)
    for _ in range(2):
        recorded, given = response({"id": 3}), response({"id": 9})
        taught(request("GET", "/products/best"), recorded, given, state)
        taught(
            request("GET", "/x"), response({"product_id": 3}), response({"product_id": 9}), state
        )

    assert binding.is_demoted
    assert bound(state) == {}


def test_a_binding_that_held_is_kept_when_the_side_errs() -> None:
    state = taught(post("/orders"), response({"id": 12}, 201), response({"id": 17}, 201))
    for _ in range(9):
        taught(
            request("GET", "/last"), response({"order_id": 12}), response({"order_id": 99}), state
        )

    assert bound(state) == {("order", 12): 17}
    assert next(iter(state.table)).conflicts == 9


def test_lists_in_another_order_are_no_evidence_against_a_binding() -> None:
    state = taught(post("/orders"), response({"id": 12}, 201), response({"id": 17}, 201))
    recorded, given = [{"id": 12, "n": 1}], [{"id": 99, "n": 2}]
    taught(request("GET", "/orders"), response(recorded), response(given), state)

    assert next(iter(state.table)).conflicts == 0


def test_bodies_alike_are_looked_into_once_something_differs() -> None:
    state = State(100)
    same = response({"id": 7, "tags": [{"id": 3}]})
    taught(request("GET", "/customers/7"), same, same, state)
    asleep = state.same.holds("customer", "7")
    recorded, given = {"id": 1, "customer_id": 7}, {"id": 2, "customer_id": UUID}
    taught(post("/orders"), response(recorded, 201), response(given, 201), state)

    assert not asleep
    assert state.same.holds("customer", "7")
    assert state.same.holds("tag", "3")
    assert bound(state) == {("order", 1): 2}


def test_bodies_of_other_types_have_nothing_in_common() -> None:
    html = ((b"content-type", b"text/html"),)
    asked, recorded = post("/orders"), response({"id": 1})

    assert bound(taught(asked, recorded, response(body=b'{"id":2}', headers=html))) == {}
    assert bound(taught(asked, recorded, response(body=b"{", headers=JSON))) == {}
    assert bound(taught(asked, recorded, response(body=b"", headers=JSON))) == {}


def test_a_deleted_id_may_be_given_again() -> None:
    state = taught(post("/orders"), response({"id": 12}, 201), response({"id": 17}, 201))
    gone = response(status=204, body=b"", headers=())
    taught(request("DELETE", "/orders/12"), gone, gone, state)
    taught(post("/orders"), response({"id": 12}, 201), response({"id": 18}, 201), state)

    assert bound(state) == {("order", 12): 18}
