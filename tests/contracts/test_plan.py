"""Plans are told what the verifier said; here by hand, so that every turn can be taken."""

from typing import Any

import pytest

from shadowpact.contracts.evidence import Party, parties
from shadowpact.contracts.execute import Ran
from shadowpact.contracts.mismatch import Mismatch, Part
from shadowpact.contracts.plan import FloorPlan, NarrowPlan, floor_key, narrow_plan
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.exchange import Cut
from shadowpact.model.pair import Sample
from support.build import JSON, response
from support.samples import behaviour, difference, finding, sample, status_difference

MATCHED = Ran(ending="matched")
PRICE = difference("$.price", baseline=1, candidate="1")


def mismatched(path: str, part: Part = "body") -> Ran:
    return Ran(
        ending="mismatched", mismatches=(Mismatch(part=part, path=path, message=f"at {path}"),)
    )


def party_of(*behaviours: Behaviour) -> Party:
    (party,) = parties(behaviours, [])
    return party


def floor_plan(*samples: Sample, on_disk: dict[str, Any] | None = None) -> FloorPlan:
    seen = behaviour(*samples)
    return FloorPlan(party_of(seen), seen, on_disk)


def body(plan: FloorPlan | NarrowPlan) -> Any:
    return plan.expected().get("body", {}).get("content")


def test_a_floor_is_done_when_all_answers_match() -> None:
    plan = floor_plan(sample({"a": 1, "b": 2}))

    assert body(plan) == {"a": 1, "b": 2}
    assert plan.judge([MATCHED] * len(plan.cases()))


def test_a_floor_lets_go_of_a_place_that_does_not_hold() -> None:
    plan = floor_plan(sample({"a": 1, "b": 2}))
    done = plan.judge([mismatched("$.b"), MATCHED])

    assert not done
    assert body(plan) == {"a": 1}


def test_a_floor_lets_go_of_a_header_that_does_not_hold() -> None:
    moved = response({"a": 1}, headers=(*JSON, (b"location", b"/x")))
    plan = floor_plan(sample(moved))
    plan.judge([mismatched("location", "header"), MATCHED])

    assert sorted(plan.expected()["headers"]) == ["content-type"]
    assert body(plan) == {"a": 1}


def test_another_media_type_takes_the_body_with_it() -> None:
    plan = floor_plan(sample({"a": 1}))
    plan.judge([mismatched("content-type", "header"), MATCHED])

    assert plan.expected() == {"status": 200}


def test_a_floor_that_never_holds_gives_up() -> None:
    plan = floor_plan(sample({"a": 1}))
    with pytest.raises(NotExpressibleError, match=r"self-check failed: at \$"):
        _ = [plan.judge([mismatched("$"), MATCHED]) for _ in range(10)]


def test_a_self_check_that_cannot_run_gives_up() -> None:
    broken = Ran(
        ending="error", mismatches=(Mismatch(part="other", path="", message="broken off"),)
    )

    with pytest.raises(NotExpressibleError, match="broken off"):
        floor_plan(sample({"a": 1})).judge([broken, MATCHED])


def test_a_version_on_disk_is_offered_first_and_only_loosened() -> None:
    response_on_disk = {
        "status": 200,
        "headers": {"Location": ["/x"]},
        "body": {
            "contentType": "application/json",
            "encoded": False,
            "content": {"a": 5, "b": 6, "l": [{"n": 1}]},
        },
        "matchingRules": {
            "header": {"Location": {}},
            "body": {"$.a": {}, "$.b": {}, "$.l": {}, "$.l[*].n": {}},
        },
    }
    plan = floor_plan(sample({"a": 1}), on_disk={"key": "k", "response": response_on_disk})
    before = plan.expected()
    plan.judge([mismatched("$.b"), MATCHED])
    plan.judge([mismatched("$.l[0].n"), MATCHED])
    plan.judge([mismatched("location", "header"), MATCHED])
    after = plan.expected()

    assert before == response_on_disk
    assert after["body"]["content"] == {"a": 5, "l": [{}]}
    assert after["matchingRules"] == {"header": {}, "body": {"$.a": {}, "$.l": {}}}
    assert after["headers"] == {}


