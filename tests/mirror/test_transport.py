import asyncio
import gzip
import hashlib
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shadowpact.mirror.answer import MalformedError
from shadowpact.mirror.connection import LostError
from shadowpact.mirror.pool import RefusedError
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.transport import HttpTransport, failure_kind
from shadowpact.model.exchange import Cut, Failure, Headers, Request, Response
from shadowpact.model.tee import HEAD_BYTES
from support.build import request
from support.raw import OK, Handle, RawServer, raw_server, saying
from support.servers import refusing_port
from support.tls import make_authority

CAP_BYTES = 100_000

MARKER = b"x-shadowpact-mirrored: 1"


@asynccontextmanager
async def transport(url: str, **settings: Any) -> AsyncIterator[HttpTransport]:
    made = HttpTransport(
        CandidateSettings(name="orders", url=url, **settings), body_cap_bytes=CAP_BYTES
    )
    try:
        yield made
    finally:
        await made.close()


async def arrived(asked: Request, *, path: str = "", **settings: Any) -> RawServer:
    """What a server got when this was sent."""
    async with raw_server() as server, transport(server.url + path, **settings) as sender:
        answer = await sender.send(asked)
        assert isinstance(answer, Response), answer
        assert (answer.status, answer.body) == (200, b"ok")
    return server


async def answered(answer: bytes | Handle, asked: Request | None = None, **settings: Any) -> Any:
    """What came of a server's answer."""
    async with raw_server(answer) as server, transport(server.url, **settings) as sender:
        return await sender.send(asked or request(headers=((b"Accept", b"*/*"),)))


async def failed(answer: bytes | Handle, **settings: Any) -> Failure:
    failure = await answered(answer, **settings)
    assert isinstance(failure, Failure)
    assert failure.message
    assert failure.elapsed_ms > 0
    return failure


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/a/../b//c?x=%2F&y=%zz",
        "/a/./b/%2e%2E/c",
        "//evil.test/path",
        "/a?",
        "/a?b?c",
        "/a#b",
        "/a?b#c",
        "/caf\u00e9?q=\u20ac",
        "/a%20b+c?d=e%20f+g",
        '/[]{}|^`"<>\\',
        "/a;v=1,2:@!$&'()*",
        "/" + "x" * 9000,
        "/a?http://other.test/",
        "/a:b@c",
    ],
)
async def test_the_target_arrives_byte_for_byte(target: str) -> None:
    server = await arrived(request(target=target))

    assert server.lines()[0] == b"GET " + target.encode() + b" HTTP/1.1"


async def test_a_path_in_the_candidates_url_comes_before_every_target() -> None:
    server = await arrived(request(target="/a/../b?c"), path="/api/v2/")

    assert server.lines()[0] == b"GET /api/v2/a/../b?c HTTP/1.1"


async def test_headers_arrive_in_order_with_repetitions_and_nothing_is_added() -> None:
    headers = (
        (b"X-One", b"1"),
        (b"cookie", b"a=1"),
        (b"X-Two", b"2"),
        (b"Cookie", b"b=2"),
        (b"X-ONE", b"3"),
        (b"X-Empty", b""),
        (b"X-Text", "caf\u00e9".encode()),
        (b"X-Bytes", b"\xff\xfe"),
    )
    server = await arrived(request(headers=headers))

    assert server.lines()[1:] == [
        b"Host: monolith.test",
        b"X-One: 1",
        b"cookie: a=1",
        b"X-Two: 2",
        b"Cookie: b=2",
        b"X-ONE: 3",
        b"X-Empty: ",
        "X-Text: caf\u00e9".encode(),
        b"X-Bytes: \xff\xfe",
        MARKER,
    ]


