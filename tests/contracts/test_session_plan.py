from typing import Any

import msgspec
import orjson

from shadowpact.contracts.session import Step
from shadowpact.contracts.session_plan import Planner, did_write
from shadowpact.model.exchange import Headers
from support.build import JSON, exchange, request, response

TOKEN = "a-token-that-is-long-enough-0001"


class Recording:
    """Steps of a recording, in the order in which they are added."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def add(
        self,
        asked: str,
        answer: Any = None,
        *,
        status: int = 200,
        session: str = "s",
        body: Any = None,
        token: str | None = None,
        route: str | None = None,
    ) -> Step:
        method, _, target = asked.partition(" ")
        headers: Headers = () if body is None else JSON
        if token is not None:
            headers = (*headers, (b"x-csrf-token", token.encode()))
        sent = request(
            method, target, headers=headers, body=b"" if body is None else orjson.dumps(body)
        )
        step = Step(
            sequence=len(self.steps),
            exchange=exchange(sent, response(answer, status)),
            session=session,
            route=route or asked,
        )
        self.steps.append(step)
        return step

    def before(self, own: Step) -> list[str]:
        """What an exchange needs, as ``METHOD path``."""
        return [
            f"{step.exchange.request.method} {step.exchange.request.path}"
            for step in Planner(self.steps).steps_before(own)
        ]


def with_order(recording: Recording, number: int, session: str = "s") -> None:
    recording.add(
        "POST /orders", {"id": number}, status=201, session=session, body={"pieces": number}
    )


def read(recording: Recording, number: int, session: str = "s") -> Step:
    return recording.add(
        f"GET /orders/{number}", {"id": number}, session=session, route="GET /orders/{id}"
    )


def test_the_writes_of_the_session_so_far_are_needed_and_its_reads_are_not() -> None:
    recording = Recording()
    recording.add("POST /users", {"id": 5}, status=201, body={"name": "a"})
    recording.add("GET /products", {"products": []})
    with_order(recording, 1001)
    own = recording.add("GET /orders", {"orders": []})
    with_order(recording, 1002)

    assert recording.before(own) == ["POST /users", "POST /orders"]


def test_what_was_refused_and_what_others_did_is_not_needed() -> None:
    recording = Recording()
    recording.add("POST /orders", {"error": "no"}, status=422, body={})
    with_order(recording, 1001, session="other")
    own = recording.add("GET /orders", {"orders": []})

    assert recording.before(own) == []


def test_changes_of_other_things_that_the_session_made_are_left_out() -> None:
    recording = Recording()
    for number in (1001, 1002):
        with_order(recording, number)
    for number in (1001, 1002):
        recording.add(
            f"PATCH /orders/{number}", {"id": number}, body={"x": 1}, route="PATCH /orders/{id}"
        )
    own = read(recording, 1002)

    assert recording.before(own) == ["POST /orders", "POST /orders", "PATCH /orders/1002"]


def test_what_another_session_made_is_needed_with_what_that_needs() -> None:
    recording = Recording()
    recording.add("POST /login", {"ok": True}, session="other", body={"name": "b"})
    with_order(recording, 1001, session="other")
    recording.add(
        "PATCH /orders/1001",
        {"id": 1001},
        session="other",
        body={"x": 1},
        route="PATCH /orders/{id}",
    )
    own = read(recording, 1001)

    assert recording.before(own) == ["POST /login", "POST /orders"]


def test_what_another_session_deleted_is_gone_until_it_is_made_anew() -> None:
    recording = Recording()
    with_order(recording, 1001, session="a")
    recording.add("DELETE /orders/1001", status=204, session="b", route="DELETE /orders/{id}")
    recording.add("DELETE /orders/1002", status=204, session="b", route="DELETE /orders/{id}")
    gone = read(recording, 1001, session="c")
    with_order(recording, 1001, session="d")
    there = read(recording, 1001, session="e")

    assert recording.before(gone) == ["POST /orders", "DELETE /orders/1001"]
    assert recording.before(there) == ["POST /orders"]


def test_its_own_session_made_it_rather_than_another() -> None:
    recording = Recording()
    with_order(recording, 1001)
    with_order(recording, 1001, session="other")
    own = read(recording, 1001)
    (needed,) = Planner(recording.steps).steps_before(own)

    assert needed.session == "s"


def test_a_read_that_gave_a_token_is_needed_where_the_token_is_sent() -> None:
    recording = Recording()
    recording.add("GET /csrf", {"csrf": TOKEN})
    recording.add("GET /csrf", {"csrf": "of-somebody-else-entirely"}, session="other")
    own = recording.add("POST /orders", {"id": 1}, status=201, body={}, token=TOKEN)

    assert recording.before(own) == ["GET /csrf"]


def test_what_comes_later_is_never_needed() -> None:
    recording = Recording()
    own = read(recording, 1001)
    with_order(recording, 1001)

    assert recording.before(own) == []


def test_a_write_without_an_answer_did_nothing_that_is_known() -> None:
    recording = Recording()
    step = recording.add("POST /orders", {}, status=500, body={})
    unanswered = msgspec.structs.replace(step.exchange, response=None)

    assert not did_write(step)
    assert not did_write(msgspec.structs.replace(step, exchange=unanswered))
