from typing import Any

import pytest

from shadowpact.compare import Comparer
from shadowpact.compare.paths import member
from support.build import response


def test_a_path_is_written_in_full_in_general_and_for_people() -> None:
    one = {"items": [{"sku": "A1", "price": 1}, {"sku": "B", "price": 2}]}
    other = {"items": [{"sku": "A1", "price": 3}, {"sku": "B", "price": 2}]}
    [item] = Comparer().compare(response(one), response(other)).differences

    assert item.path == "$.items[0].price"
    assert item.general_path == "$.items[*].price"
    assert item.label == "items[sku=A1].price"


def labels(baseline: Any, candidate: Any) -> list[str]:
    differences = Comparer().compare(response(baseline), response(candidate)).differences
    return [one.label for one in differences]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("price", ".price"),
        ("größe", ".größe"),
        ("a.b", '["a.b"]'),
        ("", '[""]'),
        ('"', '["\\""]'),
        ("[sku=A1]", '["[sku=A1]"]'),
        ("[0]", '["[0]"]'),
    ],
)
def test_a_member_is_quoted_where_its_name_is_no_identifier(name: str, written: str) -> None:
    assert member(name) == written


def test_a_label_names_the_element_by_its_key() -> None:
    one = {"items": [{"sku": "A1", "price": 1}, {"sku": "B2", "price": 2}]}
    other = {"items": [{"sku": "B2", "price": 2}, {"sku": "A1", "price": 3}]}

    assert "items[sku=A1].price" in labels(one, other)


def test_an_element_of_the_whole_body_is_named_by_its_key() -> None:
    one = [{"sku": "A1", "price": 1}, {"sku": "B", "price": 1}]
    other = [{"sku": "A1", "price": 2}, {"sku": "B", "price": 1}]

    assert labels(one, other) == ["[sku=A1].price"]


@pytest.mark.parametrize("name", ["[sku=B2]", "[0]", "["])
def test_a_member_that_looks_like_a_label_is_quoted_in_one(name: str) -> None:
    def items(price: int) -> list[dict[str, Any]]:
        return [{"sku": "A1", name: {"price": price}}, {"sku": "B2", name: {"price": 1}}]

    assert labels({"items": items(2)}, {"items": items(3)}) == [f'items[sku=A1]["{name}"].price']


def test_no_label_where_no_key_names_anything() -> None:
    assert labels({"[sku=A1]": 1}, {"[sku=A1]": 2}) == [""]
