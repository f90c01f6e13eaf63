import subprocess
import sys
from pathlib import Path

import pytest

from shadowpact import __version__, cli
from shadowpact.errors import ConfigError, NoEvidenceError, RecordingError


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


def test_a_crash_does_not_look_like_findings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, KeyError("boom"))

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


def test_a_reader_that_leaves_early_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m shadowpact init --help | true"
    ran = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert "Traceback" not in ran.stderr
