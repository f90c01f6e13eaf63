"""A candidate that answers everything with the document and notes when each request came."""

import contextlib
import queue
import socketserver
import threading
import time
from collections.abc import Iterator

from benchmarks.documents import DOCUMENT

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    % len(DOCUMENT)
    + DOCUMENT
)


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: "_Server"

    def handle(self) -> None:
        """Answer requests without a body until the client hangs up."""
        while line := self.rfile.readline():
            if line == b"\r\n":
                self.server.came.put(time.monotonic())
                self.wfile.write(ANSWER)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.came: queue.SimpleQueue[float] = queue.SimpleQueue()


class Arrivals:
    """The running server."""

    def __init__(self, server: _Server) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Without a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def next(self, limit_s: float) -> float | None:
        """When the next request came (``time.monotonic``), or ``None`` when none does in time."""
        try:
            return self._server.came.get(timeout=limit_s)
        except queue.Empty:
            return None


@contextlib.contextmanager
def arrivals() -> Iterator[Arrivals]:
    """Serve on a free loopback port for as long as the block lasts."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Arrivals(server)
        finally:
            server.shutdown()
            thread.join()
