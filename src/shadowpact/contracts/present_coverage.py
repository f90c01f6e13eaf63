"""Coverage of contracts, for people and programs."""

from collections.abc import Iterator
from typing import Any

import msgspec

from shadowpact.contracts.coverage import Coverage, Traffic

type Line = tuple[str, str]
"""Text and its style."""

_WORDS = {
    "none": "not covered",
    "other-shape": "shape not covered",
    "failed": "failed",
    "covered": "covered",
}


def coverage_document(found: Coverage) -> dict[str, Any]:
    """The ``shadowpact/contracts-coverage/1`` document."""
    return {
        "schema": "shadowpact/contracts-coverage/1",
        "exchanges": found.count("covered", "other-shape", "none"),
        "covered": found.count("covered"),
        "failed": found.count("failed"),
        "rate": found.rate,
        "interactions": found.interactions,
        "traffic": [msgspec.structs.asdict(one) for one in found.traffic],
        "idle": [{**msgspec.structs.asdict(one), "file": str(one.file)} for one in found.idle],
    }


def coverage_lines(found: Coverage) -> Iterator[Line]:
    """What a person reads: what is not covered, what is idle, then the sum."""
    uncovered = [one for one in found.traffic if one.how in {"none", "other-shape"}]
    if uncovered:
        yield "Traffic that no interaction covers", "plain"
    for one in uncovered:
        yield f"  {_said(one)}", "warning"
    if found.idle:
        yield "Interactions that no traffic exercises", "plain"
    for idle in found.idle:
        party = f"{idle.consumer} → {idle.provider}"
        yield f"  {party}  {idle.route}  {idle.key}: {idle.reason}", "dim"
    if found.rate is None:
        yield "no traffic to cover", "warning"
        return
    whole = found.count("covered", "other-shape", "none")
    text = f"{found.count('covered'):,} of {whole:,} exchanges covered ({found.rate:.1%})"
    more = f", {found.interactions} interactions, {len(found.idle)} of them idle"
    if failed := found.count("failed"):
        more += f"; {failed:,} that the baseline failed are not counted"
    yield text + more, "good" if not uncovered else "warning"


def _said(one: Traffic) -> str:
    what = f"{one.consumer} → {one.provider}  {one.route}  {one.status}"
    return f"{what}  {one.count:,} times, shape {one.shape}: {_WORDS[one.how]}"
