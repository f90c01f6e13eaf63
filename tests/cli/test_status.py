import json
from pathlib import Path

import pytest

from shadowpact.cli import main
from support.reports import filled_store


def status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_the_status_counts_evidence_and_open_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled_store(tmp_path).close()

    assert status("status", "--state", str(tmp_path), "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "shadowpact/status/1"
    assert document["worker"] == "stopped"
    assert document["open_findings"] == {"real": 1, "undecided": 0, "noise": 0}
    assert document["evidence"]["exchanges"] == 41


def test_a_person_reads_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled_store(tmp_path).close()

    assert status("status", "--state", str(tmp_path)) == 0
    shown = capsys.readouterr().out
    assert "worker not running" in shown
    assert "41 exchanges = 40 compared (20 equal) + 1 dropped + 0 incomparable" in shown
    assert "open findings: 1 real, 0 undecided, 0 noise" in shown


def test_nothing_compared_is_no_evidence(tmp_path: Path) -> None:
    assert status("status", "--state", str(tmp_path)) == 3
    assert not (tmp_path / "store.db").exists()


def test_a_folder_that_is_not_there_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status("status", "--state", str(tmp_path / "nowhere")) == 2
    assert "no such state folder" in capsys.readouterr().err
