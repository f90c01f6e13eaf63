"""The whole picture at one moment: what every format of the report shows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from shadowpact.model.evidence import Evidence, IgnoredDifferences, RouteEvidence, RuleHits
from shadowpact.model.finding import Finding
from shadowpact.report.wording import amount

type Verdict = Literal["pass", "fail", "no-evidence"]

SLOW_RATIO = 1.5
"""A candidate this many times slower than the baseline is pointed out."""

SLOW_PAIRS = 10
"""Over fewer pairs a median says more about the moment than about the candidate."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says of a route.

    Attributes:
        verdict: Whether it may be switched.
        reasons: Why not.
        is_left_alone: Nothing of it was mirrored, on purpose.
        max_mismatch_rate: With 95 % confidence at most this share of its traffic differs (0-1).
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    is_left_alone: bool = False
    max_mismatch_rate: float | None = None


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """A route with all that is known of it.

    Attributes:
        evidence: Its counts.
        judgement: The gate's; ``None`` where there is no candidate to switch to.
        findings: Open ones that are no noise.
    """

    evidence: RouteEvidence
    judgement: Judgement | None
    findings: tuple[Finding, ...] = ()

    @property
    def is_slow(self) -> bool:
        """Whether the candidate's median is well above the baseline's."""
        ratio = self.evidence.p50_ratio or 0
        return ratio >= SLOW_RATIO and self.evidence.pairs >= SLOW_PAIRS


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and what it covered.

    Attributes:
        id: Of the rule.
        reason: Why it is there; empty when the configuration does not know it.
        places: What it covered, and where.
        errors: Times it raised (and hid nothing).
        is_unused: It is declared, something was compared, and it covered nothing.
    """

    id: str
    reason: str
    places: tuple[IgnoredDifferences, ...] = ()
    errors: int = 0
    is_unused: bool = False

    @property
    def count(self) -> int:
        """Differences it covered."""
        return sum(place.count for place in self.places)


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a report shows.

    Attributes:
        evidence: All counts.
        routes: Those that fail first, then the unknown, then those that pass.
        findings: All, whatever their verdict and state.
        rules: Declared ones first.
        verdict: The gate's over all.
        reasons: What speaks against switching beyond single routes.
    """

    evidence: Evidence
    routes: tuple[RouteView, ...]
    findings: tuple[Finding, ...]
    rules: tuple[RuleView, ...] = ()
    verdict: Verdict = "no-evidence"
    reasons: tuple[str, ...] = ()

    @property
    def judged(self) -> tuple[RouteView, ...]:
        """Routes that have a candidate to be switched to."""
        return tuple(route for route in self.routes if route.judgement)

    def routes_that(self, verdict: Verdict, *, left_alone: bool = False) -> tuple[RouteView, ...]:
        """The judged routes with a verdict."""
        return tuple(
            route
            for route in self.routes
            if route.judgement
            and route.judgement.verdict == verdict
            and route.judgement.is_left_alone == left_alone
        )

    def open_findings(self, verdict: str) -> tuple[Finding, ...]:
        """Open findings with a verdict."""
        return tuple(f for f in self.findings if f.state == "open" and f.verdict == verdict)


_ORDER = {"fail": 0, "no-evidence": 1, "pass": 2}


def make_picture(
    evidence: Evidence,
    routes: Iterable[RouteEvidence],
    findings: Sequence[Finding],
    *,
    judgements: Mapping[tuple[str, str], Judgement],
    rules: Sequence[RuleView] = (),
    verdict: Verdict = "no-evidence",
    reasons: Sequence[str] = (),
) -> Picture:
    """Put together what the stages know.

    Args:
        evidence: All counts.
        routes: Counts by route and candidate.
        findings: All of them.
        judgements: The gate's word by ``(route, candidate)``.
        rules: See :func:`rule_views`.
        verdict: The gate's over all.
        reasons: What speaks against switching beyond single routes.
    """
    views = [
        RouteView(
            evidence=one,
            judgement=judgements.get((one.route, one.candidate or "")),
            findings=tuple(
                f
                for f in findings
                if (f.route, f.candidate) == (one.route, one.candidate)
                and f.state == "open"
                and f.verdict != "noise"
            ),
        )
        for one in routes
    ]
    return Picture(
        evidence=evidence,
        routes=tuple(sorted(views, key=_order)),
        findings=tuple(findings),
        rules=tuple(rules),
        verdict=verdict,
        reasons=tuple(reasons),
    )


def _order(view: RouteView) -> tuple[int, bool, str, str]:
    judgement = view.judgement
    place = 3 if judgement is None else _ORDER[judgement.verdict]
    is_left_alone = judgement is not None and judgement.is_left_alone
    return place, is_left_alone, view.evidence.route, view.evidence.candidate or ""


def rule_views(
    ignored: Iterable[IgnoredDifferences],
    hits: Iterable[RuleHits],
    *,
    declared: Mapping[str, str],
    builtin: Mapping[str, str],
    can_be_unused: Iterable[str] = (),
) -> tuple[RuleView, ...]:
    """What each rule did: declared ones in their order, then others that left traces.

    Args:
        ignored: What was covered, and where.
        hits: What each rule did over all.
        declared: Reason by the id of each rule of the configuration.
        builtin: The same for the built-in ones.
        can_be_unused: Ids of the declared rules that should have covered something by now.
    """
    places: dict[str, list[IgnoredDifferences]] = {}
    for place in ignored:
        places.setdefault(place.rule, []).append(place)
    errors = {hit.rule: hit.errors for hit in hits if hit.errors}
    traces = sorted({*places, *errors} - set(declared), key=lambda name: (name in builtin, name))
    expected = set(can_be_unused)
    return tuple(
        RuleView(
            id=name,
            reason=declared.get(name) or builtin.get(name, ""),
            places=tuple(places.get(name, ())),
            errors=errors.get(name, 0),
            is_unused=name in expected and name not in places,
        )
        for name in [*declared, *traces]
    )


def headline(picture: Picture) -> str:
    """The answer to: which routes may we switch?"""
    if not picture.evidence.pairs:
        return "Nothing was compared, so nothing can be said"
    total = len(picture.judged)
    ready = len(picture.routes_that("pass"))
    if total == 0:
        return "No route has a candidate to switch to"
    if ready == total:
        return (
            "The one route may be switched" if total == 1 else f"All {total} routes may be switched"
        )
    number = "None" if ready == 0 else str(ready)
    return f"{number} of {amount(total, 'route')} may be switched"


def summary(picture: Picture) -> str:
    """What stands behind the headline, in a sentence or two."""
    parts = []
    if failing := len(picture.routes_that("fail")):
        parts.append(f"{failing} fail{'s' if failing == 1 else ''}")
    if unknown := len(picture.routes_that("no-evidence")):
        parts.append(f"{unknown} {'is' if unknown == 1 else 'are'} not known yet")
    if alone := len(picture.routes_that("no-evidence", left_alone=True)):
        parts.append(f"{alone} {'is' if alone == 1 else 'are'} left alone on purpose")
    real = len(picture.open_findings("real"))
    undecided = len(picture.open_findings("undecided"))
    routes = f"{', '.join(parts)}. ".capitalize() if parts else ""
    pairs = amount(picture.evidence.pairs, "pair")
    return (
        f"{routes}{pairs} compared, {amount(real, 'real finding')} and {undecided} undecided open."
    )
