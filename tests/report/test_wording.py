from typing import get_args

import pytest

from shadowpact.gate.decide import DELIBERATE
from shadowpact.model.difference import Kind
from shadowpact.model.evidence import Evidence, IgnoredDifferences
from shadowpact.report.wording import (
    KINDS,
    REASONS,
    amount,
    anchor,
    evidence_sum,
    example,
    ignored_counts,
    losses,
    percent,
    route_name,
    times,
    values,
)
from support.reports import TYPE_CHANGED, order_finding
from support.samples import difference, finding, sample


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 100, "0 %"),
        (100, 100, "100 %"),
        (9_999, 10_000, "> 99 %"),
        (1, 10_000, "< 1 %"),
        (96, 108, "89 %"),
        (0, 0, "-"),
    ],
)
def test_a_share_is_0_or_100_only_when_it_is_exact(part: int, whole: int, expected: str) -> None:
    assert percent(part, whole) == expected


def test_amounts_have_their_plural() -> None:
    assert amount(1, "route") == "1 route"
    assert amount(1234, "route") == "1,234 routes"
    assert amount(0, "pair") == "0 pairs"


def test_no_ratio_is_a_dash() -> None:
    assert (times(None), times(1.254)) == ("-", "1.25x")


def test_a_side_without_a_value_is_told_from_null() -> None:
    assert values(difference(kind="missing", baseline=1)) == ("1", "(none)")
    assert values(difference(kind="added", candidate=None)) == ("(none)", "null")
    assert values(difference(kind="type-changed", baseline=1)) == ("1", "null")


def test_the_example_is_of_the_finding_and_not_of_an_ignored_twin() -> None:
    ignored = difference("$.total", baseline=1, candidate="1", ignored_by="rule")
    one = finding(sample({}, {}, ignored, TYPE_CHANGED), shown=TYPE_CHANGED)

    assert example(one) == '5 → "5"'


def test_a_finding_without_a_sample_has_no_example() -> None:
    assert not example(finding(shown=TYPE_CHANGED))


def test_the_sum_of_the_evidence_adds_up() -> None:
    seen = Evidence(
        exchanges=12, pairs=7, equal=5, dropped={"damaged": 3}, incomparable={"lag": 1, "sealed": 1}
    )

    assert evidence_sum(seen) == "12 exchanges = 7 compared (5 equal) + 3 dropped + 2 incomparable"
    assert losses(seen) == [
        ("dropped", "damaged", 3, REASONS["damaged"]),
        ("incomparable", "lag", 1, REASONS["lag"]),
        ("incomparable", "sealed", 1, REASONS["sealed"]),
    ]


def test_a_reason_nobody_explained_explains_itself_safely() -> None:
    seen = Evidence(exchanges=1, dropped={"\x1b": 1})

    assert losses(seen) == [("dropped", "\x1b", 1, "\\u001b")]


def test_ignored_differences_are_added_up_by_rule() -> None:
    hits = [
        IgnoredDifferences(
            rule=name, route="GET /", location="body", path=path, kind="missing", count=2
        )
        for name, path in (("b", "$.x"), ("a", "$.x"), ("b", "$.y"))
    ]

    assert ignored_counts(hits) == {"a": 2, "b": 4}


def test_every_kind_and_deliberate_reason_has_its_words() -> None:
    assert set(KINDS) == set(get_args(Kind.__value__))
    assert set(REASONS) >= DELIBERATE - {"websocket"}


def test_what_could_not_be_read_has_a_route_to_be_listed_under() -> None:
    assert route_name("") == "(damaged)"


def test_findings_of_two_candidates_have_anchors_of_their_own() -> None:
    one, other = order_finding(), finding(*order_finding().samples, candidate="new orders")

    assert one.id == other.id
    assert anchor(one) != anchor(other)
    assert " " not in anchor(other)
