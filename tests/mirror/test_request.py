import pytest

from shadowpact.mirror.request import (
    HOP_BY_HOP,
    MARKER,
    mirrored_headers,
    mirrored_target,
    not_to_be_added,
)
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.exchange import Headers, Request
from support.build import request

SETTINGS = CandidateSettings(name="orders", url="http://candidate.test")
OWN_HOST = CandidateSettings(name="orders", url="http://candidate.test", host="candidate")


def mirrored(*headers: tuple[bytes, bytes], settings: CandidateSettings = OWN_HOST) -> Headers:
    fields = mirrored_headers(request(headers=headers), settings)
    *rest, marker = [(name.encode(), value.encode()) for name, value in fields]

    assert marker == (MARKER, b"1")
    return tuple(rest)


def test_names_are_in_lower_case_and_values_and_order_stay() -> None:
    assert mirrored((b"B", b"2"), (b"A", b" 1 "), (b"b", b"3")) == (
        (b"b", b"2"),
        (b"a", b" 1 "),
        (b"b", b"3"),
    )


@pytest.mark.parametrize("name", sorted(HOP_BY_HOP))
def test_what_concerns_one_hop_stays_behind(name: bytes) -> None:
    assert mirrored((name, b"1"), (name.title(), b"2"), (b"a", b"3")) == ((b"a", b"3"),)


def test_what_connection_names_stays_behind() -> None:
    headers = (
        (b"Connection", b"close, X-One"),
        (b"connection", b" x-two ,,"),
        (b"X-ONE", b"1"),
        (b"x-two", b"2"),
        (b"x-three", b"3"),
    )

    assert mirrored(*headers) == ((b"x-three", b"3"),)


def test_pseudo_headers_of_http_2_stay_behind() -> None:
    assert mirrored((b":authority", b"a"), (b":path", b"/"), (b"a", b"1")) == ((b"a", b"1"),)


def test_the_length_is_set_anew_by_the_transport() -> None:
    assert mirrored((b"Content-Length", b"99")) == ()


def test_the_clients_host_comes_first_when_it_is_preserved() -> None:
    found = mirrored((b"a", b"1"), (b"Host", b"monolith.test"), settings=SETTINGS)

    assert found == ((b"host", b"monolith.test"), (b"a", b"1"))


def test_the_host_is_left_to_the_transport_when_it_is_the_candidates() -> None:
    assert mirrored((b"Host", b"monolith.test")) == ()


def test_a_request_without_an_authority_gets_no_empty_host() -> None:
    fields = mirrored_headers(request(authority=""), SETTINGS)

    assert fields == [(MARKER.decode(), "1")]


@pytest.mark.parametrize(
    "headers", [((b"a", b"\xff"),), ((b"a b", b"1"),), ((b"", b"1"),), ((b"\xc3\xa9", b"1"),)]
)
def test_what_cannot_be_sent_as_it_was_is_an_error_that_does_not_show_it(headers: Headers) -> None:
    with pytest.raises(ValueError, match="can") as raised:
        mirrored_headers(request(headers=headers), SETTINGS)

    assert "a b" not in str(raised.value)


@pytest.mark.parametrize("target", ["/", "/a/../b//c?x=%2F&y=%zz", "/a#b", "//x", "/caf\u00e9"])
def test_a_target_is_sent_as_it_is(target: str) -> None:
    assert mirrored_target(request(target=target)) == target


@pytest.mark.parametrize("target", ["", "*", "a", "http://a/", "/a b", "/a\r\n", "/\x00", "/\x7f"])
def test_a_target_that_would_not_arrive_as_it_is_is_an_error(target: str) -> None:
    asked: Request = request(target=target)

    with pytest.raises(ValueError, match="cannot be sent as it is"):
        mirrored_target(asked)


def test_only_headers_that_are_missing_are_to_be_left_out() -> None:
    sent = ((b"User-Agent", b"a"), (b"ACCEPT", b"*/*"), (b"accept-encoding", b"gzip"))
    bare = request(headers=())
    whole = request(headers=sent)
    posted = request("POST", headers=sent, body=b"{}")

    assert not_to_be_added(bare, SETTINGS) == frozenset({"user-agent", "accept", "accept-encoding"})
    assert not_to_be_added(whole, SETTINGS) is None
    assert not_to_be_added(posted, SETTINGS) == frozenset({"content-type"})
