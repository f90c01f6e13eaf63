"""Matchers: which of Pact's rules accept a set of values, from the weakest to the strictest.

Every matcher carries a Python predicate of what the rule accepts. It only chooses between rules;
whether a rule does what it should is decided by the real verifier (see ``check``).
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from shadowpact.contracts.formats import DAY, EMAIL, TIME, UUID, ZONE, Format

_KIND_NAMES = {"integer": "an integer", "decimal": "a decimal"}

ENUM_LIMIT = 8
"""More distinct values than this are not an enumeration."""

_INTEGERS = range(-(2**63), 2**64)
"""Pact reads other integers as decimals."""


class Matcher(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of Pact's matching rules.

    Attributes:
        rules: Pact's matchers, ``({"match": "type"},)``.
        combine: ``AND``, or ``OR`` for a value that may be null.
        example: What the contract shows; accepted by the rules.
        accepts: Whether a value satisfies the rules.
        name: For a person: ``a string``, ``one of: open, paid``.
    """

    rules: tuple[dict[str, Any], ...]
    example: Any
    accepts: Callable[[Any], bool]
    name: str
    combine: str = "AND"

    def to_pact(self) -> dict[str, Any]:
        """As in a pact file."""
        return {"combine": self.combine, "matchers": list(self.rules)}


def kind_of(value: Any) -> str:
    """JSON's kind of a value, with numbers told apart: ``integer`` and ``decimal``."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer" if value in _INTEGERS else "decimal"
        case float():
            return "decimal"
        case str():
            return "string"
        case list():
            return "list"
        case _:
            return "object"


def matchers(values: Sequence[Any]) -> Iterator[Matcher]:
    """The matchers that accept every value, weakest first; none where Pact has no such rule.

    Args:
        values: At least one; the first that is not null becomes the example.
    """
    present = [v for v in values if v is not None]
    if not present:
        yield _single({"match": "null"}, None, lambda v: v is None, "null")
        return
    is_nullable = len(present) < len(values)
    for matcher in _present_matchers(present):
        fit = or_null(matcher) if is_nullable else matcher
        if all(fit.accepts(v) for v in values):
            yield fit


def floor_matcher(values: Sequence[Any]) -> Matcher | None:
    """The type of scalars, nothing more; ``None`` where they have none in common."""
    kinds = {kind_of(v) for v in values} - {"null"}
    if kinds in ({"integer"}, {"decimal"}):
        name = kinds.pop()
        wanted = [m for m in matchers(values) if m.rules[0]["match"] == name]
        return wanted[0] if wanted else None
    if kinds in ({"integer", "decimal"}, {"string"}, {"boolean"}):
        return next(matchers(values), None)
    return None


def _present_matchers(values: Sequence[Any]) -> Iterator[Matcher]:
    kinds = {kind_of(v) for v in values}
    example = values[0]
    if kinds <= {"integer", "decimal"}:
        yield from _number_matchers(example)
    elif kinds == {"string"}:
        yield from _string_matchers(values)
    elif kinds == {"boolean"}:
        yield _single({"match": "boolean"}, example, lambda v: isinstance(v, bool), "a boolean")
        yield exactly(example)
    elif kinds == {"object"}:
        yield _single({"match": "type"}, {}, lambda v: isinstance(v, dict), "an object")
    elif kinds == {"list"}:
        yield _single({"match": "type"}, [], lambda v: isinstance(v, list), "a list")


def _number_matchers(example: float) -> Iterator[Matcher]:
    yield _single(
        {"match": "number"}, example, lambda v: kind_of(v) in {"integer", "decimal"}, "a number"
    )
    kind = kind_of(example)
    yield _single({"match": kind}, example, lambda v: kind_of(v) == kind, _KIND_NAMES[kind])
    yield exactly(example)


def _string_matchers(values: Sequence[str]) -> Iterator[Matcher]:
    example = values[0]
    yield _single({"match": "type"}, example, lambda v: isinstance(v, str), "a string")
    for match, pattern, reads in _FORMATS:
        rule = {"match": match, "format": pattern}
        yield _single(rule, example, reads, f"a {match} like {example}")
    for name, regex in _FAMILIES:
        yield _regex(regex, example, name)
    distinct = sorted(set(values))
    if len(distinct) == 1 or (len(distinct) <= ENUM_LIMIT and len(distinct) < len(values)):
        yield one_of(distinct, example)


def one_of(values: Sequence[str], example: str) -> Matcher:
    """One of some texts."""
    return _regex("|".join(map(_escaped, values)), example, f"one of: {', '.join(values)}")


def format_matcher(wanted: Format, example: str) -> Matcher:
    """Text of a format."""
    if wanted.pact is None:
        return _regex(wanted.pattern, example, wanted.words)
    rule, java = wanted.pact
    return _single({"match": rule, "format": java}, example, wanted.accepts, wanted.words)


def _regex(regex: str, example: str, name: str) -> Matcher:
    """Text of a pattern; the type besides, as Pact matches the pattern to numbers, too."""
    whole = re.compile(f"(?:{regex})")
    return Matcher(
        rules=({"match": "type"}, {"match": "regex", "regex": f"^(?:{regex})$"}),
        example=example,
        accepts=lambda v: isinstance(v, str) and whole.fullmatch(v) is not None,
        name=name,
    )


def _escaped(text: str) -> str:
    """``text`` as a regular expression that Oniguruma and Python read alike."""
    return re.sub(r"([\\.^$|?*+()\[\]{}/#&~-])", r"\\\1", text)


def any_text(example: str) -> Matcher:
    """Present, whatever it says: for headers."""
    return _single(
        {"match": "regex", "regex": ".*"}, example, lambda v: isinstance(v, str), "there"
    )


def media_type_matcher(media: str) -> Matcher:
    """A Content-Type header of this media type, whatever its parameters."""
    return for_header(_regex(rf"(?i:{_escaped(media)})(?:\s*;.*)?", media, media))


def for_header(matcher: Matcher) -> Matcher:
    """The matcher without the rule of a type: every header is text."""
    rules = tuple(rule for rule in matcher.rules if rule["match"] != "type")
    return msgspec.structs.replace(matcher, rules=rules)


def other_names(forbidden: str) -> dict[str, Any]:
    """The rule that an object has no name ``forbidden``; it requires none either."""
    regex = rf"^(?!{_escaped(forbidden)}$).*$"
    return {"match": "eachKey", "value": "x", "rules": [{"match": "regex", "regex": regex}]}


def exactly(example: Any) -> Matcher:
    """This value and no other."""
    kind = kind_of(example)
    return _single(
        {"match": "equality"},
        example,
        lambda v: kind_of(v) == kind and v == example,
        f"exactly {example}",
    )


def _single(
    rule: dict[str, Any], example: Any, accepts: Callable[[Any], bool], name: str
) -> Matcher:
    return Matcher(rules=(rule,), example=example, accepts=accepts, name=name)


def or_null(matcher: Matcher) -> Matcher:
    """The matcher or null.

    Pact rejects null for ``OR[type, null]`` around objects and lists; there ``OR[null,
    notEmpty]`` with a null example is the nearest it can say.
    """
    rule = matcher.rules[-1]
    if rule["match"] == "regex":  # OR cannot hold the type besides, so any value's text will do
        whole = re.compile(rule["regex"])
        return Matcher(
            rules=(rule, {"match": "null"}),
            combine="OR",
            example=matcher.example,
            accepts=lambda v: v is None or whole.fullmatch(_text_of(v)) is not None,
            name=f"{matcher.name} or null",
        )
    if matcher.example in ({}, []):
        return Matcher(
            rules=({"match": "null"}, {"match": "notEmpty"}),
            combine="OR",
            example=None,
            accepts=lambda v: v is None or v not in ("", [], {}),
            name="null or anything that is not empty",
        )
    return Matcher(
        rules=(*matcher.rules, {"match": "null"}),
        combine="OR",
        example=matcher.example,
        accepts=lambda v: v is None or matcher.accepts(v),
        name=f"{matcher.name} or null",
    )


def _text_of(value: Any) -> str:
    """What Pact matches a pattern to."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _reads(pattern: str, parse: Callable[[str], object]) -> Callable[[Any], bool]:
    layout = re.compile(pattern)

    def is_such(value: Any) -> bool:
        if not isinstance(value, str) or not layout.fullmatch(value):
            return False
        try:
            parse(value)
        except ValueError:
            return False
        return True

    return is_such


