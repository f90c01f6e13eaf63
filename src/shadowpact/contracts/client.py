"""Asks the provider, one request on one connection, exactly as told."""

import http.client
import ssl
from collections.abc import Iterator
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

import msgspec

from shadowpact.errors import UsageError
from shadowpact.model.exchange import Headers, Request, Response

HOP_HEADERS: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Belong to one connection."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """Where the provider answers.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name or address, an IPv6 one in brackets.
        port: TCP port.
        path: Put before every request's path; ``/`` for nothing.
        timeout_s: For one request.
        verifies_tls: Whether its certificate has to be good.
    """

    scheme: str
    host: str
    port: int
    path: str
    timeout_s: float
    verifies_tls: bool = True

    @property
    def authority(self) -> str:
        """Host, and port where it is not the usual one."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.host}{port}"

    def url(self, target: str) -> str:
        """The whole URL of a request."""
        return f"{self.scheme}://{self.authority}{self.path.rstrip('/')}{target}"


def address(url: str) -> tuple[str, int, str, str]:
    """Host, port, scheme and path of a provider's URL.

    Raises:
        UsageError: Not an http or https URL with a host.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise UsageError(f"--url {url!r} cannot be read: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise UsageError(f"--url {url!r} is not like http://127.0.0.1:9001")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, port, parts.scheme, parts.path.rstrip("/") or "/"


class Client:
    """Asks one provider; safe to use from several threads."""

    def __init__(self, provider: Provider) -> None:
        """Take the address; nothing is opened yet."""
        self.provider = provider

    def connect(self) -> None:
        """Open a connection, with its TLS, and close it.

        Raises:
            OSError: There is none to be had.
        """
        connection = self._connection()
        try:
            connection.connect()
        finally:
            connection.close()

    def ask(self, request: Request) -> Response:
        """Ask, and wait for the whole answer; redirects are not followed.

        Raises:
            OSError: No connection, or no whole answer.
            ValueError: The request cannot be sent over HTTP/1.1.
            http.client.HTTPException: What came is no HTTP answer.
        """
        connection = self._connection()
        try:
            path = self.provider.path.rstrip("/") + request.target
            connection.putrequest(request.method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self._headers(request):
                connection.putheader(name.decode("latin-1"), value)
            connection.endheaders(request.body or None)
            with connection.getresponse() as answer:
                return Response(
                    status=answer.status, headers=_raw(answer.getheaders()), body=answer.read()
                )
        finally:
            connection.close()

    def reason(self, error: Exception) -> str:
        """Why there was no answer."""
        match error:
            case ConnectionRefusedError():
                return "the connection was refused"
            case TimeoutError():
                return f"no answer within {self.provider.timeout_s:g} s"
            case http.client.RemoteDisconnected() | ConnectionResetError():
                return "the connection was closed without an answer"
            case http.client.IncompleteRead():
                return "the answer ended too early"
            case ssl.SSLCertVerificationError():
                return (
                    f"its certificate is not trusted ({error.verify_message}); SSL_CERT_FILE names "
                    "a CA of your own, --insecure takes any certificate"
                )
            case ssl.SSLError():
                return f"TLS failed: {(error.reason or str(error)).replace('_', ' ').lower()}"
            case _:
                return f"{type(error).__name__}: {error}"

    def _headers(self, request: Request) -> Iterator[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in request.headers}
        if b"host" not in names:
            yield b"host", self.provider.authority.encode()
        for name, value in request.headers:
            if name.lower() not in HOP_HEADERS and name.lower() != b"content-length":
                yield name, value
        if request.body or b"content-length" in names:
            yield b"content-length", str(len(request.body)).encode()

    def _connection(self) -> http.client.HTTPConnection:
        provider = self.provider
        host = provider.host.strip("[]")
        if provider.scheme == "https":
            return http.client.HTTPSConnection(
                host, provider.port, timeout=provider.timeout_s, context=self._tls
            )
        return http.client.HTTPConnection(host, provider.port, timeout=provider.timeout_s)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made once: reading the certificates takes longer than a request."""
        context = ssl.create_default_context()
        if not self.provider.verifies_tls:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _raw(headers: list[tuple[str, str]]) -> Headers:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)
