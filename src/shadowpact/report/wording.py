"""What the reports say in words, so that all of them say it alike."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from shadowpact.model.difference import Difference
from shadowpact.model.evidence import Evidence, IgnoredDifferences
from shadowpact.model.finding import Finding
from shadowpact.report.plain import plain, shown

REASONS: Mapping[str, str] = {
    "already-mirrored": "it was itself a mirrored copy",
    "backlog-full": "the backlog had reached max-bytes",
    "baseline-failed": "the baseline gave no answer",
    "candidate-unavailable": "the candidate had stopped answering",
    "candidate-unreachable": "no connection to the candidate",
    "client-disconnected": "the client left before the answer",
    "credentials": "only one side accepted the credentials that it got",
    "damaged": "the recording is damaged there",
    "disk-full": "the disk was full",
    "event-stream": "an endless answer",
    "hook-error": "an error inside shadowpact; the flow was untouched",
    "internal-error": "an error inside shadowpact's worker; its log says which",
    "lag": "too old when its turn came (max-lag-ms)",
    "no-candidate": "no candidate is configured for it",
    "not-recorded": "its body or its answer is not in the file",
    "not-selected": "the replay was told to leave it out",
    "over-cap": "its body is over the cap (body-cap-bytes)",
    "redacted": "its credentials were taken out of the recording",
    "sealed": "its credentials were sealed with another key",
    "streamed": "another script streamed its body past us",
    "unknown-alias": "it uses an id that the candidate knows by a name nobody has learnt",
    "unsendable": "it cannot be sent as it was",
    "unwritable": "the state folder could not be written",
    "upgrade": "it became another protocol (WebSocket)",
    "write-policy": "it may change something (writes = off)",
}
"""What each reason of a drop or an incomparable means."""

KINDS: Mapping[str, str] = {
    "value-changed": "another value",
    "type-changed": "another type",
    "representation-changed": "the same value, written differently",
    "missing": "the candidate leaves it out",
    "added": "only the candidate has it",
    "order-changed": "the same elements in another order",
    "length-changed": "another number of elements",
    "undecodable": "cannot be read as what it says it is",
}
"""What each kind of difference means."""

DAMAGED = "(damaged)"
"""Stands for the route of what could not be read."""


def amount(count: int, one: str, many: str = "") -> str:
    """``1 route``, ``1,234 routes``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(part: int, whole: int) -> str:
    """``97 %``; never 0 or 100 unless it is exact."""
    if not whole:
        return "-"
    share = 100 * part / whole
    if 0 < share < 1:
        return "< 1 %"
    if 99 < share < 100:
        return "> 99 %"
    return f"{share:.0f} %"


def times(ratio: float | None) -> str:
    """``1.25x``; a dash without evidence."""
    return "-" if ratio is None else f"{ratio:.2f}x"


def listed(counts: Mapping[str, int]) -> str:
    """``8 no-candidate, 16 write-policy``."""
    return ", ".join(f"{count:,} {plain(reason)}" for reason, count in counts.items())


def where(location: str, path: str) -> str:
    """``body $.items[*].price``, ``header etag``, ``status``."""
    return plain(f"{location} {path}".strip())


def route_name(route: str) -> str:
    """The route, safe to show."""
    return plain(route) or DAMAGED


def values(difference: Difference) -> tuple[str, str]:
    """Both values of a difference; ``(none)`` for the side that has none."""
    baseline = "(none)" if difference.kind == "added" else shown(difference.baseline)
    candidate = "(none)" if difference.kind == "missing" else shown(difference.candidate)
    return baseline, candidate


def example(finding: Finding) -> str:
    """Both values of the finding in its minimal pair, or the sentence that stands for them."""
    difference = shown_difference(finding)
    if difference is None:
        return ""
    return plain(difference.message) or " → ".join(values(difference))


def shown_difference(finding: Finding) -> Difference | None:
    """The first difference of the finding in its samples, the minimal pair first."""
    found = (d for sample in finding.samples for d in sample.differences if is_about(finding, d))
    return next(found, None)


def is_about(finding: Finding, difference: Difference) -> bool:
    """Whether a difference of a sample is one of the finding's."""
    return (
        difference.location == finding.location
        and difference.kind == finding.kind
        and difference.general_path == finding.path
        and difference.ignored_by is None
    )


def evidence_sum(evidence: Evidence) -> str:
    """The counts as a sum that a reader can check."""
    dropped, lost = sum(evidence.dropped.values()), sum(evidence.incomparable.values())
    return (
        f"{evidence.exchanges} exchanges = {evidence.pairs} compared ({evidence.equal} equal) "
        f"+ {dropped} dropped + {lost} incomparable"
    )


def losses(evidence: Evidence) -> list[tuple[str, str, int, str]]:
    """``(dropped|incomparable, reason, count, what it means)`` of all that was not compared."""
    return [
        (word, reason, count, REASONS.get(reason, plain(reason)))
        for word, counts in (
            ("dropped", evidence.dropped),
            ("incomparable", evidence.incomparable),
        )
        for reason, count in counts.items()
    ]


def ignored_counts(ignored: Iterable[IgnoredDifferences]) -> dict[str, int]:
    """How many differences each rule covered, by its id."""
    totals: dict[str, int] = {}
    for hit in ignored:
        totals[hit.rule] = totals.get(hit.rule, 0) + hit.count
    return dict(sorted(totals.items()))


def moment(at: datetime) -> str:
    """``2025-06-15 12:00:00 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def anchor(finding: Finding) -> str:
    """Where a page shows the finding; two candidates may have one of the same id."""
    return f"{finding.id}-{quote(finding.candidate, safe='')}"
