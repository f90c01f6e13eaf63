"""Formats of text that Pact and JSON Schema can both ask for, and which one a text has."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

DAY = r"\d{4}-\d\d-\d\d"
TIME = r"\d\d:\d\d:\d\d"
ZONE = r"(?:Z|[+-]\d\d:\d\d)"
UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One format.

    Attributes:
        name: ``uuid``.
        words: For a person.
        pattern: Regular expression of the whole text, for Oniguruma, Python and ECMAScript alike.
        pact: Pact's rule and Java pattern, where it has one that is stricter than the pattern.
        schema: JSON Schema's ``format``, where there is one.
        parse: Raises ValueError for what only looks so.
    """

    name: str
    words: str
    pattern: str
    pact: tuple[str, str] | None = None
    schema: str | None = None
    parse: Callable[[str], object] = str

    def accepts(self, value: Any) -> bool:
        """Whether a value is text of this format."""
        if not isinstance(value, str) or not _whole(self.pattern).fullmatch(value):
            return False
        try:
            self.parse(value)
        except ValueError:
            return False
        return True


@lru_cache(64)
def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def _moment(name: str, words: str, rest: str, java: str, schema: str | None) -> Format:
    return Format(
        name=name,
        words=words,
        pattern=f"{DAY}T{TIME}{rest}",
        pact=("datetime", f"yyyy-MM-dd'T'HH:mm:ss{java}") if java != "-" else None,
        schema=schema,
        parse=datetime.fromisoformat,
    )


FORMATS: Final = (
    Format(name="uuid", words="a UUID", pattern=UUID, schema="uuid"),
    Format(
        name="date",
        words="a date",
        pattern=DAY,
        pact=("date", "yyyy-MM-dd"),
        schema="date",
        parse=date.fromisoformat,
    ),
    _moment("datetime", "a date and time with zone", ZONE, "XXX", "date-time"),
    _moment("datetime-ms", "a date and time with ms", rf"\.\d{{3}}{ZONE}", ".SSSXXX", "date-time"),
    _moment("datetime-fine", "a date and time", rf"\.\d{{1,9}}{ZONE}", "-", "date-time"),
    _moment("datetime-local", "a date and time without zone", "", "", None),
    Format(name="email", words="an e-mail address", pattern=EMAIL, schema="email"),
)
"""The more special first: a text has the first that accepts it."""

BY_NAME: Final[Mapping[str, Format]] = {one.name: one for one in FORMATS}

KEY_FORMATS: Final[Mapping[str, str]] = {
    "integer": r"-?\d+",
    "uuid": UUID,
    "date": DAY,
    "email": EMAIL,
}
"""What names that are data can be: name to pattern."""


def format_of(text: str) -> str:
    """The name of a text's format; empty when it has none. Quick: all texts are asked."""
    size = len(text)
    if size < 5 or size > 254:
        return ""
    first = text[0]
    if "@" in text:
        return "email" if BY_NAME["email"].accepts(text) else ""
    if size == 36 and BY_NAME["uuid"].accepts(text):
        return "uuid"
    if size < 10 or not first.isdecimal() or text[4] != "-":
        return ""
    return next((one.name for one in FORMATS[1:6] if one.accepts(text)), "")


def key_format_of(name: str) -> str:
    """The name of a key's format, ``other`` when it has none."""
    for kind, pattern in KEY_FORMATS.items():
        if _whole(pattern).fullmatch(name):
            return kind
    return "other"
