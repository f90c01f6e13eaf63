"""Recorded JWTs, signed anew."""

from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from shadowpact.credentials import resign
from shadowpact.credentials.resign import DEFAULT_LIFE_S, Resigner, SigningKey, moved_claims
from shadowpact.credentials.settings import Algorithm, JwtCredentials
from shadowpact.errors import CredentialError
from support.build import STARTED_US, request
from support.clock import ManualClock

ISSUED_S = 1_700_000_000
NOW_S = STARTED_US // 1_000_000 + 1
TEST_KEY = "a key that is only for tests, and long enough"
CLAIMS = {"sub": "7", "iss": "https://login.test", "iat": ISSUED_S, "exp": ISSUED_S + 600}


@cache
def pair(algorithm: Algorithm) -> tuple[str, str]:
    """What signs, and what verifies."""
    if algorithm == "HS256":
        return TEST_KEY, TEST_KEY
    key = (
        rsa.generate_private_key(65537, 2048)
        if algorithm == "RS256"
        else ec.generate_private_key(ec.SECP256R1())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def recorded(claims: dict[str, Any] | None = None, **header: Any) -> str:
    return jwt.encode(CLAIMS if claims is None else claims, "x" * 32, "HS256", headers=header)


def resigner(clock: ManualClock | None = None, **settings: Any) -> Resigner:
    made = JwtCredentials(**settings)
    key = SigningKey(pair(made.algorithm)[0], made.algorithm)
    return Resigner(made, key, clock or ManualClock())


def signed(one: Resigner, token: str, before: str = "Bearer ") -> str:
    sent = one.put(request(headers=((b"Authorization", f"{before}{token}".encode()),)))
    ((name, value),) = sent.headers
    assert name == b"authorization"
    assert value.decode().startswith(before)
    return value.decode().removeprefix(before)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256"])
def test_the_new_token_is_one_of_the_test_key(algorithm: Algorithm) -> None:
    token = signed(resigner(algorithm=algorithm), recorded())

    options = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(token, pair(algorithm)[1], [algorithm], options=options)  # type: ignore[arg-type]  # a TypedDict
    assert claims == CLAIMS | {"iat": NOW_S, "exp": NOW_S + 600}


def test_times_keep_their_distances() -> None:
    claims = {"iat": 1000, "nbf": 990, "auth_time": 500, "exp": 1600, "updated_at": 3}

    assert moved_claims(claims, {}, now_s=9000) == {
        "iat": 9000,
        "nbf": 8990,
        "auth_time": 8500,
        "exp": 9600,
        "updated_at": 3,
    }


@pytest.mark.parametrize(
    ("claims", "moved"),
    [
        ({"exp": 1600}, {"exp": 9000 + DEFAULT_LIFE_S}),
        ({"nbf": 1000, "exp": 1600}, {"nbf": 9000, "exp": 9600}),
        ({"iat": 1600, "exp": 1600}, {"iat": 9000 + DEFAULT_LIFE_S, "exp": 9000 + DEFAULT_LIFE_S}),
        ({"iat": 1000}, {"iat": 1000}),
        ({"exp": "soon"}, {"exp": "soon"}),
        ({"exp": True}, {"exp": True}),
    ],
)
def test_a_token_that_says_less_is_moved_by_what_it_says(
    claims: dict[str, Any], moved: dict[str, Any]
) -> None:
    assert moved_claims(claims, {}, now_s=9000) == moved


def test_configured_claims_win() -> None:
    overrides = {"iss": "test", "aud": ["a"], "exp": 5}

    assert moved_claims(CLAIMS, overrides, now_s=9000) == CLAIMS | overrides | {"iat": 9000}


def test_the_header_keeps_its_type_and_gets_the_new_key_id() -> None:
    token = recorded(kid="old", typ="at+jwt", jku="http://keys.test")

    assert jwt.get_unverified_header(signed(resigner(), token)) == {"alg": "HS256", "typ": "at+jwt"}
    assert jwt.get_unverified_header(signed(resigner(key_id="new"), token))["kid"] == "new"


def test_a_token_is_signed_once_until_it_is_about_to_expire() -> None:
    clock = ManualClock()
    one = resigner(clock, algorithm="ES256")  # whose signatures are never alike
    first = signed(one, recorded())
    clock.advance(500)
    second = signed(one, recorded())
    clock.advance(60)
    third = signed(one, recorded())

    assert first == second != third
    assert jwt.decode(third, options={"verify_signature": False})["exp"] == NOW_S + 1160


def test_only_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resign, "REMEMBERED", 2)
    one = resigner()
    for number in range(5):
        signed(one, recorded({"sub": str(number)}))

    assert len(one._signed) == 2


@pytest.mark.parametrize("before", ["Bearer ", "bearer ", ""])
def test_the_word_before_the_token_stays(before: str) -> None:
    token = signed(resigner(), recorded(), before)

    assert jwt.decode(
        token, TEST_KEY, ["HS256"], options={"verify_exp": False, "verify_iat": False}
    )


@pytest.mark.parametrize(
    "value",
    ["Bearer opaque", "Bearer a.b.c", "Basic dTpw", "Bearer", "", "Bearer a.b.c.d.e", "a.b.c\n"],
)
def test_what_is_no_jwt_stays_as_it_is(value: str) -> None:
    asked = request(headers=((b"authorization", value.encode()),))

    assert resigner().put(asked) is asked


def test_a_request_without_a_token_gets_none() -> None:
    asked = request()

    assert resigner().put(asked) is asked


def test_a_token_may_be_in_another_header() -> None:
    asked = request(headers=((b"X-User", recorded().encode()),))

    assert resigner(header="x-user").put(asked) != asked


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        ("", "HS256"),
        ("\n", "HS256"),
        (TEST_KEY, "RS256"),
        (TEST_KEY, "ES256"),
        (pair("RS256")[1], "RS256"),
        (pair("RS256")[0], "ES256"),
        (pair("ES256")[0], "RS256"),
        (pair("RS256")[0], "HS256"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(text: str, algorithm: Algorithm) -> None:
    with pytest.raises(CredentialError, match=f"no key for {algorithm}, expected a") as raised:
        SigningKey(text, algorithm)

    assert len(str(raised.value)) < 80


def test_the_line_break_at_the_end_of_a_file_is_no_part_of_the_secret() -> None:
    one = Resigner(JwtCredentials(), SigningKey(TEST_KEY + "\r\n", "HS256"), ManualClock())

    options = {"verify_exp": False, "verify_iat": False}
    assert jwt.decode(signed(one, recorded()), TEST_KEY, ["HS256"], options=options)  # type: ignore[arg-type]  # a TypedDict
