import fcntl
from pathlib import Path

import pytest

from shadowpact.cli import main
from support.build import exchange
from support.processes import candidate, evidence_of, record, write_config
from support.scripted import ScriptedServer


def run(folder: Path, *arguments: str) -> int:
    """The exit status of ``shadowpact worker`` on the state in a folder."""
    with pytest.raises(SystemExit) as ended:
        main(["worker", "--state", str(folder / "state"), *arguments])
    return int(ended.value.code or 0)


def test_a_drain_ends_with_status_0_and_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedServer() as server:
        config = write_config(tmp_path, "http://monolith.test", candidate(server.url))
        record(tmp_path / "state", [exchange()] * 3)

        assert run(tmp_path, "--drain", "--config", str(config)) == 0
    assert capsys.readouterr() == ("", "")
    assert evidence_of(tmp_path / "state").pairs == 3


def test_a_folder_without_a_recording_cannot_be_drained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--drain") == 2
    assert "nothing was recorded in this folder yet" in capsys.readouterr().err
    assert not (tmp_path / "state").exists()


def test_the_configuration_of_the_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ScriptedServer() as server:
        write_config(tmp_path, "http://monolith.test", candidate(server.url))
        record(tmp_path / "state", [exchange()])

        assert run(tmp_path, "--drain") == 0
    assert evidence_of(tmp_path / "state").pairs == 1


def test_without_candidates_everything_is_counted_and_nobody_is_asked(tmp_path: Path) -> None:
    config = write_config(tmp_path, "http://monolith.test")
    record(tmp_path / "state", [exchange()] * 3)

    assert run(tmp_path, "--drain", "--config", str(config)) == 0
    assert evidence_of(tmp_path / "state").dropped == {"no-candidate": 3}


def test_a_second_worker_ends_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, "http://monolith.test")
    (tmp_path / "state").mkdir()
    with (tmp_path / "state" / "worker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert run(tmp_path, "--config", str(config)) == 2
    assert "a worker is already at work here" in capsys.readouterr().err
    assert "shadowpact_worker=external" not in capsys.readouterr().out


def test_a_wrong_configuration_ends_with_status_2_and_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, "http://monolith.test", "[candidates.shop]\nurl = 7")

    assert run(tmp_path, "--drain", "--config", str(config)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "shadowpact.toml:5" in captured.err


def test_a_recording_of_a_later_version_ends_with_status_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, "http://monolith.test")
    record(tmp_path / "state", [exchange()])
    (segment,) = (tmp_path / "state" / "recording").glob("*.rec")
    content = bytearray(segment.read_bytes())
    content[8:12] = (99).to_bytes(4, "little")
    segment.write_bytes(content)

    assert run(tmp_path, "--drain", "--config", str(config)) == 4
    assert "update shadowpact" in capsys.readouterr().err
