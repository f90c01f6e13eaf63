"""``shadowpact proxy`` and mitmdump with our addon carry traffic as bare mitmdump does."""

import asyncio
import base64
import hashlib
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from shadowpact.demo.processes import ProcessError
from shadowpact.model.exchange import header
from support.processes import (
    Proxy,
    candidate,
    eventually,
    evidence_of,
    mitmdump,
    shadowpact_proxy,
)
from support.scripted import (
    Answer,
    Asked,
    Peer,
    ScriptedServer,
    answer,
    ask,
    ask_raw,
    chunk,
    chunked,
    connected,
    request_bytes,
    status_of,
)
from support.tls import make_authority

type Start = Callable[..., AbstractContextManager[Proxy]]

START: dict[str, Start] = {"mitmdump": mitmdump, "shadowpact": shadowpact_proxy}
LARGE = bytes(range(256)) * 4096
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def echo_socket(peer: Peer, asked: Asked) -> None:
    """A WebSocket that sends back every short message, until it is closed."""
    key = asked.head.lower().partition(b"sec-websocket-key:")
    at = len(key[0]) + len(key[1])
    value = asked.head[at:].split(b"\r\n", 1)[0].strip()
    accept = base64.b64encode(hashlib.sha1(value + GUID, usedforsecurity=False).digest())
    peer.send(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    while True:
        first, length = peer.read(2)
        mask = peer.read(4)
        data = peer.read(length & 0x7F)
        peer.send(bytes([first, len(data)]) + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))


def echo(peer: Peer, asked: Asked) -> None:
    peer.send(answer(asked.body, media="application/octet-stream"))


def until_close(peer: Peer, _asked: Asked) -> None:
    peer.send(b"HTTP/1.1 200 OK\r\n\r\nto the end")
    peer.close()


def nothing(peer: Peer, _asked: Asked) -> None:
    peer.close()


REPLIES: dict[str, Answer] = {
    "/json": answer(b'{"a": 1}', "X-A: 1", "x-a: 2"),
    "/chunked": chunked(b'{"a": 1}'),
    "/large": answer(LARGE, media="application/octet-stream"),
    "/none": b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
    "/same": b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n',
    "/gone": answer(b"<p>gone</p>", status="410 Gone", media="text/html"),
    "/alternative": answer(b"{}", 'Alt-Svc: h3=":443"; ma=60'),
    "/hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(b"{}"),
    "/continue": b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"{}"),
    "/compressed": answer(b"\x1f\x8b\x08 whatever", "Content-Encoding: gzip"),
    "/no-length": until_close,
    "/nothing": nothing,
}


@pytest.fixture(scope="module")
def baseline() -> Iterator[ScriptedServer]:
    with ScriptedServer({**REPLIES, "/echo": echo, "/socket": echo_socket}) as server:
        yield server