_FORMATS: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (
    ("date", "yyyy-MM-dd", _reads(DAY, date.fromisoformat)),
    (
        "datetime",
        "yyyy-MM-dd'T'HH:mm:ssXXX",
        _reads(f"{DAY}T{TIME}{ZONE}", datetime.fromisoformat),
    ),
    (
        "datetime",
        "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        _reads(rf"{DAY}T{TIME}\.\d{{3}}{ZONE}", datetime.fromisoformat),
    ),
    (
        "datetime",
        "yyyy-MM-dd'T'HH:mm:ss",
        _reads(f"{DAY}T{TIME}", datetime.fromisoformat),
    ),
)
"""Pact's rule, its Java pattern, and what that pattern accepts."""

_FAMILIES = (
    ("text that is not empty", r"[\s\S]+"),
    ("a UUID", UUID),
    ("an integer as text", r"-?\d+"),
    ("a number as text", r"-?\d+(?:\.\d+)?"),
    ("a number with two decimals as text", r"-?\d+\.\d{2}"),
    ("a date and time", rf"{DAY}[T ]{TIME}(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"),
    ("a date and time with T", rf"{DAY}T{TIME}(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"),
    ("a date and time in UTC", rf"{DAY}T{TIME}(?:[.,]\d+)?Z"),
    (
        "an HTTP date",
        r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    ),
    ("an absolute URL", r"[a-z][a-z0-9+.-]*://\S+"),
    ("an absolute path", r"/\S*"),
    ("an e-mail address", EMAIL),
    ("lower-case hex", r"[0-9a-f]+"),
    ("upper-case hex", r"[0-9A-F]+"),
    ("a lower-case word", r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*"),
    ("an upper-case word", r"[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*"),
    ("a capitalised word", r"[A-Z][a-z0-9]*"),
)
"""Name and regular expression; Oniguruma matches the whole value. Weaker before stricter."""
