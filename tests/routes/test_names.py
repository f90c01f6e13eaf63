"""Comparing route names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.routes.names import covers, route_key, same_route


def test_parameter_names_do_not_count() -> None:
    assert same_route("GET /orders/{id}", "GET /orders/{orderId}")
    assert same_route("GET /orders/*", "GET /orders/{id}")
    assert same_route("GET /orders/{a}.json", "GET /orders/{b}.json")
    assert route_key("GET /a/{x}/b/{y}") == "GET /a/{}/b/{}"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("GET /orders/{id}", "POST /orders/{id}"),
        ("GET /orders/{id}", "GET /orders/{id}/"),
        ("GET /orders/{id}", "GET /orders/export"),
        ("GET /orders/{id}", "GET /Orders/{id}"),
        ("GET /orders/{id}", "GET /orders/{id}.json"),
        ("OPTIONS *", "OPTIONS /{id}"),
    ],
)
def test_structure_counts(left: str, right: str) -> None:
    assert not same_route(left, right)


@pytest.mark.parametrize(
    ("pattern", "route"),
    [
        ("/orders/{a}", "POST /orders/{b}"),
        ("GET /orders/{a}", "GET /orders/{b}"),
        ("/orders/**", "GET /orders"),
        ("/orders/**", "DELETE /orders/{id}/lines/{id}"),
        ("GET /orders/{x}/**", "GET /orders/{id}/lines"),
        ("GET /**", "GET *"),
        ("GET /orders/*", "GET /orders/{id}"),
    ],
)
def test_a_pattern_covers_a_route(pattern: str, route: str) -> None:
    assert covers(pattern, route)


@pytest.mark.parametrize(
    ("pattern", "route"),
    [
        ("GET /orders/**", "POST /orders"),
        ("/orders/**", "GET /customers"),
        ("/orders/{a}", "GET /orders/export"),
        ("/orders/{a}/**", "GET /orders/export/x"),
    ],
)
def test_a_pattern_does_not_cover_a_route(pattern: str, route: str) -> None:
    assert not covers(pattern, route)


@given(st.text(max_size=40))
def test_any_text_has_a_key_and_is_the_same_as_itself(route: str) -> None:
    assert same_route(route, route)
    assert route_key(route_key(route)) == route_key(route)
