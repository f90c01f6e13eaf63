from typing import Any

import pytest

from shadowpact.aliases.places import ABSENT
from shadowpact.aliases.walk import TooDeepError, Walk, written_where
from support.sides import Marks

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"
MARKS: dict[tuple[str, str], Any] = {("order", "12"): 17, ("item", "3"): 30, ("", UUID): 99}


def walked(document: Any, resource: str = "order", twin: Any = ABSENT) -> Walk:
    walk = Walk(Marks(MARKS))
    walk.document(document, twin, resource)
    return walk


def test_names_and_scalars_are_counted_in_their_order() -> None:
    walk = walked({"orders": [1, None, {"id": 12}], "b": {}, "c": True})

    assert walk.leaves == 8
    assert walk.changes == {4: 17}


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        ({"id": 12}, {1: 17}),
        ({"order_id": "12"}, {1: 17}),
        ({"order": {"id": 12}}, {2: 17}),
        ({"order": 12}, {1: 17}),
        ({"orders": 12}, {}),
        ({"orders": [12, 3]}, {1: 17}),
        ({"orders": {"12": {"id": 3}}}, {1: "17"}),
        ({"data": {"id": 12}}, {2: 17}),
        ({"data": [{"id": 12}], "total": 12}, {2: 17}),
        ({"items": [{"id": 12}]}, {2: 17}),
        ({"id": 1, "items": [{"id": 3}]}, {4: 30}),
        ({"quantity": 12, "amount": "12"}, {}),
        ({"customer": {"id": 12}}, {}),
        ({"anything": UUID}, {1: 99}),
        ({"note": f"see {UUID}!"}, {1: "see 99!"}),
        ({"href": "/orders/12"}, {1: "/orders/17"}),
        ({"flag": True, "none": None, "price": 12.0}, {}),
        ([{"id": 12}], {1: 17}),
        ([[12]], {}),
        (12, {}),
    ],
)
def test_what_is_replaced(document: Any, changes: dict[int, Any]) -> None:
    assert walked(document).changes == changes


def test_each_value_is_asked_for_with_its_counterpart() -> None:
    marks = Marks({})
    Walk(marks).document(
        {"id": 1, "list": [{"id": 2}, {"id": 3}]}, {"id": 5, "list": [{"id": 6}]}, "order"
    )

    assert marks.twins == [5, 6, ABSENT]


def test_a_document_that_is_too_deep_is_not_walked() -> None:
    node: Any = 1
    for _ in range(200):
        node = {"a": [node]}

    with pytest.raises(TooDeepError):
        walked(node)


def test_places_are_written_as_paths() -> None:
    assert written_where(("$.items", 2)) == "$.items[2]"
    assert written_where(("$", "id")) == "$.id"
    assert written_where(("query", "id")) == "query:id"
    assert written_where(("path", "")) == "path"
