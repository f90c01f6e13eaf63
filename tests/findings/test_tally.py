from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.findings import tally as tally_module
from shadowpact.findings.tally import Tally
from shadowpact.model.batch import Batch, BehaviourKey, FindingKey, RuleKey, SampleRank
from shadowpact.model.difference import Difference, Kind, Location
from shadowpact.model.exchange import Failure, Response
from shadowpact.model.finding import fingerprint
from shadowpact.model.histogram import bucket
from shadowpact.model.pair import Pair, Sample
from support.build import STARTED_US, exchange, request, response

BEHAVIOUR = BehaviourKey("default", "orders", "GET /orders/{id}", 200, "shape")


def difference(path: str = "$.a", ignored_by: str | None = None, **fields: Any) -> Difference:
    values = {"location": "body", "kind": "value-changed", "severity": "changed", **fields}
    return Difference(path=path, general_path=path, ignored_by=ignored_by, **values)


def pair(
    number: int = 1, answer: Response | Failure | None = None, *, at_us: int = STARTED_US
) -> Pair:
    return Pair(
        exchange_id=f"exc_a_{number}",
        exchange=exchange(started_us=at_us),
        candidate="orders",
        route="GET /orders/{id}",
        answer=answer or response({"id": 2}),
    )


def sample_of(one: Pair) -> Sample:
    return Sample(
        exchange_id=one.exchange_id,
        consumer="default",
        request=request(),
        baseline=response(),
        candidate=None,
    )


def add(into: Tally, one: Pair, *differences: Difference) -> None:
    into.add_pair(one, differences, BEHAVIOUR, lambda: sample_of(one))


def added(*differences: Difference) -> Batch:
    into = Tally()
    add(into, pair(), *differences)
    return into.batch


def key(path: str = "$.a", kind: Kind = "value-changed", location: Location = "body") -> FindingKey:
    route = "GET /orders/{id}"
    print_ = fingerprint(route, location, path, kind)
    return FindingKey("orders", print_, route, location, path, kind)


def outcomes(batch: Batch) -> dict[str, int]:
    return {outcome: count for (_, _, outcome, _), count in batch.outcomes.items()}


def test_a_pair_without_a_difference_is_equal() -> None:
    assert outcomes(added()) == {"pair": 1, "equal": 1}
    assert added().findings == {}


def test_a_pair_with_only_ignored_differences_is_equal_and_says_what_was_ignored() -> None:
    batch = added(difference(ignored_by="clock"), difference("$.b", ignored_by="clock"))

    assert outcomes(batch) == {"pair": 1, "equal": 1}
    assert batch.findings == {}
    assert set(batch.rules) == {
        RuleKey("clock", "GET /orders/{id}", "body", path, "value-changed")
        for path in ("$.a", "$.b")
    }


def test_a_pair_with_an_open_difference_is_not_equal() -> None:
    batch = added(difference(), difference("$.b", ignored_by="clock"))

    assert outcomes(batch) == {"pair": 1}
    assert set(batch.findings) == {key()}


def test_differences_of_one_finding_are_counted_and_their_pair_once() -> None:
    into = Tally()
    add(into, pair(1), difference(), difference(), difference("$.b"))
    add(into, pair(2), difference())

    assert into.batch.findings[key()].count == 3
    assert into.batch.findings[key()].pairs == 2
    assert into.batch.findings[key("$.b")].count == 1


def test_first_and_last_seen_are_of_the_earliest_and_latest_exchange() -> None:
    into = Tally()
    for number, at_us in enumerate((50, 0, 90, 20)):
        add(into, pair(number, at_us=at_us), difference())
    delta = into.batch.findings[key()]

    assert (delta.first_seen_us, delta.last_seen_us) == (0, 90)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_finding_is_as_bad_as_its_worst_difference(is_reversed: bool) -> None:
    found = [
        difference("", location="status", baseline=200, candidate=201),
        difference("", location="status", baseline=200, candidate=500, severity="breaking"),
    ]
    into = Tally()
    for number, one in enumerate(reversed(found) if is_reversed else found):
        add(into, pair(number), one)
    (delta,) = into.batch.findings.values()

    assert delta.severity == "breaking"
    assert delta.is_status_class


def test_latencies_of_both_sides_are_counted() -> None:
    into = Tally()
    add(into, pair(1, response(elapsed_ms=7.0)))
    add(into, pair(2, Failure(kind="time-out", elapsed_ms=5000)), difference())
    counts = {(side, number): n for (_, _, side, number), n in into.batch.latencies.items()}

    assert counts == {("baseline", bucket(1.0)): 2, ("candidate", bucket(7.0)): 1}


def test_behaviours_are_counted() -> None:
    into = Tally()
    for number in range(3):
        add(into, pair(number))

    assert into.batch.behaviours == {BEHAVIOUR: 3}


