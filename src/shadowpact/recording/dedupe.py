"""Which exchanges of a recording to keep, so that every shape stays and repetition goes.

Two ways. By exchange (the default): a few of each shape, and the writes that these depend on, found
by the ids and tokens they name. By session: whole sessions, so that a replay meets every state it
met before, as few as cover every shape. By exchange is the default because a recording often is one
session by all that can be seen of it (one connection pool, one API key), and keeping that whole
would keep everything.

Every function reads the exchanges anew and remembers what grows with shapes (and sessions, where
these are asked for), not with exchanges.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from heapq import heapify, heappop, heappush, heappushpop, heapreplace

import msgspec

from shadowpact.model.exchange import Exchange
from shadowpact.recording.dependencies import SAFE_METHODS, Need, makes, needs
from shadowpact.recording.shape import shape_of

DEFAULT_KEEP = 5
MAX_ROUNDS = 8
"""A write may depend on another one (the order on its customer, the customer on a login); chains
longer than this are cut."""

type Read = Callable[[], Iterable[Exchange]]
"""Reads the recording from its beginning, opened as far as it can be; the same every time."""
type RouteOf = Callable[[Exchange], str]
type SessionOf = Callable[[Exchange], str]
"""Names the session of each exchange of one reading, in order."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept.

    Attributes:
        positions: From 0, in the order of reading.
        exchanges: How many there are.
        shapes: How many different ones.
        for_others: Positions of writes that are kept because others depend on them.
        sessions: Sessions kept and all sessions; ``None`` when they were not looked at.
        routes: By route: exchanges, and how many of them are kept.
    """

    positions: frozenset[int]
    exchanges: int
    shapes: int
    for_others: frozenset[int] = frozenset()
    sessions: tuple[int, int] | None = None
    routes: Mapping[str, tuple[int, int]] = {}


class _Kept(msgspec.Struct, frozen=True):
    """An exchange that is kept, as far as it is remembered."""

    position: int
    route: str
    needs: frozenset[Need]


class _Shape:
    """The exchanges of one shape that are kept so far."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._chosen: list[tuple[int, int]] = []  # a heap: the largest chance first to go
        self._smallest = (-1, -1)
        self.kept: dict[int, _Kept] = {}

    def offer(self, position: int, route: str, exchange: Exchange) -> None:
        """Keep it if it is among the chosen, or the smallest."""
        ranked = (-_chance(position), position)
        if len(self._chosen) < self._keep:
            heappush(self._chosen, ranked)
        elif ranked > self._chosen[0]:
            heappushpop(self._chosen, ranked)
        size = _size(exchange)
        if self._smallest[1] < 0 or size < self._smallest[0]:
            self._smallest = (size, position)
        wanted = {place for _, place in self._chosen} | {self._smallest[1]}
        if position in wanted:
            self.kept[position] = _Kept(position, route, needs(exchange.request))
            self.kept = {place: one for place, one in self.kept.items() if place in wanted}


def by_exchange(read: Read, route_of: RouteOf, *, keep: int = DEFAULT_KEEP) -> Selection:
    """At most ``keep`` of each shape, its smallest one, and the writes they depend on.

    Reads once, and once more for each link in the longest chain of writes.

    Args:
        read: The recording.
        route_of: Names the route of an exchange.
        keep: Exchanges of each shape, at least 1.
    """
    shapes: dict[bytes, _Shape] = {}
    routes = Counter[str]()
    has_writes = False
    for position, exchange in enumerate(read()):
        route = route_of(exchange)
        routes[route] += 1
        shapes.setdefault(shape_of(exchange, route), _Shape(keep)).offer(position, route, exchange)
        has_writes = has_writes or exchange.request.method not in SAFE_METHODS
    chosen = {place: one for shape in shapes.values() for place, one in shape.kept.items()}
    others = _depended_on(read, route_of, chosen, keep) if has_writes else {}
    kept = Counter(one.route for one in (chosen | others).values())
    return Selection(
        positions=frozenset(chosen | others),
        exchanges=routes.total(),
        shapes=len(shapes),
        for_others=frozenset(others),
        routes=_by_route(routes, kept),
    )


