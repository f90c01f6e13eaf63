import base64
import gzip
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from shadowpact.model.exchange import Headers, Request, Response
from shadowpact.secrets.credentials import (
    ENCODED,
    IN_BODY,
    IN_TARGET,
    MIN_SECRET_BYTES,
    Credentials,
)
from shadowpact.secrets.settings import CREDENTIAL_HEADERS
from support.build import request, response

CREDENTIALS = Credentials(CREDENTIAL_HEADERS)


def secrets(*headers: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    return CREDENTIALS.found_in(headers)


@pytest.mark.parametrize("name", [b"authorization", b"Authorization", b"AUTHORIZATION", b"cOOkie"])
def test_a_name_counts_in_any_case(name: bytes) -> None:
    assert CREDENTIALS.holds(name)


@pytest.mark.parametrize("name", [b"x-authorization", b"", b"accept", b"cookie2", b"\xff"])
def test_other_names_do_not(name: bytes) -> None:
    assert not CREDENTIALS.holds(name)


def test_configured_names_count_however_they_are_written() -> None:
    credentials = Credentials(["X-Tenant-Key"])

    assert credentials.holds(b"x-tenant-key")
    assert not credentials.holds(b"authorization")


def test_names_that_clients_make_up_do_not_fill_the_memory() -> None:
    credentials = Credentials(CREDENTIAL_HEADERS)
    for number in range(10_000):
        credentials.holds(b"x-%d" % number)

    assert len(credentials._kinds) <= 4096
    assert credentials.holds(b"Cookie")


def test_the_whole_value_and_the_secret_in_it_are_found() -> None:
    found = secrets((b"Authorization", b"Bearer abcdef123"))

    assert {b"Bearer abcdef123", b"abcdef123"} <= set(found)


def test_each_cookie_is_a_secret_of_its_own() -> None:
    found = secrets((b"cookie", b'sid=aaaaaa1; theme=dark; token="bbbbbb2"; broken'))

    assert {b"aaaaaa1", b"bbbbbb2"} <= set(found)
    assert b"dark" not in found


def test_of_a_set_cookie_the_value_is_the_secret_and_its_attributes_are_not() -> None:
    found = secrets((b"Set-Cookie", b"sid=aaaaaa1; Path=/account; HttpOnly"))

    assert b"aaaaaa1" in found
    assert not {b"/account", b"HttpOnly"} & set(found)


def test_a_basic_password_is_found_in_its_base64() -> None:
    token = base64.b64encode(b"maria:made-up-word")
    found = secrets((b"authorization", b"Basic " + token))

    assert {token, b"maria:made-up-word", b"made-up-word"} <= set(found)


@pytest.mark.parametrize("token", [b"%%%", b"", b"abc", b"\xff\xfe\xfd\xfc\xfb\xfa\xf9"])
def test_a_basic_token_that_is_no_base64_is_no_error(token: bytes) -> None:
    assert secrets((b"authorization", b"Basic " + token)) is not None


def test_a_short_value_is_no_secret_to_look_for_everywhere() -> None:
    assert secrets((b"cookie", b"a=1")) == ()
    assert secrets((b"x-api-key", b"x" * (MIN_SECRET_BYTES - 1))) == ()


@pytest.mark.parametrize(
    "text",
    [
        'quote"and\\slash',
        "base64+with/and==",
        "a b&c=d<e>",
        "tab\tand\u00e9\u20ac",
        "plain-token_1.2~3",
    ],
)
def test_a_secret_is_found_as_json_urls_and_html_escape_it(text: str) -> None:
    found = set(secrets((b"x-api-key", text.encode())))
    quoted = quote(text, safe="")

    assert {
        text.encode(),
        json.dumps(text)[1:-1].encode(),
        json.dumps(text, ensure_ascii=False)[1:-1].encode(),
        json.dumps(text)[1:-1].replace("/", "\\/").encode(),
        quoted.encode(),
        quote(text).encode(),
        quote_plus(text).encode(),
        html.escape(text).encode(),
    } <= found


def test_percent_escapes_are_found_in_lower_case_too() -> None:
    assert b"secret%2fword%3d" in secrets((b"x-api-key", b"secret/word="))


def test_a_secret_that_is_no_text_is_found_as_it_is() -> None:
    assert b"\xff\xfe\x00secret" in secrets((b"x-api-key", b"\xff\xfe\x00secret"))


def test_the_longest_comes_first_so_that_no_remainder_is_left() -> None:
    headers: Headers = ((b"cookie", b"a=secret-word; b=secret-word-and-more"),)
    found = CREDENTIALS.found_in(headers)

    assert list(found) == sorted(found, key=lambda form: (-len(form), form))


def test_secrets_of_several_messages_are_found_together() -> None:
    first: Headers = ((b"cookie", b"a=aaaaaa1"),)
    second: Headers = ((b"set-cookie", b"a=bbbbbb2"),)

    assert {b"aaaaaa1", b"bbbbbb2"} <= set(CREDENTIALS.found_in(first, second))


LOGIN = b'{"user":"a","password":"made-up-word"}'


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (request("POST", body=LOGIN), response({})),
        (request("POST", body=b"a=1&passwd=made-up-word"), response({})),
        (request(target="/?access_token=made-up-word"), response({})),
        (request("POST"), response({"access_token": "made-up-word"})),
        (request(headers=((b"Referer", b"/?token=made-up-word"),)), response({})),
        (request(), response({}, headers=((b"location", b"/#id_token=made-up-word"),))),
    ],
)
def test_secrets_are_found_by_their_names_too(asked: Request, answered: Response) -> None:
    assert CREDENTIALS.look(asked, "POST") | CREDENTIALS.look(answered, "POST")
    assert b"made-up-word" in CREDENTIALS.found_in_messages(asked, answered)


