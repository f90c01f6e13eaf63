"""What a population says about a place; what Pact makes of the rules is proven in test_keep."""

from collections.abc import Sequence
from typing import Any

import pytest

from shadowpact.contracts.formats import BY_NAME
from shadowpact.contracts.population import (
    format_in,
    is_never_empty,
    key_pattern,
    scalar_matcher,
    values_in,
)
from shadowpact.model.profile import FieldStats

STATES = FieldStats(kinds={"string": 60}, values={"open": 40, "paid": 20})
DAYS = FieldStats(kinds={"string": 12}, formats={"date": 12})


def rules(values: Sequence[Any], stats: FieldStats | None, *, is_plain: bool = False) -> list[str]:
    matcher = scalar_matcher(values, stats, is_plain=is_plain)
    return [rule["match"] for rule in matcher.rules] if matcher else []


@pytest.mark.parametrize(
    ("values", "kinds", "expected"),
    [
        ([1], {"integer": 5, "decimal": 1}, ["number"]),
        ([1.5], {"decimal": 5}, ["decimal"]),
        (["x"], {"string": 5, "null": 1}, ["type", "null"]),
        (["x"], {"string": 5, "integer": 1}, []),
        (["x"], {"string": 5, "object": 1}, []),
        ([None], {"string": 5, "null": 1}, []),
    ],
)
def test_kinds_that_no_sample_shows_count_too(
    values: list[Any], kinds: dict[str, int], expected: list[str]
) -> None:
    assert rules(values, FieldStats(kinds=kinds)) == expected


def test_without_a_population_only_the_samples_speak() -> None:
    assert rules(["open"], None) == ["type"]


def test_few_values_that_all_came_often_are_an_enumeration() -> None:
    matcher = scalar_matcher(["paid"], STATES, is_plain=False)

    assert matcher is not None
    assert matcher.rules[1] == {"match": "regex", "regex": "^(?:open|paid)$"}
    assert matcher.example == "paid"


@pytest.mark.parametrize(
    "stats",
    [
        FieldStats(kinds={"string": 49}, values={"open": 40, "paid": 9}),
        FieldStats(kinds={"string": 60}, values={"open": 59, "paid": 1}),
        FieldStats(kinds={"string": 60}, values={"open": 60}),
        FieldStats(kinds={"string": 61}, values={"open": 40, "paid": 20}),
        FieldStats(kinds={"string": 60}, has_many=True),
        FieldStats(kinds={"string": 90}, values={f"v{n}": 10 for n in range(9)}),
    ],
)
def test_values_are_open_when_some_are_rare_or_they_are_too_many_or_too_few(
    stats: FieldStats,
) -> None:
    assert values_in(stats) == ()
    assert rules(["open"], stats) == ["type"]


def test_a_value_of_a_sample_that_the_population_does_not_have_keeps_it_open() -> None:
    assert rules(["open", "OPEN"], STATES) == ["type"]


def test_a_place_that_is_disputed_is_asked_for_its_type() -> None:
    assert rules(["open"], STATES, is_plain=True) == ["type"]


def test_the_format_that_all_texts_have_is_asked_for() -> None:
    assert rules(["2024-01-02"], DAYS) == ["date"]
    assert rules(["2024-01-02", None], DAYS) == ["date", "null"]
    assert rules(["soon"], DAYS) == ["type"]


@pytest.mark.parametrize(
    ("stats", "name"),
    [
        (DAYS, "date"),
        (FieldStats(kinds={"string": 9}, formats={"date": 9}), None),
        (FieldStats(kinds={"string": 12}, formats={"date": 11}), None),
        (FieldStats(kinds={"string": 12}, formats={"date": 6, "uuid": 6}), None),
        (FieldStats(kinds={"string": 12}, formats={"datetime": 6, "datetime-ms": 6}), "moment"),
    ],
)
def test_a_format_needs_enough_texts_and_all_of_them(stats: FieldStats, name: str | None) -> None:
    found = format_in(stats)

    assert (found.name if found else None) == name
    assert name != "date" or found == BY_NAME["date"]


def test_names_of_a_map_have_a_pattern_when_all_are_alike() -> None:
    assert key_pattern(FieldStats(keys={"integer": 10})) == r"-?\d+"
    assert key_pattern(FieldStats(keys={"integer": 9})) is None
    assert key_pattern(FieldStats(keys={"integer": 9, "uuid": 9})) is None
    assert key_pattern(FieldStats(keys={"other": 20})) is None
    assert key_pattern(None) is None


def test_lists_are_never_empty_when_enough_were_seen() -> None:
    assert is_never_empty(FieldStats(kinds={"list": 20}))
    assert not is_never_empty(FieldStats(kinds={"list": 19}))
    assert not is_never_empty(FieldStats(kinds={"list": 20}, empty=1))
    assert not is_never_empty(None)
