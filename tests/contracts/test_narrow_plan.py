"""Plans are told what the verifier said; here by hand, so that every turn can be taken."""

from typing import Any

import pytest

from shadowpact.contracts.evidence import parties
from shadowpact.contracts.execute import Ran
from shadowpact.contracts.mismatch import Mismatch, Part
from shadowpact.contracts.narrow_plan import NarrowPlan, narrow_plan
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.model.exchange import Cut
from shadowpact.model.pair import Sample
from support.build import response
from support.samples import difference, finding, sample

MATCHED = Ran(ending="matched")
PRICE = difference("$.price", baseline=1, candidate="1")


def mismatched(path: str, part: Part = "body") -> Ran:
    return Ran(
        ending="mismatched", mismatches=(Mismatch(part=part, path=path, message=f"at {path}"),)
    )


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
