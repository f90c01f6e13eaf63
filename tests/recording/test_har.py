"""HAR files, by browsers, proxies and ourselves."""

import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Cut, Exchange, Failure, Request, Response
from shadowpact.recording.har import HarRecording, read_har, write_har
from support.build import exchange, request, response
from support.corpora import corpora


def har(folder: Path, *entries: Any, **log: Any) -> Path:
    path = folder / "x.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries, **log}}))
    return path


def entry(**keys: Any) -> dict[str, Any]:
    asked = {"method": "GET", "url": "http://monolith.test/orders", "headers": []}
    answered = {"status": 200, "headers": [], "content": {"size": 2, "text": "ok"}}
    return {"request": asked, "response": answered} | keys


def round_trip(exchanges: list[Exchange], folder: Path) -> HarRecording:
    write_har(exchanges, folder / "trip.har")
    return read_har(folder / "trip.har")


def refusal(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_har(path)
    return str(caught.value).replace(f"{path}", path.name)


# -- what others wrote


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("har/chrome.har", 3),
        ("har/http1.1-chrome.har", 13),
        ("har/http2-firefox.har", 10),
        ("har/humanssuck.net.har", 4),
        ("har/insomnia.har", 1),
        ("har/postdata.har", 1),
        ("har/single_entry.har", 1),
        ("har/with-bom.har", 1),
        ("mitm/event_stream.har", 2),
        ("mitm/successful_log.har", 2),
        ("mitm/websocket.har", 3),
    ],
)
def test_every_entry_of_a_real_har_becomes_an_exchange(
    name: str, count: int, tmp_path: Path
) -> None:
    recording = read_har(corpora(name))

    assert (len(recording.exchanges), dict(recording.skipped)) == (count, {})
    assert all((e.response is None) != (e.failure is None) for e in recording.exchanges)
    assert all(e.started_us > 1_400_000_000_000_000 for e in recording.exchanges)
    assert not any(
        name.startswith(b":") for e in recording.exchanges for name, _ in e.request.headers
    )
    assert round_trip(list(recording.exchanges), tmp_path) == recording


def test_firebug_decodes_bodies_and_leaves_the_encoding_in_the_headers() -> None:
    first = read_har(corpora("har/humanssuck.net.har")).exchanges[0]

    assert first.request.headers[0] == (b"Host", b"humanssuck.net")
    assert first.response is not None
    assert first.response.body.startswith(b"<!DOCTYPE HTML>")
    assert b"content-encoding" not in {name.lower() for name, _ in first.response.headers}
    assert first.response.elapsed_ms == 76


def test_a_body_that_chrome_did_not_keep_is_cut_and_not_empty() -> None:
    first = read_har(corpora("har/http1.1-chrome.har")).exchanges[0]

    assert first.response is not None
    assert first.response.cut == Cut(reason="not-recorded", length_bytes=25025, sha256=b"")


def test_chrome_reports_a_failed_request_as_status_0() -> None:
    failed = read_har(corpora("har/chrome.har")).exchanges[1]

    assert failed.response is None
    assert failed.failure == Failure(kind="other", message="net::ERR_INTERNET_DISCONNECTED")


def test_a_form_posted_through_mitmproxy_keeps_its_text() -> None:
    posted = read_har(corpora("mitm/successful_log.har")).exchanges[1].request

    assert (posted.method, posted.body) == ("POST", b"key1=value1&key2=value2")


# -- files


def test_a_file_that_is_no_har_says_what_it_is(tmp_path: Path) -> None:
    assert refusal(corpora("har/broken_headers.json")) == (
        "broken_headers.json: is no HAR: got an object with 'headers', expected log.entries"
    )
    assert refusal(corpora("har/brokenfile.har")).startswith("brokenfile.har:5:1: is not JSON")
    (tmp_path / "x.har").write_bytes(b"[]")
    assert refusal(tmp_path / "x.har") == "x.har: is no HAR: got no object, expected log.entries"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"{}", "got an object with no members"),
        (b'{"log": 3}', "got an object with 'log'"),
        (b"\x80\x81", "is not text"),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, data: bytes, text: str) -> None:
    (tmp_path / "x.har").write_bytes(data)

    assert text in refusal(tmp_path / "x.har")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.har").startswith("none.har: cannot be read: No such file")
    assert "cannot be read: Is a directory" in refusal(tmp_path)


def test_entries_without_a_log_around_them_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text(json.dumps({"entries": [entry()]}), encoding="utf-16")

    assert len(read_har(tmp_path / "x.har").exchanges) == 1


