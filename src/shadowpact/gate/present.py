"""The gate's decision for people and for programs."""

from collections.abc import Iterator
from typing import Any

from shadowpact.gate.decide import Decision, RouteDecision
from shadowpact.gate.settings import GateSettings
from shadowpact.model.evidence import Evidence

type Line = tuple[str, str]
"""Text and its style: ``good``, ``bad``, ``warning``, ``dim``, ``plain``."""


def gate_document(decision: Decision, evidence: Evidence, settings: GateSettings) -> dict[str, Any]:
    """The ``shadowpact/gate/1`` document."""
    return {
        "schema": "shadowpact/gate/1",
        "verdict": decision.verdict,
        "reasons": list(decision.reasons),
        "policy": {"min_pairs": settings.min_pairs, "max_loss_rate": settings.max_loss_rate},
        "evidence": {
            "exchanges": evidence.exchanges,
            "pairs": evidence.pairs,
            "equal": evidence.equal,
            "dropped": dict(evidence.dropped),
            "incomparable": dict(evidence.incomparable),
            "backlog": evidence.backlog,
            "hook_errors": evidence.hook_errors,
        },
        "routes": [_route(one) for one in decision.routes],
    }


def _route(one: RouteDecision) -> dict[str, Any]:
    return {
        "route": one.route,
        "candidate": one.candidate,
        "verdict": one.verdict,
        "reasons": list(one.reasons),
        "pairs": one.pairs,
        "loss_rate": one.loss_rate,
        "max_mismatch_rate": one.max_mismatch_rate,
        "left_alone": one.is_left_alone,
    }


def gate_lines(decision: Decision) -> Iterator[Line]:
    """Which routes may be switched today, which not and why."""
    weighing = [one for one in decision.routes if not one.is_left_alone]
    groups = (
        ("may be switched today", "good", [r for r in weighing if r.verdict == "pass"]),
        ("may not be switched", "bad", [r for r in weighing if r.verdict == "fail"]),
        ("not known yet", "warning", [r for r in weighing if r.verdict == "no-evidence"]),
        (
            "left alone on purpose, so nothing is known",
            "dim",
            [r for r in decision.routes if r.is_left_alone],
        ),
    )
    for title, style, routes in groups:
        if routes:
            yield f"{title} ({len(routes)} of {len(decision.routes)} routes)", style
            for one in routes:
                yield f"  {one.route} → {one.candidate}{_numbers(one)}", "plain"
                for reason in () if one.is_left_alone else one.reasons:
                    yield f"      {reason}", "dim"
    for reason in decision.reasons:
        yield reason, "warning"
    style = {"pass": "good", "fail": "bad", "no-evidence": "warning"}[decision.verdict]
    yield f"gate: {decision.verdict}", style


def _numbers(one: RouteDecision) -> str:
    if one.max_mismatch_rate is None:
        return ""
    return f"  ({one.pairs} pairs; at most {one.max_mismatch_rate:.1%} differ, 95 % confidence)"
