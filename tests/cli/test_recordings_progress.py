"""How far the reading of a recording is."""

import sys
from pathlib import Path

import pytest

from shadowpact.cli.recordings_progress import reading
from support.recordings import numbered, record


def test_where_nobody_looks_nothing_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with reading([Path("x")]) as on_bytes:
        assert on_bytes is None
    assert capfd.readouterr() == ("", "")


def test_a_terminal_shows_how_much_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, map(numbered, range(100)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")

    with reading([tmp_path]) as on_bytes:
        assert on_bytes is not None
        on_bytes(1000)

    shown = capsys.readouterr()
    assert "reading" in shown.err
    assert "1.0/" in shown.err
    assert shown.out == ""
