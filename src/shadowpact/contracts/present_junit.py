"""A verification as a JUnit file, for CI servers."""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree import ElementTree as ET  # writing only

from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.outcomes import Verification
from shadowpact.contracts.present_verify import interaction_lines

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
            suite,
            "testcase",
            classname=_xml(one.consumer),
            name=_xml(one.description),
            file=_xml(str(one.file)),
        )
        if one.outcome == "passed":
            continue
        element = {"failed": "failure", "pending-failed": "skipped"}.get(one.outcome, "error")
        detail = ET.SubElement(case, element, message=_xml(_first(one.mismatches)))
        lines = [text.strip() for text, _ in interaction_lines(one, verification.url)][1:]
        detail.text = _xml("\n".join(lines))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return bytes(ET.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _first(mismatches: Iterable[Mismatch]) -> str:
    return next((mismatch.message for mismatch in mismatches), "")


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
