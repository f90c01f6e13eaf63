"""What a verification found, for people, programs and CI servers."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from shadowpact.contracts.curl import curl, request_line
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.outcomes import Outcome, Verification, Verified
from shadowpact.contracts.printing import Line
from shadowpact.contracts.sidecar import Seen

STYLES: Final[dict[Outcome, str]] = {
    "passed": "good",
    "failed": "bad",
    "pending-failed": "warning",
    "state-failed": "bad",
    "error": "bad",
}
_VERDICT_STYLES: Final = {"pass": "good", "fail": "bad", "no-evidence": "warning"}
_FIXED_LINES: Final = 10
"""A run against the baseline fixes all that is pending; nobody reads hundreds of lines."""

_SHOWN_CHARACTERS: Final = 120
_INDENT: Final = " " * 16


def verify_document(verification: Verification) -> dict[str, Any]:
    """The ``shadowpact/verify/1`` document."""
    return {
        "schema": "shadowpact/verify/1",
        "provider": verification.provider,
        "verdict": verification.verdict,
        "reason": verification.reason,
        "interactions": [_interaction(one, verification.url) for one in verification.interactions],
        "remarks": list(verification.remarks),
    }


def _interaction(one: Verified, url: str) -> dict[str, Any]:
    waiver = one.waiver
    return {
        "key": one.key,
        "description": one.description,
        "consumer": one.consumer,
        "pending": one.pending,
        "outcome": one.outcome,
        "fixed": one.is_fixed,
        "route": one.notes.route or None,
        "findings": list(one.notes.findings),
        "mismatches": [_mismatch(mismatch) for mismatch in one.mismatches],
        "status": one.answer.status if one.answer is not None else None,
        "seen": None if one.seen is None else _seen(one.seen),
        "waiver": None
        if waiver is None
        else {"who": waiver.who, "why": waiver.why, "until": waiver.until.isoformat()},
        "curl": None if one.sent is None else curl(one.sent, url),
        "file": str(one.file),
    }


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "count": seen.count,
        "of": seen.of or None,
        "first": seen.first or None,
        "last": seen.last or None,
        "exchanges": list(seen.exchanges),
        "traces": list(seen.traces),
    }


def _mismatch(mismatch: Mismatch) -> dict[str, Any]:
    return {
        "location": mismatch.part,
        "path": mismatch.path,
        "expected": mismatch.expected,
        "actual": mismatch.actual,
        "message": mismatch.message,
    }


def verify_lines(verification: Verification) -> Iterator[Line]:
    """What a person reads: what does not pass and why, what is fixed, then the verdict."""
    is_asked = verification.verdict != "no-evidence"  # else the reason says it once for all
    for one in verification.interactions if is_asked else ():
        if one.outcome != "passed":
            yield from interaction_lines(one, verification.url)
    yield from _fixed([one for one in verification.interactions if one.is_fixed])
    for remark in verification.remarks:
        yield f"{'remark':<15} {remark}", "warning"
    style = _VERDICT_STYLES[verification.verdict]
    yield f"{verification.provider}: {verification.verdict}, {verification.reason}", style


def _fixed(ones: Sequence[Verified]) -> Iterator[Line]:
    for one in ones[:_FIXED_LINES]:
        yield f"{'fixed':<15} {one.key}  {one.description}", "good"
    if len(ones) > _FIXED_LINES:
        yield f"{'fixed':<15} and {len(ones) - _FIXED_LINES} more", "good"
    if ones:
        yield f"{_INDENT}'shadowpact contracts promote' makes what is fixed binding", "dim"


def interaction_lines(one: Verified, url: str) -> Iterator[Line]:
    """What a person reads of one interaction.

    Args:
        one: How it ended.
        url: Of the provider.
    """
    yield f"{one.outcome:<15} {one.key}  {one.description}", STYLES[one.outcome]
    yield f"{_INDENT}{request_line(one.request)}  (consumer {one.consumer})", "dim"
    for mismatch in one.mismatches:
        yield f"{_INDENT}- {mismatch.message}", "plain"
        if said := both_sides(mismatch):
            yield f"{_INDENT}  {said}", "dim"
    yield from ((f"{_INDENT}{text}", "dim") for text in background(one))
    if one.outcome != "passed" and one.sent is not None:
        yield f"{_INDENT}{curl(one.sent, url)}", "dim"


def both_sides(mismatch: Mismatch) -> str:
    """``baseline said 1, candidate says "1"``; empty where there is nothing to show."""
    if mismatch.part == "other" or (mismatch.expected is None and mismatch.actual is None):
        return ""
    came = "nothing" if "missing" in mismatch.message else shown(mismatch.actual)
    if mismatch.expected is None:
        return f"candidate says {came}"
    return f"baseline said {shown(mismatch.expected)}, candidate says {came}"


def background(one: Verified) -> Iterator[str]:
    """How often it was seen, since when, who waived it, which finding explains it."""
    if one.seen is not None:
        yield seen_in_words(one.seen)
    for text in one.notes.text:
        if text.startswith(("fnd_", "Known to fail")):
            yield f"why: {text.removeprefix('Known to fail: ')}"
    if one.waiver is not None:
        yield str(one.waiver)


def seen_in_words(seen: Seen) -> str:
    """``seen 17 times in 60 pairs, first 2026-05-04, last 2026-05-06 (trace 4bf9...)``."""
    words = f"seen {seen.count} time{'' if seen.count == 1 else 's'}"
    words += f" in {seen.of} pairs" if seen.of else ""
    words += f", first {seen.first}" if seen.first else ""
    words += f", last {seen.last}" if seen.last and seen.last != seen.first else ""
    return words + (f" (trace {seen.traces[0]})" if seen.traces else "")


def shown(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
