"""A relay between Pact's verifier and the provider, for what the verifier's client cannot do.

It undoes content codings that the client does not know (br, zstd), so that a body is compared and
not its compression; it knows why there was no answer (refused, timed out, broken off), which the
verifier reports with one text for all; and it sets headers whatever the pact says, in any spelling.
Otherwise it passes on what it is given.
"""

import http.client
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

import msgspec

from shadowpact.contracts.stub import POLL_S
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Headers

_BODY_LIMIT_BYTES: Final = 256 * 1024 * 1024
_KNOWN_TO_PACT: Final = frozenset({"gzip", "x-gzip", "deflate"})
_HOP_HEADERS: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"}
)
_WITHOUT_BODY: Final = frozenset({204, 304})


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """Where the provider answers.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name or address, an IPv6 one in brackets.
        port: TCP port.
        path: Put before every request's path; ``/`` for nothing.
        timeout_s: For one request.
        headers: Sent with every request, instead of the pact's of the same name.
    """

    scheme: str
    host: str
    port: int
    path: str
    timeout_s: float
    headers: Mapping[str, str] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider answered, its body decoded where Pact could not."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Relay:
    """Listens on the loopback and passes requests on to the provider."""

    def __init__(self, provider: Provider) -> None:
        """Take the provider; nothing is opened yet."""
        self.provider = provider
        self.failures: dict[str, str] = {}
        owner = self

        class Handler(_RelayHandler):
            relay: Relay = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        """Start passing on."""
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def ask(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """Ask the provider.

        Raises:
            OSError: No connection, or no whole answer.
            http.client.HTTPException: What came is no HTTP answer.
        """
        provider = self.provider
        connection = _connection(provider)
        try:
            path = provider.path.rstrip("/") + target
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self._passed_on(headers):
                connection.putheader(name, value.encode("latin-1"))
            connection.endheaders(body or None)
            with connection.getresponse() as answer:
                return _decoded(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def _passed_on(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        provider = self.provider
        ours = f"127.0.0.1:{self.port}"
        default = {"http": 80, "https": 443}[provider.scheme]
        port = "" if provider.port == default else f":{provider.port}"
        replaced = _HOP_HEADERS | {name.lower() for name in provider.headers}
        kept = [
            (name, f"{provider.host}{port}" if (name.lower(), value) == ("host", ours) else value)
            for name, value in headers
            if name.lower() not in replaced
        ]
        return [*kept, *provider.headers.items()]


def _connection(provider: Provider) -> http.client.HTTPConnection:
    host = provider.host.strip("[]")
    if provider.scheme == "https":
        return http.client.HTTPSConnection(
            host, provider.port, timeout=provider.timeout_s, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(host, provider.port, timeout=provider.timeout_s)


def _decoded(status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    raw: Headers = tuple((k.encode("latin-1"), v.encode("latin-1")) for k, v in headers)
    if set(codings(raw)) <= _KNOWN_TO_PACT or not body:
        return Answer(status=status, headers=headers, body=body)
    try:
        plain = decode(body, codings(raw), limit_bytes=_BODY_LIMIT_BYTES)
    except UndecodableError:
        return Answer(status=status, headers=headers, body=body)
    kept = [(name, value) for name, value in headers if name.lower() != "content-encoding"]
    return Answer(status=status, headers=kept, body=plain)


def _reason(error: Exception, timeout_s: float) -> str:
    match error:
        case ConnectionRefusedError():
            return "the connection was refused"
        case TimeoutError():
            return f"no answer within {timeout_s:g} s"
        case http.client.RemoteDisconnected() | ConnectionResetError():
            return "the connection was closed without an answer"
        case http.client.IncompleteRead():
            return "the answer ended too early"
        case _:
            return f"{type(error).__name__}: {error}"


class _RelayHandler(BaseHTTPRequestHandler):
    relay: Relay

    def handle_one_request(self) -> None:
        """Pass one request on, whatever its method; an error closes the connection."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.close_connection = True
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        try:
            answer = self.relay.ask(self.command, self.path, list(self.headers.items()), body)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.relay.failures[self.path] = _reason(error, self.relay.provider.timeout_s)
            return
        self._give(answer)

    def _give(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        is_head = self.command == "HEAD"
        for name, value in answer.headers:
            is_length = name.lower() == "content-length" and not is_head
            if name.lower() not in _HOP_HEADERS and not is_length:
                self.send_header(name, value)
        has_body = not is_head and answer.status not in _WITHOUT_BODY
        if has_body:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if has_body:
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
