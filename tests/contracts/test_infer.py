"""What the predicates say is also asked of the real verifier, for every rule that can be built."""

from typing import Any

import pytest

from shadowpact.contracts.check import Case, check
from shadowpact.contracts.infer import (
    Matcher,
    any_text,
    floor_matcher,
    kind_of,
    matchers,
    media_type_matcher,
    other_names,
)
from support.build import response

MOMENT = "2025-01-31T10:00:00Z"
SEEN: tuple[list[Any], ...] = (
    [1, 2],
    [1.5, 2.5],
    [1, 2.5],
    [True, False],
    [None, None],
    [1, None],
    ["x", None],
    ["open", "paid", "open"],
    ["OPEN", "OPEN"],
    ["2025-01-31", "2024-02-29"],
    [MOMENT, "2025-01-31T10:00:00+01:00"],
    ["2025-01-31T10:00:00.123Z"],
    ["2025-01-31T10:00:00"],
    ["6f1c9a4e-1111-4222-8333-444455556666"],
    ["12.50", "3.00"],
    ["a.b+c (d) [e] {f} ^$|?*\\ #&~-/", "a"],
    ["https://example.org/a?b=c"],
    ["Fri, 31 Jan 2025 10:00:00 GMT"],
    [{"a": 1}],
    [{"a": 1}, None],
    [[1]],
    [[1], None],
    [[], [1]],
)
PROBES: tuple[Any, ...] = (
    None,
    True,
    1,
    -5,
    1.0,
    "",
    "x",
    "Paid",
    "OPEN",
    "5",
    "12.50",
    "2025-02-30",
    "2025-01-31",
    MOMENT,
    "2025-01-31T10:00:00",
    "2025-01-31 10:00:00",
    "line\nbreak",
    {},
    {"b": 1},
    [],
    ["x"],
)


def names(values: list[Any]) -> list[str]:
    return [matcher.name for matcher in matchers(values)]


@pytest.mark.parametrize("values", SEEN, ids=str)
def test_every_matcher_accepts_what_it_was_made_from(values: list[Any]) -> None:
    found = list(matchers(values))

    assert found
    assert all(matcher.accepts(value) for matcher in found for value in values)


def test_the_verifier_agrees_with_every_predicate() -> None:
    asked = [
        (matcher, value)
        for values in SEEN
        for matcher in matchers(values)
        for value in (*values, *PROBES)
    ]
    rans = check([case(matcher, value) for matcher, value in asked])
    disagreed = [
        (matcher.name, value)
        for (matcher, value), ran in zip(asked, rans, strict=True)
        if matcher.accepts(value) != (ran.ending == "matched")
    ]

    assert len(asked) > 1000
    assert disagreed == []


def case(matcher: Matcher, value: Any) -> Case:
    expected = {
        "status": 200,
        "body": {
            "contentType": "application/json",
            "encoded": False,
            "content": {"a": matcher.example},
        },
        "matchingRules": {"body": {"$.a": matcher.to_pact()}},
    }
    return Case(expected=expected, answer=response({"a": value}))


def test_the_weakest_matcher_comes_first() -> None:
    assert names([1, 2]) == ["a number", "an integer"]
    assert names(["open", "open"])[0] == "a string"
    assert names(["open", "open"])[-1] == "one of: open"


def test_only_constant_values_are_compared_for_equality() -> None:
    assert names([3, 3])[-1] == "exactly 3"
    assert names([3, 4])[-1] == "an integer"


def test_many_distinct_texts_are_no_enumeration() -> None:
    assert not any(name.startswith("one of") for name in names(["a", "b"]))
    assert names(["a", "b", "a"])[-1] == "one of: a, b"


def test_values_of_different_kinds_have_no_matcher() -> None:
    assert names([1, "x"]) == []
    assert names([{}, []]) == []


def test_a_nullable_value_has_an_example_that_is_not_null() -> None:
    first = next(matchers([None, 7]))

    assert (first.combine, first.example) == ("OR", 7)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ([1, 2], "integer"),
        ([1.5], "decimal"),
        ([1, 1.5], "number"),
        (["x", "y"], "type"),
        (["open", None], "type"),
        ([True], "boolean"),
    ],
)
def test_the_floor_asks_for_types_only(values: list[Any], rule: str) -> None:
    matcher = floor_matcher(values)

    assert matcher is not None
    assert matcher.rules[0]["match"] == rule


@pytest.mark.parametrize("values", [[None], [1, "x"], [True, 1]])
def test_the_floor_has_no_type_where_there_is_none_in_common(values: list[Any]) -> None:
    assert floor_matcher(values) is None


def test_an_integer_beyond_64_bits_is_a_decimal_for_pact() -> None:
    assert [kind_of(n) for n in (2**64, -(2**63) - 1)] == ["decimal"] * 2
    assert [kind_of(n) for n in (2**64 - 1, -(2**63))] == ["integer"] * 2


def test_a_media_type_is_accepted_with_parameters_and_in_any_case() -> None:
    matcher = media_type_matcher("application/vnd.api+json")

    assert matcher.accepts("Application/vnd.api+JSON; charset=utf-8")
    assert not matcher.accepts("application/vnd-api+json")
    assert not matcher.accepts("application/vnd.api+jsonx")


def test_any_text_accepts_the_empty_one() -> None:
    assert any_text("x").accepts("")


def test_a_forbidden_name_is_the_only_one_refused() -> None:
    expected = {
        "status": 200,
        "body": {"contentType": "application/json", "encoded": False, "content": {}},
        "matchingRules": {"body": {"$": {"combine": "AND", "matchers": [other_names("a.b")]}}},
    }
    answers: tuple[dict[str, int], ...] = ({}, {"axb": 1, "a.bc": 2}, {"a.b": 1})
    rans = check([Case(expected=expected, answer=response(answer)) for answer in answers])

    assert [ran.ending for ran in rans] == ["matched", "matched", "mismatched"]