def test_a_version_on_disk_stays_although_the_candidate_fails_it_now() -> None:
    plan = floor_plan(sample({"a": 1}, {"a": "1"}), on_disk={"key": "k", "response": {}})

    assert plan.judge([MATCHED, mismatched("$.a")])


def test_the_sample_that_is_shown_is_one_that_both_sides_answer_alike() -> None:
    differs = sample({"a": 1}, response({}, 500), status_difference(200, 500), name="1")
    empty = sample({"a": 1, "l": []}, name="2", target="/orders/2")
    alike = sample({"a": 1}, name="3", target="/orders/3333")
    lists = sample({"a": 1, "l": [1]}, name="4", target="/orders/44444")

    assert floor_plan(differs, alike).sample == alike
    assert floor_plan(empty, lists).sample == lists


def test_a_key_names_consumer_provider_route_status_and_shape() -> None:
    seen = behaviour(sample({"a": 1}))
    others = [
        behaviour(sample({"b": 1})),
        behaviour(sample({"a": 1}), route="GET /x"),
        behaviour(sample(response({"a": 1}, 201))),
    ]
    keys = {floor_key(party_of(seen), it) for it in (seen, *others)}

    assert len(keys) == 4


def narrow_of(*samples: Sample, on_disk: dict[str, Any] | None = None) -> NarrowPlan:
    told = finding(*samples)
    (party,) = parties([], [told])
    made = narrow_plan(party, told, {})
    return narrow_plan(party, told, {made.key: on_disk}) if on_disk else made


def test_a_narrow_plan_is_done_when_the_candidate_fails_at_the_place_alone() -> None:
    plan = narrow_of(sample({"price": 1}, {"price": "1"}, PRICE))

    assert plan.judge([MATCHED, mismatched("$.price")])
    assert plan.result()["pending"] is True


def try_all(plan: NarrowPlan, theirs: Ran, offered: list[Any]) -> None:
    is_done = False
    while not is_done:
        offered.append(plan.expected()["matchingRules"]["body"]["$.price"]["matchers"])
        is_done = plan.judge([MATCHED, theirs])


@pytest.mark.parametrize(
    "theirs", [MATCHED, mismatched("$.other"), mismatched("", "status"), mismatched("x", "header")]
)
def test_a_narrow_plan_tries_the_next_matcher_otherwise_and_then_gives_up(theirs: Ran) -> None:
    plan = narrow_of(sample({"price": 1}, {"price": "1"}, PRICE))
    offered: list[Any] = []
    with pytest.raises(NotExpressibleError, match="self-check failed"):
        try_all(plan, theirs, offered)

    assert offered == [[{"match": "number"}], [{"match": "integer"}], [{"match": "equality"}]]


def test_a_narrow_version_on_disk_stays_while_it_holds() -> None:
    held = {"key": "k", "pending": False, "response": {"status": 200}}
    plan = narrow_of(sample({"price": 1}, {"price": "1"}, PRICE), on_disk=held)

    assert plan.expected() == {"status": 200}
    assert plan.judge([MATCHED, mismatched("$.price")])
    assert plan.result() is held


def test_a_narrow_version_on_disk_that_fails_is_made_anew_and_stays_binding() -> None:
    held = {"key": "k", "pending": False, "response": {"status": 200}}
    plan = narrow_of(sample({"price": 1}, {"price": "1"}, PRICE), on_disk=held)

    assert not plan.judge([MATCHED, MATCHED])
    assert plan.judge([MATCHED, mismatched("$.price")])
    assert plan.result()["pending"] is False


def test_a_finding_below_another_status_is_left_to_the_finding_of_the_status() -> None:
    with pytest.raises(NotExpressibleError, match="another status"):
        narrow_of(sample({"price": 1}, response({"price": "1"}, 500), PRICE))


def test_a_finding_whose_body_was_not_kept_whole_is_refused() -> None:
    cut = Cut(reason="over-cap", length_bytes=9, sha256=b"0" * 32)

    with pytest.raises(NotExpressibleError, match="not kept whole"):
        narrow_of(sample(response(body=b"{", cut=cut), {"price": "1"}, PRICE))
