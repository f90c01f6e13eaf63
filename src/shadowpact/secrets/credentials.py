"""Which parts of an exchange are credentials, and where else their text turns up."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from shadowpact.model.exchange import Headers

REDACTED = "[redacted]"

MIN_SECRET_BYTES = 6
"""Shorter values (``1``, ``en``) are no secrets worth hiding everywhere: they would blank out
half of every body."""

_needs_no_escape = re.compile(rb"[A-Za-z0-9_.~-]*").fullmatch
_PERCENT = re.compile(r"%[0-9A-F]{2}")


class Credentials:
    """The names of the headers whose values are credentials, and what to make of the values."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.lower().encode() for name in names)
        self._spellings: dict[bytes, bool] = {}

    def holds(self, name: bytes) -> bool:
        """Whether a header of this name (any case) is a credential."""
        known = self._spellings.get(name)
        if known is None:
            known = name.lower() in self._names
            if len(self._spellings) < 4096:
                self._spellings[name] = known
        return known

    def found_in(self, *header_lists: Headers) -> tuple[bytes, ...]:
        """The secret texts in these headers, each in the forms in which an echo would show it.

        Returns:
            Longest first, so that replacing them in order leaves no remainder behind.
        """
        texts: set[bytes] = set()
        for headers in header_lists:
            for name, value in headers:
                if self.holds(name):
                    texts.update(_texts(name.lower(), value))
        forms = {form for text in texts if len(text) >= MIN_SECRET_BYTES for form in _forms(text)}
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
    """As it is, and as JSON, a URL or HTML would escape it."""
    yield text
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
