"""Deterministic authenticated encryption of credentials (AES-SIV, RFC 5297).

Equal secrets give equal sealed texts, so what belongs together can still be told, and the mirror
can still send what the client sent. A value that merely looks sealed does not authenticate and is
taken as it is.
"""

import base64
import binascii
import hashlib

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shadowpact.model.exchange import Exchange, Headers, Request, Response
from shadowpact.secrets.credentials import (
    ENCODED,
    IN_BODY,
    IN_HEADERS,
    IN_TARGET,
    IN_URLS,
    LONGEST_REMEMBERED_BYTES,
    MIN_SECRET_BYTES,
    URL_HEADERS,
    Credentials,
)
from shadowpact.secrets.settings import SecretSettings

TEXT_PREFIX = b"sealed:v1:"
BODY_PREFIX = b"\x00sealed:v1\x00"

CACHE_SIZE = 4096
"""Sealed header values remembered; clients send the same credential again and again."""

MOST_SEARCHED_BYTES = 32 * 1024 * 1024
"""Length of a body times what is looked for in it; beyond, all clients would wait for that."""


def _has_sealed(headers: Headers) -> bool:
    for _, value in headers:  # noqa: SIM110  a generator takes twice as long, for every exchange
        if value.startswith(TEXT_PREFIX):
            return True
    return False


