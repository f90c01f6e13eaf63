"""The report as JUnit: one test case a route, for whatever shows test results."""

from xml.etree import ElementTree as ET  # writing only

from shadowpact.model.finding import Finding
from shadowpact.report.picture import Picture, RouteView
from shadowpact.report.plain import plain
from shadowpact.report.wording import amount, evidence_sum, example, route_name, times, where


def junit(picture: Picture) -> str:
    """A test suite of the routes.

    A route with open real findings fails; one that was compared too little, or not at all, is
    skipped, and so is one without a candidate. Undecided findings are told in ``system-out``.
    """
    cases = [_case(route) for route in picture.routes]
    suite = ET.Element(
        "testsuite",
        {
            "name": "shadowpact",
            "tests": str(len(cases)),
            "failures": str(sum(case.find("failure") is not None for case in cases)),
            "errors": "0",
            "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        },
    )
    suite.extend(cases)
    ET.SubElement(suite, "system-out").text = evidence_sum(picture.evidence)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(view: RouteView) -> ET.Element:
    route = view.evidence
    case = ET.Element(
        "testcase",
        {"classname": plain(route.candidate or "no candidate"), "name": route_name(route.route)},
    )
    real = [finding for finding in view.findings if finding.verdict == "real"]
    rest = [finding for finding in view.findings if finding.verdict != "real"]
    if real or (view.judgement and view.judgement.verdict == "fail"):
        _fail(case, view, real)
    elif reason := _no_evidence(view):
        ET.SubElement(case, "skipped", {"message": reason})
    out = [_said(finding) for finding in rest]
    out.append(
        f"{route.pairs} pairs, {route.equal} equal; latency p50 {times(route.p50_ratio)}, "
        f"p95 {times(route.p95_ratio)}"
    )
    ET.SubElement(case, "system-out").text = "\n".join(out)
    return case


def _fail(case: ET.Element, view: RouteView, real: list[Finding]) -> None:
    reasons = view.judgement.reasons if view.judgement else ()
    message = amount(len(real), "real finding") if real else "; ".join(map(plain, reasons))
    failure = ET.SubElement(case, "failure", {"message": message, "type": "finding"})
    failure.text = "\n".join([*map(_said, real)] or [*map(plain, reasons)])


def _no_evidence(view: RouteView) -> str:
    if view.judgement is None:
        return "no candidate to switch to"
    if view.judgement.verdict == "no-evidence":
        return "; ".join(map(plain, view.judgement.reasons)) or "nothing was compared"
    return ""


def _said(finding: Finding) -> str:
    place = where(finding.location, finding.path)
    seen = f"{finding.pairs} of {finding.route_pairs} pairs"
    return f"{finding.id} ({finding.verdict}) {place} {finding.kind}, {seen}: {example(finding)}"
