"""Building from hand-made store values; what is written is proven by the real verifier."""

import json
from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts.build import VARIANT_LIMIT, BuildOutcome, build
from shadowpact.contracts.execute import Target
from shadowpact.contracts.verify import verify
from shadowpact.errors import UsageError
from shadowpact.model.exchange import Cut
from shadowpact.model.pair import Sample
from support.build import JSON, request, response
from support.provider import Answers, Asked, Reply, provider
from support.samples import behaviour, difference, finding, sample, status_difference

PRICE = difference("$.price", "type-changed", baseline=1.5, candidate="1.5")
GONE = difference("$.status", "missing", baseline="open")
CLOCK = difference("$.updated", "type-changed", ignored_by="own-clock")
ORDER = {"id": 1, "price": 1.5, "status": "open", "updated": "2025-01-01", "tags": ["a"]}
WRONG = {"id": 1, "price": "1.5", "updated": 5, "tags": ["b"]}


def order(number: int) -> Sample:
    ours, theirs = ORDER | {"id": number}, WRONG | {"id": number}
    return sample(ours, theirs, PRICE, GONE, CLOCK, target=f"/orders/{number}", name=str(number))


MISSED = sample(
    response({"error": "unknown"}, 404),
    response({"detail": "boom"}, 500),
    status_difference(404, 500),
    target="/orders/9",
    name="9",
)
SAMPLES = (order(1), order(2), MISSED)


def build_all(out: Path) -> BuildOutcome:
    orders = SAMPLES[:2]
    findings = [finding(*orders, shown=PRICE), finding(*orders, shown=GONE), finding(MISSED)]
    return build([behaviour(*orders), behaviour(MISSED)], findings, out)


def served(side: str) -> Answers:
    """A server that gives the recorded answers of one side."""
    by_target = {one.request.target: getattr(one, side) for one in SAMPLES}

    def answer(asked: Asked) -> Reply:
        recorded = by_target[asked.target]
        return Reply(status=recorded.status, body=recorded.body)

    return answer


def interactions(out: Path) -> list[dict[str, Any]]:
    files = sorted(out.rglob("*.json"))
    return [one for file in files for one in json.loads(file.read_text())["interactions"]]


def named(out: Path, part: str) -> dict[str, Any]:
    (found,) = [one for one in interactions(out) if part in one["description"]]
    return found


@pytest.fixture
def out(tmp_path: Path) -> Path:
    build_all(tmp_path / "contracts")
    return tmp_path / "contracts"


def test_there_is_a_floor_for_each_behaviour_and_one_interaction_for_each_finding(
    out: Path,
) -> None:
    kinds = [one["comments"]["shadowpact"]["kind"] for one in interactions(out)]

    assert sorted(kinds) == ["finding"] * 3 + ["floor"] * 2
    assert [file.relative_to(out).as_posix() for file in out.rglob("*.json")] == [
        "default/orders/GET_orders_id.json"
    ]


def test_the_baseline_passes_and_the_candidate_fails_for_the_findings_alone(out: Path) -> None:
    with provider(served("baseline")) as server:
        ours = verify(out, provider="orders", target=Target(url=server.url))
    with provider(served("candidate")) as server:
        theirs = verify(out, provider="orders", target=Target(url=server.url))
    failed = [one for one in theirs.interactions if one.outcome != "passed"]

    assert {one.outcome for one in ours.interactions} == {"passed"}
    assert {one.outcome for one in failed} == {"pending-failed"}
    assert sorted(mismatch.message for one in failed for mismatch in one.mismatches) == [
        '$.price is "1.5" (string), not a number',
        "$.status is missing",
        "the status is 500, not 404",
        "the status is 500, not 404; what that answer holds is not compared",
    ]
    assert all(one.notes.findings for one in failed)


def test_known_failures_start_pending_and_nothing_else_does(out: Path) -> None:
    pending = {one["description"].partition(" (")[0]: one["pending"] for one in interactions(out)}

    assert pending == {
        "GET /orders/{id} answers 200": False,
        "GET /orders/{id} answers 404": True,
        "GET /orders/{id}: $.price is a number": True,
        "GET /orders/{id}: $.status is a string": True,
        "GET /orders/{id}: the status is 404": True,
    }


