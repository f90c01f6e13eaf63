from collections.abc import Callable, Sequence

import msgspec
import pytest

from shadowpact.contracts.session import Played, RecordedSession, Step
from shadowpact.contracts.states import StateError
from shadowpact.model.exchange import Exchange, Request, Response
from support.build import request
from support.orders import Orders, recorded
from support.provider import Asked

MADE = ("POST", "/orders", {"pieces": 2})
READ = ("GET", "/orders/17", None)
CHANGED = ("PATCH", "/orders/17", {"note": "ring twice"})


def steps(exchanges: Sequence[Exchange]) -> list[Step]:
    return [
        Step(
            sequence=number,
            exchange=one,
            session="s",
            route=f"{one.request.method} {one.request.path.replace('17', '{id}')}",
        )
        for number, one in enumerate(exchanges)
    ]


def asking(orders: Orders) -> Callable[[Request], Response]:
    def ask(asked: Request) -> Response:
        headers = {k.decode().lower(): v.decode() for k, v in asked.headers}
        told = orders.answers(Asked(asked.method, asked.target, headers, asked.body))
        assert told is not None
        made = tuple((k.encode(), v.encode()) for k, v in told.headers)
        return Response(status=told.status, headers=made, body=told.body)

    return ask


def test_earlier_requests_are_sent_in_the_providers_ids_and_its_answer_is_in_the_recordings() -> (
    None
):
    *before, own = steps(recorded(MADE, CHANGED, READ))
    orders = Orders(901, token="another-token-of-the-provider-02")
    session = RecordedSession(before, own)
    answer = session.play(request("GET", "/orders/17"), asking(orders))

    assert orders.asked == [
        ("POST", "/login"),
        ("POST", "/orders"),
        ("PATCH", "/orders/901"),
        ("GET", "/orders/901"),
    ]
    assert answer.status == 200
    assert answer.body == b'{"id": 17, "note": "ring twice", "pieces": 2}'
    assert (session.length, session.position) == (3, 3)


def test_a_request_that_goes_otherwise_than_recorded_is_told_by_its_number() -> None:
    login, made, own = steps(recorded(MADE, READ))
    bad = msgspec.structs.replace(
        made.exchange, response=Response(status=404, headers=(), body=b"")
    )
    session = RecordedSession([login, msgspec.structs.replace(made, exchange=bad)], own)

    with pytest.raises(StateError) as caught:
        session.play(request("GET", "/orders/17"), asking(Orders(901)))
    assert str(caught.value).startswith(
        "session state, request 2 of 2, POST /orders: the provider answered 201, recorded is 404: "
    )


def test_no_answer_is_told_too() -> None:
    login, own = steps(recorded(READ))

    def ask(_request: Request) -> Response:
        raise ConnectionRefusedError(111, "Connection refused")

    with pytest.raises(StateError, match="request 1 of 1, POST /login: no answer"):
        RecordedSession([login], own).play(request("GET", "/orders/17"), ask)


def test_what_was_played_is_not_sent_again() -> None:
    login, made, changed, own = steps(recorded(MADE, CHANGED, READ))
    orders, played = Orders(901), Played()
    ask = asking(orders)
    first = RecordedSession([login], made, played=played)
    again = RecordedSession([login], made, played=played)
    last = RecordedSession([login, made, changed], own, played=played)
    answers = [one.play(made.exchange.request, ask) for one in (first, again)]
    read = last.play(own.exchange.request, ask)

    assert orders.asked == [
        ("POST", "/login"),
        ("POST", "/orders"),
        ("PATCH", "/orders/901"),
        ("GET", "/orders/901"),
    ]
    assert answers[0] == answers[1]
    assert answers[0].body == b'{"id": 17, "note": "", "pieces": 2}'
    assert b"ring twice" in read.body


def test_what_failed_is_not_tried_again() -> None:
    login, made, own = steps(recorded(MADE, READ))
    bad = msgspec.structs.replace(
        made.exchange, response=Response(status=404, headers=(), body=b"")
    )
    orders, played = Orders(901), Played()
    wrong = [login, msgspec.structs.replace(made, exchange=bad)]
    for _ in range(2):
        with pytest.raises(StateError, match="request 2 of 2"):
            RecordedSession(wrong, own, played=played).play(request(), asking(orders))

    assert orders.asked == [("POST", "/login"), ("POST", "/orders")]


class Given:
    """A credential of the configuration."""

    def apply(self, request: Request) -> Request:
        kept = tuple(one for one in request.headers if one[0].lower() != b"authorization")
        header = (b"authorization", b"Bearer configured-token-0003")
        return msgspec.structs.replace(request, headers=(*kept, header))

    def refused(self, _request: Request) -> bool:
        return False


def test_a_credential_that_the_session_does_not_give_out_is_the_configured_one() -> None:
    (_, own) = steps(recorded(READ))
    orders = Orders(17, token="configured-token-0003")
    asking(orders)
    answer = RecordedSession([], own, credentials=Given()).play(
        request("GET", "/orders/17"), asking(orders)
    )

    assert answer.status == 404  # who asks is known; the order was never made


def test_a_session_without_an_end_is_refused() -> None:
    login, own = steps(recorded(READ))

    with pytest.raises(StateError, match="501 requests come before it; at most 500"):
        RecordedSession([login] * 501, own).play(request(), asking(Orders()))
