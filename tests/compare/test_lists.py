from typing import Any

import pytest

from shadowpact.compare.walk import walk


def found(one: Any, other: Any) -> list[tuple[str, list[str | int]]]:
    return [(item.kind, item.tokens) for item in walk(one, other)]


def test_one_new_element_is_one_difference() -> None:
    names = [f"name {n}" for n in range(50)]

    assert found(names, [*names[:20], "new", *names[20:]]) == [("added", [20])]
    assert found(names, [*names[:20], *names[21:]]) == [("missing", [20])]


def test_one_new_element_without_a_key_is_one_difference() -> None:
    items = [{"a": n % 3, "b": {"c": n}} for n in range(50)]

    assert found(items, [*items[:20], {"a": 1}, *items[20:]]) == [("added", [20])]


def test_repeated_elements_do_not_hide_an_insertion() -> None:
    kinds = [kind for kind, _ in found(["x", "y", "x"], ["x", "x", "y", "x", "x"])]

    assert kinds == ["added", "added"]


def test_scalars_in_another_order_are_one_verdict() -> None:
    assert found([1, 2, 3, 4], [4, 1, 2, 3]) == [("order-changed", [])]


def test_a_changed_scalar_is_a_changed_value() -> None:
    assert found(["a", "b", "c"], ["a", "x", "c"]) == [("value-changed", [1])]


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False), ("1", 1)])
def test_elements_of_other_types_are_not_equal(one: Any, other: Any) -> None:
    assert found([one, "x"], [other, "x"])[0][1] == [0]


def test_elements_that_became_like_their_neighbours_did_not_move() -> None:
    one = [{"a": n, "b": [n]} for n in range(9)]
    other = [{"a": n + (n == 4), "b": [n + (n == 4)]} for n in range(9)]

    assert found(one, other) == [("value-changed", [4, "a"]), ("value-changed", [4, "b", 0])]


def test_objects_are_aligned_by_what_identifies_them() -> None:
    one = [{"sku": "A", "qty": 1}, {"sku": "B", "qty": 2}, {"sku": "C", "qty": 3}]
    other = [{"sku": "C", "qty": 3}, {"sku": "A", "qty": 9}, {"sku": "D", "qty": 4}]

    assert found(one, other) == [
        ("order-changed", []),
        ("missing", [1]),
        ("added", [2]),
        ("value-changed", [0, "qty"]),
    ]


def test_generated_ids_do_not_tear_elements_apart() -> None:
    one = [{"id": 1, "name": "a", "v": 1}, {"id": 2, "name": "b", "v": 2}]
    other = [{"id": 8, "name": "a", "v": 1}, {"id": 9, "name": "b", "v": 2}]

    assert found(one, other) == [("value-changed", [0, "id"]), ("value-changed", [1, "id"])]


def test_an_unkeyed_element_that_moved_and_changed_is_recognised_by_its_likeness() -> None:
    one = [{"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 2, "c": 2}]
    other = [{"a": 2, "b": 2, "c": 9}, {"a": 1, "b": 1, "c": 1}]

    assert ("value-changed", [1, "c"]) in found(one, other)
    assert len(found(one, other)) == 2


def test_keys_that_repeat_fall_back_to_order_within_the_key() -> None:
    one = [{"id": 1, "v": 1}, {"id": 1, "v": 2}]
    other = [{"id": 1, "v": 1}, {"id": 1, "v": 3}]

    assert found(one, other) == [("value-changed", [1, "v"])]


def test_an_empty_list_loses_every_element() -> None:
    assert found([1, 2], []) == [("missing", [0]), ("missing", [1])]
    assert found([], [{"a": 1}]) == [("added", [0])]


def test_lists_of_lists_are_aligned_too() -> None:
    assert found([[1, 2], [3, 4]], [[3, 4], [1, 2]]) == [("order-changed", [])]


def test_ten_thousand_keyed_objects_in_another_order_are_one_difference() -> None:
    items = [{"id": n, "name": f"n{n}", "v": n * 3} for n in range(10_000)]

    assert found(items, items[::-1]) == [("order-changed", [])]
