import base64
import json

import msgspec

from shadowpact.model.alias import AliasCounts
from shadowpact.model.evidence import Evidence
from shadowpact.model.exchange import Cut
from shadowpact.report.documents import (
    difference_document,
    finding_document,
    findings_document,
    report_document,
    to_json,
)
from support.build import request, response
from support.reports import ORDER, order_finding, order_sample, picture, rule
from support.samples import difference, finding, sample


def test_the_findings_document_has_the_shape_that_others_rely_on() -> None:
    seen = picture()
    document = json.loads(
        to_json(
            findings_document(
                seen.evidence,
                [view.evidence for view in seen.routes],
                [order_finding()],
                AliasCounts(bound=3),
            )
        )
    )

    assert document["schema"] == "shadowpact/findings/1"
    assert document["aliases"] == {"bound": 3, "conflicts": 0, "unknown": 0}
    assert set(document["evidence"]) >= {"exchanges", "pairs", "equal", "dropped", "incomparable"}
    assert set(document["routes"][0]) >= {
        *("route", "candidate", "pairs", "equal", "p50_ratio", "p95_ratio")
    }
    (one,) = document["findings"]
    assert set(one) >= {
        *("id", "fingerprint", "route", "location", "path", "kind", "severity", "count", "pairs"),
        *("verdict", "state", "samples"),
    }
    assert one["first_seen_at"] == "2025-06-15T12:00:00.000Z"


def test_a_difference_has_label_and_message_only_where_there_are_any() -> None:
    bare = difference_document(order_sample().differences[0], ORDER)
    told = msgspec.structs.replace(order_sample().differences[0], message="m", label="items[a=1]")

    assert {"label", "message"}.isdisjoint(bare)
    assert difference_document(told, None)["label"] == "items[a=1]"
    assert difference_document(told, None)["message"] == "m"


def test_bodies_are_text_or_base64_and_say_when_they_were_cut() -> None:
    cut = Cut(reason="over-cap", length_bytes=9, sha256=bytes(32))
    shown = sample(
        response(body=b"\xff\x00"),
        response(body=b"abc", cut=cut),
        difference(),
        asked=request(body=b"asked"),
    )
    (kept,) = finding_document([finding(shown)])["findings"][0]["samples"]

    assert base64.b64decode(kept["baseline"]["body_base64"]) == b"\xff\x00"
    assert kept["candidate"]["body"] == "abc"
    assert kept["candidate"]["body_cut"]["length_bytes"] == 9
    assert kept["request"]["body"] == "asked"


def test_a_finding_in_full_has_its_request_as_a_command() -> None:
    bare = msgspec.structs.replace(order_finding(), samples=())
    documents = finding_document([order_finding(), bare])["findings"]

    assert documents[0]["curl"].startswith("curl ")
    assert documents[1]["curl"] is None


def test_the_report_document_has_verdicts_rules_and_steps() -> None:
    document = report_document(picture(order_finding(), rules=(rule(),)))

    assert document["headline"] == "1 of 2 routes may be switched"
    assert document["routes"][0]["verdict"] == "fail"
    assert document["routes"][0]["open_findings"] == [order_finding().id]
    assert document["rules"][0]["count"] == 20
    assert document["next"][0]["command"].startswith("shadowpact findings show")


def test_the_report_document_does_not_say_when_it_was_made() -> None:
    early = Evidence(exchanges=1, pairs=1, backlog=1, lag_ms=10)
    late = msgspec.structs.replace(early, lag_ms=99)

    assert report_document(picture(evidence=early)) == report_document(picture(evidence=late))
