"""What each kind of rule covers, and what it needs to be told."""

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import re2

from shadowpact.compare.formats import format_class
from shadowpact.compare.found import ABSENT, Found, json_type, normal_escapes
from shadowpact.compare.moments import moment
from shadowpact.compare.numeric import as_number
from shadowpact.compare.settings import Rule
from shadowpact.compare.transforms import check_transform

_QUIET = re2.Options()
_QUIET.log_errors = False


def _ignores(rule: Rule, found: Found) -> bool:
    del rule, found
    return True


def _is_same_shape(rule: Rule, found: Found) -> bool:
    """Type and format hold; an integer stays an integer, a decimal may turn out whole."""
    del rule
    if found.kind not in {"value-changed", "representation-changed"}:
        return False
    one, other = found.baseline, found.candidate
    if isinstance(one, str) and isinstance(other, str):
        return format_class(one) == format_class(other)
    if json_type(one) == json_type(other) == "number":
        first, second = as_number(one), as_number(other)
        if first is None or second is None or type(one) is not int:
            return True
        return type(other) is int or second == second.to_integral_value()
    return json_type(one) == json_type(other)


def _is_close(rule: Rule, found: Found) -> bool:
    cross = rule.cross_type or rule.header is not None
    one, other = as_number(found.baseline, text=cross), as_number(found.candidate, text=cross)
    if one is None or other is None:
        return False
    apart = abs(one - other)
    if rule.absolute is not None and apart <= Decimal(str(rule.absolute)):
        return True
    if rule.relative is not None and apart <= Decimal(str(rule.relative)) * abs(one):
        return True
    return apart == 0 and (rule.cross_type or found.kind == "representation-changed")


def _is_same_moment(rule: Rule, found: Found) -> bool:
    one = moment(found.baseline, rule.formats, rule.zone)
    other = moment(found.candidate, rule.formats, rule.zone)
    if one is None or other is None:
        return False
    return abs((one - other).total_seconds()) * 1000 <= (rule.tolerance_ms or 0)


def _is_same_text(rule: Rule, found: Found) -> bool:
    one, other = found.baseline, found.candidate
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    if rule.pattern is not None:
        first = _pattern(rule.pattern).fullmatch(one)
        second = _pattern(rule.pattern).fullmatch(other)
        return bool(first and second and first.groups() == second.groups())
    return _normal_text(rule, one) == _normal_text(rule, other)


def _normal_text(rule: Rule, text: str) -> str:
    if rule.unicode_form is not None:
        text = unicodedata.normalize(rule.unicode_form, text)
    if not rule.white_space:
        text = " ".join(text.split())
    return text if rule.case else text.casefold()


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> Any:
    return re2.compile(pattern, _QUIET)


def _is_order(rule: Rule, found: Found) -> bool:
    del rule
    return found.kind == "order-changed"


def _is_nullish(rule: Rule, found: Found) -> bool:
    values = rule.values or ("null", "missing")
    return _emptiness(found.baseline) in values and _emptiness(found.candidate) in values


def _emptiness(value: Any) -> str | None:
    if value is ABSENT:
        return "missing"
    if value is None:
        return "null"
    return "empty" if value in ("", [], {}) and value is not False else None


def _is_same_url(rule: Rule, found: Found) -> bool:
    """Equal after the host map; without one, scheme and host are free."""
    one, other = found.baseline, found.candidate
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    if rule.hosts:
        return normal_escapes(map_hosts(one, rule.hosts)) == normal_escapes(other)
    return _without_host(one) == _without_host(other)


def map_hosts(text: str, hosts: dict[str, str]) -> str:
    """Every ``//host`` of a text that is in the map replaced; a key may name the scheme too."""
    for host, substitute in hosts.items():
        whole = "://" in host
        before, after = (host, substitute) if whole else (f"//{host}", f"//{substitute}")
        text = "".join(_replaced(text, before, after))
    return text


def _replaced(text: str, before: str, after: str) -> list[str]:
    """``before`` is replaced where the host ends with it, not where it goes on."""
    out: list[str] = []
    at = 0
    while (found := text.find(before, at)) >= 0:
        end = found + len(before)
        goes_on = text[end : end + 1]
        out += [text[at:found], before if goes_on.isalnum() or goes_on in set("-.:") else after]
        at = end
    return [*out, text[at:]]


def _without_host(url: str) -> str:
    parts = urlsplit(url)
    return normal_escapes(urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment)))


COVERS: dict[str, Callable[[Rule, Found], bool]] = {
    "ignore": _ignores,
    "shape": _is_same_shape,
    "number": _is_close,
    "time": _is_same_moment,
    "text": _is_same_text,
    "unordered": _is_order,
    "nullish": _is_nullish,
    "url": _is_same_url,
}
"""Whether a rule of the kind covers what was found at its place or below."""


def _check_number(rule: Rule) -> str | None:
    if rule.absolute is None and rule.relative is None and not rule.cross_type:
        return "kind 'number' needs 'absolute', 'relative' or 'cross-type'."
    for name, value in (("absolute", rule.absolute), ("relative", rule.relative)):
        if value is not None and not 0 <= value < float("inf"):
            return f"{name!r} is {value}; expected a number from 0 on."
    return None


def _check_time(rule: Rule) -> str | None:
    try:
        ZoneInfo(rule.zone)
    except (ValueError, OSError, KeyError):
        return f"'zone' is {rule.zone!r}; expected an IANA name such as 'Europe/Vienna'."
    if rule.tolerance_ms is not None and rule.tolerance_ms < 0:
        return f"'tolerance-ms' is {rule.tolerance_ms}; expected a number from 0 on."
    return None


def _check_text(rule: Rule) -> str | None:
    if rule.pattern is None:
        if rule.case and rule.white_space and rule.unicode_form is None:
            return "kind 'text' needs 'case', 'white-space', 'unicode-form' or 'pattern'."
        return None
    try:
        _pattern(rule.pattern)
    except re2.error as error:
        text = error.args[0] if error.args else error
        problem = text.decode() if isinstance(text, bytes) else str(text)
        return f"'pattern' {rule.pattern!r} is not an RE2 expression: {problem}."
    return None


def _check_body_only(rule: Rule) -> str | None:
    return f"kind {rule.kind!r} needs a 'path' into the body." if rule.path is None else None


def _check_key(rule: Rule) -> str | None:
    if not rule.key:
        return "kind 'key' needs 'key', the members that identify an element."
    return _check_body_only(rule)


CHECKS: dict[str, Callable[[Rule], str | None]] = {
    "number": _check_number,
    "time": _check_time,
    "text": _check_text,
    "unordered": _check_body_only,
    "key": _check_key,
    "nullish": _check_body_only,
    "rename": check_transform,
    "move": check_transform,
    "map": check_transform,
    "convert": check_transform,
}
"""What is wrong with a rule of the kind, for people; ``None`` when nothing is."""
