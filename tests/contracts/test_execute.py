import json
import sys
from typing import Any

import pytest

from shadowpact.contracts.execute import Target, run, workers_for
from shadowpact.contracts.means import Means
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.state_functions import FunctionStates
from shadowpact.errors import ShadowpactError
from shadowpact.model.exchange import Response
from support.pacts import interaction, pact
from support.provider import Asked, Reply, json_reply, provider


def test_nothing_to_run_runs_nothing() -> None:
    assert run([], Target(url="http://127.0.0.1:1"), provider="orders") == []


def test_results_come_in_the_order_asked_whatever_pacts_call_their_interactions() -> None:
    same = [interaction("same", status=status) for status in (200, 404, 200)]
    with provider(lambda _: json_reply({})) as server:
        rans = run([pact(it) for it in same], Target(url=server.url), provider="orders")

    assert [ran.ending for ran in rans] == ["matched", "mismatched", "matched"]


def test_telemetry_is_off_and_the_other_engine_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACT_MATCHING_ENGINE", "v2")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with provider(lambda _: json_reply({"a": 1})) as server:
        expected = pact(interaction(content={"a": 2}))
        (ran,) = run([expected], Target(url=server.url), provider="orders")

    assert [m.message for m in ran.mismatches] == ["$.a is 1, not 2"]


def test_a_verifier_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(ShadowpactError, match="ended with status 1"):
        run([pact(interaction())], Target(url="http://127.0.0.1:1"), provider="orders")


def test_a_verifier_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shadowpact.contracts.execute._START_S", 0.0)

    with pytest.raises(ShadowpactError, match="did not end within"):
        run([pact(interaction())], Target(url="http://127.0.0.1:1", timeout_ms=1), provider="p")


@pytest.mark.parametrize(
    ("interactions", "asked", "means", "workers"),
    [
        (20, None, Means(), 1),
        (300, None, Means(reset=lambda: None), 1),
        (300, 3, Means(reset=lambda: None), 3),
        (300, None, Means(), 2),
    ],
)
def test_processes_are_as_many_as_fit_and_one_where_order_matters(
    interactions: int,
    asked: int | None,
    means: Means,
    workers: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)

    assert workers_for(interactions, asked, means) == workers


def test_several_processes_give_the_same_results_in_the_same_order() -> None:
    wanted = [200, 404, 200] * 20
    with provider(lambda _: json_reply({})) as server:
        rans = run(
            [pact(interaction(status=status)) for status in wanted],
            Target(url=server.url, workers=3),
            provider="orders",
        )

    assert [ran.ending == "matched" for ran in rans] == [status == 200 for status in wanted]


def test_an_answer_and_what_was_sent_are_kept() -> None:
    with provider(lambda _: json_reply({"a": 1})) as server:
        (ran,) = run([pact(interaction())], Target(url=server.url), provider="orders")

    assert ran.sent is not None
    assert ran.sent.target == "/orders/1"
    assert ran.answer is not None
    assert (ran.answer.status, ran.answer.body) == (200, b'{"a": 1}')


def test_what_the_judge_finds_is_a_mismatch() -> None:
    found = Mismatch(part="body", path="$.a", message="not so")
    with provider(lambda _: json_reply({"a": 1})) as server:
        (ran,) = run(
            [pact(interaction())],
            Target(url=server.url),
            provider="orders",
            judge=lambda _number, _answer: [found],
        )

    assert (ran.ending, ran.mismatches) == ("mismatched", (found,))


def test_a_bug_in_the_relay_ends_the_run() -> None:
    def broken(_number: int, _answer: Response) -> list[Mismatch]:
        raise KeyError("bug")

    with provider(lambda _: json_reply({})) as server, pytest.raises(KeyError, match="bug"):
        run([pact(interaction())], Target(url=server.url), provider="orders", judge=broken)


