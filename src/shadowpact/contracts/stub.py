"""A server on the loopback that answers with recorded samples, for the two-sided self-check."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from shadowpact.contracts.shape import BODY_LIMIT_BYTES
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Response

POLL_S = 0.02
"""How often a server looks whether it is to stop; stopping waits for that."""

_CONNECTION_HEADERS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_WITHOUT_BODY = frozenset({204, 205, 304})


class SampleServer:
    """Answers ``/<number>`` with the sample of that number, its content codings undone.

    They are undone because Pact's client understands gzip and deflate only; a body that cannot
    be decoded is sent as it is.
    """

    def __init__(self, samples: Sequence[Response]) -> None:
        """Take the answers to give."""
        owner = self
        self.samples = samples

        class Handler(_SampleHandler):
            server_of = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Start answering."""
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and free the port."""
        self._server.shutdown()
        self._server.server_close()


class _SampleHandler(BaseHTTPRequestHandler):
    server_of: SampleServer

    def do_GET(self) -> None:
        sample = self.server_of.samples[int(self.path.strip("/"))]
        try:
            body = decode(sample.body, codings(sample.headers), limit_bytes=BODY_LIMIT_BYTES)
        except UndecodableError:
            body = sample.body
        self.send_response_only(sample.status)
        for name, value in sample.headers:
            text = name.decode("latin-1")
            if text.lower() not in _CONNECTION_HEADERS:
                self.send_header(text, value.decode("latin-1"))
        if sample.status not in _WITHOUT_BODY:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if sample.status not in _WITHOUT_BODY and self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - http.server's name for it

    def log_message(self, *_: object) -> None:
        """Say nothing."""
