from typing import Any

import pytest

from shadowpact.compare.found import Found
from shadowpact.compare.paths import Place
from shadowpact.compare.rules import Circumstances, Marker, Plan, check_rule, is_same_route
from shadowpact.compare.settings import Rule
from shadowpact.errors import ConfigError


def rule(**fields: Any) -> Rule:
    return Rule(**{"id": "r", "kind": "ignore", "reason": "", "source": "rules.toml:2", **fields})


@pytest.mark.parametrize(
    ("declared", "actual", "same"),
    [
        ("GET /orders/{id}", "GET /orders/{orderId}", True),
        ("get /orders/{id}", "GET /orders/{id}", True),
        ("/orders/{id}", "POST /orders/{x}", True),
        ("/orders/*", "GET /orders/{x}", True),
        ("GET /orders/{id}.json", "GET /orders/{n}.json", True),
        ("GET /orders/{id}.json", "GET /orders/{n}", False),
        ("GET /orders/**", "GET /orders/{id}/items", True),
        ("/**", "GET /orders", True),
        ("GET /orders", "GET /orders/", False),
        ("GET /orders/{id}", "GET /orders/new", False),
        (None, "GET /orders", True),
        ("GET /orders", None, False),
    ],
)
def test_routes_are_compared_by_structure(
    declared: str | None, actual: str | None, same: bool
) -> None:
    assert is_same_route(declared, actual) is same


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"kind": "igrone", "path": "$"}, "rules.toml:2: rule 'r': unknown kind 'igrone'"),
        ({"id": "builtin:x", "path": "$"}, "the built-in rules'"),
        ({}, "says no place"),
        ({"path": "$", "header": "etag"}, "both a path and a header"),
        ({"path": "$.a["}, "rules.toml:2: rule 'r': path '$.a[' is not valid at character 5"),
        ({"path": "$", "kind": "number"}, "rules.toml:2: rule 'r': kind 'number' needs"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_rule(rule(**fields))

    assert problem in str(caught.value)


def test_circumstances_admit_what_fits_all_of_them() -> None:
    here = Circumstances("GET /a", 200, "application/json", "orders")

    assert here.admit(rule(route="GET /a", status=200, media_type="Application/JSON"))
    assert not here.admit(rule(status=404))
    assert not here.admit(rule(media_type="text/html"))
    assert not here.admit(rule(candidate="other"))


def added(token: int, one: list[Any], other: list[Any]) -> Found:
    return Found(Place(None, None, one, other), token, "added", None, other[token])


def test_positions_from_the_end_count_in_the_document_that_has_the_node() -> None:
    plan = Plan([rule(path="$[-1]")])
    marker = Marker(plan)

    assert marker.mark_body(added(2, [1], [1, 2, 3])) == "r"
    assert marker.mark_body(added(1, [1], [1, 2, 3])) is None


def test_rules_that_raise_are_remembered_once() -> None:
    plan = Plan([rule(path="$..[?@.a.b == 1]")])
    deep: Any = []
    for _ in range(3000):
        deep = [deep]
    marker = Marker(plan, (deep, deep))
    place = Place(None, None, deep, deep)

    covered = [marker.mark_body(Found(place, 0, "value-changed", 1, 2)) for _ in range(3)]

    assert covered == [None, None, None]
    assert list(marker.errors) == ["r"]


def test_a_plan_without_rules_covers_nothing() -> None:
    assert Marker(Plan([])).mark_body(Found(None, None, "value-changed", 1, 2)) is None