@pytest.fixture(scope="module")
def bare(baseline: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("bare")
    lazy = ("connection_strategy=lazy",)  # as the addon has it; see shadowpact.addon
    with mitmdump(folder, baseline.url, config=None, sets=lazy) as proxy:
        yield proxy


@pytest.fixture(scope="module", params=list(START))
def proxy(
    request: pytest.FixtureRequest,
    baseline: ScriptedServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp(request.param)
    with START[request.param](folder, baseline.url) as running:
        yield running


@pytest.fixture(scope="module")
def http2(proxy: Proxy) -> Iterator[httpx.Client]:
    with httpx.Client(**http2_only(proxy)) as client:
        yield client


class Http2Context(ssl.SSLContext):
    """Offers HTTP/2 alone: httpx would offer HTTP/1.1 first, and mitmproxy take it."""

    def set_alpn_protocols(self, _alpn_protocols: Iterable[str]) -> None:
        super().set_alpn_protocols(["h2"])


def http2_only(proxy: Proxy) -> dict[str, Any]:
    """Settings of a client that offers nothing but HTTP/2, and trusts the proxy's authority."""
    trusted = Http2Context(ssl.PROTOCOL_TLS_CLIENT)
    trusted.load_verify_locations(proxy.ca)
    url = f"https://localhost:{proxy.port}"
    return {"http1": False, "http2": True, "verify": trusted, "base_url": url, "trust_env": False}


def count_of(proxy: Proxy, path: str) -> int:
    return sum(one.request.path == path for one in proxy.recorded())


@pytest.mark.parametrize("path", list(REPLIES))
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_bytes_are_those_of_bare_mitmdump(
    proxy: Proxy, bare: Proxy, path: str, method: str
) -> None:
    body = b"question" if method == "POST" else None
    request = request_bytes(path, "X-B: 1", "x-b: 2", method=method, body=body)

    ours, theirs = (ask_raw(port, request) for port in (proxy.port, bare.port))

    # mitmproxy points Alt-Svc at its own port
    assert ours.replace(b":%d" % proxy.port, b"") == theirs.replace(b":%d" % bare.port, b"")


def test_an_expectation_is_answered_and_the_body_arrives(proxy: Proxy) -> None:
    with connected(proxy.port) as peer:
        peer.send(
            b"POST /echo HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\n"
            b"Content-Length: 3\r\n\r\n"
        )
        first = peer.read_until(b"\r\n\r\n")
        peer.send(b"hey")
        second = peer.read_until(b"\r\n\r\n")

        assert (status_of(first), status_of(second)) == (100, 200)
        assert peer.read_body(second) == b"hey"


def test_a_connection_is_kept_for_many_requests(proxy: Proxy) -> None:
    with connected(proxy.port) as peer:
        for _ in range(20):
            peer.send(b"GET /kept HTTP/1.1\r\nHost: shop.test\r\n\r\n")
            assert peer.read_body(peer.read_until(b"\r\n\r\n")) == b'{"id":1}'

    eventually(lambda: count_of(proxy, "/kept") == 20)


def test_many_connections_at_once_are_served(proxy: Proxy) -> None:
    statuses: list[int] = []

    def client() -> None:
        statuses.extend(status_of(ask(proxy.port, "/many")) for _ in range(10))

    threads = [threading.Thread(target=client) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert statuses == [200] * 120
    eventually(lambda: count_of(proxy, "/many") == 120)


def test_a_large_body_goes_both_ways(proxy: Proxy) -> None:
    large = LARGE * 8  # over the cap
    received = ask_raw(proxy.port, request_bytes("/echo", method="PUT", body=large))

    assert received.partition(b"\r\n\r\n")[2] == large


def test_a_chunked_upload_goes_both_ways(proxy: Proxy) -> None:
    head = request_bytes("/echo", "Transfer-Encoding: chunked", method="PUT")
    received = ask_raw(proxy.port, head + chunk(LARGE) + chunk(b"end") + b"0\r\n\r\n")

    assert received.partition(b"\r\n\r\n")[2] == LARGE + b"end"


def test_http2_is_spoken_with_clients_and_recorded(proxy: Proxy, http2: httpx.Client) -> None:
    got = http2.get("/json", headers={"x-over": "http2"})
    put = http2.put("/echo", content=LARGE)
    head = http2.head("/large")

    assert {one.http_version for one in (got, put, head)} == {"HTTP/2"}
    assert (got.status_code, got.content, got.headers.get_list("x-a")) == (
        200,
        b'{"a": 1}',
        ["1", "2"],
    )
    assert put.content == LARGE
    assert (head.status_code, head.content) == (200, b"")

    def recorded() -> list[str]:
        mine = [one.request for one in proxy.recorded() if header(one.request.headers, b"x-over")]
        return [f"{one.http_version} {one.authority}" for one in mine]

    eventually(lambda: bool(recorded()))
    assert recorded()[0].startswith("HTTP/2")


@pytest.mark.parametrize("path", ["/chunked", "/large", "/none", "/same", "/gone", "/no-length"])
def test_http2_clients_get_every_kind_of_answer(http2: httpx.Client, path: str) -> None:
    got = http2.get(path)
    bodies = {"/chunked": b'{"a": 1}', "/large": LARGE, "/gone": b"<p>gone</p>"}
    bodies["/no-length"] = b"to the end"

    assert got.http_version == "HTTP/2"
    assert got.content == bodies.get(path, b"")


async def test_http2_streams_share_a_connection(proxy: Proxy) -> None:
    async with httpx.AsyncClient(**http2_only(proxy)) as client:
        answers = await asyncio.gather(*(client.get("/streams") for _ in range(30)))

    assert [one.status_code for one in answers] == [200] * 30
    eventually(lambda: count_of(proxy, "/streams") == 30)
    assert len({o.client for o in proxy.recorded() if o.request.path == "/streams"}) == 1


async def test_a_websocket_passes_through(proxy: Proxy) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{proxy.url}/socket") as socket_,
    ):
        await socket_.send_str("hello")
        assert await socket_.receive_str(timeout=10) == "hello"
        await socket_.send_bytes(b"\x00\x01")
        assert await socket_.receive_bytes(timeout=10) == b"\x00\x01"

    exchange = next(one for one in proxy.recorded() if one.request.path == "/socket")
    assert exchange.response is not None
    assert exchange.response.status == 101


@pytest.mark.parametrize("kind", list(START))
def test_a_baseline_behind_tls_is_verified(kind: str, tmp_path: Path) -> None:
    trusted, context = make_authority(tmp_path)
    with ScriptedServer(REPLIES, tls=context) as baseline:
        trusting = (f"ssl_verify_upstream_trusted_ca={trusted}",)
        with START[kind](tmp_path / "trusting", baseline.url, sets=trusting) as proxy:
            received = ask(proxy.port, "/json")
            (exchange,) = proxy.wait_for(1)
        with START[kind](tmp_path / "wary", baseline.url) as proxy:
            refused = ask(proxy.port, "/json")

    assert received == REPLIES["/json"]
    assert exchange.response is not None
    assert status_of(refused) in {0, 502}


@pytest.mark.parametrize("kind", list(START))
def test_the_whole_path_runs_and_ends_in_order(kind: str, tmp_path: Path) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(peer: Peer, asked: Asked) -> None:
        if asked.target == "/last":
            arrived.set()
            assert go_on.wait(20)
        peer.send(answer())

    with (
        ScriptedServer() as baseline,
        ScriptedServer(default=slow) as server,
        START[kind](
            tmp_path, baseline.url, config=candidate(server.url), worker="supervised"
        ) as proxy,
    ):
        for path in ("/first", "/second"):
            assert status_of(ask(proxy.port, path)) == 200
        eventually(lambda: evidence_of(proxy.state).pairs == 2)  # while it runs
        ask(proxy.port, "/last")
        assert arrived.wait(20)
        started = time.monotonic()
        os.kill(proxy.child.pid, signal.SIGTERM)
        go_on.set()
        status = proxy.child.stop()
        took_s = time.monotonic() - started

    assert (status, took_s < 15) == (0, True)
    assert evidence_of(tmp_path / "state").equal == 3
    assert not (tmp_path / ".shadowpact").exists()


def test_a_port_in_use_ends_the_proxy_with_the_reason(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ProcessError, match="ended with status 4") as error,
            shadowpact_proxy(tmp_path, "http://x.test", sets=[], listen=f"127.0.0.1:{port}"),
        ):
            pytest.fail("it listens")

    assert "already in use. Name another address with --listen" in str(error.value)


def test_mitmproxy_options_reach_the_proxy(tmp_path: Path) -> None:
    with (
        ScriptedServer() as baseline,
        shadowpact_proxy(tmp_path, baseline.url, sets=["keep_host_header=true"]) as proxy,
    ):
        ask(proxy.port)
        (exchange,) = proxy.wait_for(1)

    assert exchange.request.authority == "shop.test"
    assert b"Host: shop.test" in baseline.asked[0].head
