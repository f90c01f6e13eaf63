"""One entry of a HAR to one exchange."""

import base64
import gzip
from typing import Any

import pytest

from shadowpact.model.exchange import Cut, Headers, Request, Response
from shadowpact.recording.har_body import EntryError
from shadowpact.recording.har_entry import split_url, to_exchange

URL = "https://monolith.test:8443/orders?page=2"


def pairs(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name.decode(), "value": value.decode()} for name, value in headers]


def asked(headers: Headers = (), **keys: Any) -> Request:
    table = {"method": "POST", "url": URL, "headers": pairs(headers)} | keys
    return to_exchange({"request": table, "response": {"status": 200}}).request


def answered(
    content: dict[str, Any], headers: Headers = (), method: str = "GET", **keys: Any
) -> Response:
    table = {"status": 200, "headers": pairs(headers), "content": content} | keys
    found = to_exchange({"request": {"method": method, "url": URL}, "response": table})
    assert found.response is not None
    return found.response


def refusal(entry: Any) -> str:
    with pytest.raises(EntryError) as caught:
        to_exchange(entry)
    return str(caught.value)


def test_the_url_gives_scheme_authority_and_target() -> None:
    request = asked()

    assert (request.scheme, request.authority) == ("https", "monolith.test:8443")
    assert request.target == "/orders?page=2"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://a.test", ("http", "a.test", "/")),
        ("HTTP://a.test?x=1", ("http", "a.test", "/?x=1")),
        ("http://a.test/../b//c/%2F?q=?#part", ("http", "a.test", "/../b//c/%2F?q=?")),
        ("wss://a.test/chat", ("https", "a.test", "/chat")),
        ("http://[::1]:80/", ("http", "[::1]:80", "/")),
        ("data:text/plain,x", None),
        ("chrome-extension://abc/x", None),
        ("/relative", None),
    ],
)
def test_a_url_is_split_and_never_rewritten(url: str, parts: tuple[str, str, str] | None) -> None:
    assert split_url(url) == parts


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a.test/grün x", "/gr%C3%BCn%20x"),
        ("http://a.test/%7e~|{a}", "/%7e~|{a}"),
    ],
)
def test_only_what_cannot_be_sent_is_escaped(url: str, target: str) -> None:
    assert asked(url=url).target == target


def test_a_password_in_the_url_is_left_out() -> None:
    assert asked(url="http://me:open-sesame@a.test/").authority == "a.test"


def test_the_host_header_names_the_authority() -> None:
    assert asked(((b"Host", b"public.test"),)).authority == "public.test"


def test_pseudo_headers_are_no_headers() -> None:
    request = asked(((b":authority", b"public.test"), (b":method", b"POST"), (b"a", b"1")))

    assert (request.authority, request.headers) == ("public.test", ((b"a", b"1"),))


def test_a_header_of_a_request_that_stands_there_again_is_sent_once() -> None:
    headers = ((b"Referer", b"/a"), (b"X-Of", b"1"), (b"referer", b"/a"), (b"X-Of", b"2"))

    assert asked(headers).headers == ((b"referer", b"/a"), (b"X-Of", b"1"), (b"X-Of", b"2"))


