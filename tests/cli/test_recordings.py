"""``shadowpact recordings``."""

import gzip
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
from shadowpact.recordings_reading import kind_of
from shadowpact.secrets import Sealer, load_key
from support.build import exchange, request
from support.corpora import corpora
from support.imported import held

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


# -- import


def test_an_import_seals_credentials_before_they_touch_the_disk() -> None:
    said = ran("import", "x.har")

    written = list(read(Path("recordings/local/x")))
    stored = b"".join(file.read_bytes() for file in Path("recordings").rglob("*.rec"))

    assert said == (
        "3 exchanges in recordings/local/x, 0 left out; 1 (refused 1) without an answer\n"
    )
    assert len(written) == 3
    assert SECRET not in stored
    assert b"sealed:v1:" in stored


@pytest.mark.parametrize("out", ["folder", "one.rec", "sealed.har", "sealed.mitm"])
def test_an_import_goes_to_any_place(out: str) -> None:
    done = document("import", "x.har", "--out", out)
    shown = document("info", out)["recordings"][0]

    assert done == {
        "schema": "shadowpact/recordings/1",
        "imported": {
            "out": out,
            "exchanges": 3,
            "skipped": {},
            "unanswered": {"refused": 1},
            "cut_bodies": {},
        },
    }
    assert (shown["exchanges"], shown["methods"]) == (3, {"GET": 2, "POST": 1})
    files = [path for path in Path().rglob("*") if path.is_file() and path.name != "x.har"]
    assert not any(SECRET in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("name", "exchanges", "skipped"),
    [
        ("har/with-bom.har", 1, {}),
        ("mitm/dumpfile-7.mitm", 2, {}),
        ("goreplay/jsonserver-5req.gor", 5, {}),
    ],
)
def test_what_other_tools_wrote_is_taken_in(
    name: str, exchanges: int, skipped: dict[str, int]
) -> None:
    done = document("import", str(corpora(name)))["imported"]

    assert (done["exchanges"], done["skipped"]) == (exchanges, skipped)
    assert done["out"] == f"recordings/local/{Path(name).stem}"
    found = map(Sealer(load_key(Path(".shadowpact"))).open, held(Path(done["out"])).exchanges)
    assert tuple(found) == held(corpora(name)).exchanges


def test_a_packed_file_gives_its_name_without_the_packing() -> None:
    Path("x.har.gz").write_bytes(gzip.compress(Path("x.har").read_bytes()))

    assert document("import", "x.har.gz")["imported"]["out"] == "recordings/local/x"


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
        "2 exchanges in recordings/local/x, 1 (no request 1) left out; 1 (refused 1) without an "
        "answer\n"
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

    assert ran("export", "folder", "--out", "y.har") == (
        "3 exchanges in y.har, 0 could not be read; 1 (refused 1) without an answer\n"
    )
    assert SECRET not in Path("y.har").read_bytes()
    assert document("info", "y.har")["recordings"][0]["routes"] == {
        "GET /orders/{id}": 2,
        "POST /orders": 1,
    }


def test_an_export_says_what_it_could_not_read() -> None:
    ran("import", "x.har", "--out", "one.rec")
    data = bytearray(Path("one.rec").read_bytes())
    data[data.index(b"/orders/1")] ^= 0xFF
    Path("one.rec").write_bytes(data)

    exported = document("export", "one.rec", "--out", "y.har")["exported"]

    assert exported == {
        "out": "y.har",
        "exchanges": 2,
        "unreadable": {"damaged": 1},
        "unanswered": {"refused": 1},
        "cut_bodies": {},
    }


@pytest.mark.parametrize(
    "place", [("y.mitm",), ("y.bin", "--format", "mitm"), ("y", "--format", "mitm")]
)
def test_an_export_for_mitmproxy_is_known_by_suffix_or_option(place: tuple[str, ...]) -> None:
    name, *option = place
    exported = document("export", "x.har", "--out", name, *option)["exported"]

    assert exported["exchanges"] == 3
    assert kind_of(Path(name)) == "mitm"
    assert SECRET not in Path(name).read_bytes()


def test_an_export_of_neither_format_is_bad_usage() -> None:
    with pytest.raises(UsageError, match=r"y\.txt: expected a name in \.har or \.mitm"):
        ran("export", "x.har", "--out", "y.txt")
    with pytest.raises(UsageError, match="export twice"):
        ran("export", "x.har", "--out", "y", "--format", "har", "--format", "mitm")
    with pytest.raises(UsageError, match="is what is read"):
        ran("export", "x.har", "--out", "x.har")


def test_a_recording_without_exchanges_is_no_evidence() -> None:
    Path("empty.har").write_text('{"log": {"entries": []}}')

    assert "0 exchanges" in ran("info", "empty.har", status=3)
    assert "0 exchanges" in ran("export", "empty.har", "--out", "y.har", status=3)


