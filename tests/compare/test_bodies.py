import gc
import gzip
from typing import Any

import pytest

from shadowpact.compare import Comparer, Comparison
from shadowpact.compare.markup import Markup
from shadowpact.compare.settings import Rule
from shadowpact.model.encoding import UndecodableError
from support.build import response


def compare(
    one: bytes, other: bytes, content_type: str, *rules: Rule, **options: Any
) -> Comparison:
    headers = ((b"content-type", content_type.encode()),)
    return Comparer(rules, **options).compare(
        response(headers=headers, body=one), response(headers=headers, body=other)
    )


def found(one: bytes, other: bytes, content_type: str, **options: Any) -> list[tuple[str, str]]:
    comparison = compare(one, other, content_type, **options)
    return [(d.path, d.kind) for d in comparison.differences]


XML = "application/xml"


def test_xml_prefixes_attribute_order_white_space_and_comments_do_not_count() -> None:
    one = b'<s:order xmlns:s="urn:shop" a="1" b="2"><s:item/> <s:item/></s:order>'
    other = b"""<?xml version="1.0"?>
    <order b="2" a="1" xmlns="urn:shop">
      <item></item><!-- two --><item/>
    </order>"""

    assert found(one, other, XML) == []
    assert found(one, other, XML, markup=Markup(comments=True)) != []
    assert found(one, other, XML, markup=Markup(white_space=True)) != []


def test_xml_of_another_namespace_is_something_else() -> None:
    assert found(b'<a xmlns="urn:1"/>', b'<a xmlns="urn:2"/>', XML) == [
        ('$["{urn:1}a"]', "missing"),
        ('$["{urn:2}a"]', "added"),
    ]


def test_xml_says_where_text_attributes_and_elements_differ() -> None:
    one = b'<order id="1"><item><price>1</price></item><item><price>2</price></item></order>'
    other = b'<order id="2"><item><price>1</price></item><item><price>3</price></item></order>'

    assert found(one, other, XML) == [
        ('$.order["@id"]', "value-changed"),
        ("$.order.item[1].price", "value-changed"),
    ]


def test_xml_with_one_element_more_has_one_difference() -> None:
    one = b"<o><i><n>a</n></i></o>"
    other = b"<o><i><n>a</n></i><i><n>b</n></i></o>"

    assert found(one, other, XML) == [("$.o.i[1]", "added")]


def test_xml_children_of_other_names_in_another_order_are_one_verdict() -> None:
    assert found(b"<o><a/><b/></o>", b"<o><b/><a/></o>", XML) == [
        ('$.o["#order"]', "order-changed")
    ]
    assert found(b"<o><a/><b/></o>", b"<o><b/></o>", XML) == [("$.o.a", "missing")]


def test_soap_is_xml_too() -> None:
    envelope = b'<e:Envelope xmlns:e="urn:soap"><e:Body><v>%d</v></e:Body></e:Envelope>'

    assert len(found(envelope % 1, envelope % 2, "application/soap+xml; charset=utf-8")) == 1


def test_broken_xml_is_one_difference() -> None:
    comparison = compare(b"<a>", b"<a/>", XML)

    assert comparison.differences[0].kind == "undecodable"
    assert comparison.differences[0].message.startswith("baseline: not well-formed XML")


def test_html_folds_white_space_and_names_the_element() -> None:
    one = b"<html><body><p>Hello   world<br></p><p>x</p></body></html>"
    same = b"<html>\n<body>\n<P>Hello\nworld<br/></P>\n<p>x</p></body></html>"
    other = b"<html><body><p>Hello moon<br></p><p>x</p></body></html>"

    assert found(one, same, "text/html") == []
    assert found(one, other, "text/html") == [('$.html.body.p[0]["#text"][0]', "value-changed")]


def test_html_that_nobody_closed_is_compared_all_the_same() -> None:
    assert found(b"<ul><li>a<li>b", b"<ul><li>a<li>c", "text/html") != []


def test_forms_are_compared_by_field() -> None:
    form = "application/x-www-form-urlencoded"

    assert found(b"a=1&b=x%20y", b"b=x+y&a=1", form) == []
    assert found(b"a=1&a=2&b=", b"a=1&a=3", form) == [
        ("$.b", "missing"),
        ("$.a[1]", "value-changed"),
    ]


def multipart(boundary: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    out = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary, name, value)
        for name, value in parts
    )
    return out + b"--%s--\r\n" % boundary


def test_multipart_is_compared_by_part_whatever_the_boundary() -> None:
    one = response(
        headers=((b"content-type", b"multipart/form-data; boundary=abc"),),
        body=multipart(b"abc", (b"a", b"1"), (b"b", b"2")),
    )
    other = response(
        headers=((b"content-type", b"multipart/form-data; boundary=xyz"),),
        body=multipart(b"xyz", (b"b", b"3"), (b"a", b"1")),
    )

    comparison = Comparer().compare(one, other)

    assert [(d.path, d.kind) for d in comparison.differences] == [("$.b", "value-changed")]


def test_csv_is_compared_by_row_and_column() -> None:
    one = b"id,name,qty\n1,Ann,2\n2,Bob,3\n"

    assert found(one, one.replace(b"\n", b"\r\n").replace(b"Ann", b'"Ann"'), "text/csv") == []
    assert found(one, b"id,name,qty\n2,Bob,4\n1,Ann,2\n", "text/csv") == [
        ("$.rows", "order-changed"),
        ("$.rows[1].qty", "value-changed"),
    ]


