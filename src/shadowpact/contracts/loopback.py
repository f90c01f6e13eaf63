"""A small HTTP server on the loopback, for what Pact's verifier asks of us."""

import contextlib
import socket
from collections.abc import Callable
from http import HTTPStatus
from threading import Thread
from typing import Final, Self

from shadowpact.contracts.client import HOP_HEADERS
from shadowpact.model.exchange import Request, Response

_HEAD_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024
_THREADS: Final = 8
"""Requests that are answered at once; every process of the verifier has one under way."""

_BACKLOG: Final = 128
_WITHOUT_BODY: Final = frozenset({204, 304})
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}

type Answering = Callable[[Request], Response | None]
"""Called from threads; ``None`` where there is no answer."""


class Loopback:
    """Listens on a free port while its block lasts, and gives each request its answer."""

    def __init__(self, answering: Answering) -> None:
        """Take what answers; it listens from now on."""
        self._answering = answering
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._is_over = False
        self._threads = [Thread(target=self._serve, daemon=True) for _ in range(_THREADS)]

    def __enter__(self) -> Self:
        """Start answering."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._is_over = True
        for _thread in self._threads:  # each waits for a connection, and looks then
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._listener.close()

    def _serve(self) -> None:
        """One request a connection, whatever its method; without an answer it is closed."""
        while not self._is_over:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):  # the verifier may have gone
                request = None if self._is_over else _read(connection)
                answer = None if request is None else self._answering(request)
                if request is not None and answer is not None:
                    connection.sendall(_written(answer, is_head=request.method == "HEAD"))


def _read(connection: socket.socket) -> Request | None:
    """What Pact's client sends is well-formed: a line, headers, as many bytes as it says."""
    held = b""
    while (end := held.find(b"\r\n\r\n")) < 0:
        more = connection.recv(_CHUNK_BYTES)
        if not more or len(held) > _HEAD_BYTES:
            return None
        held += more
    first, *lines = held[:end].split(b"\r\n")
    parts = first.decode("latin-1").split()
    if len(parts) != 3:
        return None
    fields = (line.partition(b":") for line in lines)
    headers = tuple((name, value.strip()) for name, _, value in fields)
    lengths = [value for name, value in headers if name.lower() == b"content-length"]
    length = int(lengths[0]) if lengths and lengths[0].isdigit() else 0
    body = [held[end + 4 :]]
    missing = length - len(body[0])
    while missing > 0 and (more := connection.recv(_CHUNK_BYTES)):
        body.append(more)
        missing -= len(more)
    return Request(
        method=parts[0],
        scheme="http",
        authority="",
        target=parts[1],
        http_version="HTTP/1.1",
        headers=headers,
        body=b"".join(body),
    )


def _written(answer: Response, *, is_head: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, 'Unknown')}".encode()]
    for name, value in answer.headers:
        lower = name.lower()
        if lower not in HOP_HEADERS and (lower != b"content-length" or is_head):
            lines.append(name + b": " + value)
    has_body = not is_head and answer.status not in _WITHOUT_BODY
    if has_body:
        lines.append(b"Content-Length: %d" % len(answer.body))
    lines += [b"Connection: close", b"", answer.body if has_body else b""]
    return b"\r\n".join(lines)
