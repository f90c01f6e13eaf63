"""``shadowpact recordings redact``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.errors import ConfigError, UsageError
from support.build import exchange, request, response
from support.recordings import record

MAIL = "planted.person@mail.test"


def run(*arguments: str, **environ: str) -> Result:
    app = build_app(("recordings",))
    return CliRunner().invoke(app, ["recordings", "redact", *arguments], env=environ)


@pytest.fixture(autouse=True)
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With an address, a name and a cookie."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHADOWPACT_KEY", raising=False)
    headers = ((b"cookie", b"sid=planted-1"),)
    answered = response({"users": [{"mail": MAIL, "name": "Planted Person"}] * 2})
    record(Path("a"), [exchange(request(headers=headers), answered)])
    return Path("a")


def test_what_was_replaced_is_said_by_class_and_place_and_never_the_values() -> None:
    result = run("a", "--out", "b")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "1 exchanges in b",
        "email              2",
        "                   2  response body $.users[*].mail",
        "secret             1",
        "                   1  request header cookie",
    ]


def test_the_configuration_says_what_is_personal() -> None:
    Path("shadowpact.toml").write_text(
        '[redact]\npaths = ["$.users[*].name"]\ndetect = ["email"]\nkeep = ["*@mail.test"]\n'
    )
    document = json.loads(run("a", "--out", "b.har", "--format", "json").stdout)

    assert document == {
        "schema": "shadowpact/recordings/1",
        "redacted": {
            "out": "b.har",
            "exchanges": 1,
            "replaced": {
                "configured": {"response body $.users[*].name": 2},
                "secret": {"request header cookie": 1},
            },
            "removed": {},
            "left_alone": {},
            "skipped": {},
        },
    }
    assert MAIL in Path("b.har").read_text()
    assert "Planted" not in Path("b.har").read_text()


def test_the_key_may_come_from_the_environment() -> None:
    key = "a made-up key of some length"
    for out in ("one.har", "two.har"):
        run("a", "--out", out, "--key-from", "PLANTED", "--state", out + ".state", PLANTED=key)
    run("a", "--out", "three.har")

    assert Path("one.har").read_bytes() == Path("two.har").read_bytes()
    assert Path("one.har").read_bytes() != Path("three.har").read_bytes()


@pytest.mark.parametrize(
    ("given", "got"), [({}, "nothing"), ({"PLANTED": "short"}, "5 characters")]
)
def test_a_key_that_is_none_is_refused(given: dict[str, str], got: str) -> None:
    result = run("a", "--out", "b", "--key-from", "PLANTED", **given)

    assert isinstance(result.exception, UsageError)
    assert f"--key-from PLANTED: got {got}, expected" in str(result.exception)
    assert not Path("b").exists()


def test_a_wrong_path_is_named_with_its_line() -> None:
    Path("shadowpact.toml").write_text('[redact]\npaths = [\n  "$.a",\n  "users.name",\n]\n')
    result = run("a", "--out", "b")

    assert isinstance(result.exception, ConfigError)
    assert "shadowpact.toml:4: redact.paths[1]" in str(result.exception)
    assert "starts with '$'" in str(result.exception)


def test_nothing_to_write_is_no_evidence() -> None:
    Path("x.har").write_text('{"log": {"entries": [{}]}}')
    result = run("x.har", "--out", "b")

    assert result.exit_code == 3
    assert "nothing was written" in result.stdout


def test_nothing_found_is_said() -> None:
    record(Path("plain"), [exchange(request(), response({"id": 1}))])

    assert "nothing secret or personal was found" in run("plain", "--out", "b").stdout


def test_what_was_not_looked_into_is_said() -> None:
    picture = response(body=b"\x89PNG\x00\xff", headers=((b"content-type", b"image/png"),))
    record(Path("pictures"), [exchange(request(), picture)])

    assert "binary, not looked into: 1 (image/png 1)" in run("pictures", "--out", "b").stdout
