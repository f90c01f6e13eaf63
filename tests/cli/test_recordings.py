"""``shadowpact recordings``."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.errors import NoEvidenceError, RecordingError, ShadowpactError, UsageError
from shadowpact.model.exchange import Failure
from shadowpact.recording.har import write_har
from shadowpact.recording.reader import read
from shadowpact.recording.writer import Writer
from support.build import exchange, request

SECRET = b"made-up-token"


def run(*arguments: str) -> Result:
    app = build_app(("recordings",))
    return CliRunner().invoke(app, ["recordings", *arguments], env={})


def ran(*arguments: str, status: int = 0) -> str:
    result = run(*arguments)
    if isinstance(result.exception, ShadowpactError):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.stdout


def document(*arguments: str, status: int = 0) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(ran(*arguments, "--format", "json", status=status))
    return parsed


@pytest.fixture(autouse=True)
def har(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A HAR of three exchanges, one with a credential, in an otherwise empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHADOWPACT_KEY", raising=False)
    headers = ((b"Authorization", b"Bearer " + SECRET),)
    exchanges = [
        exchange(request(target="/orders/1", headers=headers)),
        exchange(request("POST", "/orders"), started_us=1_750_000_100_000_000),
        exchange(request(target="/orders/2"), Failure(kind="refused")),
    ]
    write_har(exchanges, Path("x.har"))
    return Path("x.har")


def test_an_import_seals_credentials_before_they_touch_the_disk() -> None:
    said = ran("import", "x.har")

    written = list(read(Path("recordings/local/x")))
    stored = b"".join(file.read_bytes() for file in Path("recordings").rglob("*.rec"))

    assert said == "3 exchanges in recordings/local/x, 0 left out\n"
    assert len(written) == 3
    assert SECRET not in stored
    assert b"sealed:v1:" in stored


@pytest.mark.parametrize("out", ["folder", "one.rec", "sealed.har"])
def test_an_import_goes_to_a_folder_a_segment_or_a_har(out: str) -> None:
    done = document("import", "x.har", "--out", out)
    shown = document("show", out)["recordings"][0]

    assert done == {
        "schema": "shadowpact/recordings/1",
        "imported": {"out": out, "exchanges": 3, "skipped": {}},
    }
    assert (shown["exchanges"], shown["methods"]) == (3, {"GET": 2, "POST": 1})
    files = [path for path in Path().rglob("*") if path.is_file() and path.name != "x.har"]
    assert not any(SECRET in path.read_bytes() for path in files)


def test_an_import_into_a_recording_adds_to_it() -> None:
    ran("import", "x.har", "--out", "folder")
    ran("import", "x.har", "--out", "folder")

    assert [one.sequence for one in read(Path("folder"))] == list(range(6))


def test_an_import_does_not_replace_a_segment() -> None:
    ran("import", "x.har", "--out", "one.rec")

    with pytest.raises(UsageError, match=r"one\.rec: exists already"):
        ran("import", "x.har", "--out", "one.rec")


def test_sealing_twice_seals_once() -> None:
    ran("import", "x.har", "--out", "first.har")
    ran("import", "first.har", "--out", "second.har")

    assert Path("first.har").read_bytes() == Path("second.har").read_bytes()


def test_what_an_import_leaves_out_is_said() -> None:
    log = json.loads(Path("x.har").read_text())
    log["log"]["entries"][1] = {}
    Path("x.har").write_text(json.dumps(log))

    assert ran("import", "x.har") == (
        "2 exchanges in recordings/local/x, 1 (no request 1) left out\n"
    )


def test_a_har_without_exchanges_is_no_evidence() -> None:
    Path("x.har").write_text('{"log": {"entries": [{}]}}')

    with pytest.raises(NoEvidenceError, match=r"holds no exchange \(1 \(no request 1\) left out\)"):
        ran("import", "x.har")


def test_an_unwritable_place_is_named() -> None:
    Path("file").write_text("")

    with pytest.raises(RecordingError, match="file/deeper: cannot be written"):
        ran("import", "x.har", "--out", "file/deeper")


def test_an_export_keeps_what_is_sealed_and_reads_back_the_same() -> None:
    ran("import", "x.har", "--out", "folder")

    assert (
        ran("export", "folder", "--out", "y.har") == "3 exchanges in y.har, 0 could not be read\n"
    )
    assert SECRET not in Path("y.har").read_bytes()
    assert document("show", "y.har")["recordings"][0]["routes"] == {
        "GET /orders/{id}": 2,
        "POST /orders": 1,
    }


def test_an_export_says_what_it_could_not_read() -> None:
    ran("import", "x.har", "--out", "one.rec")
    data = bytearray(Path("one.rec").read_bytes())
    data[data.index(b"/orders/1")] ^= 0xFF
    Path("one.rec").write_bytes(data)

    exported = document("export", "one.rec", "--out", "y.har")["exported"]

    assert exported == {"out": "y.har", "exchanges": 2, "unreadable": {"damaged": 1}}


def test_a_recording_without_exchanges_is_no_evidence() -> None:
    Path("empty.har").write_text('{"log": {"entries": []}}')

    assert "0 exchanges" in ran("show", "empty.har", status=3)
    assert "0 exchanges" in ran("export", "empty.har", "--out", "y.har", status=3)


def test_show_says_what_a_recording_holds() -> None:
    shown = document("show", "x.har")

    assert shown["schema"] == "shadowpact/recordings/1"
    assert shown["recordings"] == [
        {
            "path": "x.har",
            "kind": "har",
            "bytes": Path("x.har").stat().st_size,
            "exchanges": 3,
            "unreadable": {},
            "first_at": "2025-06-15T15:06:40Z",
            "last_at": "2025-06-15T15:08:20Z",
            "methods": {"GET": 2, "POST": 1},
            "statuses": {"200": 2, "none": 1},
            "routes": {"GET /orders/{id}": 2, "POST /orders": 1},
        }
    ]


def test_show_names_routes_by_the_declared_templates() -> None:
    Path("shadowpact.toml").write_text(
        '[candidates.orders]\nurl = "http://a.test"\nroutes = ["GET /orders/{number}"]\n'
    )

    assert "GET /orders/{number}" in document("show", "x.har")["recordings"][0]["routes"]


def test_show_is_readable() -> None:
    assert ran("show", "x.har").splitlines()[1:] == [
        "3 exchanges, 2 with an answer",
        "time      2025-06-15T15:06:40Z to 2025-06-15T15:08:20Z",
        "methods   GET 2, POST 1",
        "statuses  200 2, none 1",
        "routes         2  GET /orders/{id}",
        "               1  POST /orders",
    ]


def test_a_recording_that_is_not_there_is_bad_usage() -> None:
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("show", "gone")
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("export", "gone", "--out", "y.har")
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("list", "gone")


def test_list_finds_the_live_recording_and_the_checked_in_ones() -> None:
    live = Writer(Path(".shadowpact/recording"))
    live.append(exchange())
    live.close()
    ran("import", "x.har")
    Path("recordings/kept.har").write_bytes(Path("x.har").read_bytes())

    found = document("list")["recordings"]

    assert [(one["path"], one["kind"], one["exchanges"]) for one in found] == [
        (".shadowpact/recording", "folder", 1),
        ("recordings/kept.har", "har", 3),
        ("recordings/local/x", "folder", 3),
    ]
    assert ran("list", "recordings").count("3 exchanges on 2 routes") == 2


def test_list_without_recordings_says_so() -> None:
    assert ran("list") == "No recordings.\n"
    assert document("list")["recordings"] == []


def test_list_goes_on_behind_a_broken_recording_and_fails() -> None:
    Path("folder").mkdir()
    Path("folder/a.har").write_text("{")
    Path("folder/b.har").write_bytes(Path("x.har").read_bytes())

    result = run("list", "folder")

    assert result.exit_code == 4
    assert "folder/b.har: har, 3 exchanges" in result.stdout
    assert "folder/a.har:1:2: is not JSON" in result.stderr
