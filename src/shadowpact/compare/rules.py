"""Rules, chosen for one kind of answer and applied to what was found: they mark, never delete."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from shadowpact.compare.aligner import Aligner
from shadowpact.compare.conversions import plain
from shadowpact.compare.found import Found, location_is
from shadowpact.compare.jsonpath import Automaton, Path, State, parse_path
from shadowpact.compare.kinds import CHECKS, COVERS
from shadowpact.compare.paths import Place, Token
from shadowpact.compare.settings import RULE_KINDS, Rule
from shadowpact.compare.transforms import TRANSFORMS
from shadowpact.compare.walk import walk_element
from shadowpact.errors import ConfigError
from shadowpact.model.difference import Location

EXACT = "unordered"
"""The one kind that says something of the node at its path alone, not of what is below."""


def check_rule(rule: Rule) -> None:
    """Refuse a rule that cannot work as it is written.

    Raises:
        ConfigError: Names the rule, where it comes from, and what to change.
    """
    where = f"{rule.source + ': ' if rule.source else ''}rule {rule.id!r}"
    if rule.kind not in RULE_KINDS:
        raise ConfigError(f"{where}: unknown kind {rule.kind!r}. Known: {', '.join(RULE_KINDS)}.")
    if rule.id.startswith("builtin:"):
        raise ConfigError(f"{where}: ids that start with 'builtin:' are the built-in rules'.")
    if rule.path is not None and rule.header is not None:
        raise ConfigError(f"{where}: has both a path and a header; one rule says one place.")
    if rule.path is None and rule.header is None and rule.location is None:
        raise ConfigError(f"{where}: says no place; give a path, a header or a location.")
    if rule.path is not None:
        parse_path(rule)
    check = CHECKS.get(rule.kind)
    problem = check(rule) if check else None
    if problem:
        raise ConfigError(f"{where}: {problem}")


@lru_cache(maxsize=4096)
def route_shape(route: str) -> tuple[str | None, tuple[str, ...]]:
    """A route's method and segments; the names of parameters do not count."""
    first, space, rest = route.partition(" ")
    method, path = (first.upper(), rest.strip()) if space and first[:1] != "/" else (None, route)
    segments = path.partition("?")[0].split("/")
    return method, tuple(_without_names(segment) for segment in segments)


def _without_names(segment: str) -> str:
    out: list[str] = []
    rest = segment
    while rest:
        before, brace, rest = rest.partition("{")
        out.append(before)
        if brace:
            out.append("{}")
            rest = rest.partition("}")[2]
    return "{}" if segment == "*" else "".join(out)


def is_same_route(rule_route: str | None, route: str | None) -> bool:
    """Whether a rule's route is this one; ``**`` at its end stands for everything below."""
    if rule_route is None:
        return True
    if route is None:
        return False
    method, segments = route_shape(rule_route)
    actual_method, actual = route_shape(route)
    if method is not None and method != actual_method:
        return False
    if segments and segments[-1] == "**":
        return actual[: len(segments) - 1] == segments[:-1]
    return segments == actual


class Circumstances(msgspec.Struct, frozen=True):
    """What decides which rules apply.

    Attributes:
        route: ``GET /orders/{id}``; ``None`` when unknown.
        status: The baseline's.
        media_type: The baseline's, without parameters.
        candidate: Name of the candidate; ``None`` when unknown.
    """

    route: str | None
    status: int
    media_type: str
    candidate: str | None

    def admit(self, rule: Rule) -> bool:
        """Whether a rule applies here."""
        return (
            (rule.status is None or rule.status == self.status)
            and (rule.media_type is None or rule.media_type.lower() == self.media_type)
            and (rule.candidate is None or rule.candidate == self.candidate)
            and is_same_route(rule.route, self.route)
        )


