import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.model.batch import Batch, BehaviourKey, Cursor, FindingKey, RuleKey
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Cut
from shadowpact.model.pair import Sample
from shadowpact.store import rows
from support.build import request, response

FINDING = FindingKey("orders", "f" * 32, "GET /", "body", "$.a", "missing")
BEHAVIOUR = BehaviourKey("default", "orders", "GET /", 200, "shape")


def sample(number: int = 1, *differences: Difference) -> Sample:
    return Sample(
        exchange_id=f"exc_a_{number}",
        consumer="default",
        request=request(body=b"\x00\xff"),
        baseline=response(
            {"a": 1}, cut=Cut(reason="over-cap", length_bytes=1 << 70, sha256=bytes(32))
        ),
        candidate=None,
        differences=differences,
    )


def outcome(name: str, count: int, reason: str = "", route: str = "GET /") -> rows.Row:
    return {
        "route": route,
        "candidate": "orders",
        "outcome": name,
        "reason": reason,
        "count": count,
    }


@given(
    st.integers(0, 1 << 40),
    st.sets(st.integers(1, 10_000)).map(lambda steps: {*steps}),
)
def test_a_cursor_comes_back_with_all_that_is_finished_ahead(
    sequence: int, ahead: set[int]
) -> None:
    cursor = Cursor(
        recording="a",
        segment=3,
        offset=99,
        sequence=sequence,
        ahead=tuple(sequence + step for step in ahead),
    )
    found = rows.cursor_of(rows.cursor_row(cursor))

    assert msgspec.structs.replace(found, ahead=()) == msgspec.structs.replace(cursor, ahead=())
    assert list(found.ahead) == sorted(cursor.ahead)


def test_a_cursor_far_ahead_takes_little_room() -> None:
    ahead = tuple(range(1, 300_001))
    row = rows.cursor_row(Cursor(recording="a", ahead=ahead))

    assert len(row["ahead"]) < 310_000
    assert rows.cursor_of(row).ahead == ahead


@pytest.mark.parametrize("owner", [FINDING, BEHAVIOUR])
def test_the_owner_of_a_sample_comes_back(owner: rows.Owner) -> None:
    assert rows.owner_of(rows.owner_text(owner)) == owner


def test_a_sample_comes_back_as_it_was() -> None:
    difference = Difference(
        location="body",
        path="$.a",
        general_path="$.a",
        kind="value-changed",
        severity="changed",
        baseline={"big": 1 << 80, "text": "é\0"},
        candidate=[1.5, None, True],
    )
    kept = sample(1, difference)

    assert rows.sample_of(rows.sample_bytes(kept)) == kept


@pytest.mark.parametrize("value", ["\ud800", {"\ud800": 1}, ["\udfff"]])
def test_a_value_that_json_cannot_say_is_shown_as_python_spells_it(value: object) -> None:
    difference = Difference(
        location="body",
        path="$.\ud800",
        general_path="$.\ud800",
        kind="value-changed",
        severity="changed",
        baseline=value,
        message="not \ud800",
    )
    (found,) = rows.sample_of(rows.sample_bytes(sample(1, difference))).differences

    assert found.path == "$.\\ud800"
    assert found.baseline == ascii(value)


def test_each_exchange_is_shown_once_the_smallest_first() -> None:
    found = rows.without_repetition([sample(3), sample(1), sample(3), sample(2)])

    assert [one.exchange_id for one in found] == ["exc_a_3", "exc_a_1", "exc_a_2"]


def test_a_batch_of_counts_becomes_rows_in_a_stable_order() -> None:
    first = Batch(
        outcomes={("b", "", "pair", ""): 1, ("a", "", "pair", ""): 2},
        rules={RuleKey("r", "a", "body", "$", "missing"): 3},
    )
    second = Batch(outcomes=dict(reversed(first.outcomes.items())), rules=first.rules)

    assert list(rows.counted(first)) == list(rows.counted(second))


def test_evidence_adds_up_over_routes_and_reasons() -> None:
    found = rows.evidence(
        [
            outcome("pair", 5),
            outcome("equal", 3),
            outcome("pair", 2, route="GET /b"),
            outcome("dropped", 4, "lag"),
            outcome("dropped", 1, "lag", route="GET /b"),
            outcome("incomparable", 6, "over-cap"),
        ]
    )

    assert (found.exchanges, found.pairs, found.equal) == (18, 7, 3)
    assert (found.dropped, found.incomparable) == ({"lag": 5}, {"over-cap": 6})


def test_a_route_without_a_candidate_says_so() -> None:
    (found,) = rows.routes([{**outcome("dropped", 4, "no-candidate"), "candidate": ""}], [])

    assert (found.candidate, found.p50_ratio, found.dropped) == (None, None, {"no-candidate": 4})


def test_a_rule_that_only_raised_is_listed_too() -> None:
    found = rows.rule_hits(
        [{"rule": "a", "kind": "missing", "count": 2}, {"rule": "a", "kind": "added", "count": 1}],
        [{"rule": "b", "message": "x", "count": 4}, {"rule": "b", "message": "y", "count": 1}],
    )

    assert [(hits.rule, dict(hits.differences), hits.errors) for hits in found] == [
        ("a", {"added": 1, "missing": 2}, 0),
        ("b", {}, 5),
    ]
