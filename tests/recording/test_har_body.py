"""The bodies of a HAR's entry, as bytes."""

import base64
import zlib
from typing import Any

import brotli
import pytest

from shadowpact.model.exchange import Headers
from shadowpact.recording.captured import not_recorded
from shadowpact.recording.har_body import as_decoded, posted, received

LOST = "\ufffd\ufffd"


def typed(content_type: str, **others: bytes) -> Headers:
    named = ((name.replace("_", "-").encode(), value) for name, value in others.items())
    return ((b"Content-Type", content_type.encode()), *named)


# -- of requests


@pytest.mark.parametrize(
    ("media", "keys", "is_cut"),
    [
        ("multipart/form-data; boundary=x", {"bodySize": 0}, True),
        ("application/json", {"bodySize": -1}, True),
        ("application/json", {}, True),
        ("application/json", {"bodySize": 0}, False),
        ("application/json", {"postData": {"text": ""}}, False),
        ("", {"bodySize": -1}, False),
    ],
)
def test_a_body_of_which_only_the_type_is_known_is_not_taken_for_none(
    media: str, keys: dict[str, Any], *, is_cut: bool
) -> None:
    headers = typed(media) if media else ()

    assert posted("POST", keys, headers) == (b"", not_recorded(0) if is_cut else None)
    assert posted("GET", keys, headers) == (b"", None)
    assert posted("POST", keys, (*headers, (b"Content-Length", b"0"))) == (b"", None)


def test_fields_of_a_json_object_are_the_object_where_its_length_says_so() -> None:
    data = {"params": [{"name": "a", "value": 1}, {"name": "ü", "value": ["x"]}]}
    body = '{"a":1,"ü":["x"]}'.encode()
    headers = typed("application/json")

    assert posted("POST", {"postData": data, "bodySize": len(body)}, headers) == (body, None)
    assert posted("POST", {"postData": data, "bodySize": 40}, headers) == (b"", not_recorded(40))
    assert posted("POST", {"postData": data}, headers) == (b"", not_recorded(0))


def test_what_is_no_text_is_not_taken_for_an_empty_one() -> None:
    assert posted("POST", {"postData": {"text": {"a": 1}}}, ()) == (b"", not_recorded(0))


def test_fields_of_no_form_are_not_made_into_one() -> None:
    data = {"mimeType": "text/plain", "params": [{"name": "a", "value": "1"}]}

    assert posted("POST", {"postData": data}, ()) == (b"", not_recorded(0))


def test_bytes_that_went_through_a_text_are_lost() -> None:
    table = {"postData": {"text": LOST}, "bodySize": 2}
    content = {"text": LOST, "size": 2}

    assert posted("POST", table, ()) == (b"", not_recorded(2))
    assert received({"content": content}, ()) == (b"", not_recorded(2))
    assert received({"content": {"text": LOST, "size": 6}}, ()) == (LOST.encode(), None)
    assert received({"content": {"text": LOST}}, ()) == (LOST.encode(), None)


# -- of responses


@pytest.mark.parametrize("table", [{}, {"content": {}}, {"content": {"size": -1}, "bodySize": -1}])
def test_a_body_of_which_nothing_is_said_is_cut(table: dict[str, Any]) -> None:
    assert received(table, ()) == (b"", not_recorded(0))
    assert received(table, ((b"content-length", b"0"),)) == (b"", None)


@pytest.mark.parametrize(
    ("wire", "text", "media"),
    [
        ("café \u2019".encode(), "cafÃ© â€™", "text/plain"),
        ("”".encode(), "â€\x9d", "text/plain"),
        (b"caf\xe9", "café", "text/html"),
        ("café".encode(), "café", "text/html"),
        (b"\x80 \x92", "€ \u2019", "text/plain; charset=iso-8859-1"),
        ("日本".encode("shift_jis"), "日本", "text/html; charset=Shift_JIS"),
        ("é".encode(), "é", "text/html; charset=no-such"),
    ],
)
def test_a_text_is_in_the_charset_in_which_it_has_its_length(
    wire: bytes, text: str, media: str
) -> None:
    length = str(len(wire)).encode()

    assert received({"content": {"text": text}}, typed(media, Content_Length=length))[0] == wire
    assert received({"content": {"text": text, "size": len(wire)}}, typed(media))[0] == wire


def test_bytes_that_mitmproxy_could_not_decode_are_there_again() -> None:
    content = {"text": "caf\udce9 é", "size": 7}

    assert (
        received({"content": content}, typed("text/html; charset=utf-8"))[0] == b"caf\xe9 \xc3\xa9"
    )
    assert received({"content": {"text": "\ud800"}}, ())[0] == b"\xed\xa0\x80"


def test_a_size_that_is_that_of_the_text_does_not_hide_the_charset() -> None:
    content = {"text": "café", "size": 5}

    assert received({"content": content}, typed("text/html; charset=latin1"))[0] == b"caf\xe9"


def test_the_length_of_an_encoded_body_says_nothing_of_its_text() -> None:
    headers = typed("text/html", Content_Length=b"4", Content_Encoding=b"br")

    assert received({"content": {"text": "café"}}, headers)[0] == "café".encode()


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", brotli.compress(b"plain " * 9)), ("deflate", zlib.compress(b"plain " * 9))],
)
def test_a_body_that_is_still_encoded_keeps_its_coding(coding: str, body: bytes) -> None:
    headers = ((b"Content-Encoding", coding.encode()),)
    content = {"text": base64.b64encode(body).decode(), "encoding": "base64"}

    assert received({"content": content}, headers) == (body, None)
    assert as_decoded(headers, body) == headers
    assert as_decoded(headers, b"plain") == ()
    assert as_decoded(headers, b"\xff\xfe\xfd") == ()
