"""What verification and building found, for people, programs and CI servers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET  # writing only

import orjson

from shadowpact.contracts.build import BuildOutcome
from shadowpact.contracts.catalog import Entry
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.verify import Outcome, Verification, Verified

type Line = tuple[str, str]
"""Text and its style: ``good``, ``bad``, ``warning``, ``dim``, ``plain``."""

_STYLES: dict[Outcome, str] = {
    "passed": "good",
    "failed": "bad",
    "pending-failed": "warning",
    "state-failed": "bad",
    "error": "bad",
}
_FIXED_LINES = 10
"""A run against the baseline fixes all that is pending; nobody reads hundreds of lines."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def verify_document(verification: Verification) -> dict[str, Any]:
    """The ``shadowpact/verify/1`` document."""
    return {
        "schema": "shadowpact/verify/1",
        "provider": verification.provider,
        "verdict": verification.verdict,
        "reason": verification.reason,
        "interactions": [_interaction(one) for one in verification.interactions],
    }


def _interaction(one: Verified) -> dict[str, Any]:
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
    }


def _mismatch(mismatch: Mismatch) -> dict[str, Any]:
    return {
        "location": mismatch.part,
        "path": mismatch.path,
        "expected": mismatch.expected,
        "actual": mismatch.actual,
        "message": mismatch.message,
    }


def build_document(outcome: BuildOutcome) -> dict[str, Any]:
    """The ``shadowpact/contracts-build/1`` document."""
    return {
        "schema": "shadowpact/contracts-build/1",
        "interactions": [
            {
                "key": one.key,
                "description": one.description,
                "consumer": one.consumer,
                "provider": one.provider,
                "route": one.route or None,
                "kind": one.kind or None,
                "pending": one.is_pending,
                "findings": list(one.findings),
            }
            for one in outcome.interactions
        ],
        "changed": [str(file) for file in outcome.changed],
        "unchanged": [str(file) for file in outcome.unchanged],
        "left_out": [_left_out(one) for one in outcome.left_out],
        "unproven": [_left_out(one) for one in outcome.unproven],
    }


