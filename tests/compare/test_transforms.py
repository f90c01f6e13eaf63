from typing import Any

import pytest

from shadowpact.compare import Comparer
from shadowpact.compare.settings import Rule
from shadowpact.errors import ConfigError
from support.build import response


def outcome(one: Any, other: Any, kind: str, **fields: Any) -> list[tuple[str, str, str | None]]:
    rule = Rule(id="r", kind=kind, reason="", **fields)
    comparison = Comparer([rule]).compare(response(one), response(other))
    return [(d.path, d.kind, d.ignored_by) for d in comparison.differences]


def test_a_rename_that_holds_is_marked() -> None:
    one = {"items": [{"user_name": "a"}, {"user_name": "b"}]}
    other = {"items": [{"userName": "a"}, {"userName": "b"}]}

    assert outcome(one, other, "rename", path="$.items[*].user_name", to="userName") == [
        ("$.items[0].user_name", "missing", "r"),
        ("$.items[0].userName", "added", "r"),
        ("$.items[1].user_name", "missing", "r"),
        ("$.items[1].userName", "added", "r"),
    ]


def test_a_rename_with_another_value_is_a_difference() -> None:
    found = outcome({"a": 1}, {"b": 2}, "rename", path="$.a", to="b")

    assert found == [("$.b", "value-changed", None)]


def test_a_rename_that_the_candidate_did_not_make_is_a_difference_even_for_equal_bytes() -> None:
    found = outcome({"a": 1}, {"a": 1}, "rename", path="$.a", to="b")

    assert found == [("$.b", "missing", None), ("$.a", "added", None)]


def test_a_rename_onto_a_name_that_is_taken_is_reported_and_hides_nothing() -> None:
    rule = Rule(id="r", kind="rename", reason="", path="$.a", to="b")
    comparison = Comparer([rule]).compare(response({"a": 1, "b": 2}), response({"b": 1}))

    assert not comparison.equal
    assert comparison.rule_errors == (("r", "TransformError: the baseline has $.b itself"),)


def test_a_move_builds_what_it_needs_on_the_way() -> None:
    one = {"items": [{"user_name": "a", "v": 1}]}
    other = {"items": [{"user": {"name": "a"}, "v": 2}]}
    path, to = "$.items[*].user_name", "$.items[*].user.name"

    found = outcome(one, other, "move", path=path, to=to)

    assert found == [
        ("$.items[0].v", "value-changed", None),
        ("$.items[0].user_name", "missing", "r"),
        ("$.items[0].user.name", "added", "r"),
    ]


def test_a_map_translates_values_and_says_when_one_is_translated_wrongly() -> None:
    mapping = {"3": "VIP", "4": "STANDARD"}

    assert outcome({"t": 3}, {"t": "VIP"}, "map", path="$.t", mapping=mapping) == [
        ("$.t", "type-changed", "r")
    ]
    assert outcome({"t": 3}, {"t": "STANDARD"}, "map", path="$.t", mapping=mapping) == [
        ("$.t", "value-changed", None)
    ]


def test_a_value_that_no_map_names_stays_as_it_is() -> None:
    assert outcome({"t": 9}, {"t": 9}, "map", path="$.t", mapping={"3": "VIP"}) == []


def test_a_broken_map_shows_the_baselines_own_value() -> None:
    rule = Rule(id="tier", kind="map", reason="", path="$.t", mapping={"3": "VIP"})
    comparison = Comparer([rule]).compare(response({"t": 3}), response({"t": "GOLD"}))

    [difference] = comparison.differences
    assert (difference.baseline, difference.candidate) == (3, "GOLD")
    assert difference.message == "rule 'tier' does not hold: expected what $.t says"


def test_cents_become_a_decimal_however_it_is_written() -> None:
    for amount in (12.5, 12.50):
        assert outcome(
            {"p": 1250}, {"p": amount}, "convert", path="$.p", convert="cents-to-decimal"
        ) == [("$.p", "value-changed", "r")]
    assert outcome({"p": 1200}, {"p": 12}, "convert", path="$.p", convert="cents-to-decimal") == [
        ("$.p", "value-changed", "r")
    ]
    assert outcome(
        {"p": 1250}, {"p": 12.51}, "convert", path="$.p", convert="cents-to-decimal"
    ) == [("$.p", "value-changed", None)]


