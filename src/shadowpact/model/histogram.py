"""Latency histograms with logarithmic buckets: sums that merge over runs and replicas."""

import math
from collections.abc import Mapping

GROWTH = 1.05
"""Each bucket is 5 % wider than the last, so a quantile is off by 2.5 % at most."""

_LOG = math.log(GROWTH)


def bucket(elapsed_ms: float) -> int:
    """The bucket of a latency; below one microsecond counts as that."""
    return math.floor(math.log(max(elapsed_ms, 0.001)) / _LOG)


def quantile_ms(counts: Mapping[int, int], share: float) -> float | None:
    """The latency below which ``share`` (0-1) of the observations lie.

    Returns:
        The geometric middle of the bucket, in ms; ``None`` when nothing was observed.
    """
    total = sum(counts.values())
    if not total:
        return None
    seen = 0
    for number in sorted(counts):
        seen += counts[number]
        if seen >= share * total:
            return math.exp((number + 0.5) * _LOG)
    return None


def ratio(baseline: Mapping[int, int], candidate: Mapping[int, int], share: float) -> float | None:
    """The candidate's quantile over the baseline's; ``None`` when one of them has none."""
    ours, theirs = quantile_ms(baseline, share), quantile_ms(candidate, share)
    return round(theirs / ours, 3) if ours and theirs else None
