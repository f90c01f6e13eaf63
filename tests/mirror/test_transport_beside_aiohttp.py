"""What we read of an answer is what aiohttp reads of it: two clients, the same bytes."""

import aiohttp
import pytest

from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.transport import HttpTransport
from shadowpact.model.exchange import Headers, Response
from support.build import request
from support.raw import RawServer, raw_server, saying

ANSWERS = {
    "plain": (b"HTTP/1.1 200 OK\r\nContent-Length: 5", b"hello"),
    "no reason": (b"HTTP/1.1 299\r\nContent-Length: 0", b""),
    "odd reason": (b"HTTP/1.1 200 \xe9\xff\r\nContent-Length: 0", b""),
    "odd status": (b"HTTP/1.1 799 x\r\nContent-Length: 2", b"ok"),
    "spaces": (b"HTTP/1.1 200 OK\r\nA:  \t b c \t \r\nB:d\r\nC: \r\nD:\r\nContent-Length: 0", b""),
    "folded": (b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\td\r\nContent-Length: 0", b""),
    "bytes": (b"HTTP/1.1 200 OK\r\nA: \xff\xfe\x80\r\nContent-Length: 0", b""),
    "repeated": (b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nset-cookie: b\r\nContent-Length: 0", b""),
    "old": (b"HTTP/1.0 200 OK", b"until the end"),
    "old, with a length": (b"HTTP/1.0 200 OK\r\nContent-Length: 2", b"ok"),
    "until the end": (b"HTTP/1.1 200 OK\r\nConnection: close", b"until the end"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"3;a\r\nabc\r\n0\r\n\r\n"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"1\r\na\r\n0\r\nT: 1\r\n\r\n"),
    "large chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
        b"20000\r\n" + b"x" * 0x20000 + b"\r\n0\r\n\r\n",
    ),
    "no content": (b"HTTP/1.1 204 No Content\r\nA: b", b""),
    "not modified": (b'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "a"', b""),
    "interim": (
        b"HTTP/1.1 103 x\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2",
        b"ok",
    ),
    "encoded": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3", b"xyz"),
    "bare line feeds": (b"HTTP/1.1 200 OK\nA: b\nContent-Length: 2", b"ok"),
    "large": (b"HTTP/1.1 200 OK\r\nContent-Length: 3000000", b"y" * 3_000_000),
    "short": (b"HTTP/1.1 200 OK\r\nContent-Length: 9", b"ok"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3", b"ok!"),
    "length and chunks": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked",
        b"1\r\na\r\n0\r\n\r\n",
    ),
    "no colon": (b"HTTP/1.1 200 OK\r\nA\r\nContent-Length: 0", b""),
    "no status": (b"HTTP/1.1 OK\r\nContent-Length: 0", b""),
    "bad chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"xyz\r\n"),
}
"""Heads and bodies; an answer to HEAD has the head alone."""


async def ours(server: RawServer, method: str) -> tuple[int, Headers, bytes] | None:
    settings = CandidateSettings(name="orders", url=server.url, timeout_ms=5000)
    sender = HttpTransport(settings, body_cap_bytes=10_000_000)
    try:
        answer = await sender.send(request(method))
    finally:
        await sender.close()
    if not isinstance(answer, Response):
        return None
    return answer.status, answer.headers, answer.body


async def theirs(server: RawServer, method: str) -> tuple[int, Headers, bytes] | None:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        try:
            async with session.request(method, server.url) as answer:
                return answer.status, answer.raw_headers, await answer.read()
        except aiohttp.ClientError:
            return None


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("name", ANSWERS)
async def test_both_read_the_same(name: str, method: str) -> None:
    head, body = ANSWERS[name]
    answer = head + b"\r\n\r\n" + (b"" if method == "HEAD" else body)
    async with raw_server(saying(answer, then_close=True)) as server:
        assert await ours(server, method) == await theirs(server, method)
