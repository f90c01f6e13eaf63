"""The comparison for programs and tests: two bodies in, differences or an assertion out."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec

from shadowpact.compare import Comparer
from shadowpact.compare.comparison import Comparison
from shadowpact.compare.expiry import active_rules, utc_day
from shadowpact.compare.markup import Markup
from shadowpact.compare.rules import check_rule
from shadowpact.compare.settings import Rule, XmlComments, XmlWhiteSpace
from shadowpact.config import load_rules
from shadowpact.model.clock import SystemClock
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Response

JSON = "application/json"
MAX_SHOWN = 20
"""Differences that an assertion's message lists."""
MAX_VALUE = 200
"""Characters of a value in it."""


class Rules:
    """An ordered, unchanging set of rules; each method gives a new set with one rule more.

    Example:
        >>> rules = Rules().ignore("$.updated_at", reason="each side has its own clock")
        >>> rules = rules.number("$.total", absolute=0.01, reason="rounding")
        >>> [rule.id for rule in rules]
        ['ignore-1', 'number-2']
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = tuple(rules)
        for rule in self._rules:
            check_rule(rule)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The rules of a ``shadowpact.toml``, or of a file that has ``[[rules]]`` alone.

        Those whose last day has passed are left out.

        Raises:
            ConfigError: The file cannot be read, or is wrong.
        """
        return cls(active_rules(load_rules(Path(path)), utc_day(SystemClock().now_us())))

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return f"Rules({', '.join(rule.id for rule in self._rules)})"

    def add(self, kind: str, path: str | None = None, *, reason: str = "", **fields: Any) -> Self:
        """These rules and one more of any kind.

        Args:
            kind: ``ignore``, ``number`` ...; see the reference of rules.
            path: RFC 9535 path, unless ``fields`` name a header or a location.
            reason: Why it does not matter.
            fields: As in ``shadowpact.toml``, with underscores; ``id`` is made up when not given.

        Raises:
            ConfigError: The rule cannot work as written.
        """
        id_ = fields.pop("id", None) or f"{kind}-{len(self._rules) + 1}"
        for name in ("formats", "key", "values", "consumes"):
            if name in fields:
                value = fields[name]
                fields[name] = (value,) if isinstance(value, str) else tuple(value)
        rule = Rule(id=id_, kind=kind, path=path, reason=reason, **fields)
        return type(self)((*self._rules, rule))

    def ignore(self, path: str | None = None, **fields: Any) -> Self:
        """What is there, or below it, does not matter."""
        return self.add("ignore", path, **fields)

    def shape(self, path: str, **fields: Any) -> Self:
        """Type and format hold; the value is free."""
        return self.add("shape", path, **fields)

    def number(self, path: str, **fields: Any) -> Self:
        """Numbers may be apart by ``absolute`` or by ``relative`` of the baseline's value."""
        return self.add("number", path, **fields)

    def time(self, path: str, **fields: Any) -> Self:
        """Moments may be written differently and lie ``tolerance_ms`` apart."""
        return self.add("time", path, **fields)

    def text(self, path: str, **fields: Any) -> Self:
        """Text may differ in ``case``, ``white_space``, ``unicode_form`` or as ``pattern`` says."""
        return self.add("text", path, **fields)

    def unordered(self, path: str, **fields: Any) -> Self:
        """The order of the list does not matter."""
        return self.add("unordered", path, **fields)


