"""What a ``Set-Cookie`` means: a name, attributes, and a value that nobody is to see."""

from collections import Counter
from email.utils import parsedate_to_datetime

import msgspec

from shadowpact.compare.found import ABSENT, Found
from shadowpact.compare.parameters import Values, changed, named, parameters

LIFETIME_SLACK_S = 2
"""Seconds by which two lifetimes may differ that were counted down to the same moment."""
LIFETIME_SLACK_RATE = 0.01
"""The same as a fraction of the longer one."""

_NO_CASE = frozenset({"samesite", "domain"})
_TIMES = ("expires", "max-age")
_LAST_PAST_YEAR = 1980
"""A cookie that expires until then is one that is taken away."""


class _Cookie(msgspec.Struct, frozen=True):
    """One of them.

    Attributes:
        value: As it is.
        attributes: By lower-case name; of times only whether they take the cookie away.
        times: Those to come, as they are written.
    """

    value: str
    attributes: dict[str, str]
    times: dict[str, str]


def cookies(name: str, one: Values, other: Values) -> list[Found]:
    """Cookies by name: their attributes; values and moments are volatile, values never shown."""
    first, second = _cookies(one), _cookies(other)
    found = [Found(None, name, "missing", c, ABSENT, f"cookie {c}") for c in first.keys() - second]
    found += [Found(None, name, "added", ABSENT, c, f"cookie {c}") for c in second.keys() - first]
    for cookie in first:
        if cookie in second:
            found += _differing(name, cookie, first[cookie], second[cookie])
    return sorted(found, key=lambda item: (item.message, item.kind))


def _differing(name: str, cookie: str, one: _Cookie, other: _Cookie) -> list[Found]:
    found = named(name, one.attributes, other.attributes)
    for item in found:
        item.message = f"attributes of cookie {cookie}"
    if not any(one.attributes.get(n) != other.attributes.get(n) for n in _TIMES):
        found += _lifetimes(name, cookie, one.times, other.times)
    if one.value != other.value:
        item = changed(name, cookie, cookie, f"value of cookie {cookie}")
        item.builtin = "builtin:cookie-value"
        found.append(item)
    return found


def _lifetimes(name: str, cookie: str, one: dict[str, str], other: dict[str, str]) -> list[Found]:
    """A moment is another one in every answer; a number of seconds is not, but for a few."""
    found = []
    for item in named(name, one, other):
        item.message = f"lifetime of cookie {cookie}"
        if _is_same_moment(one.get("max-age"), other.get("max-age")):
            item.builtin = "builtin:cookie-value"
        found.append(item)
    return found


def _is_same_moment(one: str | None, other: str | None) -> bool:
    if one == other:
        return True
    seconds = _seconds(one or ""), _seconds(other or "")
    if seconds[0] is None or seconds[1] is None:
        return False
    slack = max(LIFETIME_SLACK_S, max(seconds[0], seconds[1]) * LIFETIME_SLACK_RATE)
    return abs(seconds[0] - seconds[1]) <= slack


def _seconds(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 18 else None


def _cookies(values: Values) -> dict[str, _Cookie]:
    """By name; where one is there several times, by where it applies, too."""
    every: list[tuple[str, _Cookie]] = []
    for text in values:
        pair, _, rest = text.partition(";")
        cookie, _, value = pair.partition("=")
        _, given = parameters(f"; {rest}" if rest else "")
        endings = {n: _ending(n, given[n]) for n in _TIMES if n in given}
        times = {n: given[n] for n, ending in endings.items() if not ending}
        attributes = {n: v.lower() if n in _NO_CASE else v for n, v in given.items()} | endings
        every.append((cookie.strip(), _Cookie(value, attributes, times)))
    count = Counter(cookie for cookie, _ in every)
    return {
        cookie if count[cookie] == 1 else f"{cookie}{_scope(one)}": one for cookie, one in every
    }


def _scope(cookie: _Cookie) -> str:
    return "".join(
        f"; {n}={cookie.attributes[n]}" for n in ("domain", "path") if n in cookie.attributes
    )


def _ending(attribute: str, text: str) -> str:
    """``past`` for a cookie that is taken away."""
    if attribute == "max-age":
        return "past" if text.startswith("-") or text.strip("0") == "" else ""
    try:
        return "past" if parsedate_to_datetime(text).year <= _LAST_PAST_YEAR else ""
    except (ValueError, TypeError, OverflowError):
        return "past" if text in {"0", "-1"} else ""
