import orjson

from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.present_verify import (
    both_sides,
    interaction_lines,
    seen_in_words,
    verify_document,
    verify_lines,
)
from shadowpact.contracts.printing import to_json
from shadowpact.contracts.sidecar import Seen
from support.verified import ALL, SEEN, text_of, verification, verified


def test_the_document_has_the_fields_that_others_rely_on() -> None:
    document = orjson.loads(to_json(verify_document(ALL)))
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
    assert failed["seen"]["count"] == 17


def test_the_text_says_what_failed_on_which_request_how_often_and_why() -> None:
    (failed,) = [one for one in ALL.interactions if one.key == "k-failed"]

    assert text_of(interaction_lines(failed, ALL.url)).splitlines() == [
        "failed          k-failed  it failed",
        "                GET /a?b=1&b=%C3%BC%202  (consumer web)",
        "                - $.a is a text",
        '                  baseline said 1, candidate says "1"',
        (
            "                seen 17 times in 60 pairs, first 2026-05-04T10:00:00Z, last "
            "2026-05-06T10:00:00Z (trace 4bf92f3577b34da6a3ce929d0e0e4736)"
        ),
        "                why: fnd_1: body $.a type-changed",
        (
            '                curl -sS -i -H "Authorization: $AUTHORIZATION" '
            "-H 'X-A: it'\"'\"'s' 'http://orders.test/a?b=1'"
        ),
    ]


def test_the_text_ends_with_the_verdict() -> None:
    text = text_of(verify_lines(ALL))

    assert text.count("fixed           ") == 1
    assert text.endswith("orders: fail, 3 of 6 interactions block")


def test_a_provider_that_cannot_be_reached_is_one_line() -> None:
    told = verification(verified("error"), verdict="no-evidence", reason="no connection")

    assert text_of(verify_lines(told)) == "orders: no-evidence, no connection"


def test_remarks_are_told() -> None:
    told = verification(verified("passed"), verdict="pass", remarks=("k: a waiver has expired",))

    assert "remark          k: a waiver has expired" in text_of(verify_lines(told))


def test_many_fixed_interactions_are_summed_up() -> None:
    many = verification(*(verified("passed", pending=True) for _ in range(25)), verdict="pass")

    assert "and 15 more" in text_of(verify_lines(many))


def test_what_is_missing_is_nothing() -> None:
    missing = Mismatch(part="body", path="$.a", expected=[1], message="$.a is missing")
    gone = Mismatch(part="body", path="$.a", message="$.a is missing")
    other = Mismatch(part="other", path="", message="no answer")

    assert both_sides(missing) == "baseline said [1], candidate says nothing"
    assert both_sides(gone) == both_sides(other) == ""


def test_evidence_without_dates_is_a_count() -> None:
    assert seen_in_words(Seen(key="k", route="r", count=1)) == "seen 1 time"
    assert seen_in_words(SEEN).startswith("seen 17 times in 60 pairs, first 2026-05-04")
