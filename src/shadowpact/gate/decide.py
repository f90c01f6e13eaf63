"""The decision: which routes may be switched, and why the others may not.

A route passes when enough of its traffic was compared, little of it was lost, and nothing open
speaks against it. What is not known is never taken for good: too few pairs, too much loss and
findings that nobody has decided on give ``no-evidence``.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from shadowpact.gate.settings import GateSettings
from shadowpact.model.evidence import Evidence, RouteEvidence
from shadowpact.model.finding import Finding

type Verdict = Literal["pass", "fail", "no-evidence"]

DELIBERATE: Final = frozenset(
    {"already-mirrored", "no-candidate", "upgrade", "websocket", "write-policy"}
)
"""Reasons of exchanges that are left alone on purpose: not a loss of evidence."""

CONFIDENCE: Final = 0.95
_Z: Final = 1.6448536269514722
"""One-sided quantile of the normal distribution at :data:`CONFIDENCE`."""

_NAMED_FINDINGS: Final = 3


class VerifiedInteraction(msgspec.Struct, frozen=True, kw_only=True):
    """One interaction of a verification, as ``shadowpact/verify/1`` has it.

    Attributes:
        description: For a person.
        outcome: ``passed``, ``failed``, ``pending-failed``, ``state-failed`` or ``error``.
        route: ``GET /orders/{id}``; ``None`` in a pact that somebody else wrote.
    """

    description: str
    outcome: str
    route: str | None = None


class VerifiedProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A verification of one provider.

    Attributes:
        provider: The candidate's name.
        verdict: Its own.
        interactions: All of them.
    """

    provider: str
    verdict: Verdict
    interactions: tuple[VerifiedInteraction, ...] = ()


class RouteDecision(msgspec.Struct, frozen=True, kw_only=True):
    """One route and candidate.

    Attributes:
        route: ``GET /orders/{id}``.
        candidate: Name of the candidate.
        verdict: Whether it may be switched.
        reasons: Why not; empty when it may.
        pairs: Compared.
        loss_rate: Share of its exchanges that were lost to the comparison (0-1).
        max_mismatch_rate: With 95 % confidence at most this share of its traffic differs (0-1);
            ``None`` without pairs.
        is_left_alone: Nothing of it was mirrored, on purpose; it does not weigh in the verdict.
    """

    route: str
    candidate: str
    verdict: Verdict
    reasons: tuple[str, ...]
    pairs: int
    loss_rate: float
    max_mismatch_rate: float | None
    is_left_alone: bool = False


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's word.

    Attributes:
        verdict: ``pass`` when every route that was mirrored may be switched.
        reasons: What speaks against it beyond single routes.
        routes: By route and candidate.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    routes: tuple[RouteDecision, ...]


def decide(
    evidence: Evidence,
    routes: Iterable[RouteEvidence],
    findings: Iterable[Finding],
    settings: GateSettings,
    verified: Sequence[VerifiedProvider] = (),
) -> Decision:
    """Judge every route, and all of them together.

    Args:
        evidence: Counts over everything.
        routes: Counts by route; those without a candidate have nothing to be switched to.
        findings: All, whatever their verdict and state.
        settings: The policy.
        verified: What ``shadowpact verify`` said, where it was asked.
    """
    found = tuple(findings)
    decisions = tuple(
        _decide_route(one, found, settings, verified)
        for one in sorted(routes, key=lambda r: (r.route, r.candidate or ""))
        if one.candidate is not None and one.route
    )
    weighing = [one.verdict for one in decisions if not one.is_left_alone]
    against, unknown = _beyond_routes(evidence, decisions, settings, verified)
    if "fail" in weighing or against:
        verdict: Verdict = "fail"
    elif unknown or "no-evidence" in weighing or not weighing:
        verdict = "no-evidence"
    else:
        verdict = "pass"
    if not weighing:
        unknown = [*unknown, "no route was compared"]
    return Decision(verdict=verdict, reasons=(*against, *unknown), routes=decisions)


