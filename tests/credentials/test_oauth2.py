"""The client credentials grant, against a server that plays the token endpoint."""

import asyncio
import base64
from typing import Any

import orjson
import pytest

from shadowpact.credentials.oauth2 import TokenEndpoint, form, headers, read_answer
from shadowpact.credentials.secret import Secret
from shadowpact.credentials.settings import ClientCredentials
from shadowpact.credentials.shared import Fetched, expiring
from shadowpact.errors import CredentialError
from support.issuer import Issuer
from support.servers import refusing_port

SECRET = "open sesame/+"
SETTINGS = ClientCredentials(token_url="http://login.test/token", client_id="me:x")


async def secret() -> str:
    return SECRET


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def test_id_and_secret_go_into_the_header_as_a_form_would_write_them() -> None:
    assert headers(SETTINGS, SECRET)["authorization"] == basic("me%3Ax:open+sesame%2F%2B")
    assert form(SETTINGS, SECRET) == {"grant_type": "client_credentials"}


def test_or_into_the_form() -> None:
    settings = ClientCredentials(
        token_url="http://login.test", client_id="me", client_auth="post", scope="a b", audience="x"
    )

    assert "authorization" not in headers(settings, SECRET)
    assert form(settings, SECRET) == {
        "grant_type": "client_credentials",
        "scope": "a b",
        "audience": "x",
        "client_id": "me",
        "client_secret": SECRET,
    }


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        (100, expiring(Secret("t"), 100)),
        ("100", expiring(Secret("t"), 100)),
        (None, Fetched(Secret("t"))),
        (0, Fetched(Secret("t"))),
        (True, Fetched(Secret("t"))),
        ("soon", Fetched(Secret("t"))),
        ("nan", Fetched(Secret("t"))),
        ([1], Fetched(Secret("t"))),
    ],
)
def test_an_answer_says_how_long_its_token_lives(lifetime: Any, expected: Fetched[Secret]) -> None:
    body = orjson.dumps({"access_token": "t", "token_type": "bearer", "expires_in": lifetime})

    assert read_answer(200, body) == expected


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (401, b'{"error":"invalid_client","error_description":"x"}', "answered 401 (invalid_cli"),
        (401, b'{"error":"not a code"}', "answered 401"),
        (500, b"<html>", "answered 500"),
        (500, b"\xff", "answered 500"),
        (200, b"<html>", "answered 200 without an access_token in JSON"),
        (200, b"[]", "answered 200 without an access_token in JSON"),
        (200, b'{"access_token":7}', "answered 200 without an access_token in JSON"),
        (302, b"", "answered 302"),
    ],
)
def test_an_answer_without_a_token_is_an_error(status: int, body: bytes, problem: str) -> None:
    with pytest.raises(CredentialError) as raised:
        read_answer(status, body)

    assert str(raised.value).startswith(problem)


async def test_a_token_comes_from_the_endpoint() -> None:
    async with Issuer().running() as issuer:
        settings = ClientCredentials(token_url=issuer.token_url, client_id="me", scope="a b")
        fetched = await TokenEndpoint(settings, secret)()

        assert fetched == expiring(Secret("token-1"), 3600)
        assert issuer.forms[0] == {"grant_type": "client_credentials", "scope": "a b"}
        assert issuer.authorizations == [basic("me:open+sesame%2F%2B")]


async def test_a_refusal_names_the_endpoint_and_the_reason() -> None:
    async with Issuer().running() as issuer:
        issuer.status = 401
        url = issuer.token_url
        settings = ClientCredentials(token_url=url, client_id="me")
        with pytest.raises(CredentialError) as raised:
            await TokenEndpoint(settings, secret)()

        assert str(raised.value) == f"token endpoint {url} answered 401 (invalid_client)"


async def test_an_endpoint_that_is_down_is_an_error_without_the_secret() -> None:
    with refusing_port() as port:
        url = f"http://127.0.0.1:{port}/token"
        settings = ClientCredentials(token_url=url, client_id="me", client_auth="post")
        with pytest.raises(CredentialError) as raised:
            await TokenEndpoint(settings, secret)()

    assert str(raised.value).startswith(f"token endpoint {url} gave no answer: ")
    assert SECRET not in str(raised.value)


async def test_an_endpoint_that_is_slow_is_given_up() -> None:
    async with Issuer().running() as issuer:
        issuer.delay_s = 5
        settings = ClientCredentials(token_url=issuer.token_url, client_id="me", timeout_ms=50)
        async with asyncio.timeout(4):
            with pytest.raises(CredentialError, match="gave no answer: time-out"):
                await TokenEndpoint(settings, secret)()
