"""Which candidate a request goes to, and the name of its route."""

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from shadowpact.routes.template import MANY, Template, parse
from shadowpact.routes.typed import generalise, generalise_segment

MAX_ROUTES = 2000
"""Distinct route names a table makes up itself; further ones are ``GET /{overflow}``.

A path vocabulary beyond it (a scanner, ids in an unknown format) would only spread the evidence
thin and grow the store without end. Declared templates do not count and never overflow. Each worker
of a replay has a table of its own.
"""
OVERFLOW = "/{overflow}"

_CACHED = 16_384
_METHODS = frozenset(
    {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"}
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One declared pattern.

    Attributes:
        pattern: ``/orders/**`` or ``GET /customers/{id}/orders``.
        candidate: Where its requests go; ``None`` only names the route.
        writes: The write policy, handed back with a match.
    """

    pattern: str
    candidate: str | None
    writes: str


class Match(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the table knows of a request.

    Attributes:
        route: ``GET /orders/{id}``.
        candidate: Where it goes; ``None`` for nowhere.
        writes: The write policy of the winning pattern; ``off`` without one.
    """

    route: str
    candidate: str | None
    writes: str


class _Rules:
    """The patterns for one method, most specific first, as one regular expression."""

    def __init__(self, declared: Iterable[tuple[Template, Entry]]) -> None:
        self.declared = tuple(declared)
        regex = "|".join(f"({template.regex})\\Z" for template, _ in self.declared)
        self._match = re.compile(regex).match if regex else None

    def first(self, path: str) -> tuple[Template, Entry] | None:
        """The first pattern that matches."""
        found = self._match(path) if self._match else None
        return self.declared[found.lastindex - 1] if found and found.lastindex else None


class RouteTable:
    """Declared patterns, looked up by method and path.

    The most specific pattern wins: more literal segments, then more single segments, then without
    ``**``, then with a method, then the earlier one. A route is called by the most specific
    declared template without a wildcard that fits (``HEAD`` borrows those of ``GET``), else by
    its path with typed segments generalised (see :mod:`shadowpact.routes.typed`).

    Args:
        entries: In the order of the configuration.
        max_routes: Names made up before ``/{overflow}``.

    Raises:
        TemplateError: A pattern is malformed.
    """

    def __init__(self, entries: Iterable[Entry], *, max_routes: int = MAX_ROUTES) -> None:
        pairs = [(parse(entry.pattern), entry) for entry in entries]
        self._declared = sorted(pairs, key=lambda pair: pair[0].specificity)
        named = {t.method for t, _ in pairs if t.method} | {"GET", "HEAD"}
        self._methods = _METHODS | named
        self._targets = {method: self._rules(method) for method in named}
        self._names = {method: self._templates(method) for method in named}
        self._other_targets = self._rules(None)
        self._other_names = self._templates(None)
        self._made_up: set[str] = set()
        self._max_routes = max_routes
        self._cached = lru_cache(_CACHED)(self._find)
        self.overflowed = 0
        """Lookups (not counting repeated ones) that ended in ``/{overflow}``."""

    def match(self, method: str, path: str) -> Match:
        """Look a request up; ``path`` is the raw target without its query."""
        return self._cached(method, path)

    def _rules(self, method: str | None) -> _Rules:
        return _Rules(pair for pair in self._declared if pair[0].method in {None, method})

    def _templates(self, method: str | None) -> _Rules:
        borrowed = {None, method, "GET" if method == "HEAD" else method}
        fitting = [pair for pair in self._declared if pair[0].method in borrowed]
        return _Rules(pair for pair in fitting if not pair[0].has_wildcard)

    def _find(self, method: str, path: str) -> Match:
        target = self._targets.get(method, self._other_targets).first(path)
        template = self._names.get(method, self._other_names).first(path)
        if template is not None:
            route = f"{method} {template[0].path}"
        else:
            route = self._make_up(method, path, target[0] if target else None)
        if target is None:
            return Match(route=route, candidate=None, writes="off")
        return Match(route=route, candidate=target[1].candidate, writes=target[1].writes)

    def _make_up(self, method: str, path: str, winner: Template | None) -> str:
        general = _with_parameters_of(winner, path) if winner else generalise(path)
        route = f"{method} {general}"
        if route not in self._made_up:
            if len(self._made_up) >= self._max_routes:
                self.overflowed += 1
                return f"{method if method in self._methods else 'OTHER'} {OVERFLOW}"
            self._made_up.add(route)
        return route


def _with_parameters_of(template: Template, path: str) -> str:
    """The path generalised; parameters before the template's ``**`` keep their declared names."""
    if "{" not in template.path:
        return generalise(path)
    segments = path.split("/")
    named = dict[int, str]()
    for position, declared in enumerate(template.segments, start=1):
        if declared == MANY:
            break
        if "{" in declared:
            named[position] = declared
    return "/".join(
        named.get(i) or generalise_segment(segment, segments[i - 1] if i else "")
        for i, segment in enumerate(segments)
    )
