from typing import Any

import pytest

from shadowpact.compare.review import (
    MAX_SIBLINGS,
    can_cover,
    is_known_route,
    nearest_route,
    overlapping,
    too_broad,
    what_it_hid,
)
from shadowpact.compare.settings import Rule
from shadowpact.model.evidence import IgnoredDifferences


def rule(path: str | None = None, kind: str = "ignore", id_: str = "r", **fields: Any) -> Rule:
    return Rule(id=id_, kind=kind, reason="r", path=path, **fields)


def hid(kind: str, count: int = 1, path: str = "$.a", by: str = "r") -> IgnoredDifferences:
    return IgnoredDifferences(
        rule=by, route="GET /a", location="body", path=path, kind=kind, count=count
    )


def test_what_a_rule_hid_names_changes_of_structure() -> None:
    assert what_it_hid([]) == "no differences"
    assert what_it_hid([hid("value-changed")]) == "1 difference"
    assert what_it_hid([hid("value-changed", 403), hid("type-changed", 9)]) == (
        "412 differences, 9 of them type changes"
    )
    assert what_it_hid([hid("missing"), hid("added", 2)]) == (
        "3 differences, one of them a missing member and 2 added members"
    )


@pytest.mark.parametrize("path", ["$", "$.*", "$..*", "$[*]"])
def test_a_path_to_everything_is_too_broad(path: str) -> None:
    assert len(too_broad(rule(path), [])) == 1


@pytest.mark.parametrize("location", ["body", "status", "header"])
def test_a_whole_part_of_the_answer_is_too_broad(location: Any) -> None:
    assert len(too_broad(rule(location=location), [])) == 1


@pytest.mark.parametrize(
    ("name", "is_broad"),
    [
        ("status", True),
        ("orderStatus", True),
        ("total_amount", True),
        ("customerId", True),
        ("paid", False),
        ("grid", False),
        ("statusText", False),
        ("updated_at", False),
    ],
)
def test_names_are_judged_by_their_whole_last_word(name: str, is_broad: bool) -> None:
    assert bool(too_broad(rule(f"$.items[*].{name}"), [])) is is_broad


def test_the_shape_of_an_id_may_be_all_that_matters() -> None:
    assert too_broad(rule("$.id", "shape"), []) == []


@pytest.mark.parametrize("kind", ["type-changed", "missing", "added", "length-changed"])
def test_hiding_structure_is_too_broad(kind: str) -> None:
    [reason] = too_broad(rule("$.a"), [hid("value-changed"), hid(kind)])

    assert reason.startswith("it hides ")


def test_a_narrow_kind_is_never_too_broad() -> None:
    assert too_broad(rule("$", "number", absolute=0.01), [hid("type-changed")]) == []


def test_many_members_of_one_object_are_too_broad() -> None:
    body = b'{"customer": {"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}}'

    assert MAX_SIBLINGS == 5
    assert too_broad(rule("$.customer"), [], [body]) == ["it covers an object of 6 members"]
    assert too_broad(rule("$.customer.*"), [], [body]) == ["it covers 6 members of one object"]
    assert too_broad(rule("$.customer['a','b']"), [], [body]) == []
    assert too_broad(rule("$.customer"), [], [b"no json", b'{"customer": {"a": 1}}']) == []


def test_rules_written_alike_overlap_without_evidence() -> None:
    rules = [rule("$.a", id_="one"), rule("$['a']", id_="two"), rule("$.b", id_="three")]

    [(first, second, where)] = overlapping(rules, [])

    assert (first.id, second.id, where) == ("one", "two", "both say $.a")


def test_rules_that_reach_one_stored_place_overlap() -> None:
    rules = [rule("$.a", id_="one"), rule("$..b", "shape", id_="two")]

    assert [x.id for x, _, _ in overlapping(rules, [hid("value-changed", 1, "$.a.b", "one")])] == [
        "one"
    ]
    assert list(overlapping(rules, [hid("missing", 1, "$.a.b", "one")])) == []
    assert list(overlapping(rules, [hid("value-changed", 1, "$.a.c", "one")])) == []


@pytest.mark.parametrize(
    "other",
    [
        rule("$.a", id_="two", status=404),
        rule("$.a", id_="two", route="GET /b"),
        rule("$.a", "unordered", id_="two"),
    ],
)
def test_rules_that_never_meet_do_not_overlap(other: Rule) -> None:
    one = rule("$.a", "shape", id_="one", status=200, route="GET /a")

    assert list(overlapping([one, other], [])) == []


def test_kinds_cover_what_they_can() -> None:
    assert can_cover("ignore", "missing")
    assert not can_cover("number", "missing")
    assert not can_cover("key", "value-changed")


def test_the_nearest_route_is_found() -> None:
    seen = ["GET /orders/{id}", "GET /customers/{id}"]

    assert is_known_route("/orders/{number}", seen)
    assert not is_known_route("GET /ordres/{id}", seen)
    assert nearest_route("GET /ordres/{id}", seen) == "GET /orders/{id}"
    assert nearest_route("/ordres/{id}", seen) == "/orders/{id}"
    assert nearest_route("PUT /zzz", seen) is None
