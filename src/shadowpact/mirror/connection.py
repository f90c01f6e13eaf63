"""One HTTP/1.1 connection: a request goes out, its answer comes in."""

import asyncio
from typing import override

from shadowpact.mirror.answer import Answer, AnswerReader, MalformedError

READ_BYTES = 256 * 1024
"""Read in one go."""


class LostError(ConnectionError):
    """The connection ended before the answer was whole.

    Attributes:
        is_unanswered: Not one byte of an answer had come.
    """

    def __init__(self, message: str, *, is_unanswered: bool) -> None:
        super().__init__(message)
        self.is_unanswered = is_unanswered


class Connection(asyncio.BufferedProtocol):
    """Asks one thing at a time.

    Args:
        buffer: Where what comes is read to; connections of one event loop may share it.
        cap_bytes: Of a body, what is kept whole.

    Attributes:
        is_open: Neither side has ended it.
        is_reusable: The last answer leaves it fit for another request.
        idle_since_s: When its last answer came, on the clock of the event loop.
    """

    def __init__(self, buffer: memoryview, *, cap_bytes: int) -> None:
        self._buffer = buffer
        self._reader = AnswerReader(cap_bytes=cap_bytes)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self.is_open = False
        self.is_reusable = False
        self.idle_since_s = 0.0

    async def ask(self, message: bytes, *, is_head: bool) -> Answer:
        """Send a whole request and wait for the whole answer; without end, so set a time-out.

        Args:
            message: As it goes onto the wire.
            is_head: The method is HEAD.

        Raises:
            LostError: The connection ended before.
            MalformedError: What came is no HTTP.
        """
        transport = self._transport
        if transport is None or not self.is_open:
            raise LostError("the connection was closed", is_unanswered=True)
        self._reader.begin(is_head=is_head)
        self._waiter = self._loop.create_future()
        transport.write(message)
        try:
            answer = await self._waiter
        except BaseException:
            self.abort()
            raise
        finally:
            self._waiter = None
        self.idle_since_s = self._loop.time()
        is_sent = not transport.get_write_buffer_size()  # else it was answered too early
        self.is_reusable = is_sent and self._reader.keeps_alive
        return answer

    def close(self) -> None:
        """End it in good order."""
        self.is_open = False
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End it at once."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    # what the event loop calls

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  it is made for streams
        self._transport = transport
        self.is_open = True

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        self.is_open = False
        waiter, reader = self._waiter, self._reader
        if waiter is None or waiter.done():
            return
        if exc is None:
            reader.end()
        if reader.is_complete:
            waiter.set_result(reader.answer())
            return
        why = str(exc or "the connection ended before the answer did")
        waiter.set_exception(LostError(why, is_unanswered=not reader.received))

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to read to."""
        return self._buffer

    @override
    def buffer_updated(self, nbytes: int) -> None:
        """Something came."""
        waiter, reader = self._waiter, self._reader
        if waiter is None or waiter.done():
            self.abort()  # nobody asked for it
            return
        try:
            reader.feed(self._buffer[:nbytes])
        except MalformedError as error:
            waiter.set_exception(error)
            return
        if reader.is_complete:
            waiter.set_result(reader.answer())