def test_info_says_what_a_recording_holds() -> None:
    shown = document("info", "x.har")

    assert shown["schema"] == "shadowpact/recordings/1"
    assert shown["recordings"] == [
        {
            "path": "x.har",
            "kind": "har",
            "bytes": Path("x.har").stat().st_size,
            "exchanges": 3,
            "unreadable": {},
            "unanswered": {"refused": 1},
            "cut_bodies": {},
            "first_at": "2025-06-15T15:06:40Z",
            "last_at": "2025-06-15T15:08:20Z",
            "methods": {"GET": 2, "POST": 1},
            "statuses": {"200": 2, "none": 1},
            "routes": {"GET /orders/{id}": 2, "POST /orders": 1},
        }
    ]


def test_info_names_routes_by_the_declared_templates() -> None:
    Path("shadowpact.toml").write_text(
        '[candidates.orders]\nurl = "http://a.test"\nroutes = ["GET /orders/{number}"]\n'
    )

    assert "GET /orders/{number}" in document("info", "x.har")["recordings"][0]["routes"]


def test_info_is_readable() -> None:
    assert ran("info", "x.har").splitlines()[1:] == [
        "3 exchanges, 2 with an answer",
        "time      2025-06-15T15:06:40Z to 2025-06-15T15:08:20Z",
        "unanswered 1 (refused 1)",
        "methods   GET 2, POST 1",
        "statuses  200 2, none 1",
        "routes         2  GET /orders/{id}",
        "               1  POST /orders",
    ]


def test_info_names_sessions_for_a_cut() -> None:
    sessions = document("info", "x.har", "--sessions")["recordings"][0]["sessions"]
    by_client = document("info", "x.har", "--sessions", "--session-by", "client")

    assert sorted(sessions.values()) == [1, 2]
    assert "client:c1" in sessions
    assert SECRET.decode() not in str(sessions)
    assert by_client["recordings"][0]["sessions"] == {"client:c1": 3}
    assert "sessions       2  client:c1" in ran("info", "x.har", "--sessions")


def test_info_is_still_called_show_by_those_who_know_it_so() -> None:
    assert ran("show", "x.har") == ran("info", "x.har")
    assert "show" not in ran("--help")


# -- merge and cut


def test_merge_puts_recordings_together() -> None:
    ran("import", "x.har", "--out", "folder")

    assert ran("merge", "x.har", "folder", "--out", "all.rec") == (
        "6 exchanges in all.rec, 0 left out; 2 (refused 2) without an answer\n"
    )
    assert SECRET not in Path("all.rec").read_bytes()
    assert document("merge", "x.har", "folder", "--out", "all.har")["merged"]["exchanges"] == 6


def test_merge_needs_two_recordings() -> None:
    with pytest.raises(UsageError, match="name two recordings or more"):
        ran("merge", "x.har", "--out", "y.har")


def test_cut_writes_a_part() -> None:
    assert ran("cut", "x.har", "--out", "y.har", "--route", "GET /orders/*") == (
        "2 exchanges in y.har, 1 left out; 1 (refused 1) without an answer\n"
    )
    assert SECRET not in Path("y.har").read_bytes()


@pytest.mark.parametrize(
    ("options", "exchanges"),
    [
        ((), 3),
        (("--from", "2025-06-15T15:08:20Z"), 1),
        (("--from", "15:08"), 1),
        (("--from", "+1m"), 1),
        (("--until", "15:08:20"), 2),
        (("--status", "2xx"), 2),
        (("--status", "none", "--status", "200"), 3),
        (("--client", "c1", "--limit", "2"), 2),
        (("--session", "client:c1"), 2),
        (("--session", "client:c1", "--session-by", "client"), 3),
        (("--sample", "1"), 3),
        (("--route", "GET /orders/{id}", "--route", "POST /**"), 3),
    ],
)
def test_cut_takes_what_all_options_apply_to(options: tuple[str, ...], exchanges: int) -> None:
    assert document("cut", "x.har", "--out", "out", *options)["cut"]["exchanges"] == exchanges
    assert len(held(Path("out")).exchanges) == exchanges


def test_cut_that_leaves_nothing_is_no_evidence() -> None:
    assert ran("cut", "x.har", "--out", "y.har", "--client", "nobody", status=3) == (
        "0 exchanges, 3 left out, 0 could not be read; nothing was written\n"
    )
    assert not Path("y.har").exists()


@pytest.mark.parametrize(
    "options", [("--from", "noon"), ("--status", "2"), ("--route", "orders"), ("--out", "x.har")]
)
def test_cut_with_what_cannot_be_meant_is_bad_usage(options: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        ran("cut", "x.har", "--out", "y.har", *options)


# -- all of them


def test_no_progress_is_shown_where_nobody_looks() -> None:
    assert run("cut", "x.har", "--out", "y.har").stderr == ""
    assert run("info", "x.har").stderr == ""


def test_a_recording_that_is_not_there_is_bad_usage() -> None:
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("info", "gone")
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("export", "gone", "--out", "y.har")
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("list", "gone")
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("import", "gone")
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("merge", "x.har", "gone", "--out", "y.har")
    with pytest.raises(UsageError, match="gone: no such recording"):
        ran("cut", "gone", "--out", "y.har")


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