def compare(
    baseline: bytes,
    candidate: bytes,
    *,
    content_type: str = JSON,
    candidate_content_type: str | None = None,
    rules: Iterable[Rule] | None = None,
    xml_white_space: XmlWhiteSpace = "insignificant",
    xml_comments: XmlComments = "ignored",
) -> Comparison:
    """Compare two bodies.

    Args:
        baseline: The body that counts as right.
        candidate: The other one.
        content_type: ``application/json; charset=utf-8``; decides how they are read.
        candidate_content_type: The candidate's where it says another, as the boundary of a
            multipart body is; a difference between the two counts like that of the header.
        rules: Say what does not matter (see :class:`Rules`).
        xml_white_space: ``significant`` where white space between the elements of XML counts.
        xml_comments: ``compared`` where the comments of XML count.

    Returns:
        ``equal`` and ``differences``; those that a rule covers are there, with its id.

    Raises:
        ConfigError: A rule cannot work as written.

    Example:
        >>> compare(b'{"id": 1}', b'{"id": "1"}').differences[0].kind
        'type-changed'
        >>> compare(b'{"a": 1, "b": 2}', b'{"b": 2, "a": 1}').equal
        True
    """
    return Comparer(rules or (), markup=Markup.of(xml_white_space, xml_comments)).compare(
        _answer(baseline, content_type),
        _answer(candidate, candidate_content_type or content_type),
    )


def _answer(body: bytes, content_type: str) -> Response:
    headers = ((b"content-type", content_type.encode()),)
    return Response(status=200, headers=headers, body=body)


def assert_equivalent(
    baseline: Any,
    candidate: Any,
    *,
    content_type: str = JSON,
    candidate_content_type: str | None = None,
    rules: Iterable[Rule] | None = None,
    xml_white_space: XmlWhiteSpace = "insignificant",
    xml_comments: XmlComments = "ignored",
) -> None:
    """Fail with a readable list when something differs that no rule covers.

    Args:
        baseline: The body that counts as right: bytes, text, or any value JSON can hold.
        candidate: The other one, likewise.
        content_type: As in :func:`compare`.
        candidate_content_type: Likewise.
        rules: Say what does not matter.
        xml_white_space: ``significant`` where white space between the elements of XML counts.
        xml_comments: ``compared`` where the comments of XML count.

    Raises:
        AssertionError: Lists every difference with its path and both values.
        ConfigError: A rule cannot work as written.

    Example:
        >>> assert_equivalent({"id": 1, "tags": []}, b'{"tags": [], "id": 1}')
    """
    __tracebackhide__ = True
    comparison = compare(
        _body(baseline, content_type),
        _body(candidate, candidate_content_type or content_type),
        content_type=content_type,
        candidate_content_type=candidate_content_type,
        rules=rules,
        xml_white_space=xml_white_space,
        xml_comments=xml_comments,
    )
    if not comparison.equal:
        raise AssertionError(describe(comparison))


def describe(comparison: Comparison) -> str:
    """What differs and what was ignored, a few lines for a person."""
    count = sum(d.ignored_by is None for d in comparison.differences) + comparison.truncated_open
    open_ = [d for d in comparison.differences if d.ignored_by is None]
    lines = [f"{count} difference{'' if count == 1 else 's'} that no rule covers:"]
    for difference in open_[:MAX_SHOWN]:
        lines += _lines(difference)
    if count > MAX_SHOWN:
        lines.append(f"  ... and {count - MAX_SHOWN} more")
    ignored = sorted({f"{d.path} ({d.ignored_by})" for d in comparison.differences if d.ignored_by})
    if ignored:
        lines.append(f"ignored: {', '.join(ignored[:MAX_SHOWN])}")
    lines += [f"rule {rule!r} raised and hid nothing: {e}" for rule, e in comparison.rule_errors]
    return "\n".join(lines)


def _lines(difference: Difference) -> list[str]:
    where = difference.path or difference.location
    head = f"  {where}: {difference.kind} ({difference.severity})"
    if difference.message:
        head = f"{head}: {difference.message}"
    lines = [head]
    if difference.kind != "added":
        lines.append(f"    baseline:  {_shown(difference.baseline)}")
    if difference.kind != "missing":
        lines.append(f"    candidate: {_shown(difference.candidate)}")
    return [head] if difference.kind == "undecodable" else lines


def _shown(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"


def _body(value: Any, content_type: str) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str) and "json" not in content_type:
        return value.encode()
    if isinstance(value, str):
        try:
            msgspec.json.decode(value)
        except (msgspec.MsgspecError, RecursionError):
            return msgspec.json.encode(value)
        return value.encode()
    return msgspec.json.encode(value)
