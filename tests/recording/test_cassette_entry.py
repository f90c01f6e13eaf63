"""Interactions of all the tools that write cassettes."""

import base64
import gzip
from datetime import UTC, datetime
from typing import Any

import pytest

from shadowpact.model.exchange import Cut, Exchange, Response
from shadowpact.recording.cassette_entry import EntryError, to_exchange

URI = "http://monolith.test/orders?a=b%20c"


def taken(request: Any = None, response: Any = None, **keys: Any) -> Exchange:
    asked = {"method": "GET", "uri": URI, "headers": {}} | (request or {})
    answered = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "ok"}}
    return to_exchange({"request": asked, "response": answered | (response or {}), **keys})


def answer(response: Any = None, **keys: Any) -> Response:
    found = taken(None, response, **keys).response
    assert found is not None
    return found


def test_the_url_is_taken_apart_and_stays_as_it_is() -> None:
    asked = taken().request

    assert (asked.method, asked.scheme, asked.authority) == ("GET", "http", "monolith.test")
    assert asked.target == "/orders?a=b%20c"


def test_ruby_writes_methods_its_own_way() -> None:
    assert taken({"method": "post"}).request.method == "POST"
    assert taken({"method": ":get"}).request.method == "GET"


def test_the_host_header_says_whom_the_client_meant() -> None:
    assert taken({"headers": {"Host": ["shop:81"]}}).request.authority == "shop:81"
    assert taken({"uri": "http://u:p@shop/"}).request.authority == "shop"


def test_the_oldest_cassettes_have_the_parts_of_the_url() -> None:
    parts = {"uri": None, "host": "a.test", "port": "81", "protocol": "https", "path": "/x?y"}
    asked = taken(parts).request

    assert (asked.scheme, asked.authority, asked.target) == ("https", "a.test:81", "/x?y")


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "*/*", "X-Twice": ["1", "2"]},
        ["Accept: */*\r\n", "X-Twice: 1", "X-Twice: 2"],
        [["Accept", "*/*"], ["X-Twice", "1"], ["X-Twice", "2"]],
        [[["Accept", "*/*"], ["X-Twice", "1"], ["X-Twice", "2"]]],
        {b"Accept": [b"*/*"], "X-Twice": [1, b"2"]},
    ],
)
def test_headers_are_a_mapping_lines_or_pairs(headers: Any) -> None:
    assert taken({"headers": headers}).request.headers == (
        (b"Accept", b"*/*"),
        (b"X-Twice", b"1"),
        (b"X-Twice", b"2"),
    )


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (None, b""),
        ("größe", "größe".encode()),
        (b"\xff", b"\xff"),
        ({"string": "ok"}, b"ok"),
        ({"string": None}, b""),
        ({"string": "größe", "encoding": "iso-8859-1"}, b"gr\xf6\xdfe"),
        ({"string": "größe", "encoding": "ASCII-8BIT"}, "größe".encode()),
        ({"string": b"\xff", "encoding": "utf-8"}, b"\xff"),
        ({"base64_string": base64.b64encode(b"\x00\xff").decode(), "encoding": None}, b"\x00\xff"),
    ],
)
def test_a_body_is_a_text_bytes_or_a_table(body: Any, content: bytes) -> None:
    assert taken({"body": body}).request.body == content
    assert answer({"body": body}).body == content


def test_a_body_that_was_sent_piece_by_piece_is_the_pieces_together() -> None:
    body = {"args": [[b"one", "two"]], "state": "0"}

    assert taken({"body": body}).request.body == b"onetwo"


def test_a_client_of_its_own_way_calls_the_body_content() -> None:
    found = answer({"status": None, "body": None, "status_code": "404", "content": "gone"})

    assert (found.status, found.body) == (404, b"gone")


def test_an_encoded_body_keeps_its_encoding_and_a_decoded_one_loses_it() -> None:
    headers = {"Content-Encoding": ["gzip"], "Content-Length": ["99"]}
    packed = gzip.compress(b"ok")

    encoded = answer({"headers": headers, "body": {"string": packed}})
    decoded = answer({"headers": headers, "body": {"string": "ok"}})

    assert encoded.headers == ((b"Content-Encoding", b"gzip"), (b"Content-Length", b"99"))
    assert decoded.headers == ((b"Content-Length", b"2"),)


def test_a_body_that_was_no_text_and_went_through_one_is_cut() -> None:
    lost = {"string": b"\x89PNG".decode("utf-8", "replace"), "encoding": None}

    assert answer({"headers": {"Content-Length": "4"}, "body": lost}).cut == Cut(
        reason="not-recorded", length_bytes=4, sha256=b""
    )
    assert answer({"headers": {"Content-Length": "6"}, "body": lost}).cut is None
    assert answer({"body": lost}).cut is None


def test_what_has_no_body_has_none() -> None:
    assert answer({"status": {"code": 304}}).body == b""
    head = taken({"method": "HEAD"}).response
    assert head is not None
    assert head.body == b""


def test_the_time_is_that_of_the_cassette_or_of_the_answer() -> None:
    at = datetime(2015, 6, 27, 14, 15, 28, tzinfo=UTC)
    dated = {"headers": {"Date": ["Sat, 27 Jun 2015 14:15:28 GMT"]}}

    assert taken(recorded_at="2015-06-27T14:15:28").started_at == at
    assert taken(recorded_at="Sat, 27 Jun 2015 16:15:28 +0200").started_at == at
    assert taken(None, dated).started_at == at
    assert taken(recorded_at="yesterday").started_us == 0


def test_a_request_without_a_response_has_failed() -> None:
    found = to_exchange({"request": {"method": "GET", "uri": URI}})

    assert found.response is None
    assert found.failure is not None
    assert found.failure.kind == "not-recorded"


@pytest.mark.parametrize(
    ("interaction", "reason"),
    [
        (None, "no request"),
        ({"request": "GET"}, "no request"),
        ({"request": {"uri": URI}}, "no method"),
        ({"request": {"method": "GET"}}, "no URL"),
        ({"request": {"method": "GET", "uri": "ftp://a/"}}, "URL is not one of HTTP"),
        ({"request": {"method": "GET", "uri": URI, "headers": 3}}, "malformed headers"),
        ({"request": {"method": "GET", "uri": URI, "headers": ["a"]}}, "malformed headers"),
        ({"request": {"method": "GET", "uri": URI, "headers": [3]}}, "malformed headers"),
        ({"request": {"method": "GET", "uri": URI, "headers": {"a": {}}}}, "malformed headers"),
        ({"request": {"method": "GET", "uri": URI, "body": 3}}, "malformed body"),
        ({"request": {"method": "GET", "uri": URI, "body": {"args": "x"}}}, "malformed body"),
        ({"request": {"method": "GET", "uri": URI, "body": {"text": "x"}}}, "malformed body"),
        (
            {"request": {"method": "GET", "uri": URI, "body": {"base64_string": "x"}}},
            "malformed base64",
        ),
        ({"request": {"method": "GET", "uri": URI}, "response": 3}, "malformed response"),
        ({"request": {"method": "GET", "uri": URI}, "response": {}}, "malformed status"),
        (
            {"request": {"method": "GET", "uri": URI}, "response": {"status": 20}},
            "malformed status",
        ),
    ],
)
def test_what_is_missing_or_malformed_is_the_reason(interaction: Any, reason: str) -> None:
    with pytest.raises(EntryError) as caught:
        to_exchange(interaction)

    assert str(caught.value) == reason
