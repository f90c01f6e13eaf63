from shadowpact.beside.markup import facing_markup
from shadowpact.compare.markup import Markup, documents_of, parse_html, parse_xml
from shadowpact.compare.walk import align_by_content
from shadowpact.report.bodies import Line


def text(line: Line | None) -> str:
    return "" if line is None else line.lead + line.value


def xml(one: str, other: str, markup: Markup = Markup()) -> list[tuple[str, str]]:  # noqa: B008  frozen
    documents = documents_of(*(parse_xml(body.encode(), markup) for body in (one, other)))
    found = facing_markup(*documents, align_by_content)
    return [(text(piece.baseline), text(piece.candidate)) for piece in found]


def test_an_element_with_text_alone_is_one_line() -> None:
    assert xml('<a x="1"><b>t &lt; u</b><c/></a>', '<a x="2"><c/><b>v</b></a>') == [
        ('<a x="1">', '<a x="2">'),
        ("  <b>t &lt; u</b>", "  <b>v</b>"),
        ("  <c/>", "  <c/>"),
        ("</a>", "</a>"),
    ]


def test_a_namespace_is_said_where_it_begins_whatever_the_prefix() -> None:
    one = '<o:order xmlns:o="urn:shop"><o:id>7</o:id><note xmlns="urn:n"/></o:order>'
    other = '<order xmlns="urn:shop"><id>7</id><note xmlns="urn:n"/></order>'

    assert xml(one, other) == [
        ('<order xmlns="urn:shop">', '<order xmlns="urn:shop">'),
        ("  <id>7</id>", "  <id>7</id>"),
        ('  <note xmlns="urn:n"/>', '  <note xmlns="urn:n"/>'),
        ("</order>", "</order>"),
    ]


def test_repeated_elements_stand_opposite_each_other_by_their_key() -> None:
    one = '<l><i id="1">a</i><i id="2">b</i></l>'
    other = '<l><i id="2">b</i><i id="3">c</i><i id="1">x</i></l>'

    assert xml(one, other)[1:-1] == [
        ('  <i id="1">a</i>', '  <i id="1">x</i>'),
        ('  <i id="2">b</i>', '  <i id="2">b</i>'),
        ("", '  <i id="3">c</i>'),
    ]


def test_text_between_elements_keeps_its_place() -> None:
    body = "<p>one <b>two</b> three</p>"
    documents = documents_of(parse_html(body), parse_html(body.replace("two", "2")))
    found = [text(piece.candidate) for piece in facing_markup(*documents, align_by_content)]

    assert found == ["<p>", "  one", "  <b>2</b>", "  three", "</p>"]


def test_comments_show_where_they_count() -> None:
    found = xml("<a><!--x--><b/></a>", "<a><!--y--><b/></a>", Markup(comments=True))

    assert found[1] == ("  <!--x-->", "  <!--y-->")


def test_the_order_of_elements_shows_on_the_element_around_them() -> None:
    documents = documents_of(
        *(parse_xml(body, Markup()) for body in (b"<a><i/><i>1</i></a>", b"<a><i>1</i><i/></a>"))
    )
    first = next(facing_markup(*documents, align_by_content))

    assert ("$.a.i", False) in first.spots


def test_an_element_that_only_one_side_has_is_part_of_one_difference() -> None:
    documents = documents_of(
        *(parse_xml(body, Markup()) for body in (b"<a><b><c>1</c></b></a>", b"<a/>"))
    )
    found = list(facing_markup(*documents, align_by_content))
    ours = [text(piece.baseline) for piece in found]

    assert ours == ["<a>", "  <b>", "    <c>1</c>", "  </b>", "</a>"]
    assert text(found[0].candidate) == "<a/>"
    assert {piece.candidate for piece in found[1:]} == {None}


def test_the_order_at_the_top_of_a_fragment_has_a_line_to_show_on() -> None:
    documents = documents_of(parse_html("<a></a>t"), parse_html("t<a></a>"))
    first = next(facing_markup(*documents, align_by_content))

    assert text(first.baseline) == "(fragment)"
    assert ('$["#order"]', False) in first.spots
