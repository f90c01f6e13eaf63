import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.model.exchange import Exchange, Failure, Headers, Request
from shadowpact.recording.frames import FrameEncoder
from shadowpact.secrets.seal import BODY_PREFIX, CACHE_SIZE, TEXT_PREFIX, Sealer
from shadowpact.secrets.settings import SecretSettings
from support.build import JSON, exchange, request, response

KEY = bytes(range(64))
SECRET = b"made-up-secret/1"
COOKIE = ((b"Cookie", b"sid=" + SECRET),)
PLAIN_COOKIE = ((b"Cookie", b"sid=" + SECRET), (b"X-Other", b"nothing"))

NAMES = st.sampled_from([b"Cookie", b"AUTHORIZATION", b"set-cookie", b"X-Other", b"", b"\xff"])
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=20)), max_size=4).map(tuple)
BODIES = st.one_of(
    st.binary(max_size=30), st.sampled_from([BODY_PREFIX, BODY_PREFIX + b"x" * 40, SECRET])
)
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["sealed:v1:", "sealed:v1:AAAA"]))


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(KEY)


def on_disk(sealer: Sealer, value: Exchange) -> bytes:
    return bytes(FrameEncoder().encode(sealer.seal(value)))


@given(HEADERS, HEADERS, BODIES, BODIES, TEXTS, st.booleans())
def test_what_is_sealed_comes_back_as_it_was(
    asked: Headers, answered: Headers, sent: bytes, got: bytes, target: str, fails: bool
) -> None:
    answer = Failure(kind="reset") if fails else response(headers=answered, body=got)
    value = exchange(request(target=target, headers=asked, body=sent), answer)

    assert Sealer(KEY).open(Sealer(KEY).seal(value)) == value


@given(HEADERS, HEADERS, BODIES, BODIES, TEXTS, st.booleans(), st.booleans())
def test_what_comes_back_as_the_same_object_has_nothing_sealed_in_it(
    asked: Headers,
    answered: Headers,
    sent: bytes,
    got: bytes,
    target: str,
    is_sealed: bool,
    is_by_us: bool,
) -> None:
    value = exchange(
        request(target=target, headers=asked, body=sent), response(headers=answered, body=got)
    )
    other = Sealer(KEY if is_by_us else KEY[::-1])
    kept = other.seal(value) if is_sealed else value
    opened = Sealer(KEY).open(kept)

    assert opened is not kept or not Sealer(KEY).is_sealed(opened)


@given(st.binary(max_size=50))
def test_a_value_of_any_kind_can_be_sealed_and_opened(value: bytes) -> None:
    sealer = Sealer(KEY)
    sealed = sealer.seal_text(value)

    assert sealed.startswith(TEXT_PREFIX)
    assert Sealer(KEY).open_text(sealed) == value
    assert value == b"" or value in TEXT_PREFIX or len(value) < 4 or value not in sealed


def test_an_exchange_without_credentials_is_left_alone(sealer: Sealer) -> None:
    value = exchange(request(headers=((b"Accept", b"*/*"),), body=b"hello"))

    assert sealer.seal(value) is value


@pytest.mark.parametrize("name", [b"cookie", b"Cookie", b"COOKIE", b"X-Api-Key", b"authorization"])
def test_credential_headers_are_sealed_in_any_spelling_and_keep_name_and_place(
    sealer: Sealer, name: bytes
) -> None:
    headers = ((b"A", b"1"), (name, b"Bearer " + SECRET), (b"B", b"2"), (name, b"again"))
    sealed = sealer.seal(exchange(request(headers=headers))).request.headers

    assert [key for key, _ in sealed] == [b"A", name, b"B", name]
    assert [value.startswith(TEXT_PREFIX) for _, value in sealed] == [False, True, False, True]


def test_equal_secrets_are_equal_when_sealed_and_others_are_not(sealer: Sealer) -> None:
    one, same, other = (
        sealer.seal(exchange(request(headers=((b"cookie", value),)))).request.headers[0][1]
        for value in (b"sid=1", b"sid=1", b"sid=2")
    )

    assert one == same != other
    assert Sealer(KEY).seal_text(b"sid=1") == one
    assert Sealer(KEY[::-1]).seal_text(b"sid=1") != one


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        b'{"token":"' + SECRET.replace(b"/", b"\\/") + b'"}',
        b"next=" + SECRET.replace(b"/", b"%2F"),
        b"next=" + SECRET.replace(b"/", b"%2f"),
    ],
)
def test_a_secret_never_reaches_the_disk_wherever_it_is_echoed(sealer: Sealer, echo: bytes) -> None:
    asked = request(
        target="/x?" + echo.decode(), headers=(*COOKIE, (b"Referer", echo)), body=b"a" + echo
    )
    answered = response(body=echo, headers=((b"Location", b"/?" + echo), (b"etag", b"1")))
    value = exchange(asked, answered)
    sealed = on_disk(sealer, value)

    assert echo not in sealed
    assert b"made-up-secret" not in sealed
    assert sealer.open(sealer.seal(value)) == value


