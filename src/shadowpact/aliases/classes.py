"""What a value looks like: an id that is unique by its form, one that is not, or none at all.

A *strong* value names one thing wherever it stands (a UUID, a token). A *weak* one (``12``,
``red-shirt``) means something only together with the kind of thing that stands there.
"""

import re
from functools import lru_cache

from shadowpact.model.alias import Scalar

LONGEST = 8192
"""Characters of a value that is taken for an id or a token; a JWT has up to a few thousand."""
LONGEST_WEAK = 128

_MIN_OPAQUE = 10
_MIN_SLUG = 8
_MIN_DIGITS = 15
"""Integers from here on (snowflakes) do not meet by chance."""

_HEX = r"[0-9a-fA-F]{16,}"
_UUID = r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"
_JWT = r"eyJ[\w-]+\.[\w-]+\.[\w-]*"
_ULID = r"[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}"
_is_known_form = re.compile(rf"{_UUID}|{_HEX}|{_JWT}|{_ULID}", re.ASCII).fullmatch
_is_opaque = re.compile(r"(?=.*[0-9])(?=.*[^\W\d_])[\w~:.-]*").fullmatch
_is_base64 = re.compile(r"[A-Za-z0-9+/_~.-]{16,}={0,2}").fullmatch
_is_moment = re.compile(
    r"[+-]?\d{4}-\d{2}(?:-\d{2})?(?:[T _].*)?|\d{1,2}:\d{2}(?::\d{2}.*)?|[A-Z][a-z]{2}, \d.*"
    r"|\d{4}/\d{2}/\d{2}.*|\d{8}T\d{6}.*|\d{4}-W\d{2}.*"
).fullmatch
_is_decimal = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+").fullmatch
_is_address = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|v?\d+(?:\.\d+)+(?:[-+.]\S*)?").fullmatch
_is_word = re.compile(r"[^\W\d_]+(?:[_-][^\W\d_]+)*").fullmatch
_switches = re.compile(r"(?<=[a-z])[A-Z]|(?<=[A-Z])[a-z]").findall
_is_token = re.compile(r"[^\s\x00-\x1f\"'<>,;{}\[\]()\\]+").fullmatch


@lru_cache(4096)
def is_strong(text: str) -> bool:
    """Whether this names one thing wherever it stands."""
    size = len(text)
    if size < _MIN_SLUG or size > LONGEST:
        return False
    if text.isdecimal():
        return size >= _MIN_DIGITS and text.isascii()
    if _is_known_form(text):
        return True
    if _is_moment(text) or _is_decimal(text) or _is_address(text):
        return False
    if _is_opaque(text):
        return size >= (_MIN_SLUG if "-" in text or "_" in text else _MIN_OPAQUE)
    return _is_base64(text) is not None and _is_random(text)


def _is_random(text: str) -> bool:
    """Base64 without a digit, or with signs: cases change more often than between words."""
    if "/" in text and not any(c.isdigit() for c in text):
        return False  # a path
    letters = sum(c.isalpha() for c in text)
    return len(_switches(text)) * 20 >= letters * 9 or (
        text.endswith("=") and any(c.isdigit() for c in text)
    )


def is_token_text(text: str) -> bool:
    """Whether a text can be one token at all: not empty, in one piece, not overlong."""
    return len(text) <= LONGEST and _is_token(text) is not None


def may_be_id(value: object) -> bool:
    """Whether a JSON value can be an id where the member's name says that it is one."""
    if value.__class__ is int:
        return True
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        return False
    if not is_strong(value) and len(value) > LONGEST_WEAK:
        return False
    return is_token_text(value) and not (_is_moment(value) or _is_decimal(value))


def is_unmistakable(value: object) -> bool:
    """Whether a JSON value is an id by its form alone, whatever its member is called."""
    return isinstance(value, str) and not value.isdecimal() and is_strong(value)


def is_word(text: str) -> bool:
    """Whether a text is plain words (``new``, ``by-name``): a literal of a path, no id."""
    return _is_word(text) is not None


def text_of(value: Scalar) -> str:
    """The value as it stands in a path."""
    return value if isinstance(value, str) else str(value)


def scalar_text(value: object) -> str | None:
    """The same of any JSON value; ``None`` when it can be no id."""
    if isinstance(value, str):
        return value
    return str(value) if value.__class__ is int else None


def is_moment(text: str) -> bool:
    """Whether a text is a date or a time."""
    return _is_moment(text) is not None


def is_number(text: str) -> bool:
    """Whether a text is a whole number as JSON writes it."""
    return text.isascii() and text.isdecimal() and (text == "0" or text[0] != "0")