def test_the_floor_leaves_alone_what_differs_and_what_a_rule_ignores(out: Path) -> None:
    floor = named(out, "answers 200")

    assert floor["response"]["body"]["content"] == {"id": 1, "tags": ["a"]}


def test_a_second_build_changes_no_byte(out: Path) -> None:
    before = {file: file.read_bytes() for file in out.rglob("*.json")}
    again = build_all(out)

    assert again.changed == ()
    assert {file: file.read_bytes() for file in out.rglob("*.json")} == before


def test_another_folder_gets_the_same_bytes(out: Path, tmp_path: Path) -> None:
    build_all(tmp_path / "elsewhere")
    texts = [
        [file.read_text() for file in sorted(folder.rglob("*.json"))]
        for folder in (out, tmp_path / "elsewhere")
    ]

    assert texts[0] == texts[1]


def edit(out: Path, part: str, **changes: Any) -> None:
    for file in out.rglob("*.json"):
        pact = json.loads(file.read_text())
        for one in pact["interactions"]:
            if part in one["description"]:
                one.update(changes)
        file.write_text(json.dumps(pact, sort_keys=True, indent=2) + "\n")


def test_a_promoted_interaction_stays_promoted(out: Path) -> None:
    edit(out, "$.price is a number", pending=False)
    build_all(out)

    assert named(out, "$.price is a number")["pending"] is False


def test_an_example_on_disk_is_kept_while_it_holds(out: Path) -> None:
    kept = named(out, "$.price is a number")["response"]
    kept["body"]["content"]["price"] = 99.5
    edit(out, "$.price is a number", response=kept)
    outcome = build_all(out)

    assert outcome.changed == ()
    assert named(out, "$.price is a number")["response"] == kept


def test_an_interaction_on_disk_that_the_baseline_fails_is_made_anew(out: Path) -> None:
    right = named(out, "$.price is a number")["response"]
    wrong = json.loads(json.dumps(right).replace('"number"', '"integer"'))
    edit(out, "$.price is a number", response=wrong, pending=False)
    build_all(out)

    assert named(out, "$.price is a number")["response"] == right
    assert named(out, "$.price is a number")["pending"] is False


def test_a_binding_floor_is_not_weakened_by_a_new_finding(tmp_path: Path) -> None:
    good = sample(ORDER)
    build([behaviour(good)], [], tmp_path)
    before = named(tmp_path, "answers 200")["response"]
    bad = sample(ORDER, WRONG, PRICE, GONE, CLOCK, name="2")
    build([behaviour(bad)], [finding(bad)], tmp_path)
    after = named(tmp_path, "answers 200")["response"]

    assert "price" in before["body"]["content"]
    assert after["body"]["content"] == {
        name: value for name, value in before["body"]["content"].items() if name != "updated"
    }  # only what a rule ignores now is let go


def test_interactions_without_evidence_are_kept_and_reported(out: Path) -> None:
    outcome = build([behaviour(order(1))], [finding(order(1), state="accepted")], out)

    assert len(interactions(out)) == 5
    assert sorted(
        one.reason.partition(": ")[2].partition(" is ")[2] for one in outcome.unproven
    ) == [
        "",
        "",
        "",
        "real and accepted",
    ]


def test_undecided_and_accepted_findings_get_no_interaction(tmp_path: Path) -> None:
    shown = order(1)
    findings = [finding(shown, verdict="undecided"), finding(shown, shown=GONE, state="accepted")]
    outcome = build([behaviour(shown)], findings, tmp_path)

    assert [one.kind for one in outcome.interactions] == ["floor"]


def test_a_status_that_nobody_has_decided_on_gets_no_interaction(tmp_path: Path) -> None:
    outcome = build([behaviour(MISSED)], [finding(MISSED, verdict="undecided")], tmp_path)

    assert outcome.interactions == ()
    assert "answers 500 instead of 404" in outcome.left_out[0].reason


def test_a_candidate_that_gives_no_answer_is_a_known_failure(tmp_path: Path) -> None:
    silent = Sample(
        exchange_id="exc_rec_1",
        consumer="default",
        request=request(),
        baseline=response({"a": 1}),
        candidate=None,
        differences=(difference("", "missing", location="status", baseline=200),),
    )
    outcome = build([behaviour(silent)], [finding(silent)], tmp_path)

    assert [(one.kind, one.is_pending) for one in outcome.interactions] == [
        ("finding", True),
        ("floor", True),
    ]


