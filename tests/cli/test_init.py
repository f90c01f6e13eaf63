"""``shadowpact init``."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from shadowpact.cli import build_app
from shadowpact.config import load
from shadowpact.errors import ConfigError, UsageError

BASELINE = ("--baseline", "http://127.0.0.1:8001")
ORDERS = ("--candidate", "orders=http://127.0.0.1:9001")


def init(*arguments: str) -> str:
    result = CliRunner().invoke(
        build_app(("init",)), ["init", *arguments], catch_exceptions=False, env={}
    )
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHADOWPACT_CONFIG", raising=False)
    return tmp_path


def test_it_writes_a_file_that_loads_and_says_what_is_next() -> None:
    said = init(*BASELINE, *ORDERS, "--candidate", "users=http://127.0.0.1:9002")

    settings = load(Path("shadowpact.toml"), environ={})

    assert [one.name for one in settings.mirror.candidates] == ["orders", "users"]
    assert "shadowpact proxy" in said
    assert "shadowpact findings" in said


def test_it_does_not_replace_a_file_unless_forced() -> None:
    Path("shadowpact.toml").write_text("# mine\n")
    with pytest.raises(UsageError, match=r"shadowpact\.toml: exists already; add --force"):
        init(*BASELINE, *ORDERS)
    assert Path("shadowpact.toml").read_text() == "# mine\n"

    init(*BASELINE, *ORDERS, "--force")

    assert load(environ={}).baseline_url == "http://127.0.0.1:8001"


def test_another_file_is_named_in_the_next_command() -> None:
    said = init(*BASELINE, *ORDERS, "--config", "other.toml")

    assert "shadowpact proxy --config other.toml" in said
    assert load(Path("other.toml"), environ={}).baseline_url == "http://127.0.0.1:8001"
    assert "--config 'my own.toml' " in init(*BASELINE, *ORDERS, "--config", "my own.toml")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--candidate", "http://127.0.0.1:9001"), "expected NAME=URL"),
        (("--candidate", "=http://127.0.0.1:9001"), "expected NAME=URL"),
        ((*ORDERS, *ORDERS), "named twice"),
    ],
)
def test_a_candidate_has_a_name_of_its_own(arguments: tuple[str, ...], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        init(*BASELINE, *arguments)

    assert not Path("shadowpact.toml").exists()


def test_what_would_not_load_is_not_written() -> None:
    with pytest.raises(ConfigError, match=r"baseline\.url: got 'localhost:1', expected it to"):
        init("--baseline", "localhost:1", *ORDERS)

    assert not Path("shadowpact.toml").exists()


def test_a_place_that_cannot_be_written_is_named() -> None:
    with pytest.raises(UsageError, match=r"no/x\.toml: cannot be written"):
        init(*BASELINE, *ORDERS, "--config", "no/x.toml")
