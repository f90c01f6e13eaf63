"""Which element of one list stands for which of the other.

Lists whose keys agree at every position stay as they are. Otherwise objects are aligned by a key,
everything else by equal elements: the longest common subsequence first, then equal elements that
moved (the order's own verdict), then what is left is paired by likeness or by the gap it stands
in. One new element is one difference, never a cascade. Lists of one length stay as they are when
that takes fewer differences.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise
from operator import ne
from typing import Any

import msgspec

from shadowpact.compare.canonical import canonical
from shadowpact.compare.keys import infer_key, keys_of
from shadowpact.compare.subsequence import Common, common_subsequence

MAX_LIKENESS = 64
"""Leftovers on a side up to which they are paired by likeness: the effort grows with the square."""
MIN_LIKENESS = 0.5
"""Share of equal members at which two objects are taken for the same thing, changed."""

_CONTAINERS = frozenset({dict, list})
_OBJECTS = frozenset({dict})
_NUMERIC = frozenset({bool, int, float})

type Pairs = list[tuple[int, int]]
type Forms = Callable[[list[Any], list[Any]], tuple[Sequence[Hashable], Sequence[Hashable]]]
"""The form of each element on either side; elements of one form are equal."""


class Alignment(msgspec.Struct):
    """How two lists stand for each other.

    Attributes:
        pairs: Positions that belong together, in the baseline's order, but for scalars that are
            equal; left out when they are in place.
        missing: The baseline's positions without a partner.
        added: The candidate's positions without a partner.
        moved: Elements that would have to move for the order to be the same.
        matched: Elements that have a partner.
        key: Names that identify an element, if that is how they were aligned.
        is_in_place: Every element belongs to the one at its position.
    """

    pairs: Pairs
    missing: Sequence[int]
    added: Sequence[int]
    moved: int = 0
    matched: int = 0
    key: tuple[str, ...] = ()
    is_in_place: bool = False


def whole_forms(ones: list[Any], others: list[Any]) -> tuple[list[Hashable], list[Hashable]]:
    """Elements are equal when all of them is."""
    return [canonical(v) for v in ones], [canonical(v) for v in others]


def align(
    baseline: list[Any],
    candidate: list[Any],
    *,
    key: tuple[str, ...] = (),
    forms: Forms = whole_forms,
    differing: Sequence[int] | None = None,
    is_covered: Callable[[Sequence[int]], bool] | None = None,
) -> Alignment | None:
    """How the elements belong together; ``None`` when position by position.

    Args:
        baseline: The baseline's list.
        candidate: The candidate's.
        key: Configured names that identify an element; inferred without.
        forms: What two elements have in common that count as equal.
        differing: The only positions that differ, where that is known of lists of one length.
        is_covered: Whether what differs at these positions does not matter.

    Raises:
        RecursionError: Elements are nested too deep to be put into a form.
    """
    if len(baseline) == len(candidate) <= 1 or not baseline or not candidate:
        return None
    kinds = set(map(type, baseline))
    if differing is None:
        kinds.update(map(type, candidate))
    else:
        for at in differing:
            kinds.add(type(candidate[at]))
    if kinds == _OBJECTS:
        if key:
            return _align_keys(baseline, candidate, key)
        found = infer_key(baseline, candidate, differing)
        if found is not None:
            name, same_positions = found
            return (
                _in_place(len(baseline), name)
                if same_positions
                else _align_keys(baseline, candidate, name)
            )
    if differing is not None and len(differing) <= 1:
        return None  # it stands between the same elements on both sides
    if differing is not None and is_covered is not None and is_covered(differing):
        return None
    if kinds.isdisjoint(_CONTAINERS):
        return _align_scalars(baseline, candidate, kinds)
    ones, others = forms(baseline, candidate)
    return _align_forms(ones, others, (baseline, candidate))


def _align_scalars(baseline: list[Any], candidate: list[Any], kinds: set[type]) -> Alignment | None:
    if len(kinds & _NUMERIC) < 2:  # nothing is equal that is not the same
        return _align_forms(baseline, candidate, None)
    ones = list(zip(map(type, baseline), baseline, strict=True))
    others = list(zip(map(type, candidate), candidate, strict=True))
    return _align_forms(ones, others, None)


def _align_keys(baseline: list[Any], candidate: list[Any], key: tuple[str, ...]) -> Alignment:
    """By key; elements that share a key stand for each other in order."""
    ones, others = keys_of(baseline, key), keys_of(candidate, key)
    if ones == others:
        return _in_place(len(ones), key)
    pairs = _match(ones, others)
    moved = len(pairs) - len(_in_order(pairs))
    missing, added = _left_over(len(ones), len(others), pairs)
    return Alignment(pairs, missing, added, moved, len(pairs), key)


def _in_place(count: int, key: tuple[str, ...]) -> Alignment:
    return Alignment([], (), (), matched=count, key=key, is_in_place=True)


def _match(ones: Sequence[Hashable], others: Sequence[Hashable]) -> Pairs:
    """Equal ones, the first with the first."""
    position = {form: j for j, form in enumerate(others)}
    if len(position) == len(others) and len(set(ones)) == len(ones):
        return [(i, position[form]) for i, form in enumerate(ones) if form in position]
    places: dict[Hashable, list[int]] = defaultdict(list)
    for j in range(len(others) - 1, -1, -1):
        places[others[j]].append(j)
    return [(i, places[form].pop()) for i, form in enumerate(ones) if places.get(form)]


def _left_over(ones: int, others: int, pairs: Pairs) -> tuple[list[int], list[int]]:
    """Positions on either side that are in no pair."""
    left, right = {i for i, _ in pairs}, {j for _, j in pairs}
    return [i for i in range(ones) if i not in left], [j for j in range(others) if j not in right]


def _align_forms(
    ones: Sequence[Hashable],
    others: Sequence[Hashable],
    elements: tuple[list[Any], list[Any]] | None,
) -> Alignment | None:
    """By equal elements, of which those at the start and the end need no thought."""
    common = common_subsequence(ones, others)
    start, end = common.start, common.end
    middle = ones[start : len(ones) - end], others[start : len(others) - end]
    if common.inner is None:  # any order would do: equal ones, wherever they are
        pairs = _match(*middle)
        ordered = _in_order(pairs)
    else:
        ordered = common.inner
        pairs = _with_moved(*middle, ordered)
    moved = len(pairs) - len(ordered)
    missing, added = _left_over(len(middle[0]), len(middle[1]), pairs)
    inner = elements and (
        elements[0][start : len(ones) - end],
        elements[1][start : len(others) - end],
    )
    changed = _pair_leftovers(missing, added, ordered, inner)
    if changed:
        moved += _out_of_order(changed, ordered)
        gone, come = {i for i, _ in changed}, {j for _, j in changed}
        missing = [i for i in missing if i not in gone]
        added = [j for j in added if j not in come]
    effort = moved + len(missing) + len(added) + len(changed)
    in_place = len(ones) == len(others) and sum(map(ne, *middle)) < effort
    if in_place or not (moved or missing or added):
        return None
    matched = start + end + len(pairs) + len(changed)
    paired = sorted(changed if elements is None else [*pairs, *changed])
    pairs = [(i + start, j + start) for i, j in paired]
    if elements is not None:
        pairs = [*_same(common, len(ones), len(others)), *pairs]
        pairs.sort()
    return Alignment(
        pairs, [i + start for i in missing], [j + start for j in added], moved, matched
    )


def _same(common: Common, ones: int, others: int) -> Pairs:
    """The pairs at the start and the end, which are equal by their forms."""
    shift = others - ones
    tail = range(ones - common.end, ones)
    return [*((i, i) for i in range(common.start)), *((i, i + shift) for i in tail)]


def _with_moved(ones: Sequence[Hashable], others: Sequence[Hashable], ordered: Pairs) -> Pairs:
    """The common subsequence and the equal elements outside it."""
    left, right = _left_over(len(ones), len(others), ordered)
    if not left or not right:
        return ordered
    moved = _match([ones[i] for i in left], [others[j] for j in right])
    return sorted([*ordered, *((left[i], right[j]) for i, j in moved)])


def _in_order(pairs: Pairs) -> Pairs:
    """The longest run of pairs whose candidate positions rise, of pairs in baseline order."""
    if all(a[1] < b[1] for a, b in pairwise(pairs)):
        return pairs
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        slot = bisect_left(tails, j)
        before.append(at[slot - 1] if slot else -1)
        if slot == len(tails):
            tails.append(j)
            at.append(index)
        else:
            tails[slot] = j
            at[slot] = index
    run: Pairs = []
    index = at[-1]
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    run.reverse()
    return run


def _pair_leftovers(
    missing: list[int],
    added: list[int],
    ordered: Pairs,
    elements: tuple[list[Any], list[Any]] | None,
) -> Pairs:
    """Elements that changed: alike ones first, then those left alone in the same gap."""
    if not missing or not added:
        return []
    gaps = _gaps(missing, [i for i, _ in ordered]), _gaps(added, [j for _, j in ordered])
    changed: Pairs = []
    if elements and max(len(missing), len(added)) <= MAX_LIKENESS:
        changed = _pair_alike(missing, added, elements)
    taken = {i for i, _ in changed}, {j for _, j in changed}
    waiting: dict[int, list[int]] = defaultdict(list)
    for j, gap in zip(added, gaps[1], strict=True):
        if j not in taken[1]:
            waiting[gap].append(j)
    for queue in waiting.values():
        queue.reverse()
    for i, gap in zip(missing, gaps[0], strict=True):
        if i not in taken[0] and waiting.get(gap):
            changed.append((i, waiting[gap].pop()))
    return changed


def _gaps(positions: Iterable[int], anchors: list[int]) -> list[int]:
    """The number of anchors before each position."""
    return [bisect_left(anchors, position) for position in positions]


def _pair_alike(
    missing: list[int], added: list[int], elements: tuple[list[Any], list[Any]]
) -> Pairs:
    ones = {i: _features(elements[0][i]) for i in missing}
    others = {j: _features(elements[1][j]) for j in added}
    scores = sorted(
        (-likeness, abs(i - j), i, j)
        for i, one in ones.items()
        for j, other in others.items()
        if one and other
        if (likeness := len(one & other) / max(len(one), len(other))) >= MIN_LIKENESS
    )
    pairs: Pairs = []
    left, right = set(ones), set(others)
    for _, _, i, j in scores:
        if i in left and j in right:
            pairs.append((i, j))
            left.discard(i)
            right.discard(j)
    return pairs


def _features(element: Any) -> frozenset[Hashable]:
    if isinstance(element, dict):
        return frozenset((name, canonical(value)) for name, value in element.items())
    if isinstance(element, list):
        return frozenset(canonical(value) for value in element)
    return frozenset()


def _out_of_order(changed: Pairs, ordered: Pairs) -> int:
    """How many changed elements are not between the same anchors as before."""
    left, right = [i for i, _ in ordered], [j for _, j in ordered]
    in_place = [(i, j) for i, j in changed if bisect_left(left, i) == bisect_left(right, j)]
    return len(changed) - len(_in_order(sorted(in_place)) if in_place else [])
