import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from shadowpact.contracts.execute import Target, run
from shadowpact.contracts.means import Means
from shadowpact.contracts.states import Params, StateServer, UrlStates
from support.pacts import interaction, pact
from support.provider import Asked, Reply, json_reply, provider

STATE: dict[str, Any] = {"name": "an order exists", "params": {"id": "17"}}


def with_state(path: str = "/orders/17", **request: Any) -> dict[str, Any]:
    made = interaction(path=path, providerStates=[STATE])
    made["request"].update(request)
    return pact(made)


def test_the_handler_is_asked_before_and_after_with_the_parameters() -> None:
    with provider(lambda _: json_reply({})) as server:
        target = Target(url=server.url, state_url=f"{server.url}/_states")
        (ran,) = run([with_state()], target, provider="orders")
    calls = [json.loads(one.body) for one in server.asked if one.target == "/_states"]

    assert ran.ending == "matched"
    assert [(c["action"], c["state"], c["params"]) for c in calls] == [
        ("setup", "an order exists", {"id": "17"}),
        ("teardown", "an order exists", {"id": "17"}),
    ]


def test_values_of_the_handler_reach_the_request() -> None:
    generators = {"path": {"type": "ProviderState", "expression": "/orders/${id}"}}

    def answers(asked: Asked) -> Reply:
        return json_reply({"id": 901} if asked.target == "/_states" else {})

    with provider(answers) as server:
        target = Target(url=server.url, state_url=f"{server.url}/_states")
        run([with_state(generators=generators)], target, provider="orders")

    assert "/orders/901" in [one.target for one in server.asked]


def test_a_handler_that_fails_is_asked_once_and_its_reason_is_told() -> None:
    started = time.monotonic()

    def answers(asked: Asked) -> Reply:
        return Reply(status=500, body=b"no database") if asked.target == "/_states" else Reply()

    with provider(answers) as server:
        target = Target(url=server.url, state_url=f"{server.url}/_states")
        (ran,) = run([with_state()], target, provider="orders")

    assert ran.ending == "state-failed"
    assert ran.mismatches[0].message == (
        "setup of 'an order exists': the state handler answered 500 no database"
    )
    assert time.monotonic() - started < 60  # Pact alone would try for two minutes
    assert [one.target for one in server.asked] == ["/_states"]


def test_a_handler_that_is_not_there_is_told() -> None:
    with StateServer(UrlStates("http://127.0.0.1:9/_states", timeout_s=1)) as states:
        status, reason = states.call(b'{"action": "setup", "state": "s", "params": {}}')

    assert status == 422
    assert b"cannot be asked" in reason
    assert "cannot be asked" in str(states.failure([{"name": "s"}]))


def test_interactions_without_a_state_do_not_ask() -> None:
    with StateServer(UrlStates("http://127.0.0.1:9/_states", timeout_s=1)) as states:
        assert states.call(b'{"action": "setup", "state": "", "params": {}}') == (200, b"{}")


def test_a_handler_without_values_may_answer_anything() -> None:
    with (
        provider(lambda _: Reply(body=b"done")) as server,
        StateServer(UrlStates(server.url, timeout_s=5)) as states,
    ):
        assert states.call(b'{"action": "setup", "state": "s"}') == (200, b"{}")


def test_without_a_handler_nothing_listens() -> None:
    with StateServer(None) as states:
        assert states.url is None


def test_values_of_the_handler_become_parameters_of_the_route() -> None:
    made = with_state(path="/orders/17")
    notes = {"kind": "floor", "route": "GET /orders/{id}"}
    made["interactions"][0]["comments"] = {"shadowpact": notes}

    def answers(asked: Asked) -> Reply:
        return json_reply({"id": 901} if asked.target == "/_states" else {})

    with provider(answers) as server:
        target = Target(url=server.url, state_url=f"{server.url}/_states")
        (ran,) = run([made], target, provider="orders")

    assert ran.ending == "matched"
    assert [one.target for one in server.asked] == ["/_states", "/orders/901", "/_states"]


class Odd:
    """Gives what it was told to, or raises it."""

    def __init__(self, given: object) -> None:
        self.given = given

    def set_up(self, _state: str, _params: Params) -> Mapping[str, Any]:
        if isinstance(self.given, BaseException):
            raise self.given
        return {"a": self.given}

    def tear_down(self, _state: str, _params: Params) -> None: ...


def test_values_that_are_no_json_fail_the_state() -> None:
    with StateServer(Odd(object())) as states:
        status, reason = states.call(b'{"action": "setup", "state": "s"}')

    assert status == 422
    assert b"not JSON serializable" in reason


@pytest.mark.parametrize(
    "error", [KeyError("shop"), SystemExit("shop"), pytest.fail.Exception("shop")]
)
def test_whatever_a_handler_raises_is_told(error: BaseException) -> None:
    with provider(lambda _: json_reply({})) as server:
        means = Means(states=Odd(error))
        (ran,) = run([with_state()], Target(url=server.url), provider="orders", means=means)

    assert ran.ending == "state-failed"
    assert ran.mismatches[0].message == (
        f"setup of 'an order exists': {type(error).__name__}: {error}"
    )
