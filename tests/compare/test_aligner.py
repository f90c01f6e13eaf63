from typing import Any

import pytest

from shadowpact.compare.aligner import Aligner
from shadowpact.compare.settings import Rule
from shadowpact.compare.walk import walk


def rule(kind: str, path: str, **fields: Any) -> Rule:
    return Rule(id=f"{kind} {path}", kind=kind, reason="", path=path, **fields)


def found(one: Any, other: Any, *rules: Rule) -> list[tuple[str, list[str | int]]]:
    return [(item.kind, item.tokens) for item in walk(one, other, Aligner(rules))]


ONE = [{"order": 1, "line": 1, "v": 1}, {"order": 1, "line": 2, "v": 2}]
OTHER = [{"order": 1, "line": 2, "v": 2}, {"order": 1, "line": 1, "v": 9}]


def test_a_configured_key_of_several_members_aligns() -> None:
    key = rule("key", "$.lines", key=("order", "line"))

    assert found({"lines": ONE}, {"lines": OTHER}, key) == [
        ("order-changed", ["lines"]),
        ("value-changed", ["lines", 0, "v"]),
    ]


def test_a_configured_key_may_look_into_an_object() -> None:
    one = [{"ref": {"id": n}, "a": 1, "b": 2, "c": n} for n in range(3)]
    other = [{"ref": {"id": n}, "a": 7, "b": 8, "c": 9} for n in (2, 0, 1)]

    kinds = found(one, other, rule("key", "$", key=("ref.id",)))

    assert kinds[0] == ("order-changed", [])
    assert len(kinds) == 1 + 3 * 3


def test_a_key_applies_to_its_list_alone() -> None:
    key = rule("key", "$.lines", key=("v",))

    assert found({"other": ONE}, {"other": OTHER}, key) == found({"other": ONE}, {"other": OTHER})


def test_elements_without_the_key_are_taken_in_their_order() -> None:
    one: list[Any] = [{"k": 1, "v": 1}, {"v": 2}, {"v": 3}]
    other: list[Any] = [{"v": 2}, {"k": 1, "v": 1}, {"v": 3}]

    assert found(one, other, rule("key", "$", key=("k",)))


def test_what_is_ignored_does_not_tear_elements_apart() -> None:
    one = [{"a": [n], "at": n} for n in range(5)]
    other = [{"a": [n], "at": 100 - n} for n in (4, 3, 2, 1, 0)]

    kinds = {kind for kind, _ in found(one, other, rule("ignore", "$[*].at"))}

    assert kinds == {"order-changed", "value-changed"}


@pytest.mark.parametrize("path", ["$..*", "$[*].tags"])
def test_the_order_inside_elements_does_not_tear_them_apart_when_it_is_free(path: str) -> None:
    one = [{"tags": [n, n + 10, n + 20]} for n in range(3)]
    other = [{"tags": [n + 20, n, n + 10]} for n in (2, 0, 1)]

    kinds = {kind for kind, _ in found(one, other, rule("unordered", path))}

    assert kinds == {"order-changed"}
