import time
from collections.abc import Callable

import pytest

from shadowpact.aliases.pages import edit_page, fields, ids, marks, tokens
from shadowpact.model.alias import Scalar
from shadowpact.model.exchange import Headers, Response
from support.build import request, response
from support.sides import Marks, Side

HTML = ((b"content-type", b"text/html"),)


def page(body: str, headers: Headers = ()) -> Response:
    return response(headers=(*HTML, *headers), body=f"<body>{body}</body>".encode())


def found(ours: str, theirs: str) -> list[tuple[str, Scalar, Scalar, bool]]:
    pairs = ids(ours, theirs, "book", lambda _: None)
    return [(one.kinds[0], one.recorded, one.side, one.is_alike) for one in pairs]


def link(number: int, text: str) -> str:
    return f'<a class="x" href="/books/{number}/edit">{text}</a>'


def test_tokens_are_found_by_the_names_of_hidden_inputs() -> None:
    field = '<input type="hidden" name="csrf_token" value="{}"><input name=q value={}>'
    one = list(tokens(field.format("aaa-1", 1), field.format("bbb-2", 2)))

    assert [(pair.recorded, pair.side, pair.is_token) for pair in one] == [("aaa-1", "bbb-2", True)]


def test_links_are_paired_by_what_they_say() -> None:
    ours = link(3, "Moby Dick") + link(4, "Emma")
    theirs = link(18, "Emma") + link(17, "Moby Dick")

    assert found(ours, theirs) == [("book", "3", "17", True), ("book", "4", "18", True)]


def test_links_that_say_the_same_are_paired_in_their_order_unless_others_know_better() -> None:
    ours = link(3, "Edit") + link(4, "Edit") + link(3, "Moby Dick")
    theirs = link(18, "Edit") + link(17, "Edit") + link(17, "Moby Dick")

    assert found(ours, theirs) == [("book", "3", "17", True), ("book", "4", "17", False)]
    assert found(link(3, "Edit"), link(18, "Edit") * 2) == []


def test_a_link_that_says_nothing_is_no_proof() -> None:
    assert found('<form action="/books/3">', '<form action="/books/17">') == [
        ("book", "3", "17", False)
    ]


def test_links_that_both_have_are_told() -> None:
    same: list[str] = []
    ids(link(3, "a") + link(4, "b"), link(3, "a") + link(5, "b"), "book", same.append)

    assert same == ["/books/3/edit"]


def test_the_marks_of_a_page_are_its_links_and_values_but_for_tokens() -> None:
    field = "<input name=csrf value={}><input name=id value=3>"

    assert marks(field.format("a1b2") + link(3, "x"), ["a1b2"]) == (
        "value=3",
        'href="/books/3/edit',
    )
    assert marks(field.format("a1b2"), ["a1b2"]) == marks(field.format("c3d4"), ["c3d4"])
    assert marks("no mark", []) == ()


def test_choices_are_paired_by_what_they_say() -> None:
    form = '<select name="author"><option value="">-<option value="{}">Melville</select>'
    hidden = '<input type="hidden" name="id" value="{}">'

    assert found(form.format(3), form.format(17)) == [("author", "3", "17", True)]
    assert found(hidden.format(3), hidden.format(17)) == [("book", "3", "17", False)]


@pytest.mark.parametrize(
    "tag",
    [
        '<input name="title" value="1984">',
        '<input type="hidden" name="step" value="3">',
        '<input type="hidden" name="quantity" value="3">',
        '<input type="hidden" name="csrf_token" value="12345678">',
        '<input type="checkbox" name="agree" value="yes">',
        '<select name="page_size"><option value="10">ten</option></select>',
        '<input type="radio" value="3">',
    ],
)
def test_what_people_type_and_what_counts_is_no_id(tag: str) -> None:
    assert list(fields(tag)) == []


def edited(text: str, twin: str) -> str:
    marks = Marks({("order", "12"): 17, ("author", "3"): 8})
    return edit_page(text, twin, "order", marks)