def test_what_is_no_exchange_is_counted_with_its_reason(tmp_path: Path) -> None:
    broken = [None, {}, entry(request={"method": "GET", "url": "data:text/plain,x"})]

    recording = read_har(har(tmp_path, *broken, entry(), *broken))

    assert len(recording.exchanges) == 1
    assert recording.skipped == {
        "URL is not one of HTTP": 2,
        "entry is no object": 2,
        "no request": 2,
    }


# -- what we write


def test_the_same_exchanges_give_the_same_private_file(tmp_path: Path) -> None:
    exchanges = [exchange(), exchange(request("POST", body=b"{}"))]

    assert write_har(exchanges, tmp_path / "a.har") == 2
    assert write_har(iter(exchanges), tmp_path / "b.har") == 2
    assert (tmp_path / "a.har").read_bytes() == (tmp_path / "b.har").read_bytes()
    assert stat.S_IMODE((tmp_path / "a.har").stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"a.har", "b.har"}


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "a.har"
    out.write_text("old")

    def breaks() -> Iterator[Exchange]:
        yield exchange()
        raise RecordingError("torn")

    with pytest.raises(RecordingError, match="torn"):
        write_har(breaks(), out)

    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no/a\.har: cannot be written: No such file"):
        write_har([exchange()], tmp_path / "no" / "a.har")


def test_a_stream_gets_har_1_2(tmp_path: Path) -> None:
    stream = io.BytesIO()
    asked = request("POST", "/orders?a=1&a=&b", headers=((b"X-A", b"1"), (b"x-a", b"2")), body=b"x")
    write_har([exchange(asked, response({"id": 1}, 201, elapsed_ms=2.5))], stream)

    log = json.loads(stream.getvalue())["log"]
    written = log["entries"][0]

    assert tmp_path.exists()
    assert (log["version"], log["creator"]["name"]) == ("1.2", "shadowpact")
    assert written["startedDateTime"] == "2025-06-15T15:06:40.000000+00:00"
    assert written["request"]["url"] == "http://monolith.test/orders?a=1&a=&b"
    assert written["request"]["postData"] == {"mimeType": "", "text": "x"}
    assert written["request"]["headers"] == [
        {"name": "X-A", "value": "1"},
        {"name": "x-a", "value": "2"},
    ]
    assert written["request"]["queryString"] == [
        {"name": "a", "value": "1"},
        {"name": "a", "value": ""},
        {"name": "b", "value": ""},
    ]
    assert written["response"]["content"]["text"] == '{"id":1}'
    assert (written["time"], written["timings"]["wait"]) == (2.5, 2.5)


def test_an_encoded_body_is_written_as_it_is_and_stays_encoded(tmp_path: Path) -> None:
    headers = ((b"Content-Encoding", b"br"), (b"Content-Length", b"9"))
    encoded = exchange(answered=response(headers=headers, body=b"pretended"))

    assert round_trip([encoded], tmp_path).exchanges == (encoded,)


headers_strategy = st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=8)), max_size=3)
cuts = st.none() | st.builds(
    Cut,
    reason=st.sampled_from(["over-cap", "event-stream"]),
    length_bytes=st.integers(0, 2**40),
    sha256=st.binary(min_size=32, max_size=32),
)
durations = st.floats(0, 1e9)
requests = st.builds(
    Request,
    method=st.text(min_size=1, max_size=5),
    scheme=st.sampled_from(["http", "https", "wss", ""]),
    authority=st.text(max_size=10),
    target=st.text(max_size=10) | st.sampled_from(["/a?b=c#d", "*", "sealed:v1:abc", "//x"]),
    http_version=st.text(max_size=8),
    headers=headers_strategy.map(tuple),
    body=st.binary(max_size=10) | st.just("größe".encode()),
    cut=cuts,
)
answers = st.builds(
    Response,
    status=st.integers(100, 999),
    headers=headers_strategy.map(tuple) | st.just(((b"content-encoding", b"gzip"),)),
    body=st.binary(max_size=10) | st.just("größe".encode()),
    elapsed_ms=durations,
    cut=cuts,
) | st.builds(Failure, kind=st.text(max_size=5), message=st.text(max_size=5), elapsed_ms=durations)


@given(requests, answers, st.integers(-(2**62), 2**62), st.text(max_size=5))
def test_export_and_import_give_the_same_exchange(
    asked: Request, answered: Response | Failure, started_us: int, client: str
) -> None:
    original = exchange(asked, answered, started_us=started_us, client=client)
    stream = io.BytesIO()
    write_har([original], stream)

    recording = read_har(_Memory(stream.getvalue()))

    assert recording == HarRecording(exchanges=(original,))


class _Memory(type(Path())):  # type: ignore[misc]  # the platform's own kind of path
    """A path whose file is in memory, so that many examples need no disk."""

    def __init__(self, data: bytes) -> None:
        super().__init__("memory.har")
        self._data = data

    def read_bytes(self) -> bytes:
        return self._data
