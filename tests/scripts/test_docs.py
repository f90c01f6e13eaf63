"""The script that writes the generated reference pages."""

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from shadowpact.config.schema import schema

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "docs"


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with a folder of its own to write to."""
    loader = SourceFileLoader("scripts_docs", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(module)
    monkeypatch.setattr(module, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(module, "COMMANDS", ("init", "rules"))
    return module


def run(docs: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["docs", *arguments])
    status: int = docs.main()
    return status


def test_what_was_written_is_in_step_and_what_was_changed_is_not(
    docs: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(docs, monkeypatch, "--check") == 1
    assert run(docs, monkeypatch) == 0
    assert run(docs, monkeypatch, "--check") == 0

    (docs.REFERENCE / "command-line.md").write_text("changed")
    capsys.readouterr()

    assert run(docs, monkeypatch, "--check") == 1
    assert capsys.readouterr().err == "docs: out of step: command-line.md. Run: make docs\n"


def test_the_page_is_the_same_on_every_terminal(
    docs: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = docs.command_line()
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("SHADOWPACT_STATE", "elsewhere")

    assert docs.command_line() == page


def test_every_key_and_every_option_is_on_the_page(docs: ModuleType) -> None:
    configuration, commands = docs.configuration(), docs.command_line()
    rule = schema()["properties"]["rules"]["items"]["properties"]

    assert all(f"| `{key}` |" in configuration for key in rule)
    assert all(f"## [{name}" in configuration for name in ("baseline", "candidates.NAME", "gate"))
    assert "## shadowpact init\n" in commands
    assert "### shadowpact rules check\n" in commands
    assert all(option in commands for option in ("--baseline", "--candidate", "--force"))


def test_a_command_that_does_not_exist_yet_is_named(
    docs: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "COMMANDS", ("init", "no_such_command"))

    assert "no_such_command" not in docs.command_line()
    assert "shadowpact no_such_command does not exist yet" in capsys.readouterr().err
