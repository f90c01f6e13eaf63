import sys

import pytest

from shadowpact.contracts import execute
from shadowpact.contracts.execute import Target, address, run
from shadowpact.errors import ShadowpactError, UsageError
from support.pacts import interaction, pact
from support.provider import json_reply, provider


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1:9001", ("127.0.0.1", 9001, "http", "/")),
        ("https://orders.test/api/", ("orders.test", 443, "https", "/api")),
        ("http://[::1]:80", ("[::1]", 80, "http", "/")),
    ],
)
def test_a_url_is_taken_apart(url: str, parts: tuple[str, int, str, str]) -> None:
    assert address(url) == parts


def test_a_url_without_a_host_is_refused() -> None:
    with pytest.raises(UsageError, match="is not like"):
        address("http:///x")


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
    monkeypatch.setattr(execute, "_START_S", 0.0)

    with pytest.raises(ShadowpactError, match="did not end within"):
        run([pact(interaction())], Target(url="http://127.0.0.1:1", timeout_ms=1), provider="p")
