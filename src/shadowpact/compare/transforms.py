"""Rules that assert a relation: what the baseline says in one way, the candidate says in another.

``rename``, ``move``, ``map`` and ``convert`` turn the baseline's document into the one that is
expected of the candidate, before the walk. Where the candidate is as expected the rule covers what
it explains (marked, not hidden); where the relation does not hold that is a difference.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import jmespath
import jmespath.exceptions
import msgspec

from shadowpact.compare.conversions import CONVERSIONS, exact, plain
from shadowpact.compare.found import ABSENT, Found, kind_of
from shadowpact.compare.jsonpath import Path, Step, parse, parse_path
from shadowpact.compare.numeric import as_number
from shadowpact.compare.paths import Place, Token, render
from shadowpact.compare.settings import Rule
from shadowpact.errors import ConfigError

TRANSFORMS = frozenset({"rename", "move", "map", "convert"})
"""Kinds of rules that assert."""

type Where = tuple[Token, ...]


class TransformError(ValueError):
    """A rule cannot be applied at a place; the text says why."""


class Applied(msgspec.Struct):
    """One place where a rule changed what is expected.

    Attributes:
        rule: The rule.
        taken: Places of the baseline's document that the candidate need not have.
        given: Where the expected value is.
        before: The baseline's values at ``taken``, in order.
        expected: The value expected.
    """

    rule: Rule
    taken: tuple[Where, ...]
    given: Where
    before: tuple[Any, ...]
    expected: Any


def check_transform(rule: Rule) -> str | None:
    """What is wrong with an asserting rule; ``None`` when nothing is."""
    if rule.path is None:
        return f"kind {rule.kind!r} needs a 'path' into the body."
    if rule.kind == "rename" and not rule.to:
        return "kind 'rename' needs 'to', the new name."
    if rule.kind == "move" or (rule.kind == "rename" and _names_a_path(rule)):
        return _check_target(rule)
    if rule.kind == "rename":
        return None
    if rule.kind == "map":
        return None if rule.mapping else "kind 'map' needs 'mapping', value to value."
    return _check_convert(rule)


def _check_target(rule: Rule) -> str | None:
    if rule.to is None:
        return "kind 'move' needs 'to', the path in the candidate's document."
    try:
        steps = parse(rule.to, where="'to'").steps
        source = parse_path(rule).steps
    except ConfigError as error:
        return str(error)
    if steps is None or not all(_is_plain(step) for step in steps):
        return f"'to' {rule.to!r} may hold names, indexes and [*] only."
    wild = sum(step.selectors == (None,) for step in steps)
    if wild > sum(_is_open(step) for step in source or ()):
        return f"'to' {rule.to!r} has more [*] than 'path' has."
    return None


def _names_a_path(rule: Rule) -> bool:
    """Whether ``to`` is a path; ``$ref`` is a name."""
    return rule.to is not None and rule.to.startswith(("$.", "$["))


def _is_plain(step: Step) -> bool:
    return (
        not step.is_descendant
        and len(step.selectors) == 1
        and not isinstance(step.selectors[0], slice)
    )


def _is_open(step: Step) -> bool:
    return len(step.selectors) > 1 or step.selectors[0] is None or type(step.selectors[0]) is slice


def _check_convert(rule: Rule) -> str | None:
    if (rule.convert is None) == (rule.expression is None):
        return "kind 'convert' needs either 'convert' or 'expression'."
    if rule.convert is not None and rule.convert not in CONVERSIONS:
        known = ", ".join(CONVERSIONS)
        return f"unknown conversion {rule.convert!r}. Known: {known}."
    if rule.expression is not None:
        try:
            jmespath.compile(rule.expression)
        except jmespath.exceptions.JMESPathError as error:
            return f"'expression' is not JMESPath: {error}"
    if rule.consumes and rule.to is None:
        return "'consumes' needs 'to', the member that takes their place."
    return _check_target(rule) if _names_a_path(rule) else None


class Expectation:
    """The document expected of the candidate, made from the baseline's.

    Args:
        rules: Asserting rules, in the order of the configuration.
        baseline: The baseline's document; never changed.
        candidate: The candidate's, to settle how a number is written.
    """

    def __init__(self, rules: Iterable[Rule], baseline: Any, candidate: Any) -> None:
        self.document = baseline
        self.applied: list[Applied] = []
        self.errors: dict[str, str] = {}
        self._candidate = candidate
        self._fresh: set[int] = set()
        self._kept: list[Any] = []
        for rule in rules:
            self._apply(rule)

    def _apply(self, rule: Rule) -> None:
        try:
            path = parse_path(rule)
            document = plain(self.document) if path.steps is None else self.document
            places = path.locate(document)
        except Exception as error:  # noqa: BLE001  whatever a rule raises must hide nothing
            self._fail(rule, error)
            return
        for place in sorted(places, key=len, reverse=True):  # what is inside before what is around
            try:
                self._apply_at(rule, path, place)
            except Exception as error:  # noqa: BLE001  as above
                self._fail(rule, error)

    def _fail(self, rule: Rule, error: Exception) -> None:
        self.errors.setdefault(rule.id, f"{type(error).__name__}: {error}"[:500])

    def _apply_at(self, rule: Rule, path: Path, place: Where) -> None:
        before = _at(self.document, place)
        if before is ABSENT:
            raise TransformError(f"{render(place)} is not there any more")
        if rule.kind == "map":
            text = before if isinstance(before, str) else _as_key(before)
            if text in rule.mapping:
                self._change(rule, (place,), place, exact(rule.mapping[text]))
        elif rule.kind == "convert":
            self._convert(rule, path, place, before)
        else:
            target = _target(rule, path, place)
            if target != place:
                self._change(rule, (place,), target, before)

    def _convert(self, rule: Rule, path: Path, place: Where, before: Any) -> None:
        if rule.convert is not None:
            after = CONVERSIONS[rule.convert](before)
        else:
            after = exact(jmespath.search(rule.expression or "", plain(before)))
            if after is None:
                raise TransformError(f"the expression gives nothing at {render(place)}")
        if rule.to is None:
            self._change(rule, (place,), place, after)
        elif isinstance(before, dict):
            taken = tuple((*place, name) for name in rule.consumes if name in before)
            is_inside = not _names_a_path(rule)
            target = (*place, rule.to) if is_inside else _target(rule, path, place)
            self._change(rule, taken, target, after)
        else:
            self._change(rule, (place,), _target(rule, path, place), after)

    def _change(self, rule: Rule, taken: tuple[Where, ...], given: Where, value: Any) -> None:
        if given not in taken and _at(self.document, given) is not ABSENT:
            raise TransformError(f"the baseline has {render(given)} itself")
        value = _settled(value, _at(self._candidate, given))
        before = tuple(_at(self.document, place) for place in taken)
        gone = [place for place in taken if place != given]
        for place in gone:
            if not place or not isinstance(place[-1], str):
                raise TransformError(f"{render(place)} is no member of an object")
        for place in gone:
            self._own(place[:-1]).pop(place[-1], None)
        self._put(given, value)
        self.applied.append(Applied(rule, taken, given, before, value))

    def _put(self, place: Where, value: Any) -> None:
        if not place:
            self.document = value
            return
        holder = self._own(place[:-1])
        token = place[-1]
        fits = isinstance(token, str) if isinstance(holder, dict) else token in range(len(holder))
        if not fits:
            raise TransformError(f"{render(place[:-1])} cannot hold {token!r}")
        holder[token] = value

    def _own(self, place: Where) -> Any:
        """A container that may be changed: copied, with those above it, at most once."""
        if id(self.document) not in self._fresh:
            self.document = self._copy(self.document)
        holder = self.document
        for token in place:
            inner = _at(holder, (token,))
            if inner is ABSENT and isinstance(holder, dict):
                inner = {}
            if not isinstance(inner, (dict, list)):
                raise TransformError(f"{render(place)} is no container")
            if id(inner) not in self._fresh:
                inner = self._copy(inner)
            holder[token] = inner
            holder = inner
        return holder

    def _copy(self, container: Any) -> Any:
        if not isinstance(container, (dict, list)):
            raise TransformError("the document is no container")
        fresh = container.copy()
        self._fresh.add(id(fresh))
        self._kept.append(fresh)
        return fresh


def _at(document: Any, place: Where) -> Any:
    """The value at a place, or ``ABSENT``."""
    value = document
    for token in place:
        if isinstance(value, dict) and isinstance(token, str):
            value = value.get(token, ABSENT)
        elif isinstance(value, list) and isinstance(token, int) and 0 <= token < len(value):
            value = value[token]
        else:
            return ABSENT
    return value


def _as_key(value: Any) -> str:
    """How a value that is no string is written as a key of a map."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _renamed(rule: Rule, place: Where) -> Where:
    """The place beside, under the name in ``to``."""
    if not place or not isinstance(place[-1], str):
        raise TransformError(f"{render(place)} has no name to change")
    return (*place[:-1], rule.to or "")


