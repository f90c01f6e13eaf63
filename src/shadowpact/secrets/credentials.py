"""Which parts of an exchange are credentials, and where else their text turns up."""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Headers, Request, Response
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

IN_HEADERS, IN_URLS, IN_TARGET, IN_BODY, ENCODED = 1, 2, 4, 8, 16
"""Where secrets may be, see :meth:`Credentials.look`; plain numbers, as every exchange pays."""

_CREDENTIAL, _URL, _ENCODING, _TYPE = 1, 2, 3, 4
_OTHER_KINDS = {
    **dict.fromkeys(URL_HEADERS, _URL),
    b"content-encoding": _ENCODING,
    b"content-type": _TYPE,
}
MOST_FORMS = 512
"""Forms of secrets that are looked for when an exchange is sealed: those of some 100 cookies."""

EVERYWHERE = (b"",)
"""Stands for more secrets than can be looked for: every text counts as one that holds them."""

LONGEST_REMEMBERED_BYTES = 8 * 1024
"""Of a credential; longer ones would fill the memory."""

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
        self._kinds: dict[bytes, int] = {}
        self._remembered: dict[tuple[bytes, bytes], frozenset[bytes]] = {}
        self._needles: dict[tuple[tuple[bytes, bytes], ...], tuple[bytes, ...]] = {}
        self.members = Members(members)

    def holds(self, name: bytes) -> bool:
        """Whether a header of this name (any case) is a credential."""
        return self._kind(name) == _CREDENTIAL

    def _kind(self, name: bytes) -> int:
        """What is to be done with headers of a name, in one look-up for each header."""
        known = self._kinds.get(name)
        if known is None:
            lower = name.lower()
            known = _CREDENTIAL if lower in self._names else _OTHER_KINDS.get(lower, 0)
            if len(self._kinds) < _CACHED:
                self._kinds[name] = known
        return known

    def found_in(self, *header_lists: Headers) -> tuple[bytes, ...]:
        """The secret texts in these headers, each in the forms in which an echo would show it.

        Returns:
            Longest first, so that replacing them in order leaves no remainder behind.
        """
        forms: set[bytes] = set()
        kinds = self._kinds
        for headers in header_lists:
            for name, value in headers:
                if kinds.get(name) != 0 and self.holds(name):
                    forms |= self._forms_of_header(name.lower(), value)
        return _longest_first(forms) if forms else ()

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
            if isinstance(message, Request) and _may_name(message.target):
                texts += message.target.encode().split(b"?", 1)
            if message.body:
                texts.append(_decoded(message) if is_decoding else message.body)
            for text in texts:
                if self.members.are_named_in(text):
                    values = self.members.values(text)
                    # a password that is "password" would take the names of members with it
                    is_name = self.members.is_name
                    forms |= forms_of(v for v in values if not is_name(v.decode("latin-1")))
        return _longest_first(forms)

    def look(self, message: Request | Response, method: str) -> int:
        """Where in a message secrets may be; quick, as sealing asks it of every message.

        What is content-encoded would have to be decoded to tell: a request's body and the answer
        to anything that does more than read (a login, say) are suspected.

        Args:
            message: As on the wire.
            method: Of the request.

        Returns:
            Any of ``IN_HEADERS``, ``IN_URLS`` (of headers), ``IN_TARGET``, ``IN_BODY``; and
            ``ENCODED``, which by itself says nothing of secrets.
        """
        found, media, named = 0, b"", self.members.are_named_in
        for name, value in message.headers:
            kind = self._kind(name)
            if kind == 0:
                continue
            if kind == _CREDENTIAL:
                found |= IN_HEADERS
            elif kind == _URL:
                found |= IN_URLS if named(value) else 0
            elif kind == _ENCODING:
                found |= ENCODED
            else:
                media = value
        is_request = False
        if isinstance(message, Request):
            is_request = True
            if _may_name(message.target) and named(message.target.encode()):
                found |= IN_TARGET
        if not message.body:
            return found
        if found & ENCODED:
            return found | IN_BODY if is_request or method not in _MAY_READ else found
        if media and media.lstrip().lower().decode("latin-1").startswith(_NO_TEXT):
            return found
        return found | IN_BODY if named(message.body) else found

    def found_where(self, *looked: tuple[Request | Response, int]) -> tuple[bytes, ...]:
        """As :meth:`found_in_messages`, of messages with what :meth:`look` said of them.

        Only as many forms as it takes to tell whether any is there: none holds another.
        """
        pairs = tuple(
            (name.lower(), value)
            for message, where in looked
            if where & IN_HEADERS
            for name, value in message.headers
            if self._kind(name) == _CREDENTIAL
        )
        known = self._needles.get(pairs)
        if known is None:
            known = _needles(
                form for name, value in pairs for form in self._forms_of_header(name, value)
            )
            if sum(len(value) for _, value in pairs) <= LONGEST_REMEMBERED_BYTES:
                if len(self._needles) >= _CACHED:
                    self._needles.clear()
                self._needles[pairs] = known
        if known == EVERYWHERE or not any(
            where & (IN_URLS | IN_TARGET | IN_BODY) for _, where in looked
        ):
            return known
        return _needles({*known, *self.found_in_messages(*(message for message, _ in looked))})

    def _forms_of_header(self, name: bytes, value: bytes) -> frozenset[bytes]:
        known = self._remembered.get((name, value))
        if known is None:
            known = forms_of(_texts(name, value))
            if len(value) <= LONGEST_REMEMBERED_BYTES:
                if len(self._remembered) >= _CACHED:
                    self._remembered.clear()
                self._remembered[name, value] = known
        return known


def _may_name(target: str) -> bool:
    """Whether a target has names in it: those of a query, or ``;jsessionid=1`` in the path."""
    return "?" in target or ";" in target


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


def _needles(forms: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those forms that hold no other: one of them stands wherever any of all does."""
    distinct = set(forms)
    if len(distinct) > MOST_FORMS:
        return EVERYWHERE
    kept: list[bytes] = []
    for form in sorted(distinct, key=len):
        if not any(one in form for one in kept):
            kept.append(form)
    return tuple(kept)


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
