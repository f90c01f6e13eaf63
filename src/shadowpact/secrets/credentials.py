"""Which parts of an exchange are credentials, and where else their text turns up."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Exchange, Headers, Request, Response
from shadowpact.secrets.members import Members
from shadowpact.secrets.settings import SECRET_MEMBERS

REDACTED = "[redacted]"

MIN_SECRET_BYTES = 6
"""Shorter values (``1``, ``en``) are no secrets worth hiding everywhere: they would blank out
half of every body."""

_needs_no_escape = re.compile(rb"[A-Za-z0-9_.~-]*").fullmatch
_PERCENT = re.compile(r"%[0-9A-F]{2}")


MIN_BASE64_BYTES = 12
"""Shorter secrets are not looked for in base64: what is certain of them there is too short."""

URL_HEADERS = frozenset({b"location", b"content-location", b"referer", b"refresh", b"link"})
"""Headers with URLs in them, whose queries may name secrets."""

LARGEST_DECODED_BYTES = 16 * 1024 * 1024
"""A body that decodes to more is not searched for the names of secrets."""

_MAY_READ = frozenset({"GET", "HEAD", "OPTIONS"})
_CACHED = 4096
_NO_TEXT = ("image/", "video/", "audio/", "font/")


class Credentials:
    """Which headers, members and query parameters hold secrets, and what to make of the values.

    Args:
        names: Of headers whose values are credentials.
        members: Names of members and query parameters, see
            :class:`~shadowpact.secrets.settings.SecretSettings`.
    """

    def __init__(self, names: Iterable[str], members: Sequence[str] = SECRET_MEMBERS) -> None:
        self._names = frozenset(name.lower().encode() for name in names)
        self._spellings: dict[bytes, bool] = {}
        self._remembered: dict[tuple[bytes, bytes], frozenset[bytes]] = {}
        self.members = Members(members)

    def holds(self, name: bytes) -> bool:
        """Whether a header of this name (any case) is a credential."""
        known = self._spellings.get(name)
        if known is None:
            known = name.lower() in self._names
            if len(self._spellings) < _CACHED:
                self._spellings[name] = known
        return known

    def found_in(self, *header_lists: Headers) -> tuple[bytes, ...]:
        """The secret texts in these headers, each in the forms in which an echo would show it.

        Returns:
            Longest first, so that replacing them in order leaves no remainder behind.
        """
        forms: set[bytes] = set()
        for headers in header_lists:
            for name, value in headers:
                if self.holds(name):
                    forms |= self._forms_of_header(name.lower(), value)
        return _longest_first(forms)

    def found_in_messages(
        self, *messages: Request | Response | None, is_decoding: bool = False
    ) -> tuple[bytes, ...]:
        """As :meth:`found_in`, with the secrets that queries and bodies name.

        Args:
            messages: Of one exchange, or of a pair.
            is_decoding: Look into content-encoded bodies too.
        """
        forms: set[bytes] = set()
        for message in messages:
            if message is None:
                continue
            forms.update(self.found_in(message.headers))
            texts = [value for name, value in message.headers if name.lower() in URL_HEADERS]
            if isinstance(message, Request) and "?" in message.target:
                texts.append(message.target.encode())
            if message.body:
                texts.append(_decoded(message) if is_decoding else message.body)
            for text in texts:
                if self.members.are_named_in(text):
                    values = self.members.values(text)
                    # a password that is "password" would take the names of members with it
                    is_name = self.members.is_name
                    forms |= forms_of(v for v in values if not is_name(v.decode("latin-1")))
        return _longest_first(forms)

    def may_be_in(self, exchange: Exchange) -> bool:
        """Whether sealing has to look closer; quick, as every exchange is asked."""
        request, response = exchange.request, exchange.response
        if self._are_in_headers(request.headers):
            return True
        if response is not None and self._are_in_headers(response.headers):
            return True
        if "?" in request.target and self.members.are_named_in(request.target.encode()):
            return True
        return self.is_suspect(request, request.method) or (
            response is not None and self.is_suspect(response, request.method)
        )

    def is_suspect(self, message: Request | Response, method: str) -> bool:
        """Whether a body names a secret, or hides from us whether it does.

        What is content-encoded would have to be decoded to tell: a request's body and the answer
        to anything that does more than read (a login, say) are suspected.
        """
        body = message.body
        if not body:
            return False
        media = b""
        for name, value in message.headers:
            if len(name) == 16 and name.lower() == b"content-encoding":
                return isinstance(message, Request) or method not in _MAY_READ
            if len(name) == 12 and name.lower() == b"content-type":
                media = value
        if media and media.lstrip().lower().decode("latin-1").startswith(_NO_TEXT):
            return False
        return self.members.are_named_in(body)

    def _are_in_headers(self, headers: Headers) -> bool:
        holds = self.holds
        for name, value in headers:
            if holds(name):
                return True
            if (
                (b"?" in value or b"#" in value)
                and name.lower() in URL_HEADERS
                and self.members.are_named_in(value)
            ):
                return True
        return False

    def _forms_of_header(self, name: bytes, value: bytes) -> frozenset[bytes]:
        known = self._remembered.get((name, value))
        if known is None:
            known = forms_of(_texts(name, value))
            if len(self._remembered) >= _CACHED:
                self._remembered.clear()
            self._remembered[name, value] = known
        return known


def _decoded(message: Request | Response) -> bytes:
    """The body without its encoding, as far as that can be taken off."""
    try:
        return decode(message.body, codings(message.headers), limit_bytes=LARGEST_DECODED_BYTES)
    except UndecodableError:
        return message.body


def forms_of(texts: Iterable[bytes]) -> frozenset[bytes]:
    """The forms in which echoes of secrets would show; too short ones are left out."""
    return frozenset(
        form for text in set(texts) if len(text) >= MIN_SECRET_BYTES for form in _forms(text)
    )


def _longest_first(forms: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _texts(name: bytes, value: bytes) -> Iterable[bytes]:
    """The whole value, and the part of it that is the secret proper."""
    yield value
    if name == b"set-cookie":
        yield value.partition(b";")[0].partition(b"=")[2].strip(b' "')
    elif name == b"cookie":
        for cookie in value.split(b";"):
            yield cookie.partition(b"=")[2].strip(b' "')
    elif b" " in value:
        scheme, _, token = value.partition(b" ")
        yield token.strip()
        if scheme.lower() == b"basic":
            yield from _basic(token)


def _basic(token: bytes) -> Iterable[bytes]:
    try:
        pair = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        return
    yield pair
    yield pair.partition(b":")[2]


def _forms(text: bytes) -> Iterable[bytes]:
    """As it is, and as JSON, a URL, HTML or base64 would show it."""
    yield text
    if len(text) >= MIN_BASE64_BYTES:
        yield from _in_base64(text)
    if _needs_no_escape(text):
        return
    plain = text.decode("latin-1") if _is_binary(text) else text.decode()
    for is_ascii in (True, False):
        escaped = json.dumps(plain, ensure_ascii=is_ascii)[1:-1]
        yield escaped.encode()
        yield escaped.replace("/", "\\/").encode()
    yield html.escape(plain).encode()
    for quoted in (quote(text, safe=""), quote(text, safe="/"), quote_plus(text)):
        yield quoted.encode()
        yield _PERCENT.sub(lambda match: match[0].lower(), quoted).encode()


def _is_binary(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return True
    return False


def _in_base64(text: bytes) -> Iterable[bytes]:
    """What is certain of it, wherever in the encoded bytes it begins."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + text)
        certain = encoded[(0, 2, 3)[before] : (before + len(text)) * 8 // 6]
        yield certain
        yield certain.translate(_URL_SAFE)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
