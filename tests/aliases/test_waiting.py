from shadowpact.aliases.state import State
from shadowpact.aliases.waiting import awaits, expect, may_deliver, release, settle
from shadowpact.model.exchange import Request, Response
from support.build import exchange, request, response
from support.sides import cookie, location, post, route_of

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"


def expecting(asked: Request, answered: Response, state: State | None = None) -> State:
    state = state or State(100)
    expect(state, exchange(asked, answered), "s", route_of(asked), "exc_1")
    return state


def waiting(state: State, asked: Request, session: str = "s") -> frozenset[str]:
    return awaits(state, asked, session, route_of(asked))


def test_a_request_waits_for_the_id_it_uses_wherever_it_stands() -> None:
    state = expecting(post("/orders"), response({"id": 12, "token": UUID}, 201))

    assert waiting(state, request("GET", "/orders/12"))
    assert waiting(state, post("/pay", {"order_id": 12}))
    assert waiting(state, request("GET", "/pay?order=12"))
    assert waiting(state, request("GET", "/", headers=((b"x-any", UUID.encode()),)))
    assert not waiting(state, request("GET", "/carts/12"))
    assert not waiting(state, post("/pay", {"quantity": 12}))


def test_a_location_and_a_cookie_are_waited_for() -> None:
    answered = response(headers=(*location("/orders/12"), *cookie("sid=abc")), status=201, body=b"")
    state = expecting(post("/orders"), answered)

    assert waiting(state, request("GET", "/orders/12"))
    assert waiting(state, request("GET", "/", headers=((b"cookie", b"sid=abc"),)))
    assert not waiting(state, request("GET", "/", headers=((b"cookie", b"sid=xyz"),)))


def test_reads_deliver_nothing_but_cookies_and_cursors() -> None:
    answered = response({"items": [{"id": 12}], "page": {"next_cursor": "OQ=="}})
    state = expecting(request("GET", "/orders"), answered)

    assert not waiting(state, request("GET", "/orders/12"))
    assert waiting(state, request("GET", "/orders?cursor=OQ%3D%3D"))
    assert may_deliver(exchange(request("GET", "/orders"), answered))
    assert not may_deliver(exchange(request("GET", "/orders"), response([{"id": 12}])))


def test_what_the_request_brought_or_is_known_is_not_waited_for() -> None:
    state = State(100)
    state.bind("order", 13, 17, "s", "exc_0", 0)
    state.same.add("order", "14", "s")
    asked = request("PUT", "/orders/12", headers=(), body=b"")
    expecting(asked, response({"id": 12, "previous": {"order_id": 13}, "order_ids": [14]}), state)

    assert state.expected == {}


def test_another_session_waits_too_unless_it_has_its_own() -> None:
    state = expecting(post("/carts"), response({"id": 1}, 201))
    state.bind("cart", 1, 5, "own", "exc_0", 0)

    assert waiting(state, request("GET", "/carts/1"), session="s")
    assert not waiting(state, request("GET", "/carts/1"), session="own")


def test_what_is_settled_without_an_answer_is_lost() -> None:
    state = expecting(post("/orders"), response({"id": 12}, 201))

    settle(state, "exc_1", is_mirrored=False)
    settle(state, "exc_1", is_mirrored=True)
    settle(state, "exc_2", is_mirrored=True)

    assert state.expected == {}
    assert state.by_exchange == {}
    assert not state.lost["order", "12"].is_mirrored


def test_what_was_answered_well_is_not_lost() -> None:
    state = expecting(post("/orders"), response({"id": 12}, 201))
    state.learnt.add("exc_1")

    settle(state, "exc_1", is_mirrored=True)

    assert state.lost == {}
    assert state.learnt == set()


def test_what_the_side_gave_no_name_is_suspected() -> None:
    answered = response({"id": 12, "token": UUID, "owner_id": 5, "cart_id": 7}, 201)
    state = expecting(post("/orders"), answered)
    state.learnt.add("exc_1")
    state.same.add("cart", "7", "s")
    state.bind("owner", 5, 6, "s", "exc_1", 0)

    settle(state, "exc_1", is_mirrored=True)

    assert list(state.unnamed) == [("order", "12")]
    assert not state.is_idle


def test_an_exchange_without_an_answer_delivers_nothing() -> None:
    assert expecting(post("/orders"), response({"id": 12}, 500)).expected == {}


def test_what_another_process_has_seen_through_is_neither_waited_for_nor_lost() -> None:
    state = expecting(post("/orders"), response({"id": 12}, 201))

    release(state, "exc_1")
    release(state, "exc_2")

    assert not waiting(state, request("GET", "/orders/12"))
    assert (state.expected, state.by_exchange, state.lost) == ({}, {}, {})
