"""Keys of lists, learnt over many samples: what one pair suggests, many confirm or refute.

What is kept is counts, for each list (by route and generalised path) and each of its members, so
memory does not grow with the samples. A composite key is looked for where no member alone will
do, when the samples are gone through for the second time.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import msgspec

from shadowpact.compare.formats import format_class
from shadowpact.compare.gathering import lists_in
from shadowpact.compare.keys import LIKELY, MIN_OVERLAP, MIN_PRESENT, Key, rank_of

MIN_UNIQUE = 0.98
"""Share of the lists in which the key repeats nowhere. Not all: one broken answer among many must
not hide the key, and where a key repeats the walk falls back for that list alone."""
MIN_LISTS = 3
"""Lists of two or more elements. In one or two, a colour is as unique as an id."""
MIN_ITEMS = 10
"""Elements in all: three lists of two say next to nothing."""
MIN_LISTS_UNLIKELY = 10
"""Different lists for a member whose name does not speak for it, and for members together:
the evidence has to come from the values alone, and the same list again is none."""
MIN_ITEMS_UNLIKELY = 30
"""Likewise, elements in all."""
MIN_OVERLAP_UNLIKELY = 0.95
"""Share of the shorter list's keys that the other side has too, where the name does not speak for
them: what differs may be a value that changed."""
MAX_PARTS = 3
"""Members of a composite key."""
MAX_COMBINED = 8
"""Members of one list that are combined, the likeliest first: 84 combinations."""
MAX_PLACES = 5000
"""Lists told apart; documents whose member names are made up would have no end of them."""
MAX_MEMBERS = 128
"""Members counted for one list."""
MAX_TOKEN = 64
"""Characters of a text that may identify without a likely name; longer ones are prose."""

_ENOUGH_DISTINCT = 64
_NAMING = frozenset({int, str})
_VALUES = frozenset({"date-time", "date", "time", "http-date", "decimal", "boolean", "null"})
"""Formats of texts that may be unique for a while and identify nothing."""

type _Columns = dict[Key, list[Any]]


class LearntKey(msgspec.Struct, frozen=True, kw_only=True):
    """A list and what identifies its elements.

    Attributes:
        route: ``GET /orders/{id}``.
        path: Of the list, positions generalised.
        key: One member, or up to ``MAX_PARTS`` together.
        lists: The baseline's with two or more elements.
        items: The baseline's elements.
        present: How many of them have the key.
        unique: In how many of the lists it repeats nowhere.
        shared: Share of the keys that both sides have; ``None`` where only one was seen.
    """

    route: str
    path: str
    key: Key
    lists: int
    items: int
    present: int
    unique: int
    shared: float | None


class Unkeyed(msgspec.Struct, frozen=True, kw_only=True):
    """A list without a key, and why."""

    route: str
    path: str
    lists: int
    items: int
    reason: str


class _Counts:
    """What was seen of one key: by side, the baseline's first."""

    __slots__ = ("climbs", "present", "prose", "shareable", "shared", "unique")

    def __init__(self) -> None:
        self.present = [0, 0]
        self.unique = [0, 0]
        self.shared = self.shareable = 0
        self.climbs = 0
        self.prose = 0


class _Place:
    """What was seen of one list."""

    __slots__ = ("combined", "counts", "distinct", "items", "lists")

    def __init__(self) -> None:
        self.lists = [0, 0]
        self.items = [0, 0]
        self.distinct: set[int] = set()
        self.counts: dict[Key, _Counts] = {}
        self.combined: tuple[Key, ...] = ()


