"""The reference of the JSON documents names what the code writes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadowpact.model.alias import AliasCounts
from shadowpact.report.documents import finding_document, findings_document, report_document
from support.reports import order_finding, picture, rule

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "json.md").read_text("utf-8")
WRITTEN = sorted(
    {
        name
        for file in (ROOT / "src").rglob("*.py")
        for name in re.findall(r'"(shadowpact/[a-z]+/\d+)"', file.read_text("utf-8"))
    }
)


def names(value: Any, name: str = "") -> Iterator[str]:
    """Every field of a document; the names in counts by reason are no fields."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if name not in {"dropped", "incomparable"}:
                yield key
            yield from names(inner, key)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from names(inner, name)


@pytest.mark.parametrize("schema", WRITTEN)
def test_every_document_has_its_section(schema: str) -> None:
    assert f"## {schema}\n" in REFERENCE


def test_every_field_is_named() -> None:
    seen = picture(order_finding(), rules=(rule(),))
    routes = [view.evidence for view in seen.routes]
    documents = (
        findings_document(seen.evidence, routes, seen.findings, AliasCounts()),
        finding_document(seen.findings),
        report_document(seen),
    )
    told = set(re.findall(r"`([a-z_0-9]+)`", REFERENCE))

    assert {name for document in documents for name in names(document)} - told == set()