def test_a_sample_is_kept_for_the_finding_and_the_behaviour() -> None:
    owners = {owner for owner, _ in added(difference()).samples}

    assert owners == {key(), BEHAVIOUR}


def test_a_sample_is_only_made_when_it_is_kept() -> None:
    into = Tally()
    made = []
    for number in range(500):
        one = pair(number)

        def make(one: Pair = one) -> Sample:
            made.append(one.exchange_id)
            return sample_of(one)

        into.add_pair(one, (difference(),), BEHAVIOUR, make)

    assert len(set(made)) < 60


def test_a_sample_that_cannot_be_made_leaves_no_trace_in_the_counts() -> None:
    def broken() -> Sample:
        raise RecursionError

    into = Tally()
    with pytest.raises(RecursionError):
        into.add_pair(pair(), (difference(),), BEHAVIOUR, broken)

    assert into.batch.is_empty
    assert (into.batch.findings, into.batch.behaviours, into.batch.latencies) == ({}, {}, {})


def test_rules_that_raised_are_counted() -> None:
    into = Tally()
    into.add_rule_errors([("clock", "broken"), ("clock", "broken"), ("other", "broken")])

    assert into.batch.rule_errors == {("clock", "broken"): 2, ("other", "broken"): 1}


def test_after_a_commit_it_begins_anew_and_remembers_what_is_held() -> None:
    into = Tally()
    for number in range(50):
        add(into, pair(number), difference())
    into.clear()
    assert into.batch.is_empty
    for number in range(50):
        add(into, pair(number), difference())

    assert into.batch.samples == {}
    assert into.batch.findings[key()].count == 50


def test_beyond_the_limit_findings_are_counted_as_one_per_route_and_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally_module, "MAX_FINDINGS", 10)
    into = Tally()
    for number in range(100):
        add(into, pair(number), difference(f"$.a{number}"))
        add(into, pair(number), difference(f"$.b{number}", ignored_by="clock"))
    findings, rules = into.batch.findings, into.batch.rules

    assert len(findings) == len(rules) == 11
    assert findings[key("$..*")].count == 90
    assert sum(rules.values()) == 100


def test_beyond_the_limit_behaviours_are_counted_and_not_sampled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally_module, "MAX_BEHAVIOURS", 1)
    into = Tally()
    other = BehaviourKey("default", "orders", "GET /orders/{id}", 200, "other")
    for number, behaviour in enumerate((BEHAVIOUR, other)):
        one = pair(number)
        into.add_pair(one, (), behaviour, lambda one=one: sample_of(one))  # type: ignore[misc]  # mypy cannot infer the default

    assert {owner for owner, _ in into.batch.samples} == {BEHAVIOUR}
    assert into.batch.outcomes["GET /orders/{id}", "orders", "pair", ""] == 2


@pytest.mark.parametrize("name", ["\ud800", "\0", "é\udfff"])
def test_a_member_whose_name_no_database_takes_is_spelled_out(name: str) -> None:
    batch = added(difference(f"$.{name}"), difference(f"$.{name}", ignored_by="clock"))
    (found,) = batch.findings
    (rule,) = batch.rules

    assert found.path.isprintable()
    assert found.path == rule.path
    assert found.path.encode()


STEPS = st.lists(
    st.one_of(
        st.sampled_from(["dropped", "incomparable"]),
        st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=4),
    ),
    max_size=25,
)


@given(STEPS)
def test_the_counts_add_up_whatever_happened(steps: list[str | list[tuple[str, bool]]]) -> None:
    into = Tally()
    expected: Counter[str] = Counter()
    for number, step in enumerate(steps):
        if isinstance(step, str):
            into.add_outcome("", None, "dropped" if step == "dropped" else "incomparable", "why")
            expected[step] += 1
            continue
        add(into, pair(number), *(difference(p, "rule" if r else None) for p, r in step))
        expected["pair"] += 1
        expected["equal"] += all(is_ignored for _, is_ignored in step)
        expected["open"] += sum(not is_ignored for _, is_ignored in step)
        expected["ignored"] += sum(is_ignored for _, is_ignored in step)
    batch = into.batch
    counted = Counter(outcomes(batch))

    assert counted == +Counter(
        {n: expected[n] for n in ("dropped", "incomparable", "pair", "equal")}
    )
    assert sum(delta.count for delta in batch.findings.values()) == expected["open"]
    assert sum(batch.rules.values()) == expected["ignored"]
    assert sum(batch.behaviours.values()) == expected["pair"]
    assert all(isinstance(rank, SampleRank) for _, rank in batch.samples)


def test_a_latency_that_the_recording_does_not_tell_is_in_no_ratio() -> None:
    into = Tally()
    unknown = exchange(answered=response({"id": 1}, elapsed_ms=0.0))
    add(into, msgspec.structs.replace(pair(), exchange=unknown))

    assert into.batch.latencies == {}
    assert into.batch.outcomes["GET /orders/{id}", "orders", "pair", ""] == 1
