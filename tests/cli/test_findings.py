import json
from pathlib import Path
from typing import Any

import pytest

from shadowpact.cli import main
from shadowpact.recording.losses import LossCounter
from shadowpact.state import recording_folder
from support.build import exchange, request, response
from support.processes import candidate, record, write_config
from support.scripted import ScriptedServer, answer


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def compared(folder: Path, candidate_body: bytes, *, pairs: int = 3) -> None:
    """A state folder whose worker has compared some pairs on two routes."""
    with ScriptedServer({"/orders/1": answer(candidate_body)}) as server:
        config = write_config(folder, "http://monolith.test", candidate(server.url))
        same = exchange(request(target="/health"), response({"id": 1}))
        record(folder / "state", [exchange(), same] * pairs)
        arguments = ("--state", str(folder / "state"), "--config", str(config))
        assert status("worker", "--drain", *arguments) == 0


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(capsys.readouterr().out)
    return read


def test_no_findings_pass(tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compared(tmp_path, b'{"id":1}')

    assert status("findings", "--state", str(state), "--format", "json") == 0
    seen = document(capsys)
    assert seen["schema"] == "shadowpact/findings/1"
    assert seen["evidence"]["pairs"] == seen["evidence"]["equal"] == 6
    assert seen["findings"] == []


def test_open_findings_end_with_status_1(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(tmp_path, b'{"id":"1"}')

    assert status("findings", "--state", str(state), "--format", "json") == 1
    (finding,) = document(capsys)["findings"]
    assert (finding["path"], finding["kind"], finding["pairs"]) == ("$.id", "type-changed", 3)
    assert finding["verdict"] == "real"
    assert finding["samples"][0]["candidate"]["body"] == '{"id":"1"}'


def test_one_route_can_be_asked_for(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(tmp_path, b'{"id":"1"}')
    given = ("findings", "--state", str(state), "--format", "json", "--route")

    assert status(*given, "GET /health") == 0
    seen = document(capsys)
    assert [one["route"] for one in seen["routes"]] == ["GET /health"]
    assert seen["findings"] == []
    assert status(*given, "GET /orders/{id}") == 1


def test_a_route_that_was_not_compared_is_no_evidence_and_its_nearest_is_named(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(tmp_path, b'{"id":"1"}')

    assert status("findings", "--state", str(state), "--route", "GET /order/{id}") == 3
    told = capsys.readouterr()
    assert told.out.startswith("No findings, as nothing was compared.\n")
    assert told.err == (
        "shadowpact: --route 'GET /order/{id}': no exchange of it was seen; "
        "did you mean 'GET /orders/{id}'?\n"
    )


def test_a_person_reads_the_same_as_text(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(tmp_path, b'{"id":"1"}')

    assert status("findings", "--state", str(state)) == 1
    shown = capsys.readouterr().out
    assert "GET /orders/{" in shown
    assert "$.id" in shown
    assert "\x1b[" not in shown


def test_a_folder_without_a_recording_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("findings", "--state", str(tmp_path / "nowhere")) == 2
    assert "nothing was recorded in this folder yet" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()


def test_what_waits_for_a_worker_is_a_backlog_and_no_evidence(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(state, [exchange()] * 4)

    assert status("findings", "--state", str(state), "--format", "json") == 3
    evidence = document(capsys)["evidence"]
    assert (evidence["exchanges"], evidence["backlog"]) == (0, 4)
    assert evidence["lag_ms"] > 0
    assert not (state / "store.db").exists()


def test_what_the_addon_lost_is_told_even_when_nothing_was_recorded(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording_folder(state).mkdir(parents=True)
    losses = LossCounter(recording_folder(state))
    losses.open()
    losses.drop("disk-full")
    losses.hook_error()
    losses.close()

    assert status("findings", "--state", str(state), "--format", "json") == 3
    evidence = document(capsys)["evidence"]
    assert evidence["dropped"] == {"disk-full": 1}
    assert evidence["hook_errors"] == 1
    assert evidence["exchanges"] == 1


def test_losses_are_added_to_what_the_worker_counted(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(tmp_path, b'{"id":1}')
    losses = LossCounter(recording_folder(state))
    losses.open()
    losses.drop("disk-full")
    losses.close()

    assert status("findings", "--state", str(state), "--format", "json") == 0
    evidence = document(capsys)["evidence"]
    assert (evidence["exchanges"], evidence["pairs"]) == (7, 6)
    assert evidence["dropped"] == {"disk-full": 1}