def test_redirects_are_not_followed() -> None:
    def answers(asked: Asked) -> Reply:
        if asked.target == "/elsewhere":
            return json_reply({})
        return Reply(status=302, headers=(("Location", "/elsewhere"),))

    with provider(answers) as server:
        rans = run(
            [pact(interaction(status=302)), pact(interaction(status=200))],
            Target(url=server.url),
            provider="orders",
        )

    assert [ran.ending for ran in rans] == ["matched", "mismatched"]
    assert {one.target for one in server.asked} == {"/orders/1"}


@pytest.mark.parametrize(
    ("content", "rule", "came", "path"),
    [
        ({"a": 1}, None, {}, "$.a"),
        ({"a": {"b": 1}}, None, {"a": {}}, "$.a.b"),
        ({"l": [{"b": 1}]}, {"$.l": {"match": "type", "min": 1}}, {"l": [{}]}, "$.l[0].b"),
    ],
)
def test_a_missing_key_is_told_at_its_own_path(
    content: Any, rule: dict[str, Any] | None, came: Any, path: str
) -> None:
    with provider(lambda _: json_reply(came)) as server:
        made = pact(interaction(content=content, rules=rule))
        (ran,) = run([made], Target(url=server.url), provider="orders")

    assert [(m.path, m.message) for m in ran.mismatches] == [(path, f"{path} is missing")]


def test_a_pact_without_a_status_asks_for_200() -> None:
    bare = interaction()
    del bare["response"]["status"]
    statuses = iter((200, 500))
    with provider(lambda _: json_reply({}, next(statuses))) as server:
        rans = run([pact(bare), pact(bare)], Target(url=server.url), provider="orders")

    assert [ran.ending for ran in rans] == ["matched", "mismatched"]


def test_a_rule_that_matches_nothing_does_not_hide_what_it_was_meant_for() -> None:
    dead = {"$.prices[*].amount": {"match": "number"}}
    with provider(lambda _: json_reply({"price": "1"})) as server:
        made = pact(interaction(content={"price": 1}, rules=dead))
        (ran,) = run([made], Target(url=server.url), provider="orders")

    assert [m.path for m in ran.mismatches] == ["$.price"]


def test_values_of_a_state_go_wherever_a_generator_asks_for_them() -> None:
    def of(expression: str) -> dict[str, str]:
        return {"type": "ProviderState", "expression": expression}

    made = interaction(providerStates=[{"name": "an order exists", "params": {}}])
    made["request"] |= {
        "method": "POST",
        "headers": {"Authorization": ["Bearer old"]},
        "query": {"order": ["17"]},
        "body": {"contentType": "application/json", "encoded": False, "content": {"order": 17}},
        "generators": {
            "path": of("/orders/${id}"),
            "header": {"Authorization": of("Bearer ${token}")},
            "query": {"order": of("${id}")},
            "body": {"$.order": of("${id}")},
        },
    }
    states = FunctionStates({"an order exists": lambda _: {"id": 901, "token": "new"}})
    with provider(lambda _: json_reply({})) as server:
        (ran,) = run(
            [pact(made)], Target(url=server.url), provider="orders", means=Means(states=states)
        )
    (asked,) = server.asked

    assert ran.ending == "matched"
    assert asked.target == "/orders/901?order=901"
    assert asked.headers["authorization"] == "Bearer new"
    assert json.loads(asked.body) == {"order": 901}


def test_a_python_state_that_fails_is_tried_once() -> None:
    tried: list[int] = []

    def order(_params: dict[str, Any]) -> None:
        tried.append(1)
        raise ConnectionError("no database")

    made = interaction(providerStates=[{"name": "s", "params": {}}])
    with provider(lambda _: json_reply({})) as server:
        (ran,) = run(
            [pact(made)],
            Target(url=server.url),
            provider="orders",
            means=Means(states=FunctionStates({"s": order})),
        )

    assert (ran.ending, tried) == ("state-failed", [1])
    assert "raised ConnectionError: no database" in ran.mismatches[0].message
    assert server.asked == []
