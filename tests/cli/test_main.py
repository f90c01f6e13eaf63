import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shadowpact import __version__, cli
from shadowpact.errors import ConfigError, NoEvidenceError, RecordingError
from support.reports import filled_store


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def app(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(cli, "build_app", lambda _names: app)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigError("a.toml:3: no such key"), 2),
        (NoEvidenceError("nothing was compared"), 3),
        (RecordingError("x.rec: not a recording"), 4),
    ],
)
def test_an_error_that_a_person_can_act_on_is_one_line_and_has_its_status(
    error: Exception,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(monkeypatch, error)

    with pytest.raises(SystemExit) as ended:
        cli.main(["findings"])

    assert ended.value.code == status
    assert capsys.readouterr() == ("", f"shadowpact: {error}\n")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "a/b.json"), "a/b.json: Permission"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
    ],
)
def test_a_file_that_cannot_be_had_is_one_line(
    error: OSError,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(monkeypatch, error)

    with pytest.raises(SystemExit) as ended:
        cli.main(["contracts"])

    shown = capsys.readouterr().err
    assert ended.value.code == 4
    assert shown.startswith(f"shadowpact: {told}")
    assert shown.count("\n") == 1


@pytest.mark.parametrize("error", [KeyError("boom"), ConnectionError("KeyError: 'boom'")])
def test_a_crash_does_not_look_like_findings(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, error)

    with pytest.raises(SystemExit) as ended:
        cli.main(["gate"])

    assert ended.value.code == 4
    assert "KeyError: 'boom'" in capsys.readouterr().err


def test_the_version_is_printed_without_importing_a_command() -> None:
    program = (
        "import sys; from shadowpact.cli import main\n"
        "try: main(['--version'])\n"
        "finally: print([m for m in sys.modules if m.startswith('shadowpact.cli.')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout == f"shadowpact {__version__}\n[]\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])

    listed = capsys.readouterr().out
    assert ended.value.code == 0
    assert [name for name in cli.COMMANDS if f"\n  {name} " not in listed] == []


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])

    assert ended.value.code == 0
    assert f"Usage: shadowpact {name}" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", ["--help", "rules list", "report"])
def test_a_closed_pipe_does_not_look_like_findings(arguments: str, tmp_path: Path) -> None:
    filled_store(tmp_path / ".shadowpact").close()
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "shadowpact", *arguments.split()],
            stdout=write_end,
            stderr=subprocess.PIPE,
            check=False,
            cwd=tmp_path,
        )
    finally:
        os.close(write_end)

    assert (ran.returncode, ran.stderr) == (4, b"")


def test_what_a_terminal_cannot_show_is_spelled_out(tmp_path: Path) -> None:
    filled_store(tmp_path / ".shadowpact").close()
    ran = subprocess.run(
        [sys.executable, "-m", "shadowpact", "report"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"baseline \\u2192 candidate" in ran.stdout


def test_a_reader_that_leaves_early_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m shadowpact init --help | true"
    ran = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert "Traceback" not in ran.stderr
