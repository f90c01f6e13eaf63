from pathlib import Path
from typing import Any

import orjson

from shadowpact.contracts import present
from shadowpact.contracts.build import BuildOutcome, Built, LeftOut
from shadowpact.contracts.catalog import catalog
from support.pacts import interaction, write_pact


def lines(told: Any) -> str:
    return "\n".join(text for text, _ in told)


def test_a_build_is_told_with_what_was_left_out() -> None:
    left = LeftOut(consumer="web", provider="o", what="fnd_1", route="GET /a", reason="not sayable")
    built = Built(
        key="k",
        description="d",
        consumer="web",
        provider="o",
        route="GET /a",
        kind="floor",
        is_pending=True,
    )
    outcome = BuildOutcome(
        interactions=(built,),
        changed=(Path("a.json"),),
        left_out=(left,),
        unproven=(left,),
        beside=(Path("b"),),
    )
    text = lines(present.build_lines(outcome))
    document = orjson.loads(present.to_json(present.build_document(outcome)))

    assert "1 interactions floor, 1 of them pending" in text
    assert "GET /a  fnd_1: not sayable" in text
    assert document["schema"] == "shadowpact/contracts-build/1"
    assert document["left_out"][0]["reason"] == "not sayable"
    assert document["changed"] == ["a.json"]
    assert document["beside"] == ["b"]
    assert "1 files of schemas and evidence changed" in text


def test_a_catalogue_is_grouped_by_consumer_and_provider(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1", pending=True), interaction("k2"))
    entries = catalog(tmp_path)

    assert lines(present.catalog_lines(entries)).splitlines() == [
        "web → orders",
        "  pending  k1  description of k1",
        "  binding  k2  description of k2",
    ]
    assert len(present.catalog_document(entries)["interactions"]) == 2
    assert lines(present.catalog_lines([])) == "no interactions"
