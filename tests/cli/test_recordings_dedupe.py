"""``shadowpact recordings dedupe``."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.errors import UsageError
from support.build import exchange, request
from support.imported import held
from support.recordings import numbered, record


def run(*arguments: str) -> Result:
    app = build_app(("recordings",))
    return CliRunner().invoke(app, ["recordings", "dedupe", *arguments], env={})


@pytest.fixture(autouse=True)
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of two routes, one of them rare."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHADOWPACT_KEY", raising=False)
    record(Path("a"), [*(numbered(n) for n in range(50)), exchange(request(target="/rare"))])
    return Path("a")


def test_what_was_kept_is_said_by_route() -> None:
    result = run("a", "--out", "b", "--keep", "2")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "4 of 51 exchanges in b, 2 of 2 shapes",
        "       3 of       50  GET /orders/{id}",
        "       1 of        1  GET /rare",
    ]
    assert len(held(Path("b")).exchanges) == 4


def test_it_can_be_read_by_a_program() -> None:
    document: dict[str, Any] = json.loads(
        run("a", "--out", "b", "--sessions", "--format", "json").stdout
    )

    assert document == {
        "schema": "shadowpact/recordings/1",
        "deduped": {
            "out": "b",
            "exchanges": 51,
            "left_out": 0,
            "shapes": 2,
            "for_others": 0,
            "sessions": {"kept": 1, "all": 1},
            "routes": [
                {"route": "GET /orders/{id}", "exchanges": 50, "kept": 50},
                {"route": "GET /rare", "exchanges": 1, "kept": 1},
            ],
            "skipped": {},
        },
    }


def test_nothing_to_keep_is_no_evidence() -> None:
    Path("x.har").write_text('{"log": {"entries": [{}]}}')
    result = run("x.har", "--out", "b")

    assert result.exit_code == 3
    assert result.stdout == "0 exchanges, 1 (no request 1) could not be read; nothing was written\n"
    assert not Path("b").exists()


def test_a_recording_that_is_not_there_is_named() -> None:
    result = run("nowhere", "--out", "b")

    assert isinstance(result.exception, UsageError)
    assert "nowhere: no such recording" in str(result.exception)
