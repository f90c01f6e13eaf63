from hypothesis import given
from hypothesis import strategies as st

from shadowpact.aliases.places import (
    edit_form,
    edit_named,
    edit_path,
    edit_target,
    edit_text,
    edit_tokens,
    edit_url,
)
from support.sides import Marks

STRONG = "ord_8f3K2j1a9"


ORDER = {("order", "12"): 17, ("", STRONG): "zzz-1"}


def path(text: str, template: str = "") -> str:
    return edit_path(text, template.split("/") if template else (), Marks(ORDER), ("path", ""))


def test_a_segment_goes_by_the_literal_to_its_left() -> None:
    assert path("/orders/12") == "/orders/17"
    assert path("/carts/12") == "/carts/12"
    assert path("/orders/12/12") == "/orders/17/12"
    assert path("/v1/orders/12/items/12") == "/v1/orders/17/items/12"


def test_a_declared_parameter_says_its_kind() -> None:
    assert path("/shop/eu/12", "/shop/{region}/{order_id}") == "/shop/eu/17"


def test_what_follows_a_value_in_its_segment_stays() -> None:
    assert path("/orders/12.json") == "/orders/17.json"
    assert path("/orders/12:cancel") == "/orders/17:cancel"
    assert path("/orders/12,13,12") == "/orders/17,13,17"
    assert path("/orders/123") == "/orders/123"


def test_a_strong_value_is_replaced_wherever_it_is_a_whole_segment() -> None:
    assert path(f"/x/{STRONG}/y") == "/x/zzz-1/y"
    assert path(f"/x/{STRONG}0") == f"/x/{STRONG}0"


def test_escapes_are_read_and_written() -> None:
    marks = Marks({("product", "größe 1"): "a/b"})

    assert edit_path("/products/gr%C3%B6%C3%9Fe%201", (), marks, ("path", "")) == "/products/a%2Fb"
    assert edit_path("/products/%41%zz", (), marks, ("path", "")) == "/products/%41%zz"


def test_a_number_that_a_path_begins_with_is_of_the_root() -> None:
    marks = Marks({("root", "12"): 17})

    assert edit_path("/12/edit", (), marks, ("path", "")) == "/17/edit"
    assert edit_path("/x/12", (), marks, ("path", "")) == "/x/12"
    assert edit_target("/12", "GET /{id}", marks) == "/17"


def test_a_query_within_a_query_goes_by_its_names() -> None:
    target = "/search?filters=order_id%3D12%26q%3D12&page=OQ=="

    assert edit_target(target, "GET /search", Marks(ORDER)) == (
        "/search?filters=order_id%3D17%26q%3D12&page=OQ=="
    )


def test_a_query_goes_by_its_names() -> None:
    target = "/search?order_id=12&size=12&order=12&empty=&flag&id=12"

    assert edit_target(target, "GET /search", Marks(ORDER)) == (
        "/search?order_id=17&size=12&order=17&empty=&flag&id=12"
    )
    assert edit_target("/orders?id=12", "GET /orders", Marks(ORDER)) == "/orders?id=17"


def test_a_url_in_a_query_is_taken_apart() -> None:
    target = "/login?next=%2Forders%2F12%3Fx%3D1"

    assert edit_target(target, "GET /login", Marks(ORDER)) == "/login?next=%2Forders%2F17%3Fx%3D1"


def test_forms_keep_what_is_not_replaced() -> None:
    assert edit_form("a+b=c+d&order_id=12&x=%2f", "", Marks(ORDER), "form") == (
        "a+b=c+d&order_id=17&x=%2f"
    )
    assert edit_named("order_id", "12,13", "", Marks(ORDER), ("form", "")) == "17,13"


def test_urls_with_hosts_queries_and_fragments() -> None:
    where = ("x", "")

    assert edit_url("https://a.test/orders/12?order=12#/orders/12", Marks(ORDER), where) == (
        "https://a.test/orders/17?order=17#/orders/17"
    )
    assert edit_url("orders/12", Marks(ORDER), where) == "orders/17"


def test_prose_gives_only_strong_tokens_away() -> None:
    assert edit_text(f"Order {STRONG}, not 12.", Marks(ORDER), ("x", "")) == (
        "Order zzz-1, not 12."
    )
    assert edit_text("order 12", Marks(ORDER), ("x", "")) is None
    assert edit_tokens(f"{STRONG}.pdf x{STRONG}", Marks(ORDER), ("x", "")) == (
        f"zzz-1.pdf x{STRONG}"
    )


@given(st.text())
def test_a_text_without_anything_bound_stays_as_it_is(text: str) -> None:
    marks = Marks({})
    where = ("x", "")

    assert edit_text(text, marks, where) is None
    assert edit_url(text, marks, where) == text
    assert edit_form(text, "thing", marks, "form") == text
    assert edit_path(text, (), marks, where) == text
