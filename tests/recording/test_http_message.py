"""HTTP/1 messages as they were on the wire."""

import pytest

from shadowpact.recording.http_message import MessageError, parse_request, parse_response

CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_request_keeps_target_and_headers_as_they_were_sent() -> None:
    asked = parse_request(
        b"POST /a/../b%2f?x=1&x= HTTP/1.0\r\nHOST: shop:8080\r\nX-A:1\r\nx-a:  two \r\n"
        b"Content-Length: 2\r\n\r\n{}"
    ).message

    assert (asked.method, asked.target, asked.http_version) == (
        "POST",
        "/a/../b%2f?x=1&x=",
        "HTTP/1.0",
    )
    assert asked.headers[:3] == ((b"HOST", b"shop:8080"), (b"X-A", b"1"), (b"x-a", b"two"))
    assert (asked.scheme, asked.authority, asked.body) == ("http", "shop:8080", b"{}")


def test_a_request_to_a_proxy_is_the_one_that_the_server_gets() -> None:
    asked = parse_request(b"GET http://shop.test/a?b HTTP/1.1\r\n\r\n").message

    assert (asked.scheme, asked.authority, asked.target) == ("http", "shop.test", "/a?b")


@pytest.mark.parametrize(
    ("body", "content", "missing", "rest"),
    [
        (b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"abcde", 0, b""),
        (b"3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\nbehind", b"abc", 0, b"behind"),
        (b"3\nabc\n0\n\n", b"abc", 0, b""),
        (b"5\r\nabc", b"abc", 2, b""),
        (b"3\r\nabc\r\n", b"abc", 1, b""),
        (b'{"put": "together"}', b'{"put": "together"}', 0, b""),
        (b"", b"", 0, b""),
    ],
)
def test_chunks_are_put_together(body: bytes, content: bytes, missing: int, rest: bytes) -> None:
    parsed = parse_response(b"HTTP/1.1 200 OK\r\n" + CHUNKED + body)

    assert (parsed.message.body, parsed.missing_bytes, parsed.rest) == (content, missing, rest)
    assert parsed.message.headers == ((b"Transfer-Encoding", b"chunked"),)


def test_a_length_says_where_a_body_ends() -> None:
    short = parse_response(b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nabc")
    long = parse_request(b"PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\nabc")

    assert (short.message.body, short.missing_bytes) == (b"abc", 2)
    assert (long.message.body, long.rest) == (b"a", b"bc")


def test_without_a_length_an_answer_lasts_to_the_end_and_a_request_has_no_body() -> None:
    assert parse_response(b"HTTP/1.0 200 OK\r\n\r\nabc").message.body == b"abc"
    assert parse_request(b"GET / HTTP/1.1\r\n\r\nabc").rest == b"abc"


def test_interim_answers_are_left_out() -> None:
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\nx"

    assert parse_response(data).message.status == 201


def test_answers_that_have_no_body_have_none_whatever_their_length_says() -> None:
    parsed = parse_response(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 50\r\n\r\n")

    assert (parsed.message.body, parsed.missing_bytes) == (b"", 0)


def test_a_folded_header_is_one_line() -> None:
    asked = parse_request(b"GET / HTTP/1.1\r\nX-A: one\r\n  two\r\n\r\n").message

    assert asked.headers == ((b"X-A", b"one two"),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a",
        b"GET /\r\n\r\n",
        b"G E T / HTTP/1.1\r\n\r\n",
        b"x\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        parse_request(data)


@pytest.mark.parametrize("data", [b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"])
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        parse_response(data)