class Plan:
    """The rules for one set of circumstances, compiled once.

    Args:
        rules: Those admitted, in the order of the configuration; the first that covers counts.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self.by_header: dict[str, list[Rule]] = {}
        self.by_location: list[Rule] = []
        self.followed: list[Rule] = []
        self.evaluated: list[tuple[Rule, Path]] = []
        steps = []
        for rule in self.rules:
            if rule.kind not in COVERS:
                continue
            if rule.header is not None:
                self.by_header.setdefault(rule.header.lower(), []).append(rule)
            elif rule.path is None:
                self.by_location.append(rule)
            else:
                path = parse_path(rule)
                if path.steps is None:
                    self.evaluated.append((rule, path))
                else:
                    self.followed.append(rule)
                    steps.append(path.steps)
        self._at: dict[State, tuple[Rule, ...]] = {}
        self.asserting = tuple(rule for rule in self.rules if rule.kind in TRANSFORMS)
        self.order = {rule.id: index for index, rule in enumerate(self.rules)}
        self.automaton = Automaton(steps)
        self.has_body_rules = bool(self.followed or self.evaluated or self.by_location)
        self.align = Aligner(self.rules, self._covers_in_place if self.has_body_rules else None)

    def _covers_in_place(self, place: Place, differing: Sequence[int]) -> bool:
        """Whether rules cover whatever differs between elements of one position."""
        marker = Marker(self)
        return all(
            marker.mark_body(found) is not None
            for at in differing
            for found in walk_element(place, at)
        )

    def followed_at(self, state: State) -> tuple[Rule, ...]:
        """Rules whose path leads to a place of the body, or above it where that counts."""
        rules = self._at.get(state)
        if rules is None:
            rules = self._at[state] = tuple(
                self.followed[i]
                for i in self.automaton.matched(state)
                if self.followed[i].kind != EXACT or self.automaton.ends_at(state, i)
            )
        return rules

    def for_header(self, name: str) -> list[Rule]:
        """Rules on a header (lower-case name), its own before those on all of them."""
        return [*self.by_header.get(name, ()), *self.for_location("header")] if self.rules else []

    def for_location(self, location: Location) -> list[Rule]:
        """Rules on a whole part of the answer."""
        return [rule for rule in self.by_location if location_is(rule.location, location)]


class Marker(msgspec.Struct):
    """Finds the rule that covers a difference, in one pair.

    Attributes:
        plan: The rules.
        documents: The two parsed bodies, for paths with filters.
        errors: Rules that raised, and what.
        located: Where paths with filters lead, by the rule's id and the side.
    """

    plan: Plan
    documents: tuple[Any, Any] = (None, None)
    errors: dict[str, str] = {}
    located: dict[tuple[str, bool], frozenset[tuple[Token, ...]]] = {}

    def mark_body(self, found: Found) -> str | None:
        """The id of the first rule that covers a place in the body."""
        plan = self.plan
        if not plan.has_body_rules:
            return None
        followed = plan.followed_at(self._state_of(found))
        if not plan.evaluated and not plan.by_location:  # they are in order
            return self.first(followed, found) if followed else None
        rules = list(followed)
        rules += [rule for rule, path in plan.evaluated if self._reaches(rule, path, found)]
        rules += plan.for_location("body")
        rules.sort(key=lambda rule: plan.order[rule.id])
        return self.first(rules, found)

    def first(self, rules: Sequence[Rule], found: Found) -> str | None:
        """The first rule that covers what was found; one that raises covers nothing."""
        for rule in rules:
            try:
                if COVERS[rule.kind](rule, found):
                    return rule.id
            except Exception as error:  # noqa: BLE001  whatever a rule raises must hide nothing
                self.errors.setdefault(rule.id, f"{type(error).__name__}: {error}"[:500])
        return None

    def _state_of(self, found: Found) -> State:
        parent = found.parent
        if parent is None:
            return 0
        state = 0 if parent.parent is None else self._state_at(parent)
        if found.token is None:
            return state
        holder = parent.candidate if found.kind == "added" else parent.baseline
        return self.plan.automaton.step(state, found.token, len(holder))

    def _state_at(self, place: Place) -> State:
        above: list[Place] = []
        while place.mark is None and place.parent is not None:
            above.append(place)
            place = place.parent
        state = place.mark or 0
        step = self.plan.automaton.step
        while above:
            inner = above.pop()
            if inner.token is not None:
                state = step(state, inner.token, len(place.baseline))
            inner.mark = state
            place = inner
        return state

    def _reaches(self, rule: Rule, path: Path, found: Found) -> bool:
        side = found.kind == "added"
        key = (rule.id, side)
        if key not in self.located:
            try:
                document = plain(self.documents[1 if side else 0])
                self.located[key] = frozenset(path.locate(document))
            except Exception as error:  # noqa: BLE001  whatever a rule raises must hide nothing
                self.errors.setdefault(rule.id, f"{type(error).__name__}: {error}"[:500])
                self.located[key] = frozenset()
        located = self.located[key]
        tokens = tuple(found.tokens)
        if rule.kind == EXACT:
            return tokens in located
        return bool(located) and any(tokens[:n] in located for n in range(len(tokens) + 1))