def test_repeated_headers_stay_repeated() -> None:
    headers = ((b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"))
    joined = ((b"Set-Cookie", b"a=1\nb=2"),)

    assert answered({}, headers).headers == headers
    assert answered({}, joined).headers == headers


@pytest.mark.parametrize(
    ("given", "version"),
    [
        ("http/2.0", "HTTP/2.0"),
        ("h2", "HTTP/2.0"),
        ("h3", "HTTP/3.0"),
        ("HTTP/1.0", "HTTP/1.0"),
        ("http/1.1", "HTTP/1.1"),
        ("", "HTTP/1.1"),
        ("unknown", "HTTP/1.1"),
        (None, "HTTP/1.1"),
    ],
)
def test_the_version_has_one_spelling(given: str | None, version: str) -> None:
    assert asked(httpVersion=given).http_version == version


# -- request bodies


def test_posted_text_is_the_body_and_the_length_fits_it() -> None:
    request = asked(((b"Content-Length", b"3"),), postData={"text": "größe"})

    assert request.body == "größe".encode()
    assert request.headers == ((b"Content-Length", b"7"),)


def test_posted_text_is_in_the_charset_of_the_request() -> None:
    headers = ((b"Content-Type", b'text/plain; charset="ISO-8859-1"'),)

    assert asked(headers, postData={"text": "größe"}).body == "größe".encode("latin-1")
    assert asked(headers, postData={"text": "€"}).body == b"\x80"
    assert asked(headers, postData={"text": "中"}).body == "中".encode()


def test_posted_fields_without_text_make_a_form() -> None:
    fields = [{"name": "a b", "value": "1&2"}, {"name": "c"}]
    data = {"mimeType": "application/x-www-form-urlencoded", "text": "", "params": fields}

    assert asked(postData=data).body == b"a+b=1%262&c="


def test_posted_parts_without_text_make_a_multipart_body() -> None:
    fields = [
        {"name": "a", "value": "1"},
        {"name": "f", "fileName": "x.txt", "contentType": "text/plain", "value": "hi"},
    ]
    data = {"mimeType": "multipart/form-data; boundary=XX", "params": fields}

    assert asked(postData=data).body.decode().split("\r\n") == [
        "--XX",
        'Content-Disposition: form-data; name="a"',
        "",
        "1",
        "--XX",
        'Content-Disposition: form-data; name="f"; filename="x.txt"',
        "Content-Type: text/plain",
        "",
        "hi",
        "--XX--",
        "",
    ]


def test_a_request_body_that_is_not_in_the_file_is_cut() -> None:
    no_boundary = {"mimeType": "multipart/form-data", "params": [{"name": "a"}]}
    cut = Cut(reason="not-recorded", length_bytes=9, sha256=b"")

    assert asked(bodySize=9).cut == cut
    assert asked(((b"content-length", b"9"),)).cut == cut
    assert asked(bodySize=9, postData=no_boundary).cut == cut
    assert asked(bodySize=-1).cut is None


# -- response bodies


def test_a_base64_body_is_decoded() -> None:
    assert answered({"text": "AAH\n/", "encoding": "base64"}).body == b"\x00\x01\xff"


def test_a_decoded_body_loses_its_encoding_and_gets_its_length() -> None:
    headers = ((b"Content-Encoding", b"gzip"), (b"content-length", b"22"), (b"Vary", b"*"))

    response = answered({"text": "plain"}, headers)

    assert response.headers == ((b"content-length", b"5"), (b"Vary", b"*"))


def test_a_body_that_is_still_encoded_keeps_its_encoding() -> None:
    headers = ((b"Content-Encoding", b"gzip"),)
    text = base64.b64encode(gzip.compress(b"plain")).decode()

    response = answered({"text": text, "encoding": "base64"}, headers)

    assert (response.headers, gzip.decompress(response.body)) == (headers, b"plain")


def test_json_is_utf_8_whatever_the_charset_says() -> None:
    headers = ((b"content-type", b"application/json; charset=latin-1"),)

    assert answered({"text": '"ü"'}, headers).body == '"ü"'.encode()


def test_a_body_with_a_size_and_no_text_is_cut() -> None:
    cut = Cut(reason="not-recorded", length_bytes=7, sha256=b"")

    assert answered({"size": 7}).cut == cut
    assert answered({"size": 7, "text": ""}).cut == cut
    assert answered({}, ((b"content-length", b"7"),)).cut == cut
    assert answered({"size": 0, "text": ""}).cut is None
    assert answered({"size": 0}).cut is None
    assert answered({"size": -1}, bodySize=0).cut is None


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 204)])
def test_what_a_cache_showed_is_not_what_was_answered(method: str, status: int) -> None:
    headers = ((b"content-length", b"99"),)
    response = answered({"size": 5, "text": "cache"}, headers, method, status=status)

    assert (response.body, response.cut, response.headers) == (b"", None, headers)


def test_an_answer_of_the_cache_is_the_one_that_said_that_nothing_has_changed() -> None:
    def status(asked: Headers, said: Headers, **keys: Any) -> int:
        request = {"method": "GET", "url": URL, "headers": pairs(asked)}
        content = {"size": 5, "text": "cache"}
        table = {"status": 200, "headers": pairs(said), "content": content} | keys
        found = to_exchange({"request": request, "response": table}).response
        assert found is not None
        assert (found.body == b"") == (found.status == 304)
        return found.status

    tag, known = ((b"ETag", b'"b"'),), ((b"If-None-Match", b'"a", W/"b"'),)
    date, since = ((b"Last-Modified", b"then"),), ((b"If-Modified-Since", b"then"),)

    assert status(known, tag, bodySize=0) == 304
    assert status(since, date, bodySize=0) == 304
    assert status(known, tag, bodySize=5) == 200
    assert status(known, tag) == 200
    assert status(known, ((b"ETag", b'"c"'),), bodySize=0) == 200
    assert status((), tag, bodySize=0) == 200


# -- failures, times


