"""Whose request it is: what keeps its order, and what shares ids."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import msgspec

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Exchange, Headers, Response

_SESSION_COOKIE = re.compile(rb"sess|sid\b|sid$|^sid|auth|token|jwt|login|remember", re.IGNORECASE)
"""Names of cookies that say who somebody is, among those that count visits."""

_NAMES_TOKEN = re.compile(r"token|jwt|access|bearer", re.IGNORECASE).search
_MAY_NAME_TOKEN = re.compile(rb"oken|OKEN|jwt|JWT|ccess|earer").search
_SCHEMES = (b"Bearer ", b"Token ", b"JWT ", b"")
_MIN_TOKEN = 16
_MAX_ANSWER_BYTES = 64 * 1024
"""Of an answer that is looked into for a token that it gives."""

CLIENT = "client"

REMEMBERED = 100_000
"""Credentials and connections that are remembered; of more, the oldest are forgotten."""


def session_of(exchange: Exchange, key: bytes, by: str | None = None) -> str:
    """The session of an exchange by itself, with its credentials opened.

    Args:
        exchange: The exchange.
        key: 32 bytes without which nobody can try what credential an id was made from;
            :attr:`shadowpact.secrets.Sealer.session_key`.
        by: ``cookie:NAME``, ``header:NAME`` or ``client``; ``None`` takes the credential, else
            the session's cookie, else the client's connection. What lacks the named cookie or
            header falls back to the same order.

    Returns:
        An id that tells nothing of the credential it was made from.
    """
    headers = exchange.request.headers
    if by == CLIENT:
        return f"client:{exchange.client}"
    if by is not None and (named := _named(headers, by)) is not None:
        return _hidden(by.encode(), named, key)
    credentials = sorted(_credentials(headers, key))  # Authorization comes before cookies
    return credentials[0] if credentials else f"client:{exchange.client}"


class Sessions:
    """Tells whose exchanges are, in the order of the recording.

    A session is known by its credentials: the Authorization header, and cookies that say who
    somebody is. One without belongs to whoever used its connection last. A credential that is new
    belongs to the session whose answer gave it (Set-Cookie, or the token in a POST's JSON), else to
    the session of its connection when that has had no credential yet: who logs in stays who they
    are.

    Args:
        key: As of :func:`session_of`.
        by: ``cookie:NAME``, ``header:NAME`` or ``client`` decides instead, where it is there.
    """

    def __init__(self, key: bytes, by: str | None = None) -> None:
        self._key = key
        self._by = by
        self._by_credential: OrderedDict[str, str] = OrderedDict()
        self._by_client: OrderedDict[str, tuple[str, bool]] = OrderedDict()

    def of(self, exchange: Exchange) -> str:
        """The session of an exchange, with its credentials opened; call it once for each.

        Returns:
            An id that tells nothing of the credential it was made from.
        """
        headers = exchange.request.headers
        if self._by == CLIENT:
            return f"client:{exchange.client}"
        if self._by is not None and (named := _named(headers, self._by)) is not None:
            return _hidden(self._by.encode(), named, self._key)
        credentials = list(_credentials(headers, self._key))
        session = self._session(credentials, exchange.client)
        for one in credentials:
            self._by_credential[one] = session
        if exchange.response is not None:
            for one in self._given(exchange.request.method, exchange.response):
                self._by_credential.setdefault(one, session)
        _, had = self._by_client.pop(exchange.client, ("", False))
        self._by_client[exchange.client] = (session, had or bool(credentials))
        for known in (self._by_credential, self._by_client):
            while len(known) > REMEMBERED:
                known.popitem(last=False)
        return session

    def _given(self, method: str, response: Response) -> Iterator[str]:
        """The credentials that an answer gives."""
        for name, value in response.headers:
            if len(name) == 10 and name.lower() == b"set-cookie":
                pair = value.partition(b";")[0].strip()
                if _SESSION_COOKIE.search(pair.partition(b"=")[0]):
                    yield _hidden(b"cookie", pair, self._key)
        if method == "POST" and response.status < 300:
            for token in _tokens(response):
                for scheme in _SCHEMES:
                    yield _hidden(b"authorization", scheme + token, self._key)

    def _session(self, credentials: list[str], client: str) -> str:
        for one in credentials:
            if (known := self._by_credential.get(one)) is not None:
                return known
        owner, had_credential = self._by_client.get(client, (f"client:{client}", False))
        return credentials[0] if credentials and had_credential else owner


def _credentials(headers: Headers, key: bytes) -> Iterator[str]:
    """What says who asks, hidden."""
    for name, value in headers:
        size = len(name)
        if size == 13 and name.lower() == b"authorization":
            yield _hidden(b"authorization", value, key)
        elif size == 6 and name.lower() == b"cookie":
            for pair in value.split(b";"):
                if _SESSION_COOKIE.search(pair.strip().partition(b"=")[0]):
                    yield _hidden(b"cookie", pair.strip(), key)


def _tokens(response: Response) -> Iterator[bytes]:
    """The tokens by their names in a JSON answer."""
    body = response.body
    try:
        if applied := codings(response.headers):
            body = decode(body, applied, limit_bytes=_MAX_ANSWER_BYTES)
        if len(body) > _MAX_ANSWER_BYTES or not _MAY_NAME_TOKEN(body):
            return
        waiting: list[Any] = [msgspec.json.decode(body)]
    except (UndecodableError, msgspec.DecodeError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            for name, inner in value.items():
                if not isinstance(inner, str):
                    waiting.append(inner)
                elif len(inner) >= _MIN_TOKEN and _NAMES_TOKEN(name):
                    yield inner.encode("utf-8", "replace")


def _named(headers: Headers, by: str) -> bytes | None:
    kind, _, name = by.partition(":")
    wanted = name.lower().encode()
    if kind == "header":
        return next((value for field, value in headers if field.lower() == wanted), None)
    for field, value in headers:
        if field.lower() == b"cookie":
            for pair in value.split(b";"):
                cookie, _, content = pair.strip().partition(b"=")
                if cookie.lower() == wanted:
                    return content
    return None


def _hidden(kind: bytes, value: bytes, key: bytes) -> str:
    digest = hashlib.blake2b(value, digest_size=8, key=key, person=kind[:16]).hexdigest()
    return f"{kind.decode('utf-8', 'replace')}:{digest}"