def test_a_secret_of_the_answer_is_sealed_in_the_request_too(sealer: Sealer) -> None:
    answered = response(headers=((b"set-cookie", b"sid=" + SECRET + b"; Path=/"),))
    value = exchange(request(body=b"old " + SECRET), answered)

    assert b"made-up-secret" not in on_disk(sealer, value)


def test_a_basic_password_is_sealed_wherever_it_is_echoed(sealer: Sealer) -> None:
    headers = ((b"Authorization", b"Basic bWFyaWE6bWFkZS11cC13b3Jk"),)
    value = exchange(request(headers=headers, body=b"password=made-up-word"))

    assert b"made-up-word" not in on_disk(sealer, value)


def test_a_compressed_body_beside_credentials_is_sealed_as_nobody_looks_into_it(
    sealer: Sealer,
) -> None:
    body = gzip.compress(SECRET)
    answered = response(body=body, headers=((b"content-encoding", b"gzip"),))
    value = exchange(request(headers=COOKIE), answered)
    sealed = sealer.seal(value)

    assert sealed.response is not None
    assert sealed.response.body.startswith(BODY_PREFIX)
    assert body not in sealed.response.body
    assert sealer.open(sealed) == value


def test_beside_more_secrets_than_can_be_looked_for_everything_is_sealed(sealer: Sealer) -> None:
    cookies = b"; ".join(b"name%d=value-%06d" % (number, number) for number in range(3000))
    headers = ((b"Cookie", cookies), (b"X-Trace", b"a trace"))
    value = exchange(request(target="/orders/1", headers=headers, body=b"asked"), response({}))
    sealed = sealer.seal(value)

    assert sealed.response is not None
    assert sealed.request.target.encode().startswith(TEXT_PREFIX)
    assert all(text.startswith(TEXT_PREFIX) for _, text in sealed.request.headers)
    assert sealed.request.body.startswith(BODY_PREFIX)
    assert sealed.response.body.startswith(BODY_PREFIX)
    assert Sealer(KEY).open(sealed) == value


@pytest.mark.parametrize(("length", "is_sealed"), [(1_000, False), (5_000_000, True)])
def test_a_large_body_beside_many_secrets_is_sealed_as_the_search_would_hold_up_the_clients(
    sealer: Sealer, length: int, is_sealed: bool
) -> None:
    cookies = b"; ".join(b"name%d=value-%06d" % (number, number) for number in range(20))
    value = exchange(request(headers=((b"Cookie", cookies),), body=b"x" * length))
    body = sealer.seal(value).request.body

    assert body.startswith(BODY_PREFIX) == is_sealed
    assert Sealer(KEY).open(sealer.seal(value)) == value


def test_a_failure_has_its_request_sealed(sealer: Sealer) -> None:
    value = exchange(request(headers=COOKIE), Failure(kind="reset"))

    assert b"made-up-secret" not in on_disk(sealer, value)
    assert sealer.open(sealer.seal(value)) == value


@pytest.mark.parametrize("position", [-1, -2, 15, 20])
def test_a_sealed_value_that_was_tampered_with_is_taken_as_it_is(
    sealer: Sealer, position: int
) -> None:
    sealed = bytearray(sealer.seal_text(b"sid=1"))
    sealed[position] = ord("A") if sealed[position] != ord("A") else ord("B")

    assert sealer.open_text(bytes(sealed)) == bytes(sealed) or position == -1


@pytest.mark.parametrize(
    "value", [b"sealed:v1:", b"sealed:v1:%%%", b"sealed:v1:QQ", b"sealed:v1:\xff\xfe"]
)
def test_a_value_that_only_looks_sealed_is_taken_as_it_is(sealer: Sealer, value: bytes) -> None:
    assert sealer.open_text(value) == value


