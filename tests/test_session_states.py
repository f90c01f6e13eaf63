from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts.execute import Target
from shadowpact.contracts.means import Means
from shadowpact.contracts.reset import reset_by
from shadowpact.contracts.verify import Verification, verify
from shadowpact.contracts.wanted import wanted_in
from shadowpact.errors import UsageError
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer
from shadowpact.session_states import RecordedSessions
from support.orders import Orders, recorded
from support.pacts import interaction, write_pact
from support.provider import json_reply, provider
from support.recordings import record

KEY = bytes(range(64))
ASKED = (
    ("POST", "/orders", {"pieces": 2}),
    ("GET", "/orders/17", None),
    ("PATCH", "/orders/17", {"note": "ring twice"}),
    ("GET", "/orders/17", None),
    ("DELETE", "/orders/17", None),
    ("GET", "/orders/17", None),
)


def order(key: str, content: Any = None, **more: Any) -> dict[str, Any]:
    """An interaction on order 17, as the recording's answers would make it."""
    notes = {"kind": "floor", "route": "GET /orders/{id}", "credentials": ["authorization"]}
    return interaction(
        key, path="/orders/17", content=content, comments={"shadowpact": notes}, **more
    )


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    sealer = Sealer(KEY)
    record(tmp_path / "recording", map(sealer.seal, recorded(*ASKED)))
    return tmp_path / "recording"


def verified(
    folder: Path, recording: Path, orders: Orders, *, is_reset: bool = False
) -> Verification:
    interactions = [one.interaction for one in wanted_in(folder)]
    sessions = RecordedSessions(
        recording,
        interactions,
        sealer=Sealer(KEY),
        routes=RouteTable(()),
        is_reset=is_reset,
    )
    with provider(orders.answers) as server:
        reset = reset_by(f"{server.url}/reset", timeout_s=5) if is_reset else None
        return verify(
            folder,
            provider="orders",
            target=Target(url=server.url),
            means=Means(sessions=sessions, reset=reset),
        )


def said(verification: Verification) -> dict[str, list[str]]:
    return {one.key: [m.message for m in one.mismatches] for one in verification.interactions}


def test_a_contract_recorded_against_order_17_verifies_against_a_provider_that_calls_it_901(
    tmp_path: Path, recording: Path
) -> None:
    folder = tmp_path / "contracts"
    write_pact(folder, order("k", {"id": 17, "note": "", "pieces": 2}))
    orders = Orders(901, token="another-token-of-the-provider-02")
    told = verified(folder, recording, orders)

    assert told.verdict == "pass"
    assert orders.asked == [("POST", "/login"), ("POST", "/orders"), ("GET", "/orders/901")]


def test_without_a_session_state_the_same_contract_fails(tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    write_pact(folder, order("k", {"id": 17, "note": "", "pieces": 2}))
    with provider(Orders(901).answers) as server:
        told = verify(folder, provider="orders", target=Target(url=server.url))

    assert told.verdict == "fail"


def test_each_interaction_finds_the_state_in_which_its_answer_was_given(
    tmp_path: Path, recording: Path
) -> None:
    folder = tmp_path / "contracts"
    write_pact(
        folder,
        order("gone", {"error": "no such order"}, status=404),
        order("changed", {"note": "ring twice"}),
        order("fresh", {"note": ""}),
    )
    orders = Orders(901)
    told = verified(folder, recording, orders)
    again = verified(folder, recording, Orders(5), is_reset=True)

    assert said(told) == {"gone": [], "changed": [], "fresh": []}
    assert said(again) == said(told)
    assert orders.asked.count(("POST", "/orders")) == 1  # one session, one order
    assert orders.asked[-2:] == [("DELETE", "/orders/901"), ("GET", "/orders/901")]


def test_a_fault_shows_at_its_place_in_the_recordings_ids(tmp_path: Path, recording: Path) -> None:
    folder = tmp_path / "contracts"
    write_pact(folder, order("k", {"id": 17, "pieces": 2}))
    fault = Orders(901, fault=lambda order: {**order, "pieces": 3})

    assert said(verified(folder, recording, fault)) == {"k": ["$.pieces is 3, not 2"]}


def test_a_state_that_cannot_be_made_is_told_by_the_request_that_failed(
    tmp_path: Path, recording: Path
) -> None:
    folder = tmp_path / "contracts"
    write_pact(folder, order("changed", {"note": "ring twice"}, pending=True))

    class Closed(Orders):
        def _all(self, asked: Any) -> Any:
            return super()._all(asked) if asked.method == "GET" else self._one(asked)

        def _one(self, _asked: Any) -> Any:
            return json_reply({"error": "closed"}, 503)

    told = verified(folder, recording, Closed())

    assert told.verdict == "fail"
    assert [one.outcome for one in told.interactions] == ["state-failed"]
    assert said(told)["changed"] == [
        (
            "session state, request 2 of 3, POST /orders: the provider answered 503, "
            'recorded is 201: {"error": "closed"}'
        )
    ]


def test_a_recording_of_another_key_is_told(tmp_path: Path) -> None:
    other = Sealer(bytes(64))
    record(tmp_path / "recording", map(other.seal, recorded(*ASKED)))
    folder = tmp_path / "contracts"
    write_pact(folder, order("k", {"note": "ring twice"}))
    told = verified(folder, tmp_path / "recording", Orders())

    assert said(told)["k"] == [
        "session state: its credentials are sealed with another key than that of the state folder"
    ]
    assert told.verdict == "fail"


def test_what_is_not_in_the_recording_is_asked_as_it_stands(
    tmp_path: Path, recording: Path
) -> None:
    folder = tmp_path / "contracts"
    write_pact(folder, interaction("other", path="/nothing", status=401))

    assert verified(folder, recording, Orders()).verdict == "pass"


def test_a_recording_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--sessions"):
        RecordedSessions(tmp_path / "gone", [], sealer=Sealer(KEY), routes=RouteTable(()))
