"""A relay between Pact's verifier and the provider, for what the verifier's client cannot do.

It knows which interaction a request is of (see ``contracts.scratch``), so that what is sent for it
can be made ready: its state, its credentials. It undoes content codings that Pact's client does not
know (br, zstd), so that a body is compared and not its compression; and it knows why there was no
answer (refused, timed out, broken off), which the verifier reports with one text for all.
"""

import contextlib
import socket
from collections.abc import Callable
from http import HTTPStatus
from threading import Thread
from types import TracebackType
from typing import Final, Self

from shadowpact.contracts.client import HOP_HEADERS
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Headers, Request, Response

NUMBER_HEADER: Final = "x-shadowpact-interaction"
"""By which the relay tells whose request it is; it goes no further."""

_BODY_LIMIT_BYTES: Final = 256 * 1024 * 1024
_HEAD_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024
_THREADS: Final = 8
"""Requests that are passed on at once; every process of the verifier has one under way."""

_BACKLOG: Final = 128
_KNOWN_TO_PACT: Final = frozenset({"gzip", "x-gzip", "deflate"})
_WITHOUT_BODY: Final = frozenset({204, 304})
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}

type PassOn = Callable[[int | None, Request], Response | None]
"""Gets an interaction's number and its request, gives the answer; ``None`` where there is none."""


class Relay:
    """Listens on the loopback and passes requests on."""

    def __init__(self, pass_on: PassOn) -> None:
        """Take what requests are passed on to; it listens from now on."""
        self._pass_on = pass_on
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self.port = int(self._listener.getsockname()[1])
        self._is_over = False
        self._threads = [Thread(target=self._serve, daemon=True) for _ in range(_THREADS)]

    def __enter__(self) -> Self:
        """Start passing on."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self._is_over = True
        for _ in self._threads:  # each waits for a connection, and looks then
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
                answer = None if request is None else self.answer(request)
                if answer is not None:
                    connection.sendall(answer)

    def answer(self, request: Request) -> bytes | None:
        """The answer to one request as it goes on the wire; ``None`` for none."""
        number, ours = None, f"127.0.0.1:{self.port}".encode()
        headers: list[tuple[bytes, bytes]] = []
        for name, value in request.headers:
            lower = name.lower()
            if lower == NUMBER_HEADER.encode():
                number = int(value)
            elif lower not in HOP_HEADERS and (lower, value) != (b"host", ours):
                headers.append((name, value))
        asked = Request(
            method=request.method,
            scheme=request.scheme,
            authority=request.authority,
            target=request.target,
            http_version=request.http_version,
            headers=tuple(headers),
            body=request.body,
        )
        answer = self._pass_on(number, asked)
        return None if answer is None else _written(decoded(answer), is_head=asked.method == "HEAD")


def decoded(answer: Response) -> Response:
    """An answer without a coding that Pact does not know; as it is where that cannot be undone."""
    if set(codings(answer.headers)) <= _KNOWN_TO_PACT or not answer.body:
        return answer
    try:
        plain = decode(answer.body, codings(answer.headers), limit_bytes=_BODY_LIMIT_BYTES)
    except UndecodableError:
        return answer
    kept = tuple((k, v) for k, v in answer.headers if k.lower() != b"content-encoding")
    return Response(status=answer.status, headers=kept, body=plain)


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
    length = next((int(value) for name, value in headers if name.lower() == b"content-length"), 0)
    body = [held[end + 4 :]]
    missing = length - len(body[0])
    while missing > 0 and (more := connection.recv(_CHUNK_BYTES)):
        body.append(more)
        missing -= len(more)
    return _request(parts[0], parts[1], headers, b"".join(body))


def _request(method: str, target: str, headers: Headers, body: bytes) -> Request:
    return Request(
        method=method,
        scheme="http",
        authority="",
        target=target,
        http_version="HTTP/1.1",
        headers=headers,
        body=body,
    )
