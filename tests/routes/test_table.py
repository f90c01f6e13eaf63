"""Which candidate a request goes to, and what its route is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.routes.table import Entry, Match, RouteTable
from shadowpact.routes.template import TemplateError


def entry(pattern: str, candidate: str | None = "orders", writes: str = "off") -> Entry:
    return Entry(pattern=pattern, candidate=candidate, writes=writes)


def table(*patterns: str, max_routes: int = 100) -> RouteTable:
    """Each pattern goes to a candidate called like itself."""
    return RouteTable([entry(p, candidate=p) for p in patterns], max_routes=max_routes)


def test_without_a_pattern_nothing_is_mirrored_and_the_route_still_has_a_name() -> None:
    match = RouteTable([]).match("GET", "/orders/17")

    assert match == Match(route="GET /orders/{id}", candidate=None, writes="off")


def test_the_match_carries_the_candidate_and_its_write_policy() -> None:
    match = RouteTable([entry("/orders/**", writes="on")]).match("POST", "/orders")

    assert match == Match(route="POST /orders", candidate="orders", writes="on")


@pytest.mark.parametrize(
    ("method", "path", "winner"),
    [
        ("GET", "/orders/export", "/orders/export"),
        ("GET", "/orders/17", "GET /orders/{id}"),
        ("POST", "/orders/17", "/orders/{id}"),
        ("GET", "/orders/17/lines", "/orders/**"),
        ("GET", "/orders", "/orders/**"),
        ("GET", "/customers", "GET /**"),
        ("POST", "/customers", "/**"),
        ("OPTIONS", "*", "/**"),
        ("GET", "no-slash", "GET /**"),
    ],
)
def test_the_most_specific_pattern_wins(method: str, path: str, winner: str) -> None:
    patterns = (
        "/**",
        "GET /**",
        "/orders/**",
        "/orders/{id}",
        "GET /orders/{id}",
        "/orders/export",
    )

    assert table(*patterns).match(method, path).candidate == winner
    assert table(*reversed(patterns)).match(method, path).candidate == winner


def test_of_two_alike_the_earlier_wins() -> None:
    both = RouteTable([entry("/a/{x}", "first"), entry("/a/{y}", "second")])

    assert both.match("GET", "/a/1").candidate == "first"


def test_a_template_without_wildcards_names_its_route() -> None:
    match = table("GET /customers/{customerId}/orders").match("GET", "/customers/ann/orders")

    assert match.route == "GET /customers/{customerId}/orders"


def test_a_template_names_the_route_even_where_a_wildcard_wins() -> None:
    match = table("/shop/orders/**", "/shop/{what}/{key}").match("GET", "/shop/orders/abc")

    assert match.candidate == "/shop/orders/**"
    assert match.route == "GET /shop/{what}/{key}"


def test_a_template_of_another_method_does_not_name_the_route() -> None:
    match = table("/orders/**", "GET /orders/{name}").match("POST", "/orders/import")

    assert match.route == "POST /orders/import"


def test_head_borrows_the_templates_of_get_and_keeps_its_method() -> None:
    match = table("/orders/**", "GET /orders/{name}").match("HEAD", "/orders/abc")

    assert match == Match(route="HEAD /orders/{name}", candidate="/orders/**", writes="off")


def test_parameters_before_a_wildcard_keep_their_names() -> None:
    match = table("/{tenant}/orders/**").match("GET", "/acme/orders/17/lines/3")

    assert match.route == "GET /acme/orders/{id}/lines/{id}".replace("acme", "{tenant}")


def test_a_single_star_is_named_by_the_type_of_what_is_there() -> None:
    stars = table("/orders/*")

    assert stars.match("GET", "/orders/17").route == "GET /orders/{id}"
    assert stars.match("GET", "/orders/export").route == "GET /orders/export"


@pytest.mark.parametrize(
    "path",
    ["/a/", "/a//b", "/a%2Fb/%E2%82%AC", "/grün", "/a;v=1", "*", "", "no-slash", "/{odd}/*"],
)
def test_an_odd_path_is_its_own_name(path: str) -> None:
    assert table("/**").match("GET", path).route == f"GET {path}"


def test_made_up_names_are_capped_and_the_rest_is_counted() -> None:
    small = table("/declared/{x}", max_routes=2)

    names = [small.match("GET", f"/page-{i}").route for i in range(4)]

    assert names == ["GET /page-0", "GET /page-1", "GET /{overflow}", "GET /{overflow}"]
    assert small.overflowed == 2
    assert small.match("GET", "/page-1").route == "GET /page-1"
    assert small.match("GET", "/declared/abc").route == "GET /declared/{x}"
    assert small.match("X-RANDOM-1", "/z").route == "OTHER /{overflow}"


def test_a_malformed_pattern_is_refused() -> None:
    with pytest.raises(TemplateError, match="starts with '/'"):
        table("orders")


@given(st.sampled_from(["GET", "POST", "BREW"]), st.text(max_size=40))
def test_every_request_has_a_route_and_the_same_one_twice(method: str, path: str) -> None:
    routes = table("/**", "/a/{b}", "GET /x/*/y")
    first = routes.match(method, path)

    assert first == routes.match(method, path)
    assert first.route.startswith(f"{method} ")
