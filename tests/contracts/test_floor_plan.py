"""Plans are told what the verifier said; here by hand, so that every turn can be taken."""

from typing import Any

import pytest

from shadowpact.contracts.evidence import Party, parties
from shadowpact.contracts.execute import Ran
from shadowpact.contracts.floor_plan import FloorPlan, floor_key
from shadowpact.contracts.mismatch import Mismatch, Part
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.pair import Sample
from support.build import JSON, response
from support.samples import behaviour, difference, sample, status_difference

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


def body(plan: FloorPlan) -> Any:
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
