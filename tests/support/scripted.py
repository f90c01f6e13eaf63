"""A server that answers byte by byte as a test says, and a client that sends and reads bytes."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import msgspec

PATIENCE_S = 20.0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it arrived.

    Attributes:
        head: Up to and with the empty line.
        body: Without its framing; empty for an impatient answer.
    """

    head: bytes
    body: bytes = b""

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode()

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode()


class Peer:
    """One connection of a client, read by lines and lengths."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._buffer = bytearray()

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def reset(self) -> None:
        """End the connection the rude way."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def read_until(self, mark: bytes) -> bytes:
        while (found := self._buffer.find(mark)) < 0:
            self._fill()
        return self._take(found + len(mark))

    def read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        return self._take(count)

    def read_to_end(self) -> bytes:
        """All that still comes, until the other side ends the connection."""
        with contextlib.suppress(EOFError):
            while True:
                self._fill()
        return self._take(len(self._buffer))

    def read_body(self, head: bytes) -> bytes:
        fields = head.lower()
        if b"\r\ntransfer-encoding: chunked" in fields:
            return b"".join(self._chunks())
        _, found, rest = fields.partition(b"\r\ncontent-length:")
        return self.read(int(rest.split(b"\r\n", 1)[0])) if found else b""

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.read_until(b"\r\n").split(b";")[0], 16):
            yield self.read(size)
            self.read(2)
        while self.read_until(b"\r\n") != b"\r\n":
            pass

    def _fill(self) -> None:
        data = self.connection.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


type Answer = bytes | Callable[[Peer, Asked], None]


def answer(
    body: bytes = b'{"id":1}',
    *headers: str,
    status: str = "200 OK",
    media: str = "application/json",
) -> bytes:
    """A whole answer with its length; the same bytes every time."""
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {media}", f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, *headers, "", "")).encode() + body


def chunked(*pieces: bytes, media: str = "application/json") -> bytes:
    """An answer in chunks."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head.encode() + b"".join(map(chunk, pieces)) + b"0\r\n\r\n"


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)


class ScriptedServer:
    """Listens on a loopback port of the kernel while it is entered; a thread a connection.

    Args:
        answers: By path; a function may do what it likes to the connection.
        default: For every other path.
        impatient: Paths answered before the request's body is read.
        tls: Speak TLS.
    """

    def __init__(
        self,
        answers: Mapping[str, Answer] | None = None,
        *,
        default: Answer | None = None,
        impatient: frozenset[str] = frozenset(),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self.default = answer() if default is None else default
        self.asked: list[Asked] = []
        self._impatient = impatient
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._peers: set[Peer] = set()
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        scheme, name = ("https", "localhost") if self._tls else ("http", "127.0.0.1")
        return f"{scheme}://{name}:{self.port}"

    def targets(self) -> list[str]:
        return [one.target for one in self.asked]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in list(self._peers):
            peer.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(EOFError, OSError, ValueError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            peer = Peer(connection)
            self._peers.add(peer)
            try:
                while True:
                    self._answer(peer)
            finally:
                self._peers.discard(peer)
                peer.close()

    def _answer(self, peer: Peer) -> None:
        head = peer.read_until(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode().partition("?")[0]
        body = b"" if path in self._impatient else peer.read_body(head)
        asked = Asked(head=head, body=body)
        self.asked.append(asked)
        reply = self.answers.get(path, self.default)
        if isinstance(reply, bytes):
            peer.send(reply)
        else:
            reply(peer, asked)


@contextmanager
def connected(port: int) -> Iterator[Peer]:
    """A connection to a loopback port."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        yield Peer(connection)


def ask(port: int, target: str = "/orders/1", *headers: str, method: str = "GET") -> bytes:
    """Everything that comes back for one request on a connection of its own, to its end."""
    return ask_raw(port, request_bytes(target, *headers, method=method))


def request_bytes(
    target: str, *headers: str, method: str = "GET", body: bytes | None = None
) -> bytes:
    """A request that closes its connection."""
    length = () if body is None else (f"Content-Length: {len(body)}",)
    lines = (f"{method} {target} HTTP/1.1", "Host: shop.test", *headers, *length)
    return "\r\n".join((*lines, "Connection: close", "", "")).encode() + (body or b"")


def ask_raw(port: int, request: bytes) -> bytes:
    """Everything that comes back for these bytes, until the other side ends the connection."""
    received = bytearray()
    with connected(port) as peer:
        peer.send(request)
        with contextlib.suppress(ConnectionResetError):
            while data := peer.connection.recv(65536):
                received += data
    return bytes(received)


def status_of(received: bytes) -> int:
    """The status in an answer; 0 when there is none."""
    return int(received[9:12]) if received.startswith(b"HTTP/") else 0