def test_an_ordinary_exchange_has_none() -> None:
    asked = request("POST", "/orders?page=2", headers=((b"Accept", b"*/*"),), body=b'{"a":1}')

    assert CREDENTIALS.look(asked, "POST") == 0
    assert CREDENTIALS.look(response({"shipping": 1}), "POST") == 0
    assert CREDENTIALS.found_in_messages(asked, response({"shipping": 1}), None) == ()


def test_what_cannot_be_looked_into_is_suspected_where_a_login_might_be() -> None:
    headers: Headers = ((b"Content-Encoding", b"gzip"),)
    packed = response(body=gzip.compress(b"x"), headers=headers)

    assert CREDENTIALS.look(packed, "GET") == ENCODED
    assert CREDENTIALS.look(packed, "POST") == ENCODED | IN_BODY
    assert CREDENTIALS.look(request("GET", headers=headers, body=b"x"), "GET") & IN_BODY


def test_pictures_are_not_searched() -> None:
    picture = response(body=b"password=1", headers=((b"Content-Type", b"IMAGE/png"),))

    assert CREDENTIALS.look(picture, "GET") == 0


def test_a_secret_that_a_path_names_is_found_without_what_is_around_it() -> None:
    for target in ("/;jsessionid=planted-1", "/a;jsessionid=planted-1?b=1"):
        asked = request(target=target)

        assert CREDENTIALS.look(asked, "GET") == IN_TARGET
        assert CREDENTIALS.found_in_messages(asked) == (b"planted-1",)


def test_a_secret_in_an_encoded_body_is_found_when_asked_to_decode() -> None:
    packed = request(body=gzip.compress(LOGIN), headers=((b"content-encoding", b"gzip"),))
    broken = request(body=b"password=x", headers=((b"content-encoding", b"gzip"),))

    assert CREDENTIALS.found_in_messages(packed) == ()
    assert b"made-up-word" in CREDENTIALS.found_in_messages(packed, is_decoding=True)
    assert CREDENTIALS.found_in_messages(broken, is_decoding=True) == ()


def test_a_secret_is_found_in_base64_wherever_it_begins() -> None:
    found = secrets((b"Authorization", b"Bearer made-up-token-1"))

    for before in range(4):
        encoded = base64.b64encode(b"x" * before + b"made-up-token-1, and more")

        assert any(form in encoded for form in found)


def test_a_password_that_is_called_password_is_looked_for_nowhere_else() -> None:
    assert CREDENTIALS.found_in_messages(request(body=b'{"password":"password"}')) == ()


def test_values_of_headers_are_not_remembered_without_end() -> None:
    credentials = Credentials(CREDENTIAL_HEADERS)
    for number in range(10_000):
        credentials.found_in(((b"cookie", b"sid=made-up-%d" % number),))

        credentials.found_where((request(headers=((b"cookie", b"sid=made-up-%d" % number),)), 1))

    assert len(credentials._remembered) <= 4096
    assert len(credentials._needles) <= 4096


def test_to_tell_whether_a_secret_is_there_few_forms_do() -> None:
    asked = request(headers=((b"Authorization", b"Bearer abcdef/123"), (b"cookie", b"a=abcdef/1")))
    needles = CREDENTIALS.found_where((asked, CREDENTIALS.look(asked, "GET")))

    assert b"abcdef/1" in needles
    assert b"abcdef/123" not in needles
    for form in CREDENTIALS.found_in_messages(asked):
        assert any(needle in form for needle in needles)