@pytest.mark.parametrize(
    ("text", "twin", "new"),
    [
        ('<a href="/orders/12?author=3">', "", '<a href="/orders/17?author=8">'),
        ("<p>/orders/12</p> 12", "", "<p>/orders/17</p> 12"),
        ("<p>Order 12</p>", "<p>Order 17</p>", "<p>Order 17</p>"),
        ("<p>Order: #12</p>", "<p>Order: #17</p>", "<p>Order: #17</p>"),
        ("<p>Order 12</p>", "<p>Order 18</p>", "<p>Order 12</p>"),
        ("<p>Orders: 12</p>", "<p>Orders: 17</p>", "<p>Orders: 12</p>"),
        ("<p>12 orders</p>", "<p>17 orders</p>", "<p>12 orders</p>"),
        ("<p>order 12.50</p>", "<p>order 17.50</p>", "<p>order 12.50</p>"),
        (
            '<select name="author"><option value="3">x</select><input name="a" value="3">',
            "",
            '<select name="author"><option value="8">x</select><input name="a" value="3">',
        ),
    ],
)
def test_ids_are_replaced_where_ids_stand(text: str, twin: str, new: str) -> None:
    assert edited(text, twin) == new


def adds(side: Side, ours: int, theirs: int, then: Callable[[int], str]) -> Response:
    """A form is sent, the answer leads to the list, and the list has what was made."""
    side.takes(
        request("POST", "/books/new"),
        response(status=302, headers=((b"location", b"/books"),), body=b""),
        response(status=302, headers=((b"location", b"/books"),), body=b""),
    )
    return side.takes(request("GET", "/books"), page(then(ours)), page(then(theirs)))


def test_what_a_form_made_is_known_from_the_page_that_its_answer_leads_to() -> None:
    side = Side()
    seen = adds(side, 3, 17, lambda number: link(number, "Moby Dick"))

    assert seen.body == page(link(3, "Moby Dick")).body
    assert side.target("/books/3/edit") == "/books/17/edit"


@pytest.mark.parametrize("where", ["//[", "http://h//[x", "http://h", "?"])
def test_an_odd_location_leads_nowhere(where: str) -> None:
    side = Side()
    led = response(status=302, headers=((b"location", where.encode()),), body=b"")
    side.takes(request("POST", "/books/new"), led, led)

    assert side.target("/books/3") == "/books/3"


def test_a_page_that_was_merely_asked_for_proves_nothing_until_its_link_is_used() -> None:
    side = Side()
    asked = request("GET", "/books")
    answer = page(link(17, "Moby Dick"))

    assert side.takes(asked, page(link(3, "Moby Dick")), answer) is answer
    assert side.target("/books/3/edit") == "/books/17/edit"
    assert (
        side.takes(asked, page(link(3, "x")), page(link(17, "x"))).body == page(link(3, "x")).body
    )


def test_a_wrong_link_to_something_that_both_sides_have_is_not_hidden() -> None:
    side = Side()
    made = response(status=302, headers=((b"location", b"/books/3"),), body=b"")
    side.takes(request("POST", "/books/new"), made, made)
    wrong = page(link(2, "Moby Dick"))

    assert side.takes(request("GET", "/books"), page(link(3, "Moby Dick")), wrong) is wrong
    assert side.target("/books/3/edit") == "/books/3/edit"


def test_a_redirect_to_a_page_about_what_was_made_names_it() -> None:
    side = Side()
    side.takes(
        request("POST", "/admin/author/add/"),
        response(status=302, headers=((b"location", b"/admin/author/4/change/"),), body=b""),
        response(status=302, headers=((b"location", b"/admin/author/9/change/"),), body=b""),
    )

    assert side.target("/admin/author/4/change/") == "/admin/author/9/change/"


@pytest.mark.parametrize(
    "text",
    [
        "<input " + "a" * 400_000,
        "<a href=" * 50_000,
        "<a " + 'href="x" ' * 40_000,
        "<input " + "a= " * 100_000 + ">",
        "<a href='" + "/a1" * 60_000 + "'>x</a>",
        ">" + " " * 300_000,
    ],
)
def test_odd_markup_takes_no_longer_than_other_markup(text: str) -> None:
    side = Side()
    side.creates("/books", 5, 6)
    started = time.process_time()
    side.takes(request("GET", "/books"), page(f"{text} 5"), page(f"{text} 6"))

    assert time.process_time() - started < 20  # a fraction of a second; squared it is minutes
