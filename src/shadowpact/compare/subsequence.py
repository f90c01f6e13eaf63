"""What two sequences have in common, in order."""

from collections.abc import Hashable, Sequence

import msgspec

MAX_EDITS = 128
"""Insertions and removals up to which repeated elements are aligned exactly; the effort is its
square. Sequences without repetition are always exact."""
MAX_STEPS = 2_000_000
"""Edits times elements: what a sequence of mostly one element may cost."""


class Common(msgspec.Struct, frozen=True):
    """What two sequences have in common.

    Attributes:
        start: Elements that are the same at the start.
        end: Elements that are the same at the end.
        inner: Pairs of positions between them, counted from ``start``; ``None`` when any order
            would do: the elements are all different there, or too much has changed to say.
    """

    start: int
    end: int
    inner: list[tuple[int, int]] | None


def common_subsequence(ones: Sequence[Hashable], others: Sequence[Hashable]) -> Common:
    """A longest common subsequence.

    Source:
        E. Myers, An O(ND) Difference Algorithm and Its Variations (1986).
    """
    start = _same_start(ones, others)
    end = _same_end(ones, others, start)
    middle = list(ones[start : len(ones) - end]), list(others[start : len(others) - end])
    if not middle[0] or not middle[1]:
        return Common(start, end, [])
    if _repeats(middle[0]) or _repeats(middle[1]):
        return Common(start, end, _myers(*middle))
    return Common(start, end, None)


def _repeats(sequence: list[Hashable]) -> bool:
    return len(set(sequence)) != len(sequence)


def _same_start(ones: Sequence[Hashable], others: Sequence[Hashable]) -> int:
    count = 0
    for one, other in zip(ones, others, strict=False):
        if one != other:
            break
        count += 1
    return count


def _same_end(ones: Sequence[Hashable], others: Sequence[Hashable], start: int) -> int:
    most = min(len(ones), len(others)) - start
    count = 0
    while count < most and ones[-1 - count] == others[-1 - count]:
        count += 1
    return count


def _myers(ones: list[Hashable], others: list[Hashable]) -> list[tuple[int, int]] | None:
    """Greedy search for the fewest edits; ``None`` above ``MAX_EDITS``."""
    size, other_size = len(ones), len(others)
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    total = size + other_size
    for edits in range(min(total, MAX_EDITS, MAX_STEPS // (total or 1)) + 1):
        trace.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            y = x - k
            while x < size and y < other_size and ones[x] == others[y]:
                x += 1
                y += 1
            furthest[k] = x
            if x >= size and y >= other_size:
                return _trace_back(trace, size, other_size)
    return None


def _trace_back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest = trace[edits]
        k = x - y
        down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
        before = k + 1 if down else k - 1
        from_x = furthest[before]
        from_y = from_x - before
        while x > from_x and y > from_y:
            x -= 1
            y -= 1
            pairs.append((x, y))
        x, y = from_x, from_y
    pairs.reverse()
    return pairs
