from typing import Any

import pytest

from shadowpact.compare.documents import parse_json
from shadowpact.compare.found import Found
from shadowpact.compare.numeric import Number
from shadowpact.compare.paths import render
from shadowpact.compare.walk import align_by_position, walk


def found(one: Any, other: Any) -> list[tuple[str, str]]:
    return [(render(item.tokens), item.kind) for item in walk(one, other)]


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (1, 2, "value-changed"),
        ("a", "b", "value-changed"),
        (True, False, "value-changed"),
        (1, Number("1.0"), "representation-changed"),
        (100, Number("1e2"), "representation-changed"),
        (1, Number("1.5"), "value-changed"),
        (1, True, "type-changed"),
        (1, "1", "type-changed"),
        (None, 0, "type-changed"),
        (None, {}, "type-changed"),
        ([], {}, "type-changed"),
        ("", [], "type-changed"),
        ("http://a.test/%7Ea", "http://a.test/~a", "representation-changed"),
        ("http://a.test/%2Fa", "http://a.test//a", "value-changed"),
        ("100%", "50%", "value-changed"),
    ],
)
def test_the_kind_says_how_two_values_disagree(one: Any, other: Any, kind: str) -> None:
    assert found(one, other) == [("$", kind)]
    assert found({"v": one}, {"v": other}) == [("$.v", kind)]
    assert found({"v": [one]}, {"v": [other]}) == [("$.v[0]", kind)]


@pytest.mark.parametrize(
    ("one", "other"), [("1.0", "1.00"), ("1e2", "100.0"), ("-0", "0"), ('"a"', '"\\u0061"')]
)
def test_what_is_written_differently_and_means_the_same_is_equal(one: str, other: str) -> None:
    assert walk(parse_json(one.encode()), parse_json(other.encode())) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12345678901234567890123", "12345678901234567890124"),
        ("0.10000000000000000000001", "0.10000000000000000000002"),
        ("1e400", "1e401"),
        ("9" * 5000, "9" * 4999 + "8"),
    ],
)
def test_numbers_that_no_double_tells_apart_differ(one: str, other: str) -> None:
    assert found(parse_json(one.encode()), parse_json(other.encode())) == [("$", "value-changed")]


def test_members_are_missing_or_added_whatever_their_order() -> None:
    one = {"a": 1, "b": None, "c": {"d": 1}}
    other = {"e": 1, "c": {}, "a": 1}

    assert found(one, other) == [("$.b", "missing"), ("$.e", "added"), ("$.c.d", "missing")]


def test_an_empty_container_against_a_full_one_names_what_is_in_it() -> None:
    assert found({"a": {}}, {"a": {"b": 1}}) == [("$.a.b", "added")]
    assert found({"a": {}}, {"a": {}}) == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("price", "$.price"),
        ("a.b", '$["a.b"]'),
        ("", '$[""]'),
        ('q"', '$["q\\""]'),
        ("été", "$.été"),
        ("1", '$["1"]'),
        ("a b", '$["a b"]'),
        ("\n", '$["\\n"]'),
    ],
)
def test_a_path_quotes_names_that_are_no_identifiers(name: str, path: str) -> None:
    assert found({name: 1}, {name: 2}) == [(path, "value-changed")]


def test_by_position_nothing_is_aligned() -> None:
    items: list[Found] = walk([1, 2, 3], [2, 3], align_by_position)

    assert [(item.tokens, item.kind) for item in items] == [
        ([0], "value-changed"),
        ([1], "value-changed"),
        ([2], "missing"),
    ]
