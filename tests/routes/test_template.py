"""Templates as people declare them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.routes.template import TemplateError, parse


def fits(pattern: str, path: str) -> bool:
    return re.fullmatch(parse(pattern).regex, path) is not None


def refusal(pattern: str) -> TemplateError | None:
    try:
        parse(pattern)
    except TemplateError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/orders/**", "/orders"),
        ("/orders/**", "/orders/"),
        ("/orders/**", "/orders/1/lines//2"),
        ("/**", "/"),
        ("/**", "*"),
        ("/**", ""),
        ("/**", "no-slash"),
        ("/**/export", "/export"),
        ("/**/export", "/a/b/export"),
        ("/a/**/z/**", "/a/z"),
        ("/a/**/z/**", "/a/b/z/c"),
        ("/a/*/z", "/a/b/z"),
        ("/orders/{id}", "/orders/%2F;v=1"),
        ("/orders/{id}.json", "/orders/7.json"),
        ("/orders/{id}:cancel", "/orders/7:cancel"),
        ("/", "/"),
        ("/a/", "/a/"),
        ("/a//b", "/a//b"),
        ("/straße", "/straße"),
        ("/straße", "/stra%c3%9Fe"),
        ("OPTIONS *", "*"),
        ("/a.b", "/a.b"),
    ],
)
def test_a_template_fits(pattern: str, path: str) -> None:
    assert fits(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/orders/**", "/ordersX"),
        ("/orders/**", "/Orders/1"),
        ("/orders/{id}", "/orders/"),
        ("/orders/{id}", "/orders/1/"),
        ("/orders/*", "/orders/"),
        ("/orders/*", "/orders/1/2"),
        ("/orders", "/orders/"),
        ("/a/**/z", "/a/zz"),
        ("/a.b", "/aXb"),
        ("/orders/{id}.json", "/orders/.json"),
        ("OPTIONS *", "/"),
        ("/a", "/a\n"),
    ],
)
def test_a_template_does_not_fit(pattern: str, path: str) -> None:
    assert not fits(pattern, path)


def test_the_method_is_kept_apart_from_the_path() -> None:
    template = parse("GET  /customers/{id}/orders")

    assert (template.method, template.path) == ("GET", "/customers/{id}/orders")
    assert template.segments == ("customers", "{id}", "orders")
    assert not template.has_wildcard


@pytest.mark.parametrize("pattern", ["/orders/**", "/orders/*", "/**"])
def test_stars_are_wildcards(pattern: str) -> None:
    assert parse(pattern).has_wildcard


@pytest.mark.parametrize(
    ("pattern", "position", "problem"),
    [
        ("orders", 0, "starts with '/'"),
        ("", 0, "starts with '/'"),
        ("GET orders", 4, "starts with '/'"),
        ("get /orders", 0, "upper case"),
        ("/orders?page=1", 7, "query"),
        ("/orders/ 1", 8, "cannot stand in a path"),
        ("/orders#top", 7, "cannot stand in a path"),
        ("/orders/{id", 8, "counterpart"),
        ("/orders/id}", 10, "counterpart"),
        ("/orders/{}", 8, "needs a name"),
        ("/orders/{a}{b}", 10, "text between"),
        ("/orders/x*", 9, "whole segment"),
        ("/orders/***", 8, "whole segment"),
        ("GET /a/**/b/**/c", 12, "once inside"),
    ],
)
def test_a_bad_template_is_refused_with_its_position(
    pattern: str, position: int, problem: str
) -> None:
    with pytest.raises(TemplateError, match=re.escape(problem)) as caught:
        parse(pattern)

    assert caught.value.position == position
    assert f"at character {position + 1}" in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_templates_sort_from_the_most_specific_to_the_least() -> None:
    wanted = [
        "GET /orders/export",
        "/orders/export",
        "GET /orders/{id}.json",
        "GET /orders/{id}",
        "/orders/{id}",
        "/orders/*",
        "GET /orders/{id}/**",
        "/orders/**",
        "/{any}",
        "/*",
        "GET /**",
        "/**",
    ]

    backwards = wanted[::-1]
    got = sorted(backwards, key=lambda pattern: parse(pattern).specificity)

    assert got == wanted


@given(st.text(max_size=30))
def test_a_refused_text_is_pointed_into(text: str) -> None:
    error = refusal(text)

    assert error is None or 0 <= error.position <= len(text)


@given(st.lists(st.sampled_from(["a", "{b}", "*", "", "é", "x.y", "{c}.z"]), max_size=6))
def test_a_template_fits_the_path_it_spells(segments: list[str]) -> None:
    pattern = "/" + "/".join(segments)

    assert fits(pattern, pattern)


def test_a_hostile_path_is_matched_in_linear_time() -> None:
    assert not fits("/**/z/**", "/" * 200_000 + "y")
