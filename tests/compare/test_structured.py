import pytest

from shadowpact.compare.media import parse_media_type
from shadowpact.compare.structured import (
    MAX_FIELDS,
    parse_csv,
    parse_events,
    parse_form,
    parse_json_lines,
    parse_multipart,
    parse_plain,
)
from shadowpact.model.encoding import UndecodableError

CSV = parse_media_type("text/csv")


def test_a_line_that_is_no_json_is_named() -> None:
    with pytest.raises(UndecodableError, match="record 2: not valid JSON"):
        parse_json_lines(b"1\nx\n")


def test_a_form_keeps_empty_and_repeated_fields() -> None:
    assert parse_form("a=1&b=&a=2&c%20d=%C3%A9") == {"a": ["1", "2"], "b": "", "c d": "é"}


def test_a_form_is_read_in_its_charset_and_in_no_other() -> None:
    assert parse_form("a=%E9", "latin-1") == {"a": "é"}
    with pytest.raises(UndecodableError, match="not utf-8"):
        parse_form("a=%E9")


def test_a_form_of_endless_fields_is_refused() -> None:
    with pytest.raises(UndecodableError, match="more than"):
        parse_form("&".join(["a=1"] * (MAX_FIELDS + 1)))


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_csv_is_read_with_the_delimiter_it_uses(delimiter: str) -> None:
    text = "a,b\n1,2".replace(",", delimiter)

    assert parse_csv(text, CSV) == {"header": ["a", "b"], "rows": [{"a": "1", "b": "2"}]}


def test_csv_with_a_header_that_names_not_every_column_is_rows() -> None:
    assert parse_csv("a,,b\n1,2,3", CSV) == [["a", "", "b"], ["1", "2", "3"]]
    assert parse_csv("a,a\n1,2", CSV) == [["a", "a"], ["1", "2"]]
    assert parse_csv("", CSV) == []


def test_csv_keeps_what_a_row_has_too_much() -> None:
    assert parse_csv("a,b\n1,2,3", CSV) == {
        "header": ["a", "b"],
        "rows": [{"a": "1", "b": "2", "": ["3"]}],
    }


def test_csv_with_quotes_that_do_not_match_is_refused() -> None:
    with pytest.raises(UndecodableError, match="not valid CSV"):
        parse_csv('a,b\n"1"x,2', CSV)


def test_events_keep_their_fields() -> None:
    text = ": comment\n\nid: 7\nevent: a\ndata: one\ndata: two\n\nretry: 5\r\rdata: {\r\n\r\n"

    assert parse_events(text) == [
        {"id": "7", "event": "a", "data": "one\ntwo"},
        {"retry": "5"},
        {"data": "{"},
    ]


def test_parts_are_read_by_name_with_what_they_say_of_themselves() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.json"\r\n'
        b'Content-Type: application/json\r\n\r\n{"v": 1}\r\n--b--\r\n'
    )

    assert parse_multipart(body, "multipart/form-data; boundary=b") == {
        "a": "1",
        "f": {"content-type": "application/json", "filename": "x.json", "content": {"v": 1}},
    }


def test_parts_without_names_are_read_in_their_order() -> None:
    body = b"--b\r\n\r\none\r\n--b\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n"

    first, second = parse_multipart(body, "multipart/mixed; boundary=b")

    assert first == "one"
    assert second["content-type"] == "image/png"


@pytest.mark.parametrize("content_type", ["multipart/mixed", "multipart/mixed; boundary=zz"])
def test_a_multipart_body_without_its_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(UndecodableError, match="not a multipart body"):
        parse_multipart(b"--b\r\n\r\none\r\n--b--", content_type)


def test_text_of_one_line_is_itself() -> None:
    assert parse_plain("one\n") == "one\n"
    assert parse_plain("one\ntwo") == ["one\n", "two"]
