"""How lists are aligned under rules: by a configured key, blind to what is ignored."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

from shadowpact.compare.canonical import canonical
from shadowpact.compare.jsonpath import Automaton, State, Step, parse_path
from shadowpact.compare.lists import Alignment, align, whole_forms
from shadowpact.compare.paths import Place
from shadowpact.compare.settings import Rule

LIST_KINDS = frozenset({"key", "unordered", "ignore"})
"""Kinds that say what two equal elements are."""


def _marks(paths: list[tuple[Step, ...]]) -> tuple[bytes, ...]:
    """What the form of a value holds if a path may lead into it; empty when that cannot be said."""
    names = [selector for steps in paths if steps for selector in steps[-1].selectors]
    if not all(steps for steps in paths) or not all(isinstance(name, str) for name in names):
        return ()
    return tuple(canonical(name) for name in names)


class Aligner:
    """Aligns the lists of a pair of documents.

    Args:
        rules: Those of the plan; only ``LIST_KINDS`` with a path the walk can follow count.
        is_covered: Whether rules cover what differs at these positions, so that elements without
            a key are taken where they stand.
    """

    def __init__(
        self,
        rules: tuple[Rule, ...],
        is_covered: Callable[[Place, Sequence[int]], bool] | None = None,
    ) -> None:
        self._is_covered = is_covered
        followed = [
            (rule, path.steps)
            for rule in rules
            if rule.kind in LIST_KINDS and rule.path is not None
            if (path := parse_path(rule)).steps is not None
        ]
        self.rules = [rule for rule, _ in followed]
        self._automaton = Automaton([steps for _, steps in followed if steps is not None])
        self._ignored = frozenset(i for i, r in enumerate(self.rules) if r.kind == "ignore")
        self._unordered = frozenset(i for i, r in enumerate(self.rules) if r.kind == "unordered")
        self._marks = _marks([steps for _, steps in followed if steps is not None])
        self._keys = [i for i, r in enumerate(self.rules) if r.kind == "key"]

    def __call__(self, place: Place, differing: Sequence[int] | None = None) -> Alignment | None:
        """How the two lists of a place stand for each other."""
        return align(
            place.baseline,
            place.candidate,
            key=self._key_at(place) if self._keys else (),
            forms=partial(self._forms_at, place) if self.rules else whole_forms,
            differing=differing,
            is_covered=self._is_covered and partial(self._is_covered, place),
        )

    def _key_at(self, place: Place) -> tuple[str, ...]:
        state = self._state_at(place)
        for index in self._keys:
            if self._automaton.ends_at(state, index):
                return self.rules[index].key
        return ()

    def _state_at(self, place: Place) -> State:
        above: list[Place] = []
        state = 0
        at: Place | None = place
        while at is not None:
            if at.state is not None:
                state = at.state
                break
            above.append(at)
            at = at.parent
        for inner in reversed(above):
            if inner.parent is not None and inner.token is not None:
                state = self._automaton.step(state, inner.token, len(inner.parent.baseline))
            inner.state = state
        return state

    def _forms_at(
        self, place: Place, ones: list[Any], others: list[Any]
    ) -> tuple[list[Hashable], list[Hashable]]:
        state = self._state_at(place)
        if not self._automaton.is_alive(state):
            return whole_forms(ones, others)
        return self._forms(state, ones, others)

    def _forms(
        self, state: State, ones: list[Any], others: list[Any]
    ) -> tuple[list[Hashable], list[Hashable]]:
        """Equal elements by their whole content; the others by what no rule takes away."""
        plain = [canonical(v) for v in ones], [canonical(v) for v in others]
        common = set(plain[0]) & set(plain[1])
        return (
            [self._form(state, i, v, len(ones), plain[0][i], common) for i, v in enumerate(ones)],
            [
                self._form(state, j, v, len(others), plain[1][j], common)
                for j, v in enumerate(others)
            ],
        )

    def _form(
        self, state: State, index: int, value: Any, length: int, plain: bytes, common: set[bytes]
    ) -> Hashable:
        if plain in common or (self._marks and not any(mark in plain for mark in self._marks)):
            return plain
        try:
            return self._reduced(value, self._automaton.step(state, index, length))
        except RecursionError:
            return plain

    def _reduced(self, value: Any, state: State) -> Hashable:
        """What is left of a value: nothing that is ignored, no order where there is none."""
        matched = self._automaton.matched(state)
        if not self._ignored.isdisjoint(matched):
            return "ignored"
        step = self._automaton.step
        if type(value) is dict:
            members = (
                (name, self._reduced(inner, step(state, name, 0))) for name, inner in value.items()
            )
            return ("object", frozenset(pair for pair in members if pair[1] != "ignored"))
        if type(value) is list:
            elements = [
                self._reduced(inner, step(state, i, len(value))) for i, inner in enumerate(value)
            ]
            if any(self._automaton.ends_at(state, index) for index in self._unordered):
                elements.sort(key=repr)
            return ("array", *elements)
        return (type(value), value)
