import gzip
from typing import Any

import pytest

from shadowpact.model.exchange import Cut, Exchange, Failure
from shadowpact.recording.shape import MAX_NAMES, shape_of
from support.build import exchange, request, response

ROUTE = "GET /orders/{id}"


def shape(
    asked: Any = None, answered: Any = None, *, route: str = ROUTE, status: int = 200
) -> bytes:
    answer = answered if isinstance(answered, Failure) else response(answered, status)
    return shape_of(exchange(asked or request(), answer), route)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": 1}, {"id": 2}),
        ({"a": 1, "b": 2}, {"b": 3, "a": 4}),
        ({"a": [1]}, {"a": [1, 2, 3]}),
        ({"a": "x"}, {"a": "some other text"}),
        ({"by": {"17": 1}}, {"by": {"18": 1, "19": 1}}),
        ({"at": "2025-01-01"}, {"at": "2025-06-15T12:00:00Z"}),
        ({"n": 1.5}, {"n": -2.25}),
    ],
)
def test_documents_that_differ_in_values_have_one_shape(one: Any, other: Any) -> None:
    assert shape(answered=one) == shape(answered=other)


@pytest.mark.parametrize(
    "other",
    [
        {"id": "1"},
        {"id": None},
        {"id": True},
        {"id": 1.5},
        {"id": 1, "more": 1},
        {},
        [],
        [{"id": 1}],
        {"id": []},
        {"id": [1]},
        {"id": {}},
        {"id": ""},
        {"id": "x"},
        {"id": "123e4567-e89b-12d3-a456-426614174000"},
    ],
)
def test_documents_that_differ_in_names_or_classes_do_not(other: Any) -> None:
    assert shape(answered={"id": 1}) != shape(answered=other)


@pytest.mark.parametrize(
    "value",
    [
        exchange(request(), response({"id": 1}, 404)),
        exchange(request(), Failure(kind="refused")),
        exchange(request(), Failure(kind="reset")),
        exchange(request(target="/orders/1?a=1"), response({"id": 1})),
        exchange(request(target="/orders/1?a=&b=1"), response({"id": 1})),
        exchange(request(body=b'{"id": 1}'), response({"id": 1})),
        exchange(request(body=b"id=1"), response({"id": 1})),
        exchange(request(), response({"id": 1}, headers=((b"content-type", b"text/json"),))),
        exchange(
            request(), response({"id": 1}, cut=Cut(reason="over-cap", length_bytes=9, sha256=b""))
        ),
    ],
)
def test_status_query_and_media_types_belong_to_the_shape(value: Exchange) -> None:
    assert shape_of(value, ROUTE) != shape(answered={"id": 1})
    assert shape_of(value, ROUTE) == shape_of(value, ROUTE)


def test_the_route_belongs_to_the_shape() -> None:
    assert shape(answered={}) != shape(answered={}, route="GET /customers/{id}")


def test_an_encoding_does_not() -> None:
    headers = ((b"content-type", b"application/json"), (b"content-encoding", b"gzip"))
    packed = exchange(request(), response(body=gzip.compress(b'{"id": 7}'), headers=headers))

    assert shape_of(packed, ROUTE) == shape(answered={"id": 1})


def test_the_order_of_parameters_does_not() -> None:
    one, other = request(target="/?a=1&b=2"), request(target="/?b=3&a=4&a=5")

    assert shape(one, {}) == shape(other, {})


def test_an_object_with_very_many_names_is_a_map() -> None:
    def many(word: str) -> dict[str, int]:
        return {f"{word}{chr(97 + n % 26)}{chr(97 + n // 26)}": n for n in range(MAX_NAMES + 1)}

    assert shape(answered=many("a")) == shape(answered=many("b"))


def test_a_document_may_be_nested_deeply() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]

    assert shape(answered=deep)