class KeyLearner:
    """Counts over samples; go through them again after :meth:`combine` said so."""

    def __init__(self) -> None:
        self.overflowed = 0
        """Lists (each time one is seen) beyond ``MAX_PLACES``."""
        self._places: dict[tuple[str, str], _Place] = {}
        self._is_combining = False

    def add(self, route: str, baseline: Any, candidate: Any = None) -> None:
        """Count the lists of one sample: parsed documents, ``None`` for a side that has none."""
        for path, ones, others in lists_in(baseline, candidate):
            place = self._places.get((route, path))
            if place is None:
                if len(self._places) >= MAX_PLACES:
                    self.overflowed += 1
                    continue
                place = self._places[route, path] = _Place()
            if self._is_combining:
                if place.combined:
                    _count(place, ones, others, _combined_columns)
                continue
            columns = _count(place, ones, others, _columns)
            _count_list(place, ones, others, columns)

    def combine(self) -> bool:
        """Look for composite keys from now on; whether there is any list to look at."""
        self._is_combining = True
        for place in self._places.values():
            if _best(place) is None and _too_few(place, is_likely=False) is None:
                place.combined = _combinations(place)
                place.counts.update((key, _Counts()) for key in place.combined)
        return any(place.combined for place in self._places.values())

    def learnt(self) -> Iterator[LearntKey]:
        """The keys that were found, by route and path."""
        for (route, path), place in sorted(self._places.items()):
            key = _best(place)
            if key is not None:
                counts = place.counts[key]
                shared = counts.shared / counts.shareable if counts.shareable else None
                yield LearntKey(
                    route=route,
                    path=path,
                    key=key,
                    lists=place.lists[0],
                    items=place.items[0],
                    present=counts.present[0],
                    unique=counts.unique[0],
                    shared=shared,
                )

    def unkeyed(self) -> Iterator[Unkeyed]:
        """The other lists, by route and path."""
        for (route, path), place in sorted(self._places.items()):
            if _best(place) is None:
                yield Unkeyed(
                    route=route,
                    path=path,
                    lists=place.lists[0],
                    items=place.items[0],
                    reason=_why_not(place),
                )


def _count_list(place: _Place, ones: list[Any], others: list[Any], columns: _Columns) -> None:
    for side, elements in enumerate((ones, others)):
        place.items[side] += len(elements)
        place.lists[side] += len(elements) > 1
    if len(ones) > 1 and len(place.distinct) < _ENOUGH_DISTINCT:
        place.distinct.add(hash(tuple((key, tuple(values)) for key, values in columns.items())))


def _count(
    place: _Place,
    ones: list[Any],
    others: list[Any],
    columns_of: Callable[[_Place, list[Any]], _Columns],
) -> _Columns:
    """Count what one pair of lists says of every key; gives the baseline's values by key."""
    first: _Columns = columns_of(place, ones)
    second: _Columns = columns_of(place, others)
    for side, (elements, columns) in enumerate(((ones, first), (others, second))):
        for key, values in columns.items():
            counts = place.counts.get(key)
            if counts is None:
                if len(place.counts) >= MAX_MEMBERS:
                    continue
                counts = place.counts[key] = _Counts()
            counts.present[side] += len(values)
            if len(elements) > 1:
                counts.unique[side] += len(set(values)) == len(values)
    for key, values in first.items():
        if (counts := place.counts.get(key)) is not None:
            if len(ones) > 1:
                counts.climbs += _climbs(values)
                counts.prose += _is_prose(values[0])
            if others:
                keys, other_keys = set(values), set(second.get(key, ()))
                counts.shared += len(keys & other_keys)
                counts.shareable += min(len(ones), len(others))
    return first


def _columns(place: _Place, elements: Iterable[dict[str, Any]]) -> _Columns:
    """The values of each member that may name: texts and integers."""
    del place
    columns: _Columns = {}
    for element in elements:
        for name, value in element.items():
            if type(value) in _NAMING:
                columns.setdefault((name,), []).append(value)
    return columns


def _combined_columns(place: _Place, elements: Iterable[dict[str, Any]]) -> _Columns:
    columns: _Columns = {}
    for element in elements:
        for key in place.combined:
            values = tuple(element.get(name) for name in key)
            if set(map(type, values)) <= _NAMING:
                columns.setdefault(key, []).append(values)
    return columns


def _climbs(values: list[Any]) -> bool:
    """Whether integers count the positions: 1, 2, 3."""
    first = values[0]
    return type(first) is int and values == list(range(first, first + len(values)))


def _is_prose(value: Any) -> bool:
    """Whether a text is something to read, or a quantity or a time, rather than a name."""
    if not isinstance(value, str):
        return False
    is_long = len(value) > MAX_TOKEN or len(value.split()) != 1
    return is_long or format_class(value) in _VALUES