def by_session(
    read: Read, route_of: RouteOf, new_session_of: Callable[[], SessionOf], *, keep: int = 1
) -> Selection:
    """Whole sessions, as few as have every shape ``keep`` times (or as often as there is).

    Args:
        read: The recording.
        route_of: Names the route of an exchange.
        new_session_of: Makes what names sessions; asked once for each reading.
        keep: Exchanges of each shape to have at least, from 1.

    Source:
        The greedy approximation of set cover.
    """
    numbers: dict[bytes, int] = {}
    sessions: dict[str, Counter[int]] = {}
    totals = Counter[int]()
    routes = Counter[str]()
    session_of = new_session_of()
    for exchange in read():
        route = route_of(exchange)
        number = numbers.setdefault(shape_of(exchange, route), len(numbers))
        sessions.setdefault(session_of(exchange), Counter())[number] += 1
        totals[number] += 1
        routes[route] += 1
    chosen = _cover(sessions, {number: min(keep, total) for number, total in totals.items()})
    session_of = new_session_of()
    positions = set[int]()
    kept = Counter[str]()
    for position, exchange in enumerate(read()):
        if session_of(exchange) in chosen:
            positions.add(position)
            kept[route_of(exchange)] += 1
    return Selection(
        positions=frozenset(positions),
        exchanges=routes.total(),
        shapes=len(numbers),
        sessions=(len(chosen), len(sessions)),
        routes=_by_route(routes, kept),
    )


def _cover(sessions: Mapping[str, Counter[int]], wanted: dict[int, int]) -> set[str]:
    """Names of sessions that together have every shape as often as wanted, chosen greedily.

    Of sessions that add as much, the one with fewer exchanges wins, then the earlier one. What a
    session adds never grows, so one that still adds most after being looked at again is the best.
    """
    left = dict(wanted)

    def rank(name: str, index: int) -> tuple[int, int, int, str]:
        shapes = sessions[name]
        gain = sum(min(left.get(shape, 0), count) for shape, count in shapes.items())
        return -gain, shapes.total(), index, name

    heap = [rank(name, index) for index, name in enumerate(sessions)]
    heapify(heap)
    chosen: set[str] = set()
    while left and heap:
        _, _, index, name = heap[0]
        now = rank(name, index)
        if now > heap[0]:
            heapreplace(heap, now)
            continue
        heappop(heap)
        chosen.add(name)
        for shape, count in sessions[name].items():
            if shape in left:
                left[shape] -= count
                if left[shape] <= 0:
                    del left[shape]
    return chosen


def _depended_on(
    read: Read, route_of: RouteOf, chosen: Mapping[int, _Kept], keep: int
) -> dict[int, _Kept]:
    """The writes before a chosen exchange that make or change what it names, and theirs in turn.

    Of writes of one shape to the same thing, the last ``keep``.
    """
    found: dict[int, _Kept] = {}
    latest: dict[Need, int] = {}  # the last exchange that needs it
    new = dict(chosen)
    for _ in range(MAX_ROUNDS):
        for one in new.values():
            for need in one.needs:
                latest[need] = max(one.position, latest.get(need, -1))
        last: dict[tuple[Need, bytes], deque[_Kept]] = {}
        for position, exchange in enumerate(read()):
            wanted = [made for made in makes(exchange) if latest.get(made, -1) > position]
            if wanted:
                route = route_of(exchange)
                kept = _Kept(position, route, needs(exchange.request))
                shape = shape_of(exchange, route)
                for made in wanted:
                    last.setdefault((made, shape), deque(maxlen=keep)).append(kept)
        new = {
            one.position: one
            for writes in last.values()
            for one in writes
            if one.position not in chosen and one.position not in found
        }
        if not new:
            break
        found |= new
    return found


def _by_route(all_of_them: Counter[str], kept: Counter[str]) -> dict[str, tuple[int, int]]:
    order = sorted(all_of_them, key=lambda route: (-all_of_them[route], route))
    return {route: (all_of_them[route], kept[route]) for route in order}


def _chance(position: int) -> int:
    return int.from_bytes(hashlib.blake2b(str(position).encode(), digest_size=8).digest())


def _size(exchange: Exchange) -> int:
    response = exchange.response
    return len(exchange.request.body) + (len(response.body) if response else 0)
