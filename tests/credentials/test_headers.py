import pytest

from shadowpact.credentials.headers import (
    carries_credential,
    field_value,
    with_cookies,
    with_field,
    with_header,
)
from shadowpact.credentials.settings import Scheme
from shadowpact.errors import CredentialError
from support.build import request


@pytest.mark.parametrize(
    ("token", "header", "scheme", "value"),
    [
        ("t", "authorization", "auto", "Bearer t"),
        ("Token t", "authorization", "auto", "Token t"),
        ("t", "x-api-key", "auto", "t"),
        ("t", "x-api-key", "bearer", "Bearer t"),
        ("t", "authorization", "none", "t"),
        ("Aladdin:open sesame", "authorization", "basic", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    ],
)
def test_a_scheme_says_what_stands_before_a_token(
    token: str, header: str, scheme: Scheme, value: str
) -> None:
    assert field_value(token, header=header, scheme=scheme) == value


@pytest.mark.parametrize("token", ["", "open\nsesame", "open\rsesame", "\x00sesame"])
def test_what_cannot_stand_in_a_header_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(CredentialError) as raised:
        field_value(token, header="authorization", scheme="auto")

    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize("name", [b"Authorization", b"cookie", b"X-API-Key", b"x-mine"])
def test_a_request_says_who_asks_in_the_usual_headers_and_in_the_one_named(name: bytes) -> None:
    assert carries_credential(request(headers=((name, b"x"),)), b"x-mine")
    assert not carries_credential(request(headers=((b"accept", b"x"),)), b"x-mine")


def test_a_field_takes_the_place_of_all_of_its_name() -> None:
    headers = ((b"a", b"1"), (b"X-B", b"2"), (b"c", b"3"), (b"x-b", b"4"))

    assert with_field(headers, b"x-b", b"5") == ((b"a", b"1"), (b"x-b", b"5"), (b"c", b"3"))
    assert with_field((), b"x-b", b"5") == ((b"x-b", b"5"),)


def test_a_header_put_in_twice_is_there_once() -> None:
    once = with_header(request(), b"a", b"1")

    assert with_header(once, b"a", b"1") == once


def test_cookies_replace_those_of_their_name_and_leave_the_others() -> None:
    asked = request(headers=((b"Cookie", b"sid=old; lang=en"), (b"cookie", b"theme=dark;sid=x")))

    put = with_cookies(asked, {"sid": "new"})

    assert put.headers == ((b"cookie", b"lang=en; theme=dark; sid=new"),)
    assert with_cookies(put, {"sid": "new"}) == put


def test_cookies_that_the_recording_has_lost_are_not_sent() -> None:
    asked = request(headers=((b"Cookie", b"[redacted]"),))

    assert with_cookies(asked, {"sid": "new"}).headers == ((b"cookie", b"sid=new"),)