def _target(rule: Rule, path: Path, place: Where) -> Where:
    """The place that ``to`` names; each ``[*]`` in it is what the one in ``path`` stood for."""
    if rule.kind != "move" and not _names_a_path(rule):
        return _renamed(rule, place)
    steps = parse(rule.to or "", where=rule.id).steps or ()
    open_tokens = _open_tokens(path.steps, place)
    tokens: list[Token] = []
    for step in steps:
        selector = step.selectors[0]
        if selector is None:
            if not open_tokens:
                raise TransformError(f"nothing for [*] in {rule.to!r} at {render(place)}")
            tokens.append(open_tokens.pop(0))
        elif isinstance(selector, (str, int)):
            tokens.append(selector)
    return tuple(tokens)


def _open_tokens(steps: Sequence[Step] | None, place: Where) -> list[Token]:
    if steps is None or any(step.is_descendant for step in steps):
        return [token for token in place if isinstance(token, int)]
    return [token for step, token in zip(steps, place, strict=True) if _is_open(step)]


def _settled(expected: Any, actual: Any) -> Any:
    """A converted number is compared by value: the candidate may write 12 for 12.00."""
    one, other = as_number(expected), as_number(actual)
    return actual if one is not None and one == other else expected


def explain(applied: Iterable[Applied], found: list[Found]) -> list[tuple[Found, str | None]]:
    """Everything found, and what the rules that hold explain, with their ids.

    A place where the relation does not hold says so in its message.
    """
    explained: list[tuple[Found, str | None]] = []
    rules = list(applied)
    broken: set[int] = set()
    places = [tuple(item.tokens) for item in found]
    for item, place in zip(found, places, strict=True):
        for index, one in enumerate(rules):
            if place[: len(one.given)] == one.given or (
                item.kind == "missing" and one.given[: len(place)] == place
            ):
                broken.add(index)
                _say_broken(item, one, is_exact=place == one.given)
        explained.append((item, None))
    for index, one in enumerate(rules):
        if index not in broken:
            explained += [(item, one.rule.id) for item in _held(one)]
    return explained