@pytest.mark.parametrize(
    ("response", "kind", "message"),
    [
        ({"status": 0, "_error": "net::ERR_CONNECTION_REFUSED"}, "refused", None),
        ({"status": 0, "_error": "net::ERR_NAME_NOT_RESOLVED"}, "refused", None),
        ({"status": 0, "_error": "net::ERR_TIMED_OUT"}, "time-out", None),
        ({"status": 0, "_error": "net::ERR_ABORTED"}, "client-disconnected", None),
        ({"status": 0, "_error": "net::ERR_EMPTY_RESPONSE"}, "reset", None),
        ({"status": 0, "_error": "Client disconnected."}, "client-disconnected", None),
        (
            {"status": -1, "_failureText": "net::ERR_CONNECTION_REFUSED"},
            "refused",
            "net::ERR_CONNECTION_REFUSED",
        ),
        ({"status": 0, "statusText": "odd"}, "other", "odd"),
        ({"status": ""}, "other", "no response"),
        ({"status": -1}, "other", "no response"),
        ({}, "other", "no response"),
        (None, "other", "no response"),
    ],
)
def test_without_a_response_there_is_a_failure(
    response: Any, kind: str, message: str | None
) -> None:
    found = to_exchange({"request": {"method": "GET", "url": URL}, "response": response, "time": 5})

    assert found.response is None
    assert found.failure is not None
    assert found.failure.kind == kind
    assert found.failure.message == (message or response["_error"])
    assert found.failure.elapsed_ms == 5


@pytest.mark.parametrize(
    ("keys", "elapsed_ms"),
    [
        ({"time": 9, "timings": {"blocked": 4, "send": 1, "wait": 2.5, "receive": 0.5}}, 4.0),
        ({"time": 9, "timings": {"send": -1, "wait": -1, "receive": -1}}, 9.0),
        ({"time": 9}, 9.0),
        ({"time": "9", "timings": []}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_time_is_that_of_the_exchange_and_not_of_the_connection(
    keys: dict[str, Any], elapsed_ms: float
) -> None:
    entry = {"request": {"method": "GET", "url": URL}, "response": {"status": 200}} | keys
    response = to_exchange(entry).response

    assert response is not None
    assert response.elapsed_ms == elapsed_ms


@pytest.mark.parametrize(
    ("text", "started_us"),
    [
        ("1970-01-01T00:00:01.5Z", 1_500_000),
        ("1970-01-01T01:00:01+01:00", 1_000_000),
        ("1970-01-01T00:00:00.1234567Z", 123_456),
        ("1970-01-01T00:00:01", 1_000_000),
        ("yesterday", 0),
        (None, 0),
    ],
)
def test_times_have_zones(text: str | None, started_us: int) -> None:
    entry = {
        "startedDateTime": text,
        "request": {"method": "GET", "url": URL},
        "response": {"status": 200},
    }

    assert to_exchange(entry).started_us == started_us


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("text", "entry is no object"),
        ({}, "no request"),
        ({"request": {"url": URL}}, "no method"),
        ({"request": {"method": "GET"}}, "no URL"),
        ({"request": {"method": "GET", "url": "about:blank"}}, "URL is not one of HTTP"),
        ({"request": {"method": "GET", "url": URL, "headers": {}}}, None),
        ({"request": {"method": "GET", "url": URL, "headers": "x"}}, "malformed headers"),
        ({"request": {"method": "GET", "url": URL, "headers": [["a"]]}}, "malformed headers"),
        (
            {"request": {"method": "GET", "url": URL, "headers": [{"name": "a", "value": []}]}},
            "malformed headers",
        ),
        (
            {
                "request": {
                    "method": "GET",
                    "url": URL,
                    "postData": {"text": "%", "encoding": "base64"},
                }
            },
            "malformed base64",
        ),
        (
            {"request": {"method": "GET", "url": URL}, "response": {"status": "ok"}},
            "malformed status",
        ),
        (
            {"request": {"method": "GET", "url": URL}, "response": {"status": [2]}},
            "malformed status",
        ),
        (
            {"request": {"method": "GET", "url": URL}, "response": {"status": 42}},
            "malformed status",
        ),
    ],
)
def test_a_broken_entry_has_a_reason(entry: Any, reason: str | None) -> None:
    if reason is None:
        assert to_exchange(entry).request.headers == ()
        return

    assert refusal(entry) == reason


@pytest.mark.parametrize(
    "extension",
    [
        {"version": 1, "request_headers": [["not base64", "x"]]},
        {"version": 1, "request_headers": 5},
        {"version": 1, "request_cut": {"reason": "over-cap"}},
        {"version": 1, "request_cut": 5},
        {"version": 1},
    ],
)
def test_a_damaged_extension_is_a_broken_entry(extension: dict[str, Any]) -> None:
    entry = {"request": {"method": "GET", "url": URL}, "_shadowpact": extension}

    assert refusal(entry).startswith("malformed")
