"""What there is to say against a rule: too broad, overlapping, on a route nobody knows.

After the reasons for which a tool must not make up such a rule by itself; a person may have reasons
for it, so these are remarks and the rule goes on working.
"""

import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shadowpact.compare.documents import parse_json
from shadowpact.compare.jsonpath import parse_path
from shadowpact.compare.kinds import COVERS
from shadowpact.compare.places import Spot, reach, stored_spot
from shadowpact.compare.rules import EXACT, is_same_route, route_shape
from shadowpact.compare.settings import Rule
from shadowpact.model.difference import Kind
from shadowpact.model.encoding import UndecodableError
from shadowpact.model.evidence import IgnoredDifferences

MAX_SIBLINGS = 5
"""Members of one object that a rule may leave free before it is called too broad."""
FREE = frozenset({"ignore", "shape"})
"""Kinds that leave the value free, so that their place has to be narrow."""

_STRUCTURAL = ("type-changed", "missing", "added", "length-changed", "undecodable")
_NOUNS = {
    "type-changed": ("type change", "type changes"),
    "missing": ("missing member", "missing members"),
    "added": ("added member", "added members"),
    "length-changed": ("changed length", "changed lengths"),
    "undecodable": ("undecodable body", "undecodable bodies"),
}
_RESULT = frozenset({"status", "state", "amount", "total", "price", "balance"})
"""Last words of names whose values are what an answer is about."""
_IDENTITY = frozenset({"id", "ids"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

_VALUES: frozenset[Kind] = frozenset({"value-changed", "representation-changed", "type-changed"})
_COVERED: dict[str, frozenset[Kind]] = {
    "shape": frozenset({"value-changed", "representation-changed"}),
    "number": _VALUES,
    "time": _VALUES,
    "text": frozenset({"value-changed", "representation-changed"}),
    "url": frozenset({"value-changed", "representation-changed"}),
    "unordered": frozenset({"order-changed"}),
    "nullish": frozenset({"value-changed", "type-changed", "missing", "added"}),
}
"""Differences that a kind of rule can cover; those left out cover all."""
_GROUPS = {"shape": "value", "number": "value", "time": "value", "text": "value", "url": "value"}


def can_cover(kind: str, difference: str) -> bool:
    """Whether a kind of rule covers this kind of difference at all."""
    return kind in COVERS and (kind not in _COVERED or difference in _COVERED[kind])


def covered_kinds(kind: str) -> frozenset[Kind] | None:
    """The kinds of difference that a kind of rule can cover; ``None`` for all."""
    return _COVERED.get(kind)


def what_it_hid(hidden: Iterable[IgnoredDifferences]) -> str:
    """``412 differences, 9 of them type changes``; ``no differences`` without any."""
    counts: Counter[str] = Counter()
    for one in hidden:
        counts[one.kind] += one.count
    total = counts.total()
    if not total:
        return "no differences"
    said = [
        f"{counts[kind]:,} {_NOUNS[kind][counts[kind] != 1]}"
        for kind in _STRUCTURAL
        if counts[kind]
    ]
    of_them = ", " + _and([said[0].replace(" ", " of them ", 1), *said[1:]]) if said else ""
    of_them = of_them.replace(", 1 of them ", ", one of them a ").replace(" a added", " an added")
    of_them = of_them.replace(" a undecodable", " an undecodable")
    return f"{total:,} difference{'' if total == 1 else 's'}{of_them}"


def too_broad(
    rule: Rule, hidden: Iterable[IgnoredDifferences], bodies: Iterable[bytes] = ()
) -> list[str]:
    """Why a rule blinds more than a rule should; empty when it does not.

    Args:
        rule: Of any kind; only those that leave the value free can be too broad.
        hidden: What it covered.
        bodies: Some of the answers it applies to, decoded, to see what its path leads to.
    """
    if rule.kind not in FREE:
        return []
    reasons = [*_broad_place(rule), *_named(rule), *_siblings(rule, bodies)]
    return reasons + ([] if rule.kind == "shape" else list(_structural(hidden)))


def _broad_place(rule: Rule) -> Iterator[str]:
    if rule.header is not None:
        return
    if rule.path is None:
        yield f"it covers the {'status' if rule.location == 'status' else f'whole {rule.location}'}"
        return
    steps = parse_path(rule).steps
    if steps is not None and all(None in step.selectors for step in steps):
        yield "it covers the whole body" if not steps else f"{rule.path} covers all there is"


def _named(rule: Rule) -> Iterator[str]:
    steps = parse_path(rule).steps if rule.path is not None else None
    for selector in steps[-1].selectors if steps else ():
        words = _WORD.findall(selector) if isinstance(selector, str) else []
        last = words[-1].lower() if words else ""
        if last in _RESULT:
            yield f"{selector!r} is what an answer is about"
        elif last in _IDENTITY and rule.kind == "ignore":
            yield f"{selector!r} identifies something; kind 'shape' keeps its type and format"


def _structural(hidden: Iterable[IgnoredDifferences]) -> Iterator[str]:
    kinds = {one.kind for one in hidden}
    found = [_NOUNS[kind][1] for kind in _STRUCTURAL if kind in kinds]
    if found:
        yield f"it hides {_and(found)}"


def _siblings(rule: Rule, bodies: Iterable[bytes]) -> Iterator[str]:
    """The object of which the path leaves most members free, where it is more than a few."""
    if rule.path is None:
        return
    path, most, where = parse_path(rule), 0, ""
    for body in bodies:
        try:
            document: Any = parse_json(body)
            located = path.locate(document)
            values = [(place, _value_at(document, place)) for place in located]
        except (UndecodableError, RecursionError, ValueError, LookupError, TypeError):
            continue
        beside = Counter(place[:-1] for place in located if place and isinstance(place[-1], str))
        sizes = [len(value) for _, value in values if isinstance(value, dict)]
        if sizes and max(sizes) > max(most, MAX_SIBLINGS):
            most, where = max(sizes), f"it covers an object of {max(sizes)} members"
        several = max(beside.values(), default=0)
        if several > max(most, MAX_SIBLINGS):
            most, where = several, f"it covers {several} members of one object"
    if where:
        yield where


def _value_at(document: Any, place: Iterable[str | int]) -> Any:
    for token in place:
        document = document[token]
    return document


def overlapping(
    rules: Sequence[Rule], hidden: Iterable[IgnoredDifferences]
) -> Iterator[tuple[Rule, Rule, str]]:
    """Rules of which both cover the same: the earlier, the later, and where they meet.

    Args:
        rules: In their order; the first that covers a difference counts.
        hidden: What rules covered, with places. Two rules that are written alike need none.
    """
    by_id = {rule.id: rule for rule in rules}
    order = {rule.id: index for index, rule in enumerate(rules)}
    meeting: dict[tuple[str, str], str] = {}
    for one, other in itertools.combinations(rules, 2):
        if _is_written_alike(one, other):
            meeting[one.id, other.id] = f"both say {one.path or one.header or one.location}"
    for row in hidden:
        named, spot = by_id.get(row.rule), stored_spot(row.location, row.path)
        if named is None or spot is None:
            continue
        for other in rules:
            if other is named or not _may_cover(other, row, spot) or not _can_meet(named, other):
                continue
            first, second = sorted((named.id, other.id), key=order.__getitem__)
            where = f"both reach {row.path or row.location} on {row.route}"
            meeting.setdefault((first, second), where)
    for (first, second), where in sorted(
        meeting.items(), key=lambda item: (order[item[0][0]], order[item[0][1]])
    ):
        yield by_id[first], by_id[second], where


def _may_cover(rule: Rule, row: IgnoredDifferences, spot: Spot) -> bool:
    reached = reach(rule, spot)
    if reached is None or (rule.kind == EXACT and reached != "at"):
        return False
    return can_cover(rule.kind, row.kind) and is_same_route(rule.route, row.route)


def _can_meet(one: Rule, other: Rule) -> bool:
    """Whether some answer has both, and they say the same sort of thing of it."""
    for name in ("status", "media_type", "candidate"):
        mine, its = getattr(one, name), getattr(other, name)
        if mine is not None and its is not None and mine != its:
            return False
    if "ignore" in (one.kind, other.kind) and one.kind in COVERS and other.kind in COVERS:
        return True
    return _GROUPS.get(one.kind, one.kind) == _GROUPS.get(other.kind, other.kind)


def _is_written_alike(one: Rule, other: Rule) -> bool:
    if not _can_meet(one, other):
        return False
    if (one.route and route_shape(one.route)) != (other.route and route_shape(other.route)):
        return False
    return _written(one) == _written(other)


def _written(rule: Rule) -> tuple[Any, ...]:
    if rule.path is None:
        return (rule.header and rule.header.lower(), rule.location if not rule.header else None)
    path = parse_path(rule)
    return (path.text if path.steps is None else repr(path.steps),)


def is_known_route(route: str, seen: Iterable[str]) -> bool:
    """Whether a rule's route is one of those seen."""
    return any(is_same_route(route, one) for one in seen)


def nearest_route(route: str, seen: Iterable[str]) -> str | None:
    """The seen route that is written most like this one; ``None`` when none is."""
    known = sorted(seen)
    if " " not in route:
        known += [one.partition(" ")[2] for one in known]
    close = difflib.get_close_matches(route, known, n=1)
    return close[0] if close else None


def _and(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
