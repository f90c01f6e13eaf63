"""Secrets by their name: members of bodies and query parameters such as ``password``.

Found by one linear scan over the bytes, without parsing: sealing looks on the request path.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from urllib.parse import unquote_to_bytes

import re2

MAX_VALUES = 64
"""Places of which values are taken from one text; what is sealed does not depend on it, only how
many echoes are looked for elsewhere."""
MAX_VALUE_BYTES = 64 * 1024
"""Of all values that are taken from one text: with a larger one the others are not looked for."""
NEAR_BYTES = 64
"""A name that stands this close to the end of another value may have its own behind it."""
MAX_NAMES = 16 * MAX_VALUES
"""Names behind which a value is looked for, in one text."""

_SEPARATOR = "[-_.]?"
_QUOTE = r"""(?:\\*["']|&quot;|%22)"""
_NOTHING = r"[^\x00-\xff]"
_BEHIND_NAME = "|".join(
    (
        rf"{_QUOTE}?\s*(?:[:=>]|%3A)",  # JSON, forms, queries, XML, code
        r"""["'](?:;|\r?\n)""",  # a part of multipart
        r"""\s[\w:.-]+=["']""",  # an element with attributes
        r"""["'](?:\s+[\w-]+=["'][^"'<>]*["']){0,3}\s+(?:value|content)=""",  # a field of a page
    )
)
_AS_JSON = re.compile(
    rb"""\s*(?:%3A)?(?:\s|\+|%20)*(?:"((?:[^"\\]|\\.)*)"|\\+"([^"\\]*)|(-?[0-9][0-9.eE+-]*)"""
    rb"""|%22([^%"&\s]*)|&quot;([^&]*)|'([^']*)')"""
)
_AS_FORM = re.compile(rb"""\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^&#\s"'<>;]+))""")
_AS_ELEMENT = re.compile(rb"<!\[CDATA\[(.+?)\]\]>|([^<]+)<", re.DOTALL)
_AS_PART = re.compile(rb"(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]+)")
_AS_REST_OF_PART = re.compile(rb"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]+)")
_AS_ATTRIBUTES = re.compile(rb"[^<>]*>([^<]+)<")


class Members:
    """The names of members whose values are secrets.

    Args:
        names: As in :class:`~shadowpact.secrets.settings.SecretSettings`.
    """

    def __init__(self, names: Sequence[str]) -> None:
        whole = [_spelled(name) for name in names if not name.startswith("*")]
        ends = [_spelled(name[1:]) for name in names if name.startswith("*")]
        alternatives = [f"(?:{'|'.join(ends)})"] if ends else []
        if whole:
            alternatives.append(f"(?:^|[^A-Za-z0-9_-]|%5B)(?:{'|'.join(whole)})")
        any_name = "|".join(alternatives) or _NOTHING
        self._occur = re2.compile(rf"(?i)(?:{any_name})(?:\]|%5D)?(?:{_BEHIND_NAME})".encode())
        exact = "|".join([*whole, *ends]) or r"(?!)"
        loose = "|".join([*whole, *(f".*{end}" for end in ends)]) or r"(?!)"
        self._is_name = re.compile(exact, re.IGNORECASE).fullmatch
        self._is_secret = re.compile(loose, re.IGNORECASE | re.DOTALL).fullmatch

    def are_named_in(self, text: bytes) -> bool:
        """Whether one of the names stands in a text where a name would; errs on the safe side."""
        return self._occur.search(text) is not None

    def is_secret(self, name: str) -> bool:
        """Whether a member of this name is a secret; ``user[password]`` is a ``password``."""
        last = name.rstrip("]").rpartition("[")[2] or name
        return self._is_secret(last) is not None

    def is_name(self, word: str) -> bool:
        """Whether a word is one of the names itself, ``password``."""
        return self._is_name(word) is not None

    def values(self, text: bytes) -> tuple[bytes, ...]:
        """The secrets that the names stand for, each as written and unescaped."""
        found: dict[bytes, None] = {}
        room = MAX_VALUE_BYTES
        for start, end in islice(self._spans(text, MAX_NAMES), MAX_VALUES):
            room -= end - start
            if room < 0:
                break
            for value in _unescaped(text[start:end]):
                found[value] = None
        return tuple(found)

    def redacted(self, text: bytes, substitute: bytes) -> bytes:
        """The text with the values replaced; a JSON number by 0."""
        return self.rewritten(text, lambda _, is_number: b"0" if is_number else substitute)

    def rewritten(self, text: bytes, substitute: Callable[[bytes, bool], bytes]) -> bytes:
        """The text with each value replaced.

        Args:
            text: Of a body, a query or a URL.
            substitute: Gets a value as written and whether it is a JSON number.
        """
        if not self.are_named_in(text):
            return text
        parts, at = list[bytes](), 0
        for start, end in self._spans(text, is_disjoint=True):
            if start < at:
                continue
            is_number = text[start - 1 : start] not in {b'"', b"'"} and _is_json_number(text, start)
            parts += [text[at:start], substitute(text[start:end], is_number)]
            at = end
        return b"".join([*parts, text[at:]])

    def _spans(
        self, text: bytes, most: int | None = None, *, is_disjoint: bool = False
    ) -> Iterator[tuple[int, int]]:
        """Where the values stand, without quotes, in order; empty ones left out.

        Args:
            text: To look in.
            most: Names to look behind.
            is_disjoint: Leave out what stands behind names inside of other values: it can be much,
                again and again.
        """
        done = 0
        for match in islice(self._occur.finditer(text), most):
            end = match.end()
            if is_disjoint and end + NEAR_BYTES < done:
                continue
            value = _value_behind(match.group()).match(text, end)
            if (
                value is not None
                and value.lastindex
                and value.start(value.lastindex) < value.end(value.lastindex)
            ):
                done = max(done, value.end(value.lastindex))
                yield value.span(value.lastindex)


def _spelled(name: str) -> str:
    return _SEPARATOR.join(re.escape(part) for part in name.split("-"))


def _value_behind(name: bytes) -> "re.Pattern[bytes]":
    """How the value is written, by what stands between it and its name."""
    last = name[-1:]
    if last in {b":", b"A", b"a"}:
        return _AS_JSON
    if last == b"=":
        return _AS_FORM
    if last == b">":
        return _AS_ELEMENT
    if last in {b'"', b"'"}:
        return _AS_ATTRIBUTES
    return _AS_PART if last == b"\n" else _AS_REST_OF_PART


def _is_json_number(text: bytes, start: int) -> bool:
    """Whether a value that begins here follows a JSON name: ``"pin": 17``."""
    before = text[max(0, start - 8) : start].rstrip()
    return before.endswith(b":") and before[:-1].rstrip().endswith(b'"')


def _unescaped(value: bytes) -> Iterator[bytes]:
    yield value
    if b"\\" in value:
        with suppress(ValueError):
            text = json.loads(b'"' + value + b'"')
            yield text.encode("utf-8", "surrogatepass")
    if b"%" in value or b"+" in value:
        yield unquote_to_bytes(value)
        yield unquote_to_bytes(value.replace(b"+", b" "))
    if b"&" in value:
        yield html.unescape(value.decode("latin-1")).encode("utf-8")
