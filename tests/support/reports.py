"""A store filled by hand, and what reports show of it."""

from collections.abc import Mapping
from pathlib import Path

from shadowpact.model.batch import (
    Batch,
    FindingDelta,
    FindingKey,
    RuleKey,
    SampleRank,
)
from shadowpact.model.difference import Difference
from shadowpact.model.evidence import Evidence, IgnoredDifferences, RouteEvidence
from shadowpact.model.finding import Finding, finding_id, fingerprint
from shadowpact.model.pair import Sample
from shadowpact.report.picture import Judgement, Picture, RuleView, make_picture
from shadowpact.state import open_store
from shadowpact.store.sql import SqlStore
from support.build import STARTED_US
from support.samples import difference, finding, sample

ORDER = "GET /orders/{id}"
READY = "GET /products"

TYPE_CHANGED = difference("$.total", baseline=5, candidate="5")
NEW_ID = difference(
    "$.request_id", "value-changed", baseline="a1", candidate="b2", ignored_by="request-id"
)


def order_sample(*more: Difference, target: str = "/orders/1") -> Sample:
    """A pair in which ``$.total`` became a string, and an id is only noise."""
    return sample(
        {"id": 1, "total": 5, "request_id": "a1"},
        {"id": 1, "total": "5", "request_id": "b2"},
        TYPE_CHANGED,
        NEW_ID,
        *more,
        target=target,
    )


def batch() -> Batch:
    """40 pairs on two routes, one finding, one ignored place, one dropped exchange."""
    print_ = fingerprint(ORDER, "body", "$.total", "type-changed")
    key = FindingKey("orders", print_, ORDER, "body", "$.total", "type-changed")
    seen = FindingDelta(
        severity="breaking", count=20, pairs=20, first_seen_us=STARTED_US, last_seen_us=STARTED_US
    )
    return Batch(
        outcomes={
            (ORDER, "orders", "pair", ""): 20,
            (READY, "orders", "pair", ""): 20,
            (READY, "orders", "equal", ""): 20,
            ("GET /health", "", "dropped", "no-candidate"): 1,
        },
        latencies={
            (READY, "orders", "baseline", 10): 20,
            (READY, "orders", "candidate", 40): 20,
        },
        findings={key: seen},
        rules={RuleKey("request-id", ORDER, "body", "$.request_id", "value-changed"): 20},
        samples={(key, SampleRank("min", 10)): order_sample()},
    )


ORDER_FINDING = finding_id(fingerprint(ORDER, "body", "$.total", "type-changed"))


def filled_store(state: Path) -> SqlStore:
    """The store of a state folder with :func:`batch` in it."""
    store = open_store(state)
    store.commit(batch(), None)
    return store


def order_finding() -> Finding:
    """The finding of :func:`order_sample`."""
    return finding(order_sample())


def picture(
    *findings: Finding,
    routes: tuple[RouteEvidence, ...] = (
        RouteEvidence(route=ORDER, candidate="orders", pairs=20, p50_ratio=0.5, p95_ratio=0.75),
        RouteEvidence(route=READY, candidate="orders", pairs=20, equal=20, p50_ratio=1.0),
    ),
    judgements: Mapping[tuple[str, str], Judgement] | None = None,
    evidence: Evidence | None = None,
    rules: tuple[RuleView, ...] = (),
) -> Picture:
    """A picture in which one route fails and one may be switched."""
    standard = {
        (ORDER, "orders"): Judgement(verdict="fail", reasons=("1 real finding",)),
        (READY, "orders"): Judgement(verdict="pass", max_mismatch_rate=0.139),
    }
    return make_picture(
        evidence or Evidence(exchanges=41, pairs=40, equal=20, dropped={"no-candidate": 1}),
        routes,
        findings,
        judgements=standard if judgements is None else judgements,
        rules=rules,
        verdict="fail",
    )


def rule(name: str = "request-id", reason: str = "each answer gets its own") -> RuleView:
    place = IgnoredDifferences(
        rule=name,
        route=ORDER,
        location="body",
        path="$.request_id",
        kind="value-changed",
        count=20,
    )
    return RuleView(id=name, reason=reason, places=(place,))