def test_what_pact_cannot_express_is_listed_with_its_reason(tmp_path: Path) -> None:
    slow = sample({}, {}, difference("", "value-changed", location="latency"))
    extra = sample({}, {}, difference("x-debug", "added", location="header"))
    outcome = build([], [finding(slow), finding(extra)], tmp_path)

    assert outcome.interactions == ()
    assert sorted(one.reason for one in outcome.left_out) == [
        "Pact cannot say that a header is absent",
        "Pact does not measure latency",
    ]


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        ([sample(response({}, 503))], "the baseline failed"),
        ([sample({}, asked=request(target="/a?k=[redacted]"))], "holds a secret"),
        (
            [sample({"a": 1}, name="1"), sample(response({"a": 1}, 404), name="2")],
            "several statuses to the same request",
        ),
    ],
)
def test_behaviour_that_cannot_be_asked_for_is_left_out(
    samples: list[Sample], reason: str, tmp_path: Path
) -> None:
    outcome = build([behaviour(one) for one in samples], [], tmp_path)

    assert outcome.interactions == ()
    assert all(reason in one.reason for one in outcome.left_out)


def test_a_route_has_a_limit_of_variants_the_most_frequent_first(tmp_path: Path) -> None:
    shapes = [sample({f"name_{'x' * n}": 1}, target=f"/orders/{n}") for n in range(1, 11)]
    outcome = build([behaviour(one, count=n) for n, one in enumerate(shapes)], [], tmp_path)

    assert len(outcome.interactions) == VARIANT_LIMIT == 8
    assert [one.reason for one in outcome.left_out] == ["more than 8 variants of this route"] * 2


def test_bodies_that_are_no_json_or_not_whole_are_asked_for_by_media_type(tmp_path: Path) -> None:
    cut = Cut(reason="over-cap", length_bytes=9, sha256=b"0" * 32)
    image = response(body=b"\x89PNG", headers=((b"content-type", b"image/png"),))
    partial = response(body=b'{"a": [1, 2', headers=JSON, cut=cut)
    build(
        [
            behaviour(sample(image, target="/i"), route="GET /i"),
            behaviour(sample(partial, target="/p"), route="GET /p"),
        ],
        [],
        tmp_path,
    )

    assert [sorted(one["response"]) for one in interactions(tmp_path)] == [
        ["headers", "matchingRules", "status"]
    ] * 2


def test_what_repeats_a_header_of_the_connection_is_not_asked_for(tmp_path: Path) -> None:
    asked = request(headers=((b"connection", b"keep-alive"), (b"accept", b"*/*")))
    ours = {"headers": {"Connection": "keep-alive", "Accept": "*/*"}}
    theirs = {"headers": {"Accept": "*/*"}}
    lost = difference("$.headers.Connection", "missing")
    alike = sample(ours, ours, asked=asked, name="1")
    differing = sample(ours, theirs, lost, asked=asked, name="2")
    outcome = build([behaviour(alike)], [finding(differing)], tmp_path)
    (held,) = interactions(tmp_path)
    (schema,) = tmp_path.glob("schemas/*/*.jsonschema")

    assert held["response"]["body"]["content"] == {"headers": {"Accept": "*/*"}}
    assert '"Connection": {}' in schema.read_text()  # whatever it is, and also none
    assert [one.reason for one in outcome.left_out] == [
        "it repeats a request header that no verifier sends again"
    ]


def test_secrets_never_get_into_a_contract(tmp_path: Path) -> None:
    asked = request(headers=((b"authorization", b"[redacted]"),))
    build([behaviour(sample({"a": 1}, asked=asked))], [], tmp_path)
    (held,) = interactions(tmp_path)

    assert "headers" not in held["request"]
    assert held["comments"]["shadowpact"]["credentials"] == ["authorization"]


def test_a_file_in_the_way_that_is_no_pact_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "default" / "orders"
    folder.mkdir(parents=True)
    (folder / "notes.json").write_text("{}")

    with pytest.raises(UsageError, match=r"notes\.json: is no pact"):
        build([behaviour(order(1))], [], tmp_path)


def test_nothing_seen_builds_nothing(tmp_path: Path) -> None:
    assert build([], [], tmp_path) == BuildOutcome()
    assert list(tmp_path.iterdir()) == []