@pytest.mark.parametrize("body", [BODY_PREFIX, BODY_PREFIX + b"x", BODY_PREFIX + b"x" * 99])
def test_a_body_that_only_looks_sealed_is_taken_as_it_is(sealer: Sealer, body: bytes) -> None:
    value = exchange(request(body=body), response(body=body))

    assert sealer.open(value) == value


def test_a_tampered_body_is_taken_as_it_is(sealer: Sealer) -> None:
    sealed = sealer.seal(exchange(request(headers=COOKIE, body=SECRET)))
    body = sealed.request.body[:-1] + bytes([sealed.request.body[-1] ^ 1])
    value = exchange(request(body=body))

    assert sealer.open(value).request.body == body


def test_another_key_opens_nothing(sealer: Sealer) -> None:
    sealed = sealer.seal(exchange(request(headers=COOKIE, body=SECRET)))

    assert Sealer(KEY[::-1]).open(sealed) == sealed


def test_a_client_that_sends_a_sealed_looking_credential_gets_it_back(sealer: Sealer) -> None:
    value = exchange(request(headers=((b"cookie", sealer.seal_text(b"sid=1")),)))

    assert sealer.open(sealer.seal(value)) == value


def test_only_the_configured_headers_are_credentials() -> None:
    sealer = Sealer(KEY, SecretSettings(headers=("X-Tenant",)))
    value = exchange(request(headers=((b"x-tenant", b"abcdefgh"), (b"cookie", b"sid=1"))))
    headers = dict(sealer.seal(value).request.headers)

    assert headers[b"x-tenant"].startswith(TEXT_PREFIX)
    assert headers[b"cookie"] == b"sid=1"


def test_the_caches_do_not_grow_without_end(sealer: Sealer) -> None:
    for number in range(CACHE_SIZE + 10):
        value = b"%d" % number

        assert sealer.open_text(sealer.seal_text(value)) == value
    assert max(len(sealer._sealed), len(sealer._opened)) <= CACHE_SIZE


LOGINS = [
    request("POST", headers=JSON, body=b'{"user":"a","password":"made-up-secret"}'),
    request("POST", body=b"user=a&password=made%2Dup%2Dsecret"),
    request("POST", body=b"pin=4711&client_secret=made-up-secret"),
    request("POST", target="/login?api_key=made-up-secret"),
    request("POST", body=b'{"pin": 4711, "otp": "made-up-secret"}'),
]


@pytest.mark.parametrize("asked", LOGINS)
def test_a_login_is_sealed_although_no_header_says_that_it_is_one(
    sealer: Sealer, asked: Request
) -> None:
    value = exchange(asked, response({"hello": "made-up-secret"}))
    sealed = on_disk(sealer, value)

    assert b"made-up-secret" not in sealed
    assert b"made%2Dup" not in sealed
    assert b"4711" not in sealed
    assert sealer.open(sealer.seal(value)) == value


def test_the_token_that_a_login_delivers_is_sealed(sealer: Sealer) -> None:
    plain = exchange(request("POST"), response({"access_token": "made-up-secret"}))
    body = gzip.compress(b'{"access_token":"made-up-secret"}')
    packed = response(body=body, headers=((b"content-encoding", b"gzip"),))

    assert b"made-up-secret" not in on_disk(sealer, plain)
    assert body not in on_disk(sealer, exchange(request("POST"), packed))


def test_a_url_with_a_secret_in_a_header_is_sealed(sealer: Sealer) -> None:
    answered = response({}, headers=((b"Location", b"/cb?token=made-up-secret"),))

    assert b"made-up-secret" not in on_disk(sealer, exchange(answered=answered))


def test_members_can_be_configured() -> None:
    sealer = Sealer(KEY, SecretSettings(members=("ssn",)))
    value = exchange(request(body=b'{"ssn":"made-up-1"}'), response({"password": "plain"}))

    assert b"made-up-1" not in on_disk(sealer, value)
    assert b"plain" in on_disk(sealer, value)


@pytest.mark.parametrize(
    "name", ["csrf", "_csrf", "xsrf", "csrf_token", "XSRF-TOKEN", "__RequestVerificationToken"]
)
def test_tokens_against_forged_requests_are_secrets(sealer: Sealer, name: str) -> None:
    asked = request("POST", headers=JSON, body=b"{}")
    given = response({"name": "anna", name: SECRET.decode()})
    form = request(
        "POST", headers=((name.encode(), SECRET),), body=f"a=1&{name}=".encode() + SECRET
    )

    assert SECRET not in on_disk(sealer, exchange(asked, given))
    assert SECRET not in on_disk(sealer, exchange(form))
