"""The versioned JSON documents that others may rely on."""

import base64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from shadowpact.model.alias import AliasCounts
from shadowpact.model.difference import Difference
from shadowpact.model.evidence import Evidence, RouteEvidence
from shadowpact.model.exchange import Headers, Request, Response
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample
from shadowpact.report.curl import curl_command
from shadowpact.report.picture import Picture, RouteView, RuleView, headline
from shadowpact.report.steps import next_steps

FINDINGS_SCHEMA = "shadowpact/findings/1"
FINDING_SCHEMA = "shadowpact/finding/1"
REPORT_SCHEMA = "shadowpact/report/1"


def findings_document(
    evidence: Evidence,
    routes: Iterable[RouteEvidence],
    findings: Iterable[Finding],
    aliases: AliasCounts,
) -> dict[str, Any]:
    """``shadowpact/findings/1``: the evidence, aliases, the routes and the findings."""
    return {
        "schema": FINDINGS_SCHEMA,
        "evidence": msgspec.structs.asdict(evidence),
        "aliases": msgspec.structs.asdict(aliases),
        "routes": [msgspec.structs.asdict(route) for route in routes],
        "findings": [_finding(finding) for finding in findings],
    }


def finding_document(findings: Iterable[Finding]) -> dict[str, Any]:
    """``shadowpact/finding/1``: one finding in full, once for each candidate that has it."""
    return {
        "schema": FINDING_SCHEMA,
        "findings": [
            {
                **_finding(finding),
                "curl": curl_command(finding.samples[0].request) if finding.samples else None,
            }
            for finding in findings
        ],
    }


def report_document(picture: Picture) -> dict[str, Any]:
    """``shadowpact/report/1``: ``findings/1`` with verdicts, rules and what to do next."""
    evidence = msgspec.structs.asdict(picture.evidence)
    del evidence["lag_ms"]  # says when the report was made, not what was seen
    return {
        "schema": REPORT_SCHEMA,
        "headline": headline(picture),
        "verdict": picture.verdict,
        "reasons": list(picture.reasons),
        "evidence": evidence,
        "routes": [_route(view) for view in picture.routes],
        "findings": [_finding(finding) for finding in picture.findings],
        "rules": [_rule(rule) for rule in picture.rules],
        "next": [{"text": step.text, "command": step.command} for step in next_steps(picture)],
    }


def _route(view: RouteView) -> dict[str, Any]:
    judgement = view.judgement
    return {
        **msgspec.structs.asdict(view.evidence),
        "verdict": judgement.verdict if judgement else None,
        "reasons": list(judgement.reasons) if judgement else [],
        "left_alone": judgement.is_left_alone if judgement else True,
        "max_mismatch_rate": judgement.max_mismatch_rate if judgement else None,
        "open_findings": [finding.id for finding in view.findings],
    }


def _rule(rule: RuleView) -> dict[str, Any]:
    return {
        "id": rule.id,
        "reason": rule.reason,
        "count": rule.count,
        "errors": rule.errors,
        "unused": rule.is_unused,
        "places": [
            {
                "route": p.route,
                "location": p.location,
                "path": p.path,
                "kind": p.kind,
                "count": p.count,
            }
            for p in rule.places
        ],
    }


def to_json(document: Mapping[str, Any]) -> str:
    """A document as indented JSON with a newline; equal documents give equal text."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def difference_document(difference: Difference, route: str | None) -> dict[str, Any]:
    """One difference as in ``shadowpact/diff/1``."""
    document = {
        "route": route,
        "location": difference.location,
        "path": difference.path,
        "kind": difference.kind,
        "severity": difference.severity,
        "baseline": difference.baseline,
        "candidate": difference.candidate,
        "ignored_by": difference.ignored_by,
    }
    said = {"label": difference.label, "message": difference.message}
    return document | {name: text for name, text in said.items() if text}


def _finding(finding: Finding) -> dict[str, Any]:
    document = msgspec.structs.asdict(finding)
    document["first_seen_at"] = _time(finding.first_seen_at)
    document["last_seen_at"] = _time(finding.last_seen_at)
    document["samples"] = [_sample(sample, finding.route) for sample in finding.samples]
    return document


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sample(sample: Sample, route: str) -> dict[str, Any]:
    return {
        "exchange_id": sample.exchange_id,
        "consumer": sample.consumer,
        "request": {
            "method": sample.request.method,
            "target": sample.request.target,
            **_content(sample.request.headers, sample.request),
        },
        "baseline": _answer(sample.baseline),
        "candidate": _answer(sample.candidate) if sample.candidate else None,
        "differences": [difference_document(d, route) for d in sample.differences],
    }


def _answer(response: Response) -> dict[str, Any]:
    return {"status": response.status, **_content(response.headers, response)}


def _content(headers: Headers, message: Request | Response) -> dict[str, Any]:
    document: dict[str, Any] = {
        "headers": [
            [name.decode("utf-8", "replace"), value.decode("utf-8", "replace")]
            for name, value in headers
        ],
    }
    try:
        document["body"] = message.body.decode()
    except UnicodeDecodeError:
        document["body_base64"] = base64.b64encode(message.body).decode()
    if message.cut is not None:
        document["body_cut"] = {
            "reason": message.cut.reason,
            "length_bytes": message.cut.length_bytes,
            "sha256": message.cut.sha256.hex(),
        }
    return document
