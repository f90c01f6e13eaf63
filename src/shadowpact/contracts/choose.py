"""Which behaviours get an interaction first, when not all can have one.

The fewest interactions that show every place that was seen: of each route and status the most
frequent shape, then the shapes that show most places which no earlier one shows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from shadowpact.contracts.profile import facts_of
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.profile import Profile

FIRST: Final = 1
"""Rank of the shapes that come before findings: what is on disk, and one of each status."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A behaviour in its turn.

    Attributes:
        behaviour: The behaviour.
        rank: 0 on disk, 1 first of its route and status, 2 shows something new, 3 shows nothing
            that earlier ones do not.
    """

    behaviour: Behaviour
    rank: int


def in_turn(
    behaviours: Iterable[Behaviour],
    *,
    is_on_disk: Callable[[Behaviour], bool],
    profile_of: Callable[[Behaviour], Profile],
) -> list[Choice]:
    """All behaviours, those first that say most."""
    groups: dict[tuple[str, int], list[Behaviour]] = defaultdict(list)
    for one in behaviours:
        groups[one.route, one.status].append(one)
    chosen = [
        choice
        for group in groups.values()
        for choice in _of_group(group, is_on_disk=is_on_disk, profile_of=profile_of)
    ]
    return sorted(chosen, key=lambda it: (it.rank, *_frequency(it.behaviour)))


def _of_group(
    group: Sequence[Behaviour],
    *,
    is_on_disk: Callable[[Behaviour], bool],
    profile_of: Callable[[Behaviour], Profile],
) -> Iterator[Choice]:
    shown: set[str] = set()
    left = sorted(group, key=_frequency)
    kept = [one for one in left if is_on_disk(one)]
    if len(left) == 1:  # no need to look into it
        yield Choice(behaviour=left[0], rank=0 if kept else FIRST)
        return
    places = {one.shape: _places(one, profile_of(one)) for one in left}
    for one in kept:
        shown |= places[one.shape]
        left.remove(one)
        yield Choice(behaviour=one, rank=0)
    is_first = not kept
    while left:
        best = left[0] if is_first else max(left, key=lambda one: len(places[one.shape] - shown))
        rank = FIRST if is_first else 2 if places[best.shape] - shown else 3
        is_first = False
        shown |= places[best.shape]
        left.remove(best)
        yield Choice(behaviour=best, rank=rank)


def _frequency(behaviour: Behaviour) -> tuple[int, str, int, str]:
    return -behaviour.count, behaviour.route, behaviour.status, behaviour.shape


def _places(behaviour: Behaviour, profile: Profile) -> set[str]:
    """The places of a shape with the kinds of what is there."""
    seen = {f"{path} {kind}" for path, stats in profile.fields.items() for kind in stats.kinds}
    for sample in behaviour.samples[:1] if not seen else ():
        seen = {f"{path} {kind}" for path, kind in facts_of(sample.baseline) if ":" not in kind}
    return seen
