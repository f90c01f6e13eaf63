"""Builders of what the store holds: samples, behaviours and findings."""

from datetime import UTC, datetime
from typing import Any

from shadowpact.contracts.shape import shape_signature
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.difference import Difference, Kind, Location
from shadowpact.model.exchange import Request, Response
from shadowpact.model.finding import (
    Finding,
    FindingVerdict,
    Triage,
    finding_id,
    fingerprint,
)
from shadowpact.model.pair import Sample
from support.build import request, response

SEEN_AT = datetime(2025, 6, 15, 12, tzinfo=UTC)


def difference(
    path: str = "$.price",
    kind: Kind = "type-changed",
    *,
    location: Location = "body",
    baseline: Any = None,
    candidate: Any = None,
    general_path: str | None = None,
    ignored_by: str | None = None,
) -> Difference:
    return Difference(
        location=location,
        path=path,
        general_path=path if general_path is None else general_path,
        kind=kind,
        severity="breaking",
        baseline=baseline,
        candidate=candidate,
        ignored_by=ignored_by,
    )


def status_difference(baseline: int, candidate: int) -> Difference:
    return difference(
        "", "value-changed", location="status", baseline=baseline, candidate=candidate
    )


def sample(
    baseline: Any,
    candidate: Any = None,
    *differences: Difference,
    target: str = "/orders/1",
    asked: Request | None = None,
    consumer: str = "default",
    name: str = "1",
) -> Sample:
    """A sample; documents become 200 answers, and no candidate means an equal one."""
    ours = baseline if isinstance(baseline, Response) else response(baseline)
    theirs = candidate if isinstance(candidate, Response) else response(candidate)
    return Sample(
        exchange_id=f"exc_rec_{name}",
        consumer=consumer,
        request=asked or request(target=target),
        baseline=ours,
        candidate=ours if candidate is None else theirs,
        differences=differences,
    )


def behaviour(
    *samples: Sample,
    route: str = "GET /orders/{id}",
    candidate: str = "orders",
    count: int | None = None,
) -> Behaviour:
    first = samples[0]
    return Behaviour(
        consumer=first.consumer,
        candidate=candidate,
        route=route,
        status=first.baseline.status,
        shape=shape_signature(first.baseline),
        count=len(samples) if count is None else count,
        samples=samples,
    )


def finding(
    *samples: Sample,
    route: str = "GET /orders/{id}",
    candidate: str = "orders",
    verdict: FindingVerdict = "real",
    state: Triage = "open",
    shown: Difference | None = None,
) -> Finding:
    """The finding of the first difference of the first sample."""
    about = shown or samples[0].differences[0]
    print_ = fingerprint(route, about.location, about.general_path, about.kind)
    return Finding(
        id=finding_id(print_),
        fingerprint=print_,
        route=route,
        candidate=candidate,
        location=about.location,
        path=about.general_path,
        kind=about.kind,
        severity=about.severity,
        count=len(samples),
        pairs=len(samples),
        route_pairs=10,
        verdict=verdict,
        state=state,
        first_seen_at=SEEN_AT,
        last_seen_at=SEEN_AT,
        samples=samples,
    )
