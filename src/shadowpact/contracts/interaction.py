"""One V4 interaction as it stands in a file: key, description, comments, state, both sides."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shadowpact.contracts.evidence import shown_by
from shadowpact.contracts.request import credentials_of, request_of
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample

COMMENT = "shadowpact"
"""The name of our own part of an interaction's comments (the verifier keeps those)."""

_SHOWN_CHARACTERS = 60


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """Our part of an interaction's comments.

    Attributes:
        kind: ``floor``, ``finding``, or empty for a pact that somebody else wrote.
        route: ``GET /orders/{id}``.
        findings: Ids of the findings that explain a failure.
        credentials: Request headers that hold secrets and were left out.
        text: The lines for a person.
    """

    kind: str = ""
    route: str = ""
    findings: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    text: tuple[str, ...] = ()


def notes_of(interaction: Mapping[str, Any]) -> Notes:
    """What an interaction's comments say; empty where they are not ours."""
    comments = interaction.get("comments")
    if not isinstance(comments, dict):
        return Notes()
    ours = comments.get(COMMENT)
    text = comments.get("text")
    try:
        notes = msgspec.convert(ours if isinstance(ours, dict) else {}, Notes)
    except msgspec.ValidationError:
        return Notes()
    lines = tuple(str(line) for line in text) if isinstance(text, list) else ()
    return msgspec.structs.replace(notes, text=lines)


def key_of(kind: str, *parts: object) -> str:
    """``floor-`` or ``finding-`` and 12 hex digits of BLAKE2b over the parts, joined by NUL."""
    text = "\0".join(map(str, parts))
    return f"{kind}-{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}"


def floor(
    *,
    key: str,
    route: str,
    shape: str,
    sample: Sample,
    expected: Mapping[str, Any],
    failing: Sequence[Finding],
) -> dict[str, Any]:
    """A floor interaction; pending when findings are known to make it fail."""
    status = sample.baseline.status
    text = ["Names and types that all answers seen have in common."]
    text += [f"Known to fail: {_in_words(finding, sample)}" for finding in failing]
    return _interaction(
        key=key,
        description=f"{route} answers {status} (shape {shape})",
        notes=Notes(
            kind="floor",
            route=route,
            findings=tuple(finding.id for finding in failing),
            credentials=credentials_of(sample.request),
            text=tuple(text),
        ),
        sample=sample,
        expected=expected,
        is_pending=bool(failing),
    )


def explained_by(held: dict[str, Any], failing: Sequence[Finding]) -> dict[str, Any]:
    """An interaction on disk, with the findings that make it fail now named in its comments."""
    known = notes_of(held).findings
    ids = {*known, *(finding.id for finding in failing)}
    if ids == set(known):
        return held
    comments = held["comments"] if isinstance(held.get("comments"), dict) else {}
    ours = {**(comments.get(COMMENT) or {}), "findings": sorted(ids)}
    return {**held, "comments": {**comments, COMMENT: ours}}


def narrow(
    *,
    key: str,
    finding: Finding,
    sample: Sample,
    expected: Mapping[str, Any],
    says: str,
    is_pending: bool,
) -> dict[str, Any]:
    """The interaction of one finding."""
    return _interaction(
        key=key,
        description=f"{finding.route}: {says} ({finding.id})",
        notes=Notes(
            kind="finding",
            route=finding.route,
            findings=(finding.id,),
            credentials=credentials_of(sample.request),
            text=(_in_words(finding, sample),),
        ),
        sample=sample,
        expected=expected,
        is_pending=is_pending,
    )


def _interaction(
    *,
    key: str,
    description: str,
    notes: Notes,
    sample: Sample,
    expected: Mapping[str, Any],
    is_pending: bool,
) -> dict[str, Any]:
    ours: dict[str, Any] = {"kind": notes.kind, "route": notes.route}
    if notes.findings:
        ours["findings"] = list(notes.findings)
    text = list(notes.text)
    if notes.credentials:
        ours["credentials"] = list(notes.credentials)
        text.append(f"Needs credentials that are not kept here: {', '.join(notes.credentials)}.")
    interaction = {
        "type": "Synchronous/HTTP",
        "key": key,
        "description": description,
        "pending": is_pending,
        "comments": {"text": text, COMMENT: ours},
        "request": request_of(sample.request),
        "response": dict(expected),
    }
    if states := _states(notes.route, sample):
        interaction["providerStates"] = states
    return interaction


def _in_words(finding: Finding, sample: Sample) -> str:
    place = " ".join(part for part in (finding.location, finding.path) if part)
    words = f"{finding.id}: {place} {finding.kind}"
    for difference in shown_by(finding, sample)[:1]:
        if finding.kind in {"missing", "added"}:
            break
        words += f", baseline {_short(difference.baseline)}"
        words += f", candidate {_short(difference.candidate)}"
    return words


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _states(route: str, sample: Sample) -> list[dict[str, Any]]:
    """What must be there first: the values that the route's parameters had."""
    template = route.partition(" ")[2].split("/")
    path = sample.request.path.split("/")
    if len(template) != len(path):
        return []
    params = {
        name.strip("{}"): value
        for name, value in zip(template, path, strict=True)
        if name.startswith("{") and name.endswith("}")
    }
    if not params:
        return []
    return [{"name": f"{route} answers {sample.baseline.status}", "params": params}]
