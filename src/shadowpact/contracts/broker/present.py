"""What the broker's commands say, for people and programs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from shadowpact.contracts.broker.fetch import Fetched
from shadowpact.contracts.broker.results import Published, summary
from shadowpact.contracts.broker.tool import Deployment
from shadowpact.contracts.printing import Line

_STYLES = {"yes": "good", "no": "bad", "unknown": "warning"}
_OUTCOMES = {"verified": "good", "failed": "bad", "not verified": "warning"}


def published_document(pacts: Sequence[Path], version: str, notices: Sequence[str]) -> Any:
    """The ``shadowpact/broker-publish/1`` document."""
    return {
        "schema": "shadowpact/broker-publish/1",
        "version": version,
        "files": [str(file) for file in pacts],
        "notices": list(notices),
    }


def published_lines(pacts: Sequence[Path], version: str, notices: Sequence[str]) -> Iterator[Line]:
    """How much was published, and what the broker says about it."""
    yield f"{len(pacts)} pact files published as version {version}", "good"
    for notice in notices:
        yield f"  {notice}", "dim"


def fetched_document(fetched: Sequence[Fetched]) -> Any:
    """The ``shadowpact/broker-fetch/1`` document."""
    pacts = [
        {
            "file": str(one.file),
            "name": one.name,
            "consumer": one.consumer,
            "interactions": one.interaction_count,
            "pending": one.is_pending,
            "notices": list(one.notices),
        }
        for one in fetched
    ]
    return {"schema": "shadowpact/broker-fetch/1", "pacts": pacts}


def fetched_lines(fetched: Sequence[Fetched]) -> Iterator[Line]:
    """One line a pact, and why the broker gives it."""
    for one in fetched:
        pending = "  (pending: may fail until it has passed once)" if one.is_pending else ""
        yield f"{one.name}: {one.interaction_count} interactions{pending}", "plain"
        yield f"  {one.file}", "dim"
        for notice in one.notices:
            yield f"  {notice}", "dim"
    if not fetched:
        yield "the broker has no pact for these selectors", "warning"


def results_document(published: Sequence[Published]) -> Any:
    """The ``shadowpact/broker-results/1`` document."""
    pacts = [
        {
            "file": str(one.file),
            "consumer": one.consumer,
            "success": one.is_success,
            "passed": one.passed_count,
            "interactions": one.count,
        }
        for one in published
    ]
    return {"schema": "shadowpact/broker-results/1", "pacts": pacts}


def results_lines(published: Sequence[Published]) -> Iterator[Line]:
    """One line a pact, then how many."""
    for one in published:
        text = f"{one.consumer}: {one.passed_count} of {one.count} interactions passed"
        yield text, "good" if one.is_success else "bad"
    yield summary(published), "plain"


def deployment_document(deployment: Deployment, pacticipant: str, version: str) -> Any:
    """The ``shadowpact/broker-can-i-deploy/1`` document."""
    names = ("consumer", "consumer_version", "provider", "provider_version", "outcome")
    return {
        "schema": "shadowpact/broker-can-i-deploy/1",
        "pacticipant": pacticipant,
        "version": version,
        "deployable": deployment.answer,
        "reason": deployment.reason,
        "pacts": [dict(zip(names, row, strict=True)) for row in deployment.rows],
    }


def deployment_lines(
    deployment: Deployment, pacticipant: str, version: str, environment: str
) -> Iterator[Line]:
    """One line a pact that counts, then the answer."""
    for consumer, its, provider, other, outcome in deployment.rows:
        yield f"{outcome:<13} {consumer} {its} → {provider} {other}", _OUTCOMES[outcome]
    says = {"yes": "may go to", "no": "may not go to", "unknown": "cannot be judged for"}
    text = f"{pacticipant} {version} {says[deployment.answer]} {environment}"
    reason = f": {deployment.reason}" if deployment.reason else ""
    yield text + reason, _STYLES[deployment.answer]
