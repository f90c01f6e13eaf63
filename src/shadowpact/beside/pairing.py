"""What of two containers stands opposite each other, in the order in which it is shown."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from shadowpact.compare.paths import Place
from shadowpact.compare.walk import Align
from shadowpact.report.bodies import Line

MAX_LEVELS = 60
"""Containers shown inside each other; what is deeper is one line. Below the depth to which the
comparison aligns lists."""

type Spot = tuple[str, bool]
"""The path of a difference, and whether only the candidate has a value there."""
type Slot = tuple[int | None, int | None]
"""Positions that stand opposite each other; ``None`` where a side has nothing."""


class Piece(msgspec.Struct, frozen=True):
    """A line of each side, before anything is known of what differs.

    Attributes:
        baseline: Its line; ``None`` when it has none there.
        candidate: Likewise.
        depth: How many containers it is in.
        spots: Where the differences are that would show on it.
        is_whole: It stands for all that is below its spots as well.
    """

    baseline: Line | None
    candidate: Line | None
    depth: int = 0
    spots: tuple[Spot, ...] = ()
    is_whole: bool = False


def merged(ones: int, others: int, pairs: Iterable[tuple[int, int]]) -> Iterator[Slot]:
    """The baseline's order; what only the candidate has comes behind what it is behind there."""
    of_one = dict(pairs)
    of_other = {j: i for i, j in of_one.items()}
    behind: dict[int, list[int]] = defaultdict(list)
    last = -1
    for j in range(others):
        if j in of_other:
            last = of_other[j]
        else:
            behind[last].append(j)
    waiting = behind[-1]
    for i in range(ones):
        if i not in of_one:
            yield i, None
            continue
        for j in waiting:
            yield None, j
        yield i, of_one[i]
        waiting = behind.get(i, [])
    for j in waiting:
        yield None, j


def facing_elements(place: Place, align: Align) -> Iterator[Slot]:
    """The elements of two lists, as the walk pairs them."""
    ones, others = place.baseline, place.candidate
    try:
        alignment = align(place)
    except RecursionError:  # as in the walk: too deep to be put into one form
        alignment = None
    if alignment is None or alignment.is_in_place:
        shared = range(min(len(ones), len(others)))
        return merged(len(ones), len(others), zip(shared, shared, strict=True))
    pairs = list(alignment.pairs)
    if alignment.matched > len(pairs):  # scalars that are equal are not among the pairs
        pairs += _equal_scalars(place, pairs, alignment.missing, alignment.added)
    return merged(len(ones), len(others), pairs)


def _equal_scalars(
    place: Place, pairs: Sequence[tuple[int, int]], missing: Iterable[int], added: Iterable[int]
) -> Iterator[tuple[int, int]]:
    taken = {i for i, _ in pairs} | set(missing)
    also_taken = {j for _, j in pairs} | set(added)
    places: dict[tuple[type, Any], deque[int]] = defaultdict(deque)
    for j, other in enumerate(place.candidate):
        if j not in also_taken:
            places[type(other), other].append(j)
    for i, one in enumerate(place.baseline):
        if i not in taken and (queue := places.get((type(one), one))):
            yield i, queue.popleft()


def facing_members(one: Iterable[str], other: Iterable[str]) -> Iterator[tuple[str, bool, bool]]:
    """The names of two objects, and which side has each."""
    ones, others = list(one), list(other)
    at = {name: j for j, name in enumerate(others)}
    pairs = [(i, at[name]) for i, name in enumerate(ones) if name in at]
    for i, j in merged(len(ones), len(others), pairs):
        name = ones[i] if i is not None else others[j or 0]
        yield name, i is not None, j is not None
