import json
from pathlib import Path

import msgspec
import pytest

from shadowpact.cli import main
from shadowpact.model.batch import Batch, FindingDelta, FindingKey
from shadowpact.state import open_store
from support.reports import ORDER, ORDER_FINDING, batch, filled_store


@pytest.fixture
def state(tmp_path: Path) -> Path:
    filled_store(tmp_path).close()
    return tmp_path


def status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def states(state: Path) -> list[str]:
    store = open_store(state)
    try:
        return [one.state for one in store.findings()]
    finally:
        store.close()


def test_a_finding_is_shown_in_full(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("findings", "show", ORDER_FINDING, "--state", str(state)) == 0
    shown = capsys.readouterr().out
    assert "body $.total: another type" in shown
    assert '-   "total": 5,\n+   "total": "5",' in shown
    assert "curl --path-as-is" in shown


def test_the_first_digits_will_do_and_json_has_the_samples(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("findings", "show", ORDER_FINDING[:8], "--state", str(state), "--format", "json")

    assert status(*given) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "shadowpact/finding/1"
    (one,) = document["findings"]
    assert one["id"] == ORDER_FINDING
    assert one["samples"][0]["baseline"]["status"] == 200


def test_the_folder_may_be_given_before_the_subcommand(state: Path) -> None:
    assert status("findings", "--state", str(state), "show", ORDER_FINDING) == 0


@pytest.mark.parametrize(
    ("command", "expected"), [("accept", "accepted"), ("fixed", "fixed"), ("reopen", "open")]
)
def test_a_decision_is_kept(
    state: Path, command: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("findings", command, ORDER_FINDING, "--state", str(state)) == 0
    assert states(state) == [expected]
    assert capsys.readouterr().out == f"{ORDER_FINDING}: {expected} (was open)\n"


def test_an_accepted_finding_ends_the_list_with_status_0_and_a_reopened_one_with_1(
    state: Path,
) -> None:
    given = ("--state", str(state))
    assert status("findings", *given) == 1

    assert status("findings", "accept", ORDER_FINDING, *given) == 0
    assert status("findings", *given) == 0
    assert status("findings", "reopen", ORDER_FINDING, *given) == 0
    assert status("findings", *given) == 1


def test_a_decision_is_told_as_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("findings", "accept", ORDER_FINDING, "--state", str(state), "--format", "json")

    assert status(*given) == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["state"] == "accepted"


@pytest.mark.parametrize("name", ["fnd_000000000000", "fnd_", "", ORDER_FINDING[:6], "%"])
def test_a_name_that_fits_nothing_or_says_too_little_is_bad_usage(
    state: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("show", "accept"):
        assert status("findings", command, name, "--state", str(state)) == 2
        assert "no finding" in capsys.readouterr().err
    assert states(state) == ["open"]


def test_digits_of_two_findings_change_neither(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = ORDER_FINDING.removeprefix("fnd_")[:8]
    other = FindingKey("orders", digits + "0" * 24, ORDER, "body", "$.other", "missing")
    store = open_store(state)
    store.commit(Batch(findings={other: FindingDelta(severity="breaking", pairs=1)}), None)
    store.close()

    assert status("findings", "accept", digits, "--state", str(state)) == 2
    assert "give more digits" in capsys.readouterr().err
    assert states(state) == ["open", "open"]


def test_a_finding_of_two_candidates_is_shown_and_decided_for_both(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (key,) = batch().findings
    other = msgspec.structs.replace(key, candidate="new-orders")
    store = open_store(state)
    store.commit(Batch(findings={other: FindingDelta(severity="breaking", pairs=1)}), None)
    store.close()

    assert status("findings", "show", ORDER_FINDING, "--state", str(state)) == 0
    shown = capsys.readouterr().out
    assert "→ orders" in shown
    assert "→ new-orders" in shown
    assert status("findings", "accept", ORDER_FINDING, "--state", str(state)) == 0
    assert states(state) == ["accepted", "accepted"]


def test_a_folder_without_a_recording_is_bad_usage(tmp_path: Path) -> None:
    assert status("findings", "show", ORDER_FINDING, "--state", str(tmp_path / "nowhere")) == 2