def test_two_columns_become_one_name_through_an_expression() -> None:
    fields: dict[str, Any] = {
        "path": "$.client",
        "expression": "join(' ', [CL_AP1, CL_NOM])",
        "to": "fullName",
        "consumes": ("CL_NOM", "CL_AP1"),
    }
    one = {"client": {"CL_NOM": "Bell", "CL_AP1": "Ann"}}

    assert outcome(one, {"client": {"fullName": "Ann Bell"}}, "convert", **fields) == [
        ("$.client.CL_NOM", "missing", "r"),
        ("$.client.CL_AP1", "missing", "r"),
        ("$.client.fullName", "added", "r"),
    ]
    assert outcome(one, {"client": {"fullName": "Bell Ann"}}, "convert", **fields) == [
        ("$.client.fullName", "value-changed", None)
    ]


@pytest.mark.parametrize("to", ["price", "$.items[*].price"])
def test_a_value_is_converted_and_renamed_at_once(to: str) -> None:
    one = {"items": [{"cents": 1999}, {"cents": 5}]}
    other = {"items": [{"price": 19.99}, {"price": 0.06}]}
    rule = {"path": "$.items[*].cents", "convert": "cents-to-decimal", "to": to}

    assert outcome(one, other, "convert", **rule) == [
        ("$.items[1].price", "value-changed", None),
        ("$.items[0].cents", "missing", "r"),
        ("$.items[0].price", "added", "r"),
    ]


@pytest.mark.parametrize("to", ["fullName", "$.fullName"])
def test_members_become_one_wherever_it_is_said_to_be(to: str) -> None:
    one, other = {"first": "A", "last": "B"}, {"fullName": "A B"}
    rule = {"path": "$", "expression": "join(' ', [first, last])", "to": to}

    found = outcome(one, other, "convert", consumes=("first", "last"), **rule)

    assert {by for _, _, by in found} == {"r"}


def test_a_rename_takes_a_path_too_and_a_name_that_looks_like_one() -> None:
    assert {by for _, _, by in outcome({"a": 1}, {"b": 1}, "rename", path="$.a", to="$.b")} == {"r"}
    assert {by for _, _, by in outcome({"a": 1}, {"$b": 1}, "rename", path="$.a", to="$b")} == {"r"}


@pytest.mark.parametrize("kind", ["rename", "convert"])
def test_a_path_that_names_many_places_is_refused_as_a_target(kind: str) -> None:
    convert = "trim" if kind == "convert" else None
    rule = Rule(id="r", kind=kind, reason="", path="$.a", to="$..b", convert=convert)

    with pytest.raises(ConfigError, match="may hold names"):
        Comparer([rule])


def test_what_cannot_be_converted_is_reported_and_compared_as_it_is() -> None:
    rule = Rule(id="r", kind="convert", reason="", path="$.p", convert="string-to-number")
    comparison = Comparer([rule]).compare(response({"p": "n/a"}), response({"p": 0}))

    assert [d.kind for d in comparison.differences] == ["type-changed"]
    assert comparison.rule_errors == (("r", "ValueError: not a number"),)


def test_the_baselines_document_is_not_changed() -> None:
    answer = response({"a": {"b": 1}})
    body = answer.body
    rule = Rule(id="r", kind="rename", reason="", path="$.a.b", to="c")

    Comparer([rule]).compare(answer, response({"a": {"c": 1}}))

    assert answer.body == body


def test_a_rename_at_every_depth_reaches_what_is_inside_another() -> None:
    one, other = {"a": {"a": 1, "x": 2}}, {"b": {"b": 1, "x": 3}}

    found = outcome(one, other, "rename", path="$..a", to="b")

    assert [item for item in found if item[2] is None] == [("$.b.x", "value-changed", None)]