def _decide_route(
    route: RouteEvidence,
    findings: Sequence[Finding],
    settings: GateSettings,
    verified: Sequence[VerifiedProvider],
) -> RouteDecision:
    candidate = route.candidate or ""
    ours = [
        one
        for one in findings
        if one.route == route.route and one.candidate == candidate and one.state == "open"
    ]
    lost = lost_count(route.dropped) + lost_count(route.incomparable)
    against = [
        *_named([one for one in ours if one.verdict == "real"], "real"),
        *_broken(verified, candidate, {route.route}),
    ]
    unknown = [
        *_too_few(route, settings),
        *_too_lossy(route.pairs, lost, settings, {**route.dropped, **route.incomparable}),
        *_named([one for one in ours if one.verdict == "undecided"], "undecided"),
    ]
    return RouteDecision(
        route=route.route,
        candidate=candidate,
        verdict="fail" if against else "no-evidence" if unknown else "pass",
        reasons=(*against, *unknown),
        pairs=route.pairs,
        loss_rate=_rate(lost, route.pairs),
        max_mismatch_rate=upper_bound(route.pairs - route.equal, route.pairs),
        is_left_alone=not route.pairs and not lost and not against,
    )


def lost_count(counts: Mapping[str, int]) -> int:
    """Exchanges that were lost to the comparison, those left alone on purpose not counted."""
    return sum(count for reason, count in counts.items() if reason not in DELIBERATE)


def upper_bound(differing: int, pairs: int) -> float | None:
    """The largest share of traffic that may differ, with 95 % confidence.

    Returns:
        A share (0-1): exact when nothing differs (about 3 / pairs, the rule of three), Wilson's
        score bound otherwise; ``None`` without pairs.
    """
    if pairs < 1:
        return None
    if differing <= 0:
        return float(1 - (1 - CONFIDENCE) ** (1 / pairs))
    share, z2 = differing / pairs, _Z * _Z
    spread = _Z * math.sqrt(share * (1 - share) / pairs + z2 / (4 * pairs * pairs))
    return min(1.0, (share + z2 / (2 * pairs) + spread) / (1 + z2 / pairs))


def _rate(lost: int, pairs: int) -> float:
    return lost / (pairs + lost) if lost else 0.0


def _too_few(route: RouteEvidence, settings: GateSettings) -> list[str]:
    if route.pairs >= settings.min_pairs:
        return []
    kept = {r: n for r, n in route.dropped.items() if r in DELIBERATE}
    aside = f"; left alone: {_counts(kept)}" if kept else ""
    return [f"{route.pairs} pairs compared, the policy asks for {settings.min_pairs}{aside}"]


def _too_lossy(
    pairs: int, lost: int, settings: GateSettings, counts: Mapping[str, int]
) -> list[str]:
    rate = _rate(lost, pairs)
    if rate <= settings.max_loss_rate:
        return []
    what = _counts({r: n for r, n in counts.items() if r not in DELIBERATE})
    share = f"{rate:.1%} of its exchanges were lost to the comparison ({what})"
    return [f"{share}, the policy allows {settings.max_loss_rate:.1%}"]


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))


def _named(findings: Sequence[Finding], verdict: str) -> list[str]:
    if not findings:
        return []
    named = ", ".join(f"{f.id} ({_place(f)} {f.kind})" for f in findings[:_NAMED_FINDINGS])
    more = len(findings) - _NAMED_FINDINGS
    rest = f" and {more} more" if more > 0 else ""
    plural = "finding" if len(findings) == 1 else "findings"
    return [f"{len(findings)} {verdict} {plural}: {named}{rest}"]


def _place(finding: Finding) -> str:
    return f"{finding.location} {finding.path}".strip()


def _broken(
    verified: Sequence[VerifiedProvider], candidate: str, routes: set[str | None]
) -> list[str]:
    return [
        f"contract: {one.description}: {one.outcome}"
        for told in verified
        if told.provider == candidate
        for one in told.interactions
        if one.route in routes and one.outcome not in {"passed", "pending-failed"}
    ]


def _beyond_routes(
    evidence: Evidence,
    decisions: Sequence[RouteDecision],
    settings: GateSettings,
    verified: Sequence[VerifiedProvider],
) -> tuple[list[str], list[str]]:
    """What speaks against all, and what is not known of all."""
    against: list[str] = []
    unknown: list[str] = []
    for told in verified:
        judged = {one.route for one in decisions if one.candidate == told.provider}
        routes = {one.route for one in told.interactions}
        against += _broken([told], told.provider, routes - judged)
        if told.verdict == "no-evidence":
            unknown.append(f"contracts of {told.provider}: nothing was verified")
    lost = lost_count(evidence.dropped) + lost_count(evidence.incomparable)
    counts = {**evidence.dropped, **evidence.incomparable}
    unknown += [
        f"over all routes {it}" for it in _too_lossy(evidence.pairs, lost, settings, counts)
    ]
    if evidence.backlog:
        share = evidence.backlog / (evidence.exchanges + evidence.backlog)
        if share > settings.max_loss_rate:
            unknown.append(f"{evidence.backlog} exchanges are recorded and not compared yet")
    return against, unknown
