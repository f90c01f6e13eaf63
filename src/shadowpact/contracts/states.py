"""A small server between Pact's verifier and the user's provider state handler.

The verifier tries a handler that answers 5xx eight times, with pauses that double (about two
minutes a state), and says only that "one or more" handlers failed. This one passes each call on
once, answers 422 instead, which ends the interaction at once, and remembers the reason.
"""

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from shadowpact.contracts.stub import POLL_S

_SHOWN_CHARACTERS = 200


class StateServer:
    """Passes provider state calls on to ``target``; does nothing when that is ``None``."""

    def __init__(self, target: str | None, *, timeout_s: float) -> None:
        """Take the handler's URL and the seconds one call may take."""
        self.target = target
        self.timeout_s = timeout_s
        self.failures: dict[str, str] = {}
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str | None:
        """What the verifier is given; ``None`` without a target."""
        if self._server is None:
            return None
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        """Start listening on a free port of the loopback."""
        if self.target is not None:
            states = self

            class Handler(_StateHandler):
                owner: StateServer = states

            self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def call(self, body: bytes) -> tuple[int, bytes]:
        """Pass one call on.

        Returns:
            200 and the values the handler gave (a JSON object), or 422 and the reason.
        """
        named = json.loads(body)
        state = str(named.get("state", ""))
        if not state:
            return 200, b"{}"  # the interaction has no state; the handler is not asked
        try:
            return 200, self._ask(body)
        except (OSError, ValueError) as error:
            reason = _reason(error)
            self.failures[state] = f"{named.get('action', 'setup')} of {state!r}: {reason}"
            return 422, reason.encode()

    def _ask(self, body: bytes) -> bytes:
        request = urllib.request.Request(
            self.target or "", data=body, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=self.timeout_s) as answer:
            told: bytes = answer.read()
        try:
            return told if isinstance(json.loads(told), dict) else b"{}"
        except ValueError:
            return b"{}"  # a handler without values to give may answer anything


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        text = error.read().decode("utf-8", "replace")[:_SHOWN_CHARACTERS]
        return f"the state handler answered {error.code} {text}".strip()
    return f"the state handler cannot be asked: {getattr(error, 'reason', error)}"


class _StateHandler(BaseHTTPRequestHandler):
    owner: StateServer

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        status, answer = self.owner.call(self.rfile.read(length))
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
