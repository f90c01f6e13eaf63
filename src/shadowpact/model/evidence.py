"""What was seen, and what was not: every verdict prints it, and its counts add up."""

from collections.abc import Mapping

import msgspec


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of exchanges by how they ended.

    ``exchanges == pairs + sum(dropped) + sum(incomparable)`` always.

    Attributes:
        exchanges: Exchanges that have ended as one of the three below.
        pairs: Compared.
        equal: Pairs without a difference that no rule covers.
        dropped: Not recorded or not mirrored, by reason.
        incomparable: No fair comparison, by reason.
        backlog: Recorded, and not yet worked through (not part of ``exchanges``).
        lag_ms: Age of the oldest of those; 0 without a backlog.
        hook_errors: Errors inside our own hooks (the flow went on untouched).
    """

    exchanges: int = 0
    pairs: int = 0
    equal: int = 0
    dropped: Mapping[str, int] = {}
    incomparable: Mapping[str, int] = {}
    backlog: int = 0
    lag_ms: int = 0
    hook_errors: int = 0


class RouteEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Counts for one route and candidate.

    Attributes:
        route: ``GET /orders/{id}``.
        candidate: Name of the candidate.
        pairs: Compared.
        equal: Without a difference that no rule covers.
        dropped: By reason.
        incomparable: By reason.
        p50_ratio: Candidate's median latency over the baseline's; ``None`` without pairs.
        p95_ratio: Likewise at the 95th percentile.
    """

    route: str
    candidate: str | None
    pairs: int = 0
    equal: int = 0
    dropped: Mapping[str, int] = {}
    incomparable: Mapping[str, int] = {}
    p50_ratio: float | None = None
    p95_ratio: float | None = None


class RuleHits(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule did over the stored evidence.

    Attributes:
        rule: Its id; built-in ones start with ``builtin:``.
        differences: Covered by it, by kind.
        errors: Times it raised (and hid nothing).
    """

    rule: str
    differences: Mapping[str, int] = {}
    errors: int = 0


class IgnoredDifferences(msgspec.Struct, frozen=True, kw_only=True):
    """Differences in one place that a rule covered.

    Attributes:
        rule: Its id.
        route: ``GET /orders/{id}``.
        location: Which part of the answer.
        path: Generalised.
        kind: What sort of disagreement.
        count: How many.
    """

    rule: str
    route: str
    location: str
    path: str
    kind: str
    count: int
