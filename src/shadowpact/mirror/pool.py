"""The connections to one service: opened when needed, kept for the next request where that is safe.

A write must not meet a connection that the service is just closing: that could not be told from a
fault, and must not be sent twice. So it gets a connection of its own.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohappyeyeballs
import msgspec

from shadowpact.mirror.answer import Answer
from shadowpact.mirror.connection import READ_BYTES, Connection, LostError

IDLE_S = 15.0
"""A connection that was idle for longer is not used again: the service may be closing it."""

ADDRESSES_S = 10.0
"""How long the addresses of a name are remembered."""

SECOND_ADDRESS_AFTER_S = 0.25
"""When the next address of a name is tried beside the first; RFC 8305, 5."""

_PORTS = {"http": 80, "https": 443}


class RefusedError(ConnectionError):
    """There is no connection to be had."""


class Origin(msgspec.Struct, frozen=True):
    """Where a service answers.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name or address, without brackets.
        port: TCP port.
        authority: As a ``Host`` header names it.
        prefix: Path before every target, without the last slash.
    """

    scheme: str
    host: str
    port: int
    authority: str
    prefix: str


def origin_of(url: str) -> Origin | None:
    """The parts of a service's URL; ``None`` when it is no http or https URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    usual = _PORTS[parts.scheme]
    port = port or usual
    named = f"[{host}]" if ":" in host else host
    authority = named if port == usual else f"{named}:{port}"
    return Origin(parts.scheme, host, port, authority, parts.path.rstrip("/"))


class Pool:
    """Asks one service over as many connections as are allowed at once.

    Args:
        origin: Where the service answers.
        limit: Connections at once.
        cap_bytes: Of an answer's body, what is kept whole.
    """

    def __init__(self, origin: Origin, *, limit: int, cap_bytes: int) -> None:
        self.origin = origin
        self._cap_bytes = cap_bytes
        self._slots = asyncio.Semaphore(limit)
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._addresses: Sequence[aiohappyeyeballs.AddrInfoType] = ()
        self._known_until_s = 0.0
        self._looking_up = asyncio.Lock()
        self._tls = ssl.create_default_context() if origin.scheme == "https" else None
        if self._tls is not None:
            self._tls.set_alpn_protocols(["http/1.1"])

    async def ask(self, message: bytes, *, is_head: bool, is_repeatable: bool) -> Answer:
        """Send a whole request and wait for the whole answer.

        Args:
            message: As it goes onto the wire; one that is not repeatable asks the service to close.
            is_head: The method is HEAD.
            is_repeatable: It may be sent once more, when a connection that was kept turns out to
                be closed.

        Raises:
            RefusedError: No connection could be opened.
            LostError: It ended before the answer did.
            MalformedError: What came is no HTTP.
        """
        async with self._slots:
            while is_repeatable and (connection := self._kept()) is not None:
                try:
                    return await self._ask(connection, message, is_head=is_head, keep=True)
                except LostError as error:
                    if not error.is_unanswered:
                        raise
            connection = await self._connect()
            return await self._ask(connection, message, is_head=is_head, keep=is_repeatable)

    async def close(self) -> None:
        """End all connections."""
        for connection in self._open:
            connection.abort()
        self._idle.clear()
        self._open.clear()
        await asyncio.sleep(0)  # the event loop closes the sockets in its next round

    async def _ask(
        self, connection: Connection, message: bytes, *, is_head: bool, keep: bool
    ) -> Answer:
        try:
            answer = await connection.ask(message, is_head=is_head)
        except BaseException:
            self._open.discard(connection)
            raise
        if keep and connection.is_reusable:
            self._idle.append(connection)
        else:
            connection.close()
            self._open.discard(connection)
        return answer

    def _kept(self) -> Connection | None:
        """The connection that was used last."""
        while self._idle:
            connection = self._idle.pop()
            is_fresh = connection.idle_since_s > asyncio.get_running_loop().time() - IDLE_S
            if connection.is_open and is_fresh:
                return connection
            connection.close()
            self._open.discard(connection)
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            connected = await aiohappyeyeballs.start_connection(
                await self._look_up(), happy_eyeballs_delay=SECOND_ADDRESS_AFTER_S
            )
            _, connection = await loop.create_connection(
                lambda: Connection(self._buffer, cap_bytes=self._cap_bytes),
                sock=connected,
                ssl=self._tls,
                server_hostname=None if self._tls is None else self.origin.host,
            )
        except OSError as error:
            self._known_until_s = 0.0  # it may have moved
            raise RefusedError(f"{type(error).__name__}: {error}") from error
        self._open.add(connection)
        return connection

    async def _look_up(self) -> Sequence[aiohappyeyeballs.AddrInfoType]:
        """Its addresses; names are asked for only now and then."""
        loop = asyncio.get_running_loop()
        async with self._looking_up:
            if loop.time() >= self._known_until_s:
                host, port = self.origin.host, self.origin.port
                self._addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                self._known_until_s = loop.time() + ADDRESSES_S
        return self._addresses