async def test_hop_by_hop_headers_stay_behind() -> None:
    headers = (
        (b"Connection", b"keep-alive, X-Mine"),
        (b"X-Mine", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"TE", b"trailers"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Upgrade", b"h2c"),
        (b"Expect", b"100-continue"),
        (b"X-Kept", b"1"),
    )
    server = await arrived(request("PUT", headers=headers, body=b"hello"))

    assert sorted(server.lines()[1:]) == sorted(
        [b"Host: monolith.test", b"X-Kept: 1", MARKER, b"Content-Length: 5"]
    )
    assert server.body() == b"hello"


@pytest.mark.parametrize(
    "headers", [(), ((b"User-Agent", b"curl"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"br"))]
)
async def test_user_agent_and_accept_are_the_clients_or_none(headers: Headers) -> None:
    server = await arrived(request(headers=headers))

    expected = [name + b": " + value for name, value in headers]
    assert server.lines()[1:] == [b"Host: monolith.test", *expected, MARKER]


async def test_the_host_can_be_the_candidates_own() -> None:
    server = await arrived(request(), host="candidate")

    expected = server.url.removeprefix("http://").encode()
    assert server.lines()[1] == b"Host: " + expected


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"])
@pytest.mark.parametrize("body", [b"", b"\x00\xff body \r\n\r\n", b"x" * 3_000_000])
async def test_method_and_body_arrive_as_they_were(method: str, body: bytes) -> None:
    headers: Headers = ((b"Content-Type", b"a/b"), (b"Content-Encoding", b"gzip"))
    server = await arrived(request(method, headers=headers, body=body))
    lengths = [line for line in server.lines() if line.lower().startswith(b"content-length")]

    assert server.lines()[0].startswith(method.encode() + b" ")
    assert server.body() == body
    says_length = body or method in {"POST", "PUT", "PATCH"}
    assert lengths == ([f"Content-Length: {len(body)}".encode()] if says_length else [])
    assert not any(b"transfer-encoding" in line.lower() for line in server.lines())
    closing = [line for line in server.lines() if line.lower().startswith(b"connection")]
    assert closing == ([b"Connection: close"] if method in {"POST", "PATCH", "PURGE"} else [])


async def test_a_body_without_a_type_gets_none() -> None:
    server = await arrived(request("PUT", body=b"hello"))

    assert not any(line.lower().startswith(b"content-type") for line in server.lines())


async def test_the_answer_is_kept_as_it_was_on_the_wire() -> None:
    body = gzip.compress(b"hello")
    head = (
        b"HTTP/1.1 404 Nope\r\nSet-Cookie: a=1\r\nX-Mixed-Case: v\r\nset-cookie: b=2\r\n"
        b"Content-Encoding: gzip\r\nX-Bytes: \xff\xe9\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    answer = await answered(head + body)

    assert answer.status == 404
    assert answer.headers == (
        (b"Set-Cookie", b"a=1"),
        (b"X-Mixed-Case", b"v"),
        (b"set-cookie", b"b=2"),
        (b"Content-Encoding", b"gzip"),
        (b"X-Bytes", b"\xff\xe9"),
        (b"Content-Length", b"%d" % len(body)),
    )
    assert answer.body == body
    assert answer.cut is None
    assert answer.elapsed_ms > 0


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    redirect = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(redirect) as server, transport(server.url) as sender:
        answer = await sender.send(request())

        assert isinstance(answer, Response)
        assert answer.status == 302
        assert len(server.requests) == 1


async def test_cookies_of_an_answer_are_not_sent_back() -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 2\r\n\r\nok"
    async with raw_server(cookie) as server, transport(server.url) as sender:
        for _ in range(3):
            await sender.send(request())

        assert len(server.requests) == 3
        assert not any(b"cookie" in one.lower() for one in server.requests)


async def test_reads_reuse_a_connection_and_writes_get_a_fresh_one() -> None:
    async with raw_server() as server, transport(server.url) as sender:
        for _ in range(3):
            await sender.send(request())
        assert server.connections == 1
        for _ in range(3):
            await sender.send(request("POST", body=b"x"))

        assert server.connections == 4


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_an_answer_without_a_body_is_one(status: bytes) -> None:
    answer = await answered(b"HTTP/1.1 " + status + b"\r\nETag: 1\r\n\r\n")

    assert (answer.status, answer.body, answer.cut) == (int(status[:3]), b"", None)


async def test_the_length_in_an_answer_to_head_is_not_waited_for() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
    answer = await answered(head, request("HEAD"))

    assert (answer.status, answer.body, answer.cut) == (200, b"", None)


async def test_chunks_are_put_together() -> None:
    content = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3;x=y\r\nabc\r\n0\r\n\r\n"
    )
    answer = await answered(content)

    assert answer.body == b"okabc"


async def test_a_body_up_to_the_end_of_the_connection_is_read() -> None:
    answer = await answered(saying(b"HTTP/1.1 200 OK\r\n\r\nall of it", then_close=True))

    assert answer.body == b"all of it"


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("excess", [0, 1, 400_000])
async def test_of_a_body_over_the_cap_length_digest_and_beginning_are_kept(
    excess: int, is_chunked: bool
) -> None:
    body = bytes(range(250)) * 400 + b"x" * excess
    size = b"%x\r\n" % len(body)
    head = b"HTTP/1.1 200 OK\r\n"
    if is_chunked:
        content = head + b"Transfer-Encoding: chunked\r\n\r\n" + size + body + b"\r\n0\r\n\r\n"
    else:
        content = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    answer = await answered(content)

    if excess == 0:
        assert (answer.body, answer.cut) == (body, None)
    else:
        assert answer.body == body[:HEAD_BYTES]
        assert answer.cut == Cut(
            reason="over-cap", length_bytes=len(body), sha256=hashlib.sha256(body).digest()
        )


async def test_a_header_of_100_kb_is_kept() -> None:
    value = b"v" * 100_000
    answer = await answered(b"HTTP/1.1 200 OK\r\nX: %s\r\nContent-Length: 0\r\n\r\n" % value)

    assert answer.headers[0] == (b"X", value)


async def test_many_headers_are_kept() -> None:
    lines = b"".join(b"X-%d: 1\r\n" % n for n in range(300))
    answer = await answered(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n")

    assert len(answer.headers) == 301


async def test_an_interim_answer_is_passed_over() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    assert (await answered(hints + OK)).body == b"ok"


async def test_no_answer_in_time_is_a_time_out() -> None:
    async def hang(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    failure = await failed(hang, timeout_ms=100)

    assert failure.kind == "time-out"
    assert 100 <= failure.elapsed_ms < 30_000


async def test_time_in_which_we_were_held_up_ourselves_is_no_time_out() -> None:
    async def answer_and_hold_up(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        time.sleep(1.0)  # noqa: ASYNC251  the event loop is ours

    answer = await answered(answer_and_hold_up, timeout_ms=500)

    assert isinstance(answer, Response)


async def test_who_does_not_answer_after_we_were_held_up_either_is_timed_out() -> None:
    async def hold_up_and_hang(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        time.sleep(1.0)  # noqa: ASYNC251  the event loop is ours
        await asyncio.sleep(60)

    failure = await failed(hold_up_and_hang, timeout_ms=500)

    assert failure.kind == "time-out"
    assert failure.elapsed_ms < 30_000


@pytest.mark.parametrize(
    "head", [b"Content-Length: 99", b"Transfer-Encoding: chunked", b"X-Until: close"]
)
async def test_a_body_that_stops_coming_is_a_time_out(head: bytes) -> None:
    content = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n2\r\nok"

    assert (await failed(content, timeout_ms=100)).kind == "time-out"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
)
async def test_a_connection_that_ends_too_early_is_a_reset(content: bytes) -> None:
    assert (await failed(saying(content, then_close=True))).kind == "reset"


@pytest.mark.parametrize("content", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok"])
async def test_a_connection_that_is_reset_is_a_reset(content: bytes) -> None:
    async def reset(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    assert (await failed(reset)).kind == "reset"


async def test_where_nobody_listens_the_connection_is_refused() -> None:
    with refusing_port() as port:
        async with transport(f"http://127.0.0.1:{port}") as sender:
            failure = await sender.send(request())

    assert isinstance(failure, Failure)
    assert failure.kind == "refused"


async def test_a_name_that_does_not_resolve_is_refused() -> None:
    async with transport("http://no-such-host.invalid") as sender:
        failure = await sender.send(request())

    assert isinstance(failure, Failure)
    assert failure.kind == "refused"


@pytest.mark.parametrize("then_close", [False, True])
async def test_a_candidate_behind_tls_is_asked_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, then_close: bool
) -> None:
    trusted, tls = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    body = b"x" * 90_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + body
    handle = saying(answer, then_close=then_close)
    async with raw_server(handle, tls=tls) as server, transport(server.url) as sender:
        for method in ("GET", "POST", "GET"):
            got = await sender.send(request(method, body=body))
            assert isinstance(got, Response), got
            assert got.body == body

    assert server.connections == (3 if then_close else 2)
    assert all(one.endswith(body) for one in server.requests)


async def test_a_candidate_whose_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    _, tls = make_authority(tmp_path)
    async with raw_server(tls=tls) as server, transport(server.url) as sender:
        failure = await sender.send(request())

    assert isinstance(failure, Failure)
    assert failure.kind == "refused"
    assert "certificate" in failure.message
    assert server.requests == []


@pytest.mark.parametrize(
    "content",
    [
        b"this is not HTTP\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokXX\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"v" * 600_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
    ],
)
async def test_broken_http_is_a_failure_and_not_an_exception(content: bytes) -> None:
    failure = await failed(saying(content, then_close=True), timeout_ms=2000)

    assert failure.kind in {"other", "reset"}


@pytest.mark.parametrize(
    "asked",
    [
        request(headers=((b"X", b"a\r\nb: c"),)),
        request(headers=((b"X", b"a\x00"),)),
        request(headers=((b"X\xff", b"1"),)),
        request(headers=((b"X Y", b"1"),)),
        request("OPTIONS", target="*"),
        request(target="no-slash"),
        request(target="http://other.test/a"),
        request(target=""),
        request(target="/a\r\nx: y"),
        request(target="/a b"),
        request("GE T"),
        request(authority="bad\r\nhost"),
    ],
)
async def test_what_cannot_be_sent_as_it_was_is_unsendable_and_nothing_is_sent(
    asked: Request,
) -> None:
    async with raw_server() as server, transport(server.url) as sender:
        failure = await sender.send(asked)

        assert isinstance(failure, Failure), server.requests
        assert failure.kind == "unsendable"
        assert server.requests == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1:80", "http://"])
async def test_an_url_that_is_none_is_unsendable(url: str) -> None:
    async with transport(url) as sender:
        failure = await sender.send(request())

    assert isinstance(failure, Failure)
    assert failure.kind == "unsendable"


async def test_an_idle_connection_that_the_candidate_closed_is_no_fault() -> None:
    async def once(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()

    async with raw_server(once) as server, transport(server.url) as sender:
        answers = [await sender.send(request()) for _ in range(5)]

    assert [answer.status for answer in answers if isinstance(answer, Response)] == [200] * 5


async def test_a_write_whose_connection_is_lost_is_not_sent_again() -> None:
    async with raw_server(saying(b"", then_close=True)) as server, transport(server.url) as sender:
        failure = await sender.send(request("POST", body=b"x"))

    assert isinstance(failure, Failure)
    assert failure.kind == "reset"
    assert len(server.requests) == 1


async def test_a_read_is_sent_again_only_when_its_connection_was_kept() -> None:
    async with raw_server(saying(b"", then_close=True)) as server, transport(server.url) as sender:
        assert isinstance(await sender.send(request()), Failure)

    assert len(server.requests) == 1


async def test_a_read_is_not_sent_again_once_something_of_its_answer_came() -> None:
    answers = iter([OK, b"HTTP/1.1 200 OK\r\nContent-Le"])

    async def half(_request: bytes, writer: asyncio.StreamWriter) -> None:
        answer = next(answers)
        writer.write(answer)
        await writer.drain()
        if answer is not OK:
            writer.close()

    async with raw_server(half) as server, transport(server.url) as sender:
        assert isinstance(await sender.send(request()), Response)
        failure = await sender.send(request())

    assert isinstance(failure, Failure)
    assert failure.kind == "reset"
    assert len(server.requests) == 2


async def test_a_connection_that_answered_too_late_is_not_used_again() -> None:
    release = asyncio.Event()

    async def slow(_request: bytes, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")

    async with raw_server(slow) as server, transport(server.url, timeout_ms=50) as sender:
        late = await sender.send(request())
        release.set()
        assert isinstance(late, Failure)
        assert late.kind == "time-out"
        await sender.send(request())

    assert server.connections == 2


async def test_requests_run_side_by_side_up_to_the_limit() -> None:
    running = most = 0

    async def slow(_request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        writer.write(OK)

    async with raw_server(slow) as server, transport(server.url, max_in_flight=3) as sender:
        await asyncio.gather(*(sender.send(request()) for _ in range(9)))

    assert most == 3


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), "time-out"),
        (RefusedError(), "refused"),
        (LostError("", is_unanswered=True), "reset"),
        (ConnectionResetError(), "reset"),
        (MalformedError(), "other"),
        (ValueError(), "unsendable"),
    ],
)
def test_every_error_has_a_word(error: Exception, kind: str) -> None:
    assert failure_kind(error) == kind
