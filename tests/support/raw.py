"""A server that keeps the exact bytes it was sent and answers with exact bytes."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

type Handle = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""Gets the request's bytes, and writes what it likes."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class RawServer:
    """Speaks just enough HTTP/1.1 to find where a request ends.

    Attributes:
        url: Where it listens.
        requests: Head and body of each request, as they came.
        connections: How many were opened.
    """

    def __init__(self, handle: Handle) -> None:
        self.url = ""
        self.requests: list[bytes] = []
        self.connections = 0
        self._handle = handle

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?im)^content-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                self.requests.append(head + body)
                await self._handle(head + body, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def lines(self) -> list[bytes]:
        """Request line and header lines of the only request."""
        (only,) = self.requests
        return only.partition(b"\r\n\r\n")[0].split(b"\r\n")

    def body(self) -> bytes:
        """Body of the only request."""
        (only,) = self.requests
        return only.partition(b"\r\n\r\n")[2]


def saying(content: bytes, *, then_close: bool = False) -> Handle:
    """Answers every request with these bytes."""

    async def handle(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        if then_close:
            writer.close()

    return handle


@asynccontextmanager
async def raw_server(
    answer: bytes | Handle = OK, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """A server on a port of the kernel, ended with its connections."""
    raw = RawServer(saying(answer) if isinstance(answer, bytes) else answer)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(raw.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=1 << 24, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    raw.url = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    try:
        yield raw
    finally:
        server.close()
        for task in tasks.copy():
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