class Sealer:
    """Seals exchanges before they touch the disk, and opens them for the mirror."""

    def __init__(self, key: bytes, settings: SecretSettings | None = None) -> None:
        self._cipher = AESSIV(key)
        known = settings or SecretSettings()
        self.credentials = Credentials(known.headers, known.members)
        self.session_key = hashlib.blake2b(
            self._cipher.encrypt(b"sessions", None), digest_size=32
        ).digest()
        """32 bytes made from the key, for the names of sessions."""
        self._sealed: dict[bytes, bytes] = {}
        self._opened: dict[bytes, bytes] = {}

    def seal(self, exchange: Exchange) -> Exchange:
        """The exchange with its credentials sealed, wherever their text occurs.

        Credential headers are sealed always. Target, other headers and bodies are sealed whole when
        one of the secrets occurs in them, or when a member or parameter in them has the name of
        one (``password``). Looking into a compressed body would mean decoding it on the request
        path: it is sealed when the exchange has secrets, when it is a request's, and when it
        answers to more than a reading request. So is a large body beside many secrets, and
        everything beside more of them than can be looked for.
        """
        request, response = exchange.request, exchange.response
        look = self.credentials.look
        asked = look(request, request.method)
        answered = look(response, request.method) if response is not None else 0
        if not (asked | answered) & ~ENCODED:
            return exchange
        looked = ((request, asked), (response, answered)) if response else ((request, asked),)
        secrets = self.credentials.found_where(*looked)
        return msgspec.structs.replace(
            exchange,
            request=msgspec.structs.replace(
                request,
                target=self._seal_target(request.target.encode(), asked, secrets).decode(),
                headers=self._seal_headers(request.headers, asked, secrets),
                body=self._seal_body(request.body, asked, secrets),
            ),
            response=response
            and msgspec.structs.replace(
                response,
                headers=self._seal_headers(response.headers, answered, secrets),
                body=self._seal_body(response.body, answered, secrets),
            ),
        )

    def open(self, exchange: Exchange) -> Exchange:
        """The exchange as it was on the wire; the inverse of :meth:`seal`.

        Returns:
            ``exchange`` itself when nothing in it looks sealed, and only then.
        """
        request = self._open_request(exchange.request)
        response = exchange.response and self._open_response(exchange.response)
        if request is exchange.request and response is exchange.response:
            return exchange
        return msgspec.structs.replace(exchange, request=request, response=response)

    def is_sealed(self, exchange: Exchange) -> bool:
        """Whether something in an opened exchange is still sealed, with a key that is not ours."""
        request, response = exchange.request, exchange.response
        return (
            _has_sealed(request.headers)
            or (response is not None and _has_sealed(response.headers))
            or request.target.startswith(TEXT_PREFIX.decode())
            or request.body.startswith(BODY_PREFIX)
            or (response is not None and response.body.startswith(BODY_PREFIX))
        )

    def _open_request(self, request: Request) -> Request:
        target, headers, body = request.target, request.headers, request.body
        is_sealed = target.startswith("sealed:")
        if not (is_sealed or body.startswith(BODY_PREFIX) or _has_sealed(headers)):
            return request
        return msgspec.structs.replace(
            request,
            target=self.open_text(target.encode()).decode() if is_sealed else target,
            headers=self._open_headers(headers),
            body=self._open_body(body),
        )

    def _open_response(self, response: Response) -> Response:
        headers, body = response.headers, response.body
        if not (body.startswith(BODY_PREFIX) or _has_sealed(headers)):
            return response
        return msgspec.structs.replace(
            response, headers=self._open_headers(headers), body=self._open_body(body)
        )

    def seal_text(self, value: bytes) -> bytes:
        """One value, sealed; equal values give equal results."""
        sealed = self._sealed.get(value)
        if sealed is None:
            # AES-SIV refuses an empty plaintext; one leading byte keeps every value sealable
            sealed = TEXT_PREFIX + base64.urlsafe_b64encode(
                self._cipher.encrypt(b"\x01" + value, None)
            )
            if len(value) <= LONGEST_REMEMBERED_BYTES:
                if len(self._sealed) >= CACHE_SIZE:
                    self._sealed.clear()
                self._sealed[value] = sealed
        return sealed

    def open_text(self, value: bytes) -> bytes:
        """One value as it was; what was not sealed with our key comes back as it is."""
        if not value.startswith(TEXT_PREFIX):
            return value
        opened = self._opened.get(value)
        if opened is None:
            try:
                sealed = base64.urlsafe_b64decode(value[len(TEXT_PREFIX) :])
                opened = self._cipher.decrypt(sealed, None)[1:]
            except (InvalidTag, binascii.Error, ValueError):
                return value
            if len(opened) <= LONGEST_REMEMBERED_BYTES:
                if len(self._opened) >= CACHE_SIZE:
                    self._opened.clear()
                self._opened[value] = opened
        return opened

    def digest(self, value: bytes) -> str:
        """12 hex digits that tell a secret from others and cannot be guessed without the key."""
        return hashlib.blake2b(self.seal_text(value), digest_size=6).hexdigest()

    def _seal_target(self, target: bytes, where: int, secrets: tuple[bytes, ...]) -> bytes:
        return self.seal_text(target) if where & IN_TARGET else self._seal_if(target, secrets)

    def _seal_if(self, text: bytes, secrets: tuple[bytes, ...]) -> bytes:
        return self.seal_text(text) if any(secret in text for secret in secrets) else text

    def _seal_headers(self, headers: Headers, where: int, secrets: tuple[bytes, ...]) -> Headers:
        if not where & (IN_HEADERS | IN_URLS):
            together = b"\n".join([value for _, value in headers])  # one search instead of many
            if not any(secret in together for secret in secrets):
                return headers
        return tuple(
            (name, self._seal_header(name, value, where, secrets)) for name, value in headers
        )

    def _seal_header(
        self, name: bytes, value: bytes, where: int, secrets: tuple[bytes, ...]
    ) -> bytes:
        if self.credentials.holds(name):
            return self.seal_text(value)
        if (
            where & IN_URLS
            and name.lower() in URL_HEADERS
            and self.credentials.members.are_named_in(value)
        ):
            return self.seal_text(value)
        return self._seal_if(value, secrets) if len(value) >= MIN_SECRET_BYTES else value

    def _seal_body(self, body: bytes, where: int, secrets: tuple[bytes, ...]) -> bytes:
        if body and (
            where & (IN_BODY | ENCODED)
            or len(body) * len(secrets) > MOST_SEARCHED_BYTES
            or any(secret in body for secret in secrets)
        ):
            return BODY_PREFIX + self._cipher.encrypt(body, None)
        return body

    def _open_headers(self, headers: Headers) -> Headers:
        return tuple([(name, self.open_text(value)) for name, value in headers])

    def _open_body(self, body: bytes) -> bytes:
        if not body.startswith(BODY_PREFIX):
            return body
        try:
            return self._cipher.decrypt(body[len(BODY_PREFIX) :], None)
        except InvalidTag:
            return body
