"""HAR files, by browsers, proxies and ourselves."""

import hashlib
import io
import json
import stat
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Cut, Exchange, Failure, Request, Response
from shadowpact.recording.har import read_har, write_har
from support.build import exchange, request, response
from support.corpora import corpora
from support.imported import Held, held, held_in


def har(folder: Path, *entries: Any, **log: Any) -> Path:
    path = folder / "x.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries, **log}}))
    return path


def entry(**keys: Any) -> dict[str, Any]:
    asked = {"method": "GET", "url": "http://monolith.test/orders", "headers": []}
    answered = {"status": 200, "headers": [], "content": {"size": 2, "text": "ok"}}
    return {"request": asked, "response": answered} | keys


def read(path: Path) -> Held:
    return held_in(path.read_bytes(), read_har, path.name)


def round_trip(exchanges: list[Exchange], folder: Path) -> Held:
    write_har(exchanges, folder / "trip.har")
    return read(folder / "trip.har")


def refusal(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        read(path)
    return str(caught.value)


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
    recording = read(corpora(name))

    assert (len(recording.exchanges), dict(recording.skipped)) == (count, {})
    assert all((e.response is None) != (e.failure is None) for e in recording.exchanges)
    assert all(e.started_us > 1_400_000_000_000_000 for e in recording.exchanges)
    assert not any(
        name.startswith(b":") for e in recording.exchanges for name, _ in e.request.headers
    )
    assert round_trip(list(recording.exchanges), tmp_path) == recording


def test_firebug_decodes_bodies_and_leaves_the_encoding_in_the_headers() -> None:
    first = read(corpora("har/humanssuck.net.har")).exchanges[0]

    assert first.request.headers[0] == (b"Host", b"humanssuck.net")
    assert first.response is not None
    assert first.response.body.startswith(b"<!DOCTYPE HTML>")
    assert b"content-encoding" not in {name.lower() for name, _ in first.response.headers}
    assert first.response.elapsed_ms == 76


def test_a_body_that_chrome_did_not_keep_is_cut_and_not_empty() -> None:
    first = read(corpora("har/http1.1-chrome.har")).exchanges[0]

    assert first.response is not None
    assert first.response.cut == Cut(reason="not-recorded", length_bytes=25025, sha256=b"")


def test_chrome_reports_a_failed_request_as_status_0() -> None:
    failed = read(corpora("har/chrome.har")).exchanges[1]

    assert failed.response is None
    assert failed.failure == Failure(kind="other", message="net::ERR_INTERNET_DISCONNECTED")


def test_a_form_posted_through_mitmproxy_keeps_its_text() -> None:
    posted = read(corpora("mitm/successful_log.har")).exchanges[1].request

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
        (b'{"log": ' + b"[" * 200_000, "nested too deeply"),
        (b'"text"', "got no object"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, data: bytes, text: str) -> None:
    (tmp_path / "x.har").write_bytes(data)

    assert text in refusal(tmp_path / "x.har")


def test_entries_without_a_log_around_them_are_read(tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text(json.dumps({"entries": [entry()]}), encoding="utf-16")

    assert len(read(tmp_path / "x.har").exchanges) == 1


def test_bodies_in_files_of_their_own_are_read(tmp_path: Path) -> None:
    def kept(body: bytes, suffix: str) -> str:
        name = f"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}{suffix}"
        (tmp_path / name).write_bytes(body)
        return name

    asked = {
        "method": "POST",
        "url": "http://a/",
        "postData": {"text": "", "_file": kept(b"q", "")},
    }
    texts = [{"name": "Content-Type", "value": "text/plain; charset=iso-8859-1"}]
    content = {"size": 2, "_file": kept("é".encode(), ".txt")}
    path = har(
        tmp_path,
        {"request": asked, "response": {"status": 200, "headers": texts, "content": content}},
        entry(response={"status": 200, "content": {"size": 2, "_file": kept(b"\0\xff", ".bin")}}),
        entry(response={"status": 200, "content": {"size": 2, "_file": f"{40 * '0'}.bin"}}),
    )

    first, second, third = held(path).exchanges

    assert first.request.body == b"q"
    assert [one.response and one.response.body for one in (first, second)] == [b"\xe9", b"\0\xff"]
    assert third.response is not None
    assert third.response.cut == Cut(reason="not-recorded", length_bytes=2, sha256=b"")


def test_what_is_no_exchange_is_counted_with_its_reason(tmp_path: Path) -> None:
    broken = [None, {}, entry(request={"method": "GET", "url": "data:text/plain,x"})]

    recording = read(har(tmp_path, *broken, entry(), *broken))

    assert len(recording.exchanges) == 1
    assert recording.skipped == {
        "URL is not one of HTTP": 2,
        "entry is no object": 2,
        "no request": 2,
    }


@pytest.mark.parametrize(
    ("kept", "exchanges"), [(0.35, 0), (0.5, 1), (0.7, 2), (0.99, 2), (1.0, 3)]
)
def test_a_torn_file_gives_what_is_whole_and_says_that_it_is_torn(
    tmp_path: Path, kept: float, exchanges: int
) -> None:
    data = har(tmp_path, *[entry(startedDateTime="2025-01-01T00:00:00Z")] * 3).read_bytes()

    recording = held_in(data[: int(len(data) * kept)], read_har)

    assert len(recording.exchanges) == exchanges
    assert recording.skipped == ({} if exchanges == 3 else {"torn": 1})


def test_damage_in_the_middle_costs_the_entry_that_it_is_in(tmp_path: Path) -> None:
    entries = [entry(startedDateTime=f"2025-01-0{n}T00:00:00Z") for n in range(1, 6)]
    data = bytearray(har(tmp_path, *entries).read_bytes())
    data[data.index(b"2025-01-02") + 20] = ord("#")  # the quote behind the date
    at = data.index(b"2025-01-04")
    data[at : at + 2] = b"\xff\xff"

    recording = held_in(bytes(data), read_har)

    assert [one.started_at.day for one in recording.exchanges] == [1, 3, 5]
    assert recording.skipped == {"not JSON": 2}


def test_of_several_files_put_together_all_entries_are_read(tmp_path: Path) -> None:
    data = har(tmp_path, entry(), entry()).read_bytes()

    assert len(held_in(data + b"\n" + data, read_har).exchanges) == 4


def test_reading_holds_a_part_of_the_file_at_a_time(tmp_path: Path) -> None:
    write_har((exchange(request(body=b"x" * 50_000)) for _ in range(200)), tmp_path / "x.har")

    tracemalloc.start()
    with (tmp_path / "x.har").open("rb") as stream:
        count = sum(1 for _ in read_har(stream, "x"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 200
    assert (tmp_path / "x.har").stat().st_size > 10_000_000
    assert peak < 6_000_000


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

    assert held_in(stream.getvalue(), read_har) == Held(exchanges=(original,))
