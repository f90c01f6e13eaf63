from pathlib import Path
from xml.etree import ElementTree as ET

from shadowpact.contracts.interaction import Notes
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.present_junit import junit
from support.verified import ALL, verification, verified


def test_junit_counts_and_names_every_interaction() -> None:
    root = ET.fromstring(junit(ALL))  # noqa: S314 - our own output
    suite = root[0]
    kinds = [[child.tag for child in case] for case in suite]

    assert root.tag == "testsuites"
    assert suite.attrib == {
        "name": "shadowpact verify orders",
        "tests": "6",
        "failures": "1",
        "errors": "2",
        "skipped": "1",
    }
    assert kinds == [[], [], ["failure"], ["skipped"], ["error"], ["error"]]
    assert "baseline said 1" in str(suite[2][0].text)


def test_junit_survives_what_xml_cannot_hold() -> None:
    bad = Mismatch(part="body", path="$", message="\x00\x1b<&>\ud800")
    told = verification(
        verified("failed", description="\x08d", mismatches=(bad,), notes=Notes(), file=Path("a"))
    )

    root = ET.fromstring(junit(told))  # noqa: S314 - our own output

    assert root[0][0].attrib["name"] == "\N{REPLACEMENT CHARACTER}d"
