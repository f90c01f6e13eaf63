import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from shadowpact.cli import main
from shadowpact.cli.report import read_picture
from shadowpact.config import load
from shadowpact.state import open_store, recording_folder
from support.reports import ORDER, ORDER_FINDING, READY, batch, filled_store

RULES = """
[baseline]
url = "http://monolith.test"

[[rules]]
id = "request-id"
kind = "ignore"
path = "$.request_id"
reason = "each answer gets its own"

[[rules]]
id = "unused"
kind = "ignore"
path = "$.nothing"
reason = "was needed once"
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    filled_store(tmp_path / "state").close()
    (tmp_path / "shadowpact.toml").write_text(RULES)
    return tmp_path / "state"


def status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def report(state: Path, *arguments: str) -> int:
    config = ("--config", str(state.parent / "shadowpact.toml"))
    return status("report", "--state", str(state), *config, *arguments)


def test_a_person_reads_the_answer_first(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(state) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 of 2 routes may be switched"
    assert [line for line in lines if line.startswith("request-id")] == [
        "request-id       20   each answer gets its own"
    ]


def test_json_has_the_gates_verdicts_and_the_reasons_of_rules(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(state, "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert {one["route"]: one["verdict"] for one in document["routes"]} == {
        ORDER: "fail",
        READY: "pass",
        "GET /health": None,
    }
    assert [(one["id"], one["reason"], one["unused"]) for one in document["rules"]] == [
        ("request-id", "each answer gets its own", False),
        ("unused", "was needed once", True),
    ]


def test_junit_is_written_to_a_file(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = state.parent / "reports" / "junit.xml"

    assert report(state, "--format", "junit", "--out", str(out)) == 0
    assert capsys.readouterr().out == ""
    assert ET.parse(out).getroot().tag == "testsuites"  # noqa: S314 our own


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "junit"])
def test_every_format_gives_the_same_bytes_twice_and_to_a_file(
    state: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = state.parent / "report"
    assert report(state, "--format", form) == 0
    first = capsys.readouterr().out

    assert report(state, "--format", form, "--out", str(out)) == 0
    assert out.read_text("utf-8") == first
    assert ORDER_FINDING in first


def test_nothing_compared_is_reported_and_no_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording_folder(tmp_path).mkdir()

    assert status("report", "--state", str(tmp_path), "--format", "html") == 3
    assert "Nothing was compared" in capsys.readouterr().out


def test_a_folder_without_a_recording_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("report", "--state", str(tmp_path / "nowhere")) == 2
    assert "nothing was recorded" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_bad_usage(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(state, "--format", "html", "--out", str(state)) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_an_accepted_finding_no_longer_counts(state: Path) -> None:
    store = open_store(state)
    store.triage(ORDER_FINDING, "accepted")
    store.close()

    assert [len(view.findings) for view in read_picture(state, load()).routes] == [0, 0, 0]


def test_more_evidence_changes_the_report(state: Path) -> None:
    before = read_picture(state, load())
    store = open_store(state)
    store.commit(batch(), None)
    store.close()

    assert read_picture(state, load()).evidence.pairs == 2 * before.evidence.pairs
