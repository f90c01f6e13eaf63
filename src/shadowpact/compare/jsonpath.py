"""RFC 9535 paths of rules: checked and parsed by a library, the common part followed by the walk.

Names, indexes, wildcards, slices and descendants (``..``) become steps that one automaton follows
for all rules together, lazily built and kept, so a difference costs one look-up for each token of
its path. A path with a filter (``?``) is evaluated by the library, once for each document.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import jsonpath_rfc9535
import msgspec

from shadowpact.compare.paths import Token
from shadowpact.compare.settings import Rule
from shadowpact.errors import ConfigError

type Selector = str | int | slice | None
"""A name, an index, a slice, or ``None`` for the wildcard."""

MAX_DEPTH = 100_000
"""Depth to which the library may follow ``..``; the interpreter's own limit is reached first."""

_environment = jsonpath_rfc9535.JSONPathEnvironment(max_recursion_depth=MAX_DEPTH)
_SEGMENT = re.compile(r"(\.\.)?\[")
_SELECTOR = re.compile(
    r"(?P<name>'(?:[^'\\]|\\.)*')|(?P<wild>\*)|(?P<slice>-?\d*:-?\d*(?::-?\d*)?)|(?P<index>-?\d+)"
)


class Step(msgspec.Struct, frozen=True):
    """One segment of a path.

    Attributes:
        selectors: Any of them may match a token.
        is_descendant: Whether any number of tokens may come before.
    """

    selectors: tuple[Selector, ...]
    is_descendant: bool

    def takes(self, token: Token, length: int) -> bool:
        """Whether a token matches; ``length`` is that of the list a position is in."""
        return any(_selects(selector, token, length) for selector in self.selectors)


def _selects(selector: Selector, token: Token, length: int) -> bool:
    if selector is None:
        return True
    if isinstance(selector, str) or isinstance(token, str):
        return selector == token
    if isinstance(selector, slice):
        if selector.step == 0:
            return False
        return token in range(*selector.indices(length))
    return token == (selector if selector >= 0 else length + selector)


class Path(msgspec.Struct, frozen=True):
    """A checked path.

    Attributes:
        text: As written.
        steps: The common part of RFC 9535; ``None`` when only the library can evaluate it.
    """

    text: str
    steps: tuple[Step, ...] | None

    def locate(self, document: Any) -> list[tuple[Token, ...]]:
        """Where the path leads in a document, by the library.

        Raises:
            jsonpath_rfc9535.JSONPathError: The document is too deep for it.
        """
        return [node.location for node in _query(self.text).finditer(document)]


def parse_path(rule: Rule) -> Path:
    """The path of a rule.

    Raises:
        ConfigError: It is no RFC 9535 path; names rule, source and character.
    """
    source = f"{rule.source}: " if rule.source else ""
    return parse(rule.path or "", where=f"{source}rule {rule.id!r}")


@lru_cache(maxsize=4096)
def parse(text: str, *, where: str) -> Path:
    """A path from its text; ``where`` begins the error."""
    try:
        query = _query(text)
    except jsonpath_rfc9535.JSONPathError as error:
        raise ConfigError(f"{where}: {_explain(text, error)}") from error
    except RecursionError as error:
        raise ConfigError(f"{where}: path {text[:80]!r}: nested too deep") from error
    return Path(text, _steps(str(query)))


@lru_cache(maxsize=4096)
def _query(text: str) -> jsonpath_rfc9535.JSONPathQuery:
    return _environment.compile(text)


def _explain(text: str, error: jsonpath_rfc9535.JSONPathError) -> str:
    token = getattr(error, "token", None)
    problem = getattr(error, "message", None) or str(error)
    at = token[1] + 1 if isinstance(token, tuple) else getattr(token, "index", 0) + 1
    hint = " A path starts with '$', such as $.items[*].price." if text[:1] != "$" else ""
    return f"path {text!r} is not valid at character {at}: {problem}.{hint}"


def _steps(canonical: str) -> tuple[Step, ...] | None:
    """The steps of a path in the library's canonical form, ``$['a'][*]..[0]``."""
    steps: list[Step] = []
    at = 1
    while at < len(canonical):
        opened = _SEGMENT.match(canonical, at)
        if not opened:
            return None
        at = opened.end()
        selectors: list[Selector] = []
        while True:
            found = _SELECTOR.match(canonical, at)
            if not found:
                return None  # a filter
            selectors.append(_selector(found))
            at = found.end()
            if canonical.startswith("]", at):
                break
            at += len(", ")
        at += 1
        steps.append(Step(tuple(selectors), opened[1] is not None))
    return tuple(steps)


def _selector(found: re.Match[str]) -> Selector:
    if found["name"] is not None:
        quoted = found["name"][1:-1].replace("\\'", "'").replace('"', '\\"')
        return str(json.loads(f'"{quoted}"'))
    if found["wild"]:
        return None
    if found["index"] is not None:
        return int(found["index"])
    parts = [int(part) if part else None for part in found["slice"].split(":")]
    return slice(*parts)


type State = int


class Automaton:
    """Follows several paths at once; a state is known by its number, 0 is the root.

    A path that has matched stays matched below: a rule on a container covers what is in it. In a
    state, ``(path, n)`` says that n steps of a path are done; one more than it has means that it
    matched above.

    Args:
        paths: The steps of each path.
    """

    def __init__(self, paths: Sequence[tuple[Step, ...]]) -> None:
        self._paths = paths
        self._names = {s for p in paths for step in p for s in step.selectors if type(s) is str}
        self._positions_matter = any(
            type(s) in {int, slice} for p in paths for step in p for s in step.selectors
        )
        start = frozenset((index, 0) for index in range(len(paths)))
        self._states: list[frozenset[tuple[int, int]]] = [start]
        self._numbers = {start: 0}
        self._next: dict[tuple[State, Token | None], State] = {}
        self._matched: list[tuple[int, ...]] = [self._accepted(start)]

    def step(self, state: State, token: Token, length: int) -> State:
        """The state after one more token; ``length`` is that of the list a position is in."""
        if type(token) is str:
            known: Token | None = token if token in self._names else ""
            if not known and "" in self._names:
                known = token or None
        else:
            if self._positions_matter:
                return self._advance(state, token, length)
            known = 0
        key = (state, known)
        following = self._next.get(key)
        if following is None:
            following = self._next[key] = self._advance(state, token, length)
        return following

    def matched(self, state: State) -> tuple[int, ...]:
        """The paths that led here or to a container above."""
        return self._matched[state]

    def is_alive(self, state: State) -> bool:
        """Whether any path may match here or below."""
        return bool(self._states[state])

    def ends_at(self, state: State, path: int) -> bool:
        """Whether a path leads exactly here."""
        return (path, len(self._paths[path])) in self._states[state]

    def _advance(self, state: State, token: Token, length: int) -> State:
        following: set[tuple[int, int]] = set()
        for path, at in self._states[state]:
            steps = self._paths[path]
            if at >= len(steps):
                following.add((path, len(steps) + 1))
                continue
            if steps[at].is_descendant:
                following.add((path, at))
            if steps[at].takes(token, length):
                following.add((path, at + 1))
        reached = frozenset(following)
        number = self._numbers.get(reached)
        if number is None:
            number = self._numbers[reached] = len(self._states)
            self._states.append(reached)
            self._matched.append(self._accepted(reached))
        return number

    def _accepted(self, state: frozenset[tuple[int, int]]) -> tuple[int, ...]:
        return tuple(sorted({p for p, at in state if at >= len(self._paths[p])}))