def _say_broken(found: Found, applied: Applied, *, is_exact: bool) -> None:
    sources = ", ".join(render(place) for place in applied.taken) or render(applied.given)
    if not found.message:
        found.message = f"rule {applied.rule.id!r} does not hold: expected what {sources} says"
    if is_exact and applied.given in applied.taken:
        found.baseline = applied.before[0]


def _held(applied: Applied) -> list[Found]:
    message = f"rule {applied.rule.id!r} holds"
    if applied.taken == (applied.given,):
        before = applied.before[0]
        kind = kind_of(before, applied.expected)
        if kind is None:
            return []
        return [_at_place(applied.given, kind, before, applied.expected, message)]
    message = f"{message}: it is {render(applied.given)} in the candidate"
    gone = [
        _at_place(place, "missing", before, ABSENT, message)
        for place, before in zip(applied.taken, applied.before, strict=True)
    ]
    return [*gone, _at_place(applied.given, "added", ABSENT, applied.expected, message)]


def _at_place(place: Where, kind: Any, before: Any, after: Any, message: str) -> Found:
    parent: Place | None = None
    for token in place[:-1]:
        parent = Place(parent or Place(None, None, {}, {}), token, {}, {})
    if place and parent is None:
        parent = Place(None, None, {}, {})
    return Found(parent, place[-1] if place else None, kind, before, after, message)
