"""Whether the evidence says that a finding is real."""

from shadowpact.model.difference import DETERMINISTIC_KINDS, Kind
from shadowpact.model.finding import FindingVerdict

SEEN_AT_LEAST = 2
"""Pairs in which a deterministic kind must have been seen: once may be a deployment."""


def verdict(kind: Kind, is_status_class: bool, pairs: int) -> FindingVerdict:
    """Judge a finding without noise statistics.

    Args:
        kind: Of its differences.
        is_status_class: Whether the class of the status changed.
        pairs: Pairs in which it was seen.

    Returns:
        ``real`` for a deterministic kind seen often enough; everything else could be noise that
        nobody has measured, hence ``undecided``.
    """
    is_deterministic = is_status_class or kind in DETERMINISTIC_KINDS
    return "real" if is_deterministic and pairs >= SEEN_AT_LEAST else "undecided"
