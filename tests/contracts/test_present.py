from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson

from shadowpact.contracts import present
from shadowpact.contracts.build import BuildOutcome, Built, LeftOut
from shadowpact.contracts.catalog import catalog
from shadowpact.contracts.interaction import Notes
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.verify import Outcome, Verification, Verified
from support.pacts import interaction, write_pact

WRONG = Mismatch(part="body", path="$.a", expected=1, actual="1", message="$.a is a text")


def one(outcome: Outcome, *, pending: bool = False, **more: Any) -> Verified:
    return Verified(
        file=Path("a.json"),
        key=f"k-{outcome}",
        description=f"it {outcome}",
        consumer="web",
        pending=pending,
        outcome=outcome,
        mismatches=() if outcome == "passed" else (WRONG,),
        request={"method": "GET", "path": "/a", "query": {"b": ["1", "ü 2"]}},
        **{"notes": Notes(text=("fnd_1: body $.a type-changed",), findings=("fnd_1",)), **more},
    )


ALL = Verification(
    provider="orders",
    url="http://x",
    verdict="fail",
    reason="3 of 6 interactions block",
    interactions=(
        one("passed"),
        one("passed", pending=True),
        one("failed"),
        one("pending-failed", pending=True),
        one("state-failed"),
        one("error"),
    ),
)


def lines(told: Any) -> str:
    return "\n".join(text for text, _ in told)


def test_the_document_has_the_fields_that_others_rely_on() -> None:
    document = orjson.loads(present.to_json(present.verify_document(ALL)))
    failed = document["interactions"][2]

    assert (document["schema"], document["verdict"]) == ("shadowpact/verify/1", "fail")
    assert {name: failed[name] for name in ("key", "description", "consumer", "pending")} == {
        "key": "k-failed",
        "description": "it failed",
        "consumer": "web",
        "pending": False,
    }
    assert failed["outcome"] == "failed"
    assert failed["mismatches"] == [
        {
            "location": "body",
            "path": "$.a",
            "expected": 1,
            "actual": "1",
            "message": "$.a is a text",
        }
    ]
    assert [it["fixed"] for it in document["interactions"]] == [False, True, *[False] * 4]


def test_the_text_says_what_failed_on_which_request_and_why() -> None:
    text = lines(present.verify_lines(ALL))

    assert "failed          k-failed  it failed" in text
    assert "GET /a?b=1&b=%C3%BC%202  (consumer web)" in text
    assert "- $.a is a text" in text
    assert "why: fnd_1: body $.a type-changed" in text
    assert text.count("fixed           ") == 1
    assert text.endswith("orders: fail, 3 of 6 interactions block")


def test_many_fixed_interactions_are_summed_up() -> None:
    many = Verification(
        provider="orders",
        url="http://x",
        verdict="pass",
        reason="",
        interactions=tuple(one("passed", pending=True) for _ in range(25)),
    )

    assert "and 15 more" in lines(present.verify_lines(many))


def test_junit_counts_and_names_every_interaction() -> None:
    root = ET.fromstring(present.junit(ALL))  # noqa: S314 - our own output
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


def test_junit_survives_what_xml_cannot_hold() -> None:
    bad = Mismatch(part="body", path="$", message="\x00\x1b<&>\ud800")
    told = Verification(
        provider="o",
        url="",
        verdict="fail",
        reason="",
        interactions=(
            Verified(
                file=Path("a"),
                key="k",
                description="\x08d",
                consumer="c",
                pending=False,
                outcome="failed",
                mismatches=(bad,),
                request={},
                notes=Notes(),
            ),
        ),
    )

    root = ET.fromstring(present.junit(told))  # noqa: S314 - our own output

    assert root[0][0].attrib["name"] == "\N{REPLACEMENT CHARACTER}d"


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
        interactions=(built,), changed=(Path("a.json"),), left_out=(left,), unproven=(left,)
    )
    text = lines(present.build_lines(outcome))
    document = orjson.loads(present.to_json(present.build_document(outcome)))

    assert "1 interactions floor, 1 of them pending" in text
    assert "GET /a  fnd_1: not sayable" in text
    assert document["schema"] == "shadowpact/contracts-build/1"
    assert document["left_out"][0]["reason"] == "not sayable"
    assert document["changed"] == ["a.json"]


def test_promoting_says_what_is_binding_now() -> None:
    promoted = {Path("a.json"): ["k1"]}

    assert "binding now     k1  a.json" in lines(present.promote_lines(ALL, promoted))
    assert "nothing to promote" in lines(present.promote_lines(ALL, {}))
    assert present.promote_document(ALL, promoted)["promoted"] == {"a.json": ["k1"]}


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