def _combinations(place: _Place) -> tuple[Key, ...]:
    """Members that may be parts of a composite key, combined: two first, then three.

    One that repeats nowhere was refused for another reason, and with it any two would be unique.
    """
    parts = [
        key[0]
        for key, counts in place.counts.items()
        if not counts.prose
        and _missing(place, counts) is None
        and _repeated(place, counts) is not None
    ]
    likeliest = sorted(parts, key=lambda name: (rank_of(name), name))[:MAX_COMBINED]
    return tuple(
        combination
        for size in range(2, MAX_PARTS + 1)
        for combination in combinations(likeliest, size)
    )


def _best(place: _Place) -> Key | None:
    """The key with the fewest members, then the likeliest names, then the most elements."""
    fitting = [key for key, counts in place.counts.items() if _refusal(place, key, counts) is None]
    return min(fitting, key=lambda key: _order(place, key), default=None)


def _order(place: _Place, key: Key) -> tuple[Any, ...]:
    counts = place.counts[key]
    ranks = sorted((rank_of(name) for name in key), reverse=True)
    return len(key), ranks, -counts.present[0], -counts.unique[0], key


def _refusal(place: _Place, key: Key, counts: _Counts) -> tuple[int, str] | None:
    """What speaks against a key, with a number that is higher the nearer it came."""
    is_likely = all(rank_of(name) < len(LIKELY) for name in key)
    checks = (
        _missing(place, counts),
        _repeated(place, counts),
        _value_like(place, key, counts, is_likely=is_likely),
        _unshared(counts, is_likely=is_likely),
        _too_few(place, is_likely=is_likely and len(key) == 1),
    )
    return next(((rank, text) for rank, text in enumerate(checks) if text), None)


def _missing(place: _Place, counts: _Counts) -> str | None:
    for side, count in enumerate(counts.present):
        if count < MIN_PRESENT * place.items[side]:
            return f"a text or integer in {count} of {place.items[side]} elements{_of(side)}"
    return None


def _repeated(place: _Place, counts: _Counts) -> str | None:
    for side, count in enumerate(counts.unique):
        if count < MIN_UNIQUE * place.lists[side]:
            return f"unique in {count} of {place.lists[side]} lists{_of(side)}"
    return None


def _of(side: int) -> str:
    return " of the candidate" if side else ""


def _value_like(place: _Place, key: Key, counts: _Counts, *, is_likely: bool) -> str | None:
    if is_likely or len(key) > 1:
        return None
    if counts.climbs >= MIN_UNIQUE * place.lists[0]:
        return "it counts the positions"
    return "prose, a quantity or a time" if counts.prose else None


def _unshared(counts: _Counts, *, is_likely: bool) -> str | None:
    needed = MIN_OVERLAP if is_likely else MIN_OVERLAP_UNLIKELY
    if counts.shared >= needed * counts.shareable:
        return None
    return f"both sides share {counts.shared} of {counts.shareable} values"


def _too_few(place: _Place, *, is_likely: bool) -> str | None:
    lists, items = place.lists[0], place.items[0]
    if lists < MIN_LISTS or items < MIN_ITEMS:
        return f"{lists} lists and {items} elements, {MIN_LISTS} and {MIN_ITEMS} needed"
    if is_likely:
        return None
    needed = f"{MIN_LISTS_UNLIKELY} and {MIN_ITEMS_UNLIKELY} needed without a likely name"
    if len(place.distinct) < MIN_LISTS_UNLIKELY or items < MIN_ITEMS_UNLIKELY:
        return f"{len(place.distinct)} different lists and {items} elements, {needed}"
    return None


def _why_not(place: _Place) -> str:
    """Why a list has no key: what was in the way of the member that came nearest."""
    too_few = _too_few(place, is_likely=True)
    if too_few is not None:
        return f"too few samples: {too_few}"
    refused = [
        (refusal[0], _order(place, key), key, refusal[1])
        for key, counts in place.counts.items()
        if (refusal := _refusal(place, key, counts)) is not None
    ]
    if not refused:
        return "no member is a text or an integer"
    nearest = min(refused, key=lambda one: (-one[0], one[1]))
    return f"nearest is {' and '.join(nearest[2])}: {nearest[3]}"
