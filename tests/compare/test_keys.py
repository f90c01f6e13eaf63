from typing import Any

import pytest

from shadowpact.compare.keys import infer_key, key_of, keys_of, label_of


def items(name: str, values: list[Any]) -> list[dict[str, Any]]:
    return [{"same": "x", name: value} for value in values]


@pytest.mark.parametrize("name", ["id", "uuid", "sku", "CODE", "order_id", "orderId", "order-id"])
def test_a_likely_name_is_a_key_when_half_of_the_keys_are_shared(name: str) -> None:
    assert infer_key(items(name, [1, 2, 3, 4]), items(name, [2, 1, 8, 9])) == ((name,), False)


def test_keys_at_the_same_positions_are_told() -> None:
    assert infer_key(items("id", [1, 2]), items("id", [1, 2])) == (("id",), True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 1, 2], [1, 2, 3]),
        ([1, 2, 3], [7, 8, 9]),
        ([True, False], [False, True]),
        ([1.5, 2.5], [2.5, 1.5]),
        ([1, 2], ["1", "2"]),
        ([[1], [2]], [[2], [1]]),
        ([None, None], [None, None]),
    ],
)
def test_what_repeats_or_is_not_shared_or_is_no_name_is_no_key(
    one: list[Any], other: list[Any]
) -> None:
    assert infer_key(items("id", one), items("id", other)) is None


def test_another_name_has_to_be_text_and_shared_entirely() -> None:
    assert infer_key(items("title", ["a", "b"]), items("title", ["b", "a"])) == (("title",), False)
    assert infer_key(items("title", ["a", "b"]), items("title", ["a", "c"])) is None
    assert infer_key(items("amount", [1, 2]), items("amount", [2, 1])) is None


def test_a_few_elements_may_lack_the_key() -> None:
    one = [*items("id", list(range(40))), {"same": "x"}]
    other = [*items("id", list(range(40, 0, -1))), {"same": "x"}]

    assert infer_key(one, other) == (("id",), False)


def test_elements_without_a_key_never_share_one_with_a_keyed_one() -> None:
    keys = keys_of([{"id": 1}, {}, {"id": None}, "text", {"id": True}], ("id",))

    assert len(set(keys)) == 5


def test_a_key_of_several_members_keeps_types_apart() -> None:
    elements = [{"a": 1, "b": 1}, {"a": 1, "b": True}, {"a": "1", "b": 1}, {"a": 1}]

    keys = [key_of(element, ("a", "b"), 0) for element in elements]

    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    ("element", "key", "label"),
    [
        ({"sku": "A1"}, ("sku",), "sku=A1"),
        ({"a": {"b": 2}, "c": 3}, ("a.b", "c"), "a.b=2,c=3"),
        ({"sku": None}, ("sku",), None),
        ("text", ("sku",), None),
    ],
)
def test_an_element_is_named_by_its_key(
    element: Any, key: tuple[str, ...], label: str | None
) -> None:
    assert label_of(element, key) == label
