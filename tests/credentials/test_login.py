import gzip

import pytest

from shadowpact.credentials.login import (
    Cookies,
    Login,
    cookies_in,
    login_request,
    token_in,
)
from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import LoginCredentials
from shadowpact.credentials.shared import Fetched
from shadowpact.errors import CredentialError
from shadowpact.model.exchange import Failure, Headers, Request, Response
from support.build import request, response

RECORDED = request(
    "POST",
    "/login?next=%2F",
    headers=((b"Content-Type", b"application/json"), (b"Content-Encoding", b"gzip")),
    body=b"recorded",
)
SETTINGS = LoginCredentials(request="POST /login", token_path="$.token", ttl_s=60)


def cookies(*lines: bytes) -> Headers:
    return tuple((b"Set-Cookie", line) for line in lines)


def test_the_recorded_login_is_sent_as_it_was() -> None:
    assert login_request("POST /login", RECORDED, None) is RECORDED


def test_another_body_has_the_recorded_headers_but_its_encoding() -> None:
    asked = login_request("POST /login", RECORDED, '{"user":"test"}')

    assert (asked.target, asked.body) == ("/login?next=%2F", b'{"user":"test"}')
    assert asked.headers == ((b"Content-Type", b"application/json"),)


@pytest.mark.parametrize(
    ("body", "media"),
    [(' {"a":1}', b"application/json"), ("a=1&b=2", b"application/x-www-form-urlencoded")],
)
def test_without_a_recording_method_path_and_body_make_a_login(body: str, media: bytes) -> None:
    asked = login_request("POST /login", None, body)

    assert (asked.method, asked.target, asked.body) == ("POST", "/login", body.encode())
    assert asked.headers == ((b"content-type", media),)


@pytest.mark.parametrize(
    ("pattern", "body"),
    [("POST /login", None), ("POST /{page}", "a=1"), ("POST /login/**", "a=1")],
)
def test_what_does_not_tell_the_whole_login_is_an_error(pattern: str, body: str | None) -> None:
    with pytest.raises(CredentialError, match="in the recording to log in with"):
        login_request(pattern, None, body)


@pytest.mark.parametrize(
    ("path", "token"), [("$.a.token", "t"), ("$['id']", "7"), ("$.list[-1]", "b")]
)
def test_a_token_is_found_by_its_path(path: str, token: str) -> None:
    answer = response({"a": {"token": "t"}, "id": 7, "list": ["a", "b"]})

    assert token_in(answer, path) == Secret(token)


def test_a_token_is_found_in_a_compressed_body() -> None:
    answer = response(body=gzip.compress(b'{"t":"x"}'), headers=((b"content-encoding", b"gzip"),))

    assert token_in(answer, "$.t") == Secret("x")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (response({"token": None}), "without a token at $.token"),
        (response({"token": True}), "without a token at $.token"),
        (response({"other": "open-sesame"}), "without a token at $.token"),
        (response(body=b"open-sesame"), "something that is not JSON"),
        (response(body=b"x", headers=((b"content-encoding", b"gzip"),)), "that is not JSON"),
    ],
)
def test_an_answer_without_a_token_is_an_error_that_does_not_show_it(
    answer: Response, problem: str
) -> None:
    with pytest.raises(CredentialError) as raised:
        token_in(answer, "$.token")

    assert problem in str(raised.value)
    assert "sesame" not in str(raised.value)


def test_cookies_are_those_that_the_answer_leaves_set() -> None:
    answer = response(
        headers=cookies(b"sid=1; Path=/; HttpOnly", b"sid=2", b"gone=; Max-Age=0", b"odd", b"a=b=c")
    )

    found = cookies_in(answer)

    assert found.revealed() == {"sid": "2", "a": "b=c"}
    assert "b=c" not in repr(found)


def test_an_answer_without_cookies_is_an_error() -> None:
    with pytest.raises(CredentialError, match="name it with token-path"):
        cookies_in(response(headers=cookies(b"sid=; Max-Age=0")))


def login(answer: Response | Failure, settings: LoginCredentials = SETTINGS) -> Login:
    async def send(asked: Request) -> Response | Failure:
        assert asked is RECORDED
        return answer

    return Login(settings, send=send, recorded=lambda _pattern: RECORDED, body=None)


async def test_what_came_back_serves_as_long_as_it_is_said() -> None:
    answer = response({"token": "t"}, headers=cookies(b"sid=1"))

    assert await login(answer).token() == Fetched(Secret("t"), 60, 60)
    settings = LoginCredentials(request="POST /login")
    fetched = await login(answer, settings).cookies()
    assert fetched == Fetched(Cookies((("sid", Secret("1")),)), None, None)


async def test_a_redirect_after_the_login_is_no_failure() -> None:
    answer = response(status=303, body=b"", headers=cookies(b"sid=1"))

    assert (await login(answer).cookies()).value.revealed() == {"sid": "1"}


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Failure(kind="refused", message="x"), "login 'POST /login' got no answer (refused)"),
        (
            response({"token": "t"}, 401),
            (
                "login 'POST /login' was answered 401; "
                "is the recorded body right? body-from-env replaces it"
            ),
        ),
        (response({}), "login 'POST /login' was answered without a token at $.token"),
    ],
)
async def test_a_login_that_fails_is_named(answer: Response | Failure, problem: str) -> None:
    with pytest.raises(CredentialError) as raised:
        await login(answer).token()

    assert str(raised.value) == problem