def _left_out(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


def to_json(document: dict[str, Any]) -> str:
    """As commands print it."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"


def verify_lines(verification: Verification) -> Iterator[Line]:
    """What a person reads: what does not pass and why, what is fixed, then the verdict."""
    for one in verification.interactions:
        if one.outcome != "passed":
            yield from _failure(one)
    yield from _fixed([one for one in verification.interactions if one.is_fixed])
    style = {"pass": "good", "fail": "bad", "no-evidence": "warning"}[verification.verdict]
    yield f"{verification.provider}: {verification.verdict}, {verification.reason}", style


def _fixed(ones: Sequence[Verified]) -> Iterator[Line]:
    for one in ones[:_FIXED_LINES]:
        yield f"fixed           {one.key}  {one.description}", "good"
    if len(ones) > _FIXED_LINES:
        yield f"fixed           and {len(ones) - _FIXED_LINES} more", "good"
    if ones:
        yield "                'shadowpact contracts promote' makes what is fixed binding", "dim"


def _failure(one: Verified) -> Iterator[Line]:
    yield f"{one.outcome:<15} {one.key}  {one.description}", _STYLES[one.outcome]
    yield f"                {request_line(one)}  (consumer {one.consumer})", "dim"
    for mismatch in one.mismatches:
        yield f"                - {mismatch.message}", "plain"
    explained = [text for text in one.notes.text if text.startswith(("fnd_", "Known to fail"))]
    for text in explained:
        yield f"                why: {text.removeprefix('Known to fail: ')}", "dim"


def request_line(one: Verified) -> str:
    """``GET /orders/1?a=1``."""
    query = one.request.get("query")
    asked = ""
    if isinstance(query, dict) and query:
        pairs = [(k, v) for k, held in query.items() for v in _list(held)]
        asked = "?" + urlencode(pairs, quote_via=quote)
    elif isinstance(query, str) and query:
        asked = f"?{query}"
    return f"{one.request.get('method', '')} {one.request.get('path', '')}{asked}"


def _list(held: Any) -> list[Any]:
    return held if isinstance(held, list) else [held]


def build_lines(outcome: BuildOutcome) -> Iterator[Line]:
    """What a person reads after a build."""
    for kind, what in (("floor", "floor"), ("finding", "for findings"), ("", "of others")):
        ones = [one for one in outcome.interactions if one.kind == kind]
        pending = sum(one.is_pending for one in ones)
        if ones:
            yield f"{len(ones):>5} interactions {what}, {pending} of them pending", "plain"
    yield f"{len(outcome.changed):>5} files changed, {len(outcome.unchanged)} unchanged", "plain"
    for file in outcome.changed:
        yield f"      {file}", "dim"
    if outcome.left_out:
        yield "left out:", "warning"
        for one in outcome.left_out:
            yield f"      {one.route}  {one.what}: {one.reason}", "plain"
    if outcome.unproven:
        yield "kept without evidence, to be reviewed:", "warning"
        for one in outcome.unproven:
            yield f"      {one.route}  {one.what}: {one.reason}", "plain"


def promote_document(
    verification: Verification, promoted: Mapping[Path, Sequence[str]]
) -> dict[str, Any]:
    """The verification's document, with what was promoted by file."""
    named = {str(file): list(keys) for file, keys in promoted.items()}
    return {
        **verify_document(verification),
        "schema": "shadowpact/contracts-promote/1",
        "promoted": named,
    }


def promote_lines(
    verification: Verification, promoted: Mapping[Path, Sequence[str]]
) -> Iterator[Line]:
    """What is binding from now on, then the verdict."""
    for file, keys in promoted.items():
        for key in keys:
            yield f"binding now     {key}  {file}", "good"
    if not promoted:
        yield "nothing to promote: no pending interaction passes", "dim"
    yield f"{verification.provider}: {verification.verdict}, {verification.reason}", "plain"


def catalog_document(entries: Sequence[Entry]) -> dict[str, Any]:
    """The ``shadowpact/contracts-list/1`` document."""
    return {
        "schema": "shadowpact/contracts-list/1",
        "interactions": [
            {
                "key": one.key,
                "description": one.description,
                "consumer": one.consumer,
                "provider": one.provider,
                "pending": one.pending,
                "route": one.notes.route or None,
                "kind": one.notes.kind or None,
                "findings": list(one.notes.findings),
                "file": str(one.file),
            }
            for one in entries
        ],
    }


def catalog_lines(entries: Sequence[Entry]) -> Iterator[Line]:
    """One line an interaction, below its consumer and provider."""
    above = ""
    for one in entries:
        title = f"{one.consumer} → {one.provider}"
        if title != above:
            yield title, "good"
            above = title
        style = "warning" if one.pending else "plain"
        yield f"  {'pending' if one.pending else 'binding'}  {one.key}  {one.description}", style
    if not entries:
        yield "no interactions", "warning"


def junit(verification: Verification) -> bytes:
    """A JUnit file: one suite, one case an interaction; a pending failure is skipped."""
    ones = verification.interactions
    suite = ET.Element(
        "testsuite",
        name=_xml(f"shadowpact verify {verification.provider}"),
        tests=str(len(ones)),
        failures=str(verification.count("failed")),
        errors=str(verification.count("error") + verification.count("state-failed")),
        skipped=str(verification.count("pending-failed")),
    )
    for one in ones:
        case = ET.SubElement(
            suite, "testcase", classname=_xml(one.consumer), name=_xml(one.description)
        )
        if one.outcome == "passed":
            continue
        element = {"failed": "failure", "pending-failed": "skipped"}.get(one.outcome, "error")
        detail = ET.SubElement(case, element, message=_xml(_first(one.mismatches)))
        detail.text = _xml("\n".join([request_line(one), *(m.message for m in one.mismatches)]))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return bytes(ET.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _first(mismatches: Iterable[Mismatch]) -> str:
    return next((mismatch.message for mismatch in mismatches), "")


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