def test_csv_without_a_header_is_compared_by_position() -> None:
    assert found(b"1,2\n", b"1,3\n", "text/csv; header=absent") == [("$[0][1]", "value-changed")]


def test_text_is_compared_by_line() -> None:
    assert found(b"a\nb\nc\n", b"a\nx\nb\nc\n", "text/plain") == [("$[1]", "added")]
    assert found(b"a", b"b", "text/plain") == [("$", "value-changed")]
    assert found(b"a\n", b"a", "text/plain") == [("$", "value-changed")]


def test_text_is_decoded_by_its_charset() -> None:
    one = response(headers=((b"content-type", b"text/plain; charset=latin-1"),), body=b"caf\xe9")
    other = response(
        headers=((b"content-type", b"text/plain; charset=utf-8"),), body="café".encode()
    )

    comparison = Comparer().compare(one, other)

    assert [d.location for d in comparison.differences] == ["header"]


def test_events_are_compared_one_by_one() -> None:
    one = b'event: price\ndata: {"v": 1}\n\ndata: {"v": 2}\n\n'
    other = b'event: price\ndata: {"v":1}\n\ndata: {"v": 3}\n\n'

    assert found(one, other, "text/event-stream") == [("$[1].data.v", "value-changed")]


@pytest.mark.parametrize("separator", [b"\n", b"\x1e"])
def test_lines_of_json_are_compared_as_documents(separator: bytes) -> None:
    one = separator.join([b'{"a": 1}', b'{"a": 2}'])
    other = separator.join([b'{"a":1}', b'{"a":3}', b""])

    assert found(one, other, "application/x-ndjson") == [("$[1].a", "value-changed")]


def test_bytes_are_compared_as_a_whole() -> None:
    png = b"\x89PNG\r\n\x1a\n"
    comparison = compare(png + b"1", png + b"22", "image/png")

    [difference] = comparison.differences
    assert (difference.path, difference.kind) == ("$", "length-changed")
    assert difference.baseline.startswith("PNG, 9 bytes, sha256 ")
    assert found(png + b"1", png + b"2", "image/png") == [("$", "value-changed")]


def test_bodies_of_different_media_types_are_one_clear_difference_each() -> None:
    one = response({"a": 1})
    other = response(headers=((b"content-type", b"text/html"),), body=b"<h1>Oops</h1>")

    comparison = Comparer().compare(one, other)

    assert [(d.location, d.kind, d.severity) for d in comparison.differences] == [
        ("header", "value-changed", "breaking"),
        ("body", "type-changed", "breaking"),
    ]


def test_json_behind_another_media_type_is_compared_as_json() -> None:
    one = response({"a": 1})
    other = response(headers=((b"content-type", b"text/plain"),), body=b'{"a": 2}')

    comparison = Comparer().compare(one, other)

    assert [(d.location, d.path) for d in comparison.differences] == [
        ("header", "content-type"),
        ("body", "$.a"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (b'{"a": 1}', b'{"a": 2}', [("$.a", "value-changed")]),
        (b"plain", b"other", [("$", "value-changed")]),
        (b"\xff\x00", b"\xff\x01", [("$", "value-changed")]),
    ],
)
def test_without_a_media_type_the_content_decides(
    one: bytes, other: bytes, expected: list[tuple[str, str]]
) -> None:
    comparison = Comparer().compare(
        response(headers=(), body=one), response(headers=(), body=other)
    )

    assert [(d.path, d.kind) for d in comparison.differences] == expected


def test_a_token_is_compared_by_header_and_claims() -> None:
    one = b'{"t": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiaWF0IjoxfQ.c2ln"}'
    other = b'{"t": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJiIiwiaWF0IjoxfQ.b3RoZXI"}'

    assert found(one, other, "application/json") == [("$.t.claims.sub", "value-changed")]


def test_a_byte_order_mark_on_one_side_is_told() -> None:
    assert found(b"\xef\xbb\xbf{}", b"{}", "application/json") == [("$", "representation-changed")]


def test_json_in_the_charset_of_an_old_service_is_read() -> None:
    content_type = "application/json; charset=iso-8859-1"
    one = '{"name": "André"}'.encode("latin-1")

    assert found(one, '{"name": "André" }'.encode("latin-1"), content_type) == []
    assert found(one, '{"name": "André"}'.encode(), content_type) == []
    assert found(one, b'{"name": "Andre"}', content_type) == [("$.name", "value-changed")]


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-16"])
def test_xml_is_read_in_its_charset(charset: str) -> None:
    content_type = f"text/xml; charset={charset}"
    one, other = (f"<a>André{n}</a>".encode(charset) for n in (1, 2))

    assert found(one, other, content_type) == [("$.a", "value-changed")]


def test_json_in_utf16_is_read() -> None:
    assert found('{"a": 1}'.encode("utf-16"), b'{"a": 2}', "application/json") == [
        ("$.a", "value-changed")
    ]


@pytest.mark.parametrize("media", ["application/json", "text/plain"])
def test_a_body_that_cannot_be_read_is_not_held_in_memory_by_its_error(media: str) -> None:
    gc.collect()
    gc.disable()
    try:
        headers = ((b"content-type", media.encode()), (b"content-encoding", b"gzip"))
        for body in (b"no gzip", gzip.compress(b"\xff{")):
            compared = Comparer(()).compare(response(headers=headers, body=body), response({}))
            assert [one.kind for one in compared.differences] != []
        left = [one for one in gc.get_objects() if isinstance(one, UndecodableError)]
    finally:
        gc.enable()

    assert left == []
