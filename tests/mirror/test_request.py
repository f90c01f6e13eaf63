import pytest

from shadowpact.mirror.pool import Origin, origin_of
from shadowpact.mirror.request import HOP_BY_HOP, MARKER, wire_message
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.exchange import Headers, Request
from support.build import request

SETTINGS = CandidateSettings(name="orders", url="http://candidate.test")
OWN_HOST = CandidateSettings(name="orders", url="http://candidate.test", host="candidate")


def wire(
    asked: Request,
    settings: CandidateSettings = OWN_HOST,
    *,
    url: str = "http://candidate.test",
    is_last: bool = False,
) -> list[bytes]:
    """The lines of a request, and its body."""
    origin = origin_of(url)
    assert origin is not None
    return wire_message(asked, settings, origin, is_last=is_last).split(b"\r\n")


def mirrored(*headers: tuple[bytes, bytes], settings: CandidateSettings = SETTINGS) -> list[bytes]:
    """The lines of the headers between the host and the marker."""
    start, host, *fields, marker, end, body = wire(request(target="/", headers=headers), settings)

    assert (start, host) == (b"GET / HTTP/1.1", b"Host: monolith.test")
    assert (marker, end, body) == (MARKER + b": 1", b"", b"")
    return fields


def test_names_values_and_order_stay() -> None:
    assert mirrored((b"B", b"2"), (b"A", b" 1 "), (b"b", b"3"), (b"C", b"\xff")) == [
        b"B: 2",
        b"A:  1 ",
        b"b: 3",
        b"C: \xff",
    ]


@pytest.mark.parametrize("name", sorted(HOP_BY_HOP - {b"transfer-encoding"}))
def test_what_concerns_one_hop_stays_behind(name: bytes) -> None:
    assert mirrored((name, b"1"), (name.title(), b"2"), (b"a", b"3")) == [b"a: 3"]


def test_what_connection_names_stays_behind() -> None:
    headers = (
        (b"Connection", b"close, X-One"),
        (b"connection", b" x-two ,,"),
        (b"X-ONE", b"1"),
        (b"x-two", b"2"),
        (b"x-three", b"3"),
    )

    assert mirrored(*headers) == [b"x-three: 3"]


def test_pseudo_headers_of_http_2_stay_behind() -> None:
    assert mirrored((b":authority", b"a"), (b":path", b"/"), (b"a", b"1")) == [b"a: 1"]


def test_the_clients_host_comes_first_when_it_is_preserved() -> None:
    asked = request(headers=((b"a", b"1"), (b"Host", b"monolith.test")))

    assert wire(asked, SETTINGS)[1:3] == [b"Host: monolith.test", b"a: 1"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://candidate.test", b"candidate.test"),
        ("http://candidate.test:80", b"candidate.test"),
        ("http://candidate.test:443", b"candidate.test:443"),
        ("https://candidate.test:443/v2", b"candidate.test"),
        ("http://127.0.0.1:8080", b"127.0.0.1:8080"),
        ("http://[::1]:8080", b"[::1]:8080"),
        ("http://b\u00fccher.test", b"xn--bcher-kva.test"),
    ],
)
def test_the_candidates_own_host_is_that_of_its_url(url: str, host: bytes) -> None:
    asked = request(headers=((b"Host", b"monolith.test"),))

    assert wire(asked, url=url)[1] == b"Host: " + host


def test_a_request_without_an_authority_names_the_candidate() -> None:
    assert wire(request(authority=""), SETTINGS)[1] == b"Host: candidate.test"


@pytest.mark.parametrize("path", ["/v2", "/v2/"])
def test_a_path_in_the_candidates_url_comes_before_the_target(path: str) -> None:
    start = wire(request(target="/a?b"), url="http://candidate.test" + path)[0]

    assert start == b"GET /v2/a?b HTTP/1.1"


@pytest.mark.parametrize(
    ("method", "headers", "body", "length"),
    [
        ("GET", (), b"", None),
        ("DELETE", (), b"", None),
        ("GET", ((b"Content-Length", b"0"),), b"", b"0"),
        ("DELETE", ((b"Transfer-Encoding", b"chunked"),), b"", b"0"),
        ("POST", (), b"", b"0"),
        ("PUT", ((b"content-length", b"99"),), b"abc", b"3"),
        ("GET", (), b"abc", b"3"),
    ],
)
def test_the_length_is_that_of_the_body_and_said_where_the_client_said_it(
    method: str, headers: Headers, body: bytes, length: bytes | None
) -> None:
    lines = wire(request(method, headers=headers, body=body))

    assert lines[-1] == body
    assert lines[2:-2] == (
        [MARKER + b": 1"] + ([] if length is None else [b"Content-Length: " + length])
    )


def test_a_request_on_a_connection_of_its_own_says_so() -> None:
    assert wire(request(), is_last=True)[-3] == b"Connection: close"


@pytest.mark.parametrize(
    "headers",
    [
        ((b"a", b"secret\x00"),),
        ((b"a", b"secret\r\nb: 1"),),
        ((b"sec ret", b"1"),),
        ((b"", b"1"),),
        ((b"\xc3\xa9", b"1"),),
    ],
)
def test_what_cannot_be_sent_as_it_was_is_an_error_that_does_not_show_it(headers: Headers) -> None:
    with pytest.raises(ValueError, match="cannot be sent as it is") as raised:
        wire(request(headers=headers))

    assert "ret" not in str(raised.value)


@pytest.mark.parametrize("target", ["/", "/a/../b//c?x=%2F&y=%zz", "/a#b", "//x", "/caf\u00e9"])
def test_a_target_is_sent_as_it_is(target: str) -> None:
    assert wire(request(target=target))[0] == b"GET " + target.encode() + b" HTTP/1.1"


@pytest.mark.parametrize("target", ["", "*", "a", "http://a/", "/a b", "/a\r\n", "/\x00", "/\x7f"])
def test_a_target_that_would_not_arrive_as_it_is_is_an_error(target: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent as it is"):
        wire(request(target=target))


@pytest.mark.parametrize("method", ["", "GE T", "G\r\n", "GET/", "\u00c9"])
def test_a_method_that_is_none_is_an_error(method: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent as it is"):
        wire(request(method))


@pytest.mark.parametrize(
    "url",
    ["", "candidate.test", "ftp://a", "http://", "http://a:b", "http://a:99999", "http://[::1"],
)
def test_an_url_that_is_none_is_no_origin(url: str) -> None:
    assert origin_of(url) is None


def test_an_origin_has_all_that_a_connection_needs() -> None:
    assert origin_of("https://[::1]/api/v1/") == Origin("https", "::1", 443, "[::1]", "/api/v1")
