"""Whether the evidence says that a finding is real."""

import math

from shadowpact.model.difference import DETERMINISTIC_KINDS, Kind
from shadowpact.model.finding import FindingVerdict, Seen

SEEN_AT_LEAST = 2
"""Pairs in which a deterministic kind must have been seen: once may be a deployment."""

SURE = 1.645
"""Standard deviations that leave 5 % on one side."""

REAL_ABOVE = 0.005
"""By how much the share of differing pairs must exceed the noise to be real: half a point."""

NOISE_WITHIN = 0.05
"""How far above the noise the share may lie at most to be noise; 60 twin pairs can show it."""

NOISE_RATE = 0.01
"""Share of twin pairs that must differ, surely, before anything is called noise."""


def verdict(kind: Kind, is_status_class: bool, seen: Seen) -> FindingVerdict:
    """Judge a finding.

    A deterministic kind that the twin never shows is ``real`` once it was seen often enough.
    Everything else could be noise: without a twin it stays ``undecided``; with one, the share of
    differing pairs is weighed against the twin's (two Beta posteriors from Jeffreys' prior, normal
    approximation).

    Args:
        kind: Of its differences.
        is_status_class: Whether the class of the status changed.
        seen: The counts.
    """
    is_deterministic = is_status_class or kind in DETERMINISTIC_KINDS
    if is_deterministic and not seen.twin_differing:
        return "real" if seen.pairs >= SEEN_AT_LEAST else "undecided"
    if not seen.twin_pairs:
        return "undecided"
    rate, variance = _posterior(seen.pairs, max(seen.route_pairs, seen.pairs))
    noise, noise_variance = _posterior(seen.twin_differing, seen.twin_pairs)
    excess, spread = rate - noise, SURE * math.sqrt(variance + noise_variance)
    if excess - spread > REAL_ABOVE:
        return "real" if seen.pairs >= SEEN_AT_LEAST else "undecided"
    is_noisy = noise - SURE * math.sqrt(noise_variance) > NOISE_RATE
    return "noise" if is_noisy and excess + spread < NOISE_WITHIN else "undecided"


def _posterior(hits: int, trials: int) -> tuple[float, float]:
    """Mean and variance of Beta(hits + 1/2, misses + 1/2)."""
    mean = (hits + 0.5) / (trials + 1)
    return mean, mean * (1 - mean) / (trials + 2)
