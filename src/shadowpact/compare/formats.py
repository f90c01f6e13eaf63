"""The format of a string: what must hold when its value is free."""

import re

_FORMATS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("empty", re.compile(r"\s*")),
    (
        "uuid",
        re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
    ),
    (
        "date-time",
        re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?(Z|z|[+-]\d\d:?\d\d))?"),
    ),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("time", re.compile(r"\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?")),
    (
        "http-date",
        re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"),
    ),
    ("integer", re.compile(r"[+-]?\d+")),
    ("decimal", re.compile(r"[+-]?\d+[.,]\d+")),
    ("boolean", re.compile(r"true|false|True|False|TRUE|FALSE")),
    ("null", re.compile(r"null|None|undefined|NaN|nil")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("url", re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+")),
    ("ipv4", re.compile(r"\d{1,3}(\.\d{1,3}){3}")),
    ("jwt", re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")),
    ("ulid", re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")),
    ("hex", re.compile(r"(?=.*\d)([0-9a-f]{16,}|[0-9A-F]{16,})")),
)
MAX_LENGTH = 2048
"""Longer strings are text, whatever they look like."""


def format_class(text: str) -> str:
    """``uuid``, ``date-time``, ``integer`` ... or ``text``; the most specific that fits."""
    if len(text) > MAX_LENGTH:
        return "text"
    for name, pattern in _FORMATS:
        if pattern.fullmatch(text):
            return name
    return "text"
