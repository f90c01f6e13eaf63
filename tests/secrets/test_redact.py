import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.model.difference import Difference
from shadowpact.secrets.credentials import REDACTED, Credentials
from shadowpact.secrets.redact import redact_difference, redact_request, redact_response
from shadowpact.secrets.settings import CREDENTIAL_HEADERS
from support.build import request, response

CREDENTIALS = Credentials(CREDENTIAL_HEADERS)
SECRETS = (b"secret-word-2", b"secret-word")


def difference(baseline: Any, candidate: Any = None, **fields: Any) -> Difference:
    return Difference(
        location="body",
        path=fields.pop("path", "$.a"),
        general_path=fields.pop("general_path", "$.a"),
        kind="value-changed",
        severity="changed",
        baseline=baseline,
        candidate=candidate,
        **fields,
    )


def test_a_credential_header_loses_its_value_even_a_short_one() -> None:
    headers = ((b"Cookie", b"a=1"), (b"Accept", b"*/*"), (b"X-API-KEY", b""))
    redacted = redact_request(request(headers=headers), CREDENTIALS, ())

    assert redacted.headers == (
        (b"Cookie", b"[redacted]"),
        (b"Accept", b"*/*"),
        (b"X-API-KEY", b"[redacted]"),
    )


def test_a_secret_is_taken_out_of_target_headers_and_body() -> None:
    asked = request(
        target="/reset/secret-word?t=secret-word-2",
        headers=((b"Referer", b"/secret-word"),),
        body=b"secret-wordsecret-word",
    )
    redacted = redact_request(asked, CREDENTIALS, SECRETS)

    assert redacted.target == f"/reset/{REDACTED}?t={REDACTED}"
    assert redacted.headers == ((b"Referer", b"/[redacted]"),)
    assert redacted.body == b"[redacted][redacted]"


def test_what_a_path_names_is_taken_out_of_it() -> None:
    asked = request(target="/a;jsessionid=x1/b;v=1?c=1")

    assert redact_request(asked, CREDENTIALS, ()).target == "/a;jsessionid=[redacted]/b;v=1?c=1"


def test_a_secret_is_taken_out_of_an_answer() -> None:
    answered = response(
        {"token": "secret-word"},
        headers=((b"Set-Cookie", b"sid=1; Path=/"), (b"Location", b"/?t=secret-word")),
    )
    redacted = redact_response(answered, CREDENTIALS, SECRETS)

    assert redacted.body == b'{"token":"[redacted]"}'
    assert redacted.headers == (
        (b"Set-Cookie", b"sid=[redacted]; Path=/"),
        (b"Location", b"/?t=[redacted]"),
    )


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (b"sid=abc; HttpOnly; Path=/", b"sid=[redacted]; HttpOnly; Path=/"),
        (b'sid=""; Max-Age=0', b'sid=""; Max-Age=0'),
        (b"sid=a=b", b"sid=[redacted]"),
        (b"secret-word=1; Path=/secret-word", b"[redacted]=[redacted]; Path=/[redacted]"),
        (b"no cookie at all", b"[redacted]"),
    ],
)
def test_a_cookie_that_is_set_keeps_its_name_and_its_attributes(
    header: bytes, shown: bytes
) -> None:
    answered = response(headers=((b"Set-Cookie", header),))

    assert redact_response(answered, CREDENTIALS, SECRETS).headers == ((b"Set-Cookie", shown),)


def test_a_flood_of_cookies_is_taken_out_at_once() -> None:
    cookies = tuple((b"Set-Cookie", b"k%d=value-%012d; Path=/" % (n, n)) for n in range(1000))
    answer = response({}, headers=cookies)
    shown = redact_response(answer, CREDENTIALS, CREDENTIALS.found_in(answer.headers))

    assert shown.headers == tuple(
        (b"Set-Cookie", b"k%d=[redacted]; Path=/" % n) for n in range(1000)
    )


def test_what_differs_about_a_cookie_is_told() -> None:
    told = msgspec.structs.replace(
        difference("httponly", "", path="set-cookie", general_path="set-cookie"),
        location="header",
        message="attributes of cookie sid",
    )

    assert redact_difference(told, SECRETS, CREDENTIALS) == told


def test_what_holds_no_secret_stays_as_it_is() -> None:
    asked = request(target="/a?b=%zz", headers=((b"A", b"\xff"),), body=b"\x00\xff")

    assert redact_request(asked, CREDENTIALS, SECRETS) == asked


def test_a_secret_is_taken_out_of_both_values_of_a_difference_at_any_depth() -> None:
    value = {"a": ["secret-word", {"secret-word-2": [None, 1, True, "x secret-word y"]}]}
    redacted = redact_difference(difference(value, "secret-word"), SECRETS)

    assert redacted.baseline == {"a": [REDACTED, {REDACTED: [None, 1, True, f"x {REDACTED} y"]}]}
    assert redacted.candidate == REDACTED


def test_a_secret_is_taken_out_of_paths_and_message() -> None:
    redacted = redact_difference(
        difference(
            1,
            path='$["secret-word"].a[3]',
            general_path='$["secret-word"].a[*]',
            message="not secret-word",
        ),
        SECRETS,
    )

    assert redacted.path == '$["[redacted]"].a[3]'
    assert redacted.general_path == '$["[redacted]"].a[*]'
    assert redacted.message == "not [redacted]"


def test_a_secret_that_is_a_number_in_a_difference_is_taken_out() -> None:
    redacted = redact_difference(difference(1234567890, [1234567890, 7]), (b"1234567890",))

    assert redacted.baseline == REDACTED
    assert redacted.candidate == [REDACTED, 7]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"id":1234567890}', b'{"id":0}'),
        (b"1234567890", b"0"),
        (b'[ 1234567890, -51234567890.5e3,"1234567890"]', b'[ 0, 0,"[redacted]"]'),
        (b'{"1234567890":"a1234567890"}', b'{"[redacted]":"a[redacted]"}'),
    ],
)
def test_a_json_document_stays_one_when_a_secret_is_a_number(before: bytes, after: bytes) -> None:
    redacted = redact_response(response(body=before), CREDENTIALS, (b"1234567890",))

    assert redacted.body == after
    json.loads(redacted.body)


def test_a_secret_that_is_half_a_character_is_taken_out_too() -> None:
    secret = "é-secret".encode()[1:]
    redacted = redact_request(request(target="/é-secret"), CREDENTIALS, (secret,))

    assert redacted.target.endswith(REDACTED)


def test_a_lone_surrogate_is_no_hindrance() -> None:
    value = "\ud800 secret-word"
    redacted = redact_difference(
        difference(value, path="$.\ud800", general_path="$.\ud800", message=value), SECRETS
    )

    assert redacted.path == "$.\ud800"
    assert str(redacted.baseline).endswith(REDACTED)
    assert redacted.message.endswith(REDACTED)


def test_without_secrets_a_difference_stays_the_same() -> None:
    value = difference({"a": 1})

    assert redact_difference(value, ()) is value


SECRET_TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=6, max_size=20
).filter(lambda text: text.strip(' ";=') == text and text not in REDACTED and ";" not in text)


@given(SECRET_TEXTS, st.text(max_size=5), st.text(max_size=5))
def test_no_form_of_a_secret_is_left_anywhere(secret: str, before: str, behind: str) -> None:
    headers = ((b"cookie", f"sid={secret}".encode()),)
    forms = [
        secret,
        quote(secret),
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    ]
    text = before + " ".join(forms) + behind
    secrets = CREDENTIALS.found_in(headers)
    asked = redact_request(
        request(target=text, headers=((b"x", text.encode()),), body=text.encode()),
        CREDENTIALS,
        secrets,
    )
    found = redact_difference(difference(text, {text: [text]}, message=text), secrets)

    left = asked.target + asked.body.decode() + repr(msgspec.to_builtins(found.baseline))
    kept = before + behind
    for form in forms:
        assert form not in left.replace(REDACTED, "\0") or form in kept


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_redacting_twice_changes_nothing_more(method: str) -> None:
    asked = request(method, body=b"secret-word", headers=((b"cookie", b"sid=secret-word"),))
    once = redact_request(asked, CREDENTIALS, SECRETS)

    assert redact_request(once, CREDENTIALS, SECRETS) == once


def test_what_has_the_name_of_a_secret_is_taken_out_however_short() -> None:
    asked = request(
        "POST",
        "/a?token=12&page=3",
        headers=((b"referer", b"/b?token=12"),),
        body=b'{"pin": 1234, "password": "abc", "n": 5}',
    )
    shown = redact_request(asked, CREDENTIALS, ())

    assert shown.target == "/a?token=[redacted]&page=3"
    assert shown.headers == ((b"referer", b"/b?token=[redacted]"),)
    assert shown.body == b'{"pin": 0, "password": "[redacted]", "n": 5}'


@pytest.mark.parametrize("path", ["$.pin", "$.users[2].pin", '$["a b"]["pin"]', "$.pin[0]"])
def test_a_difference_at_a_secret_says_that_there_is_one_and_not_which(path: str) -> None:
    value = msgspec.structs.replace(difference("12", 34, message="12 is not 34"), path=path)
    shown = redact_difference(value, (), CREDENTIALS)

    assert (shown.baseline, shown.candidate, shown.message) == (REDACTED, REDACTED, REDACTED)
    assert shown.path == path


def test_a_difference_elsewhere_keeps_what_is_not_secret() -> None:
    value = difference({"pin": 12, "tokens": [{"token": "a"}], "n": 1}, {"pin": None, "x": ""})
    shown = redact_difference(value, (), CREDENTIALS)

    assert shown.baseline == {"pin": REDACTED, "tokens": [{"token": REDACTED}], "n": 1}
    assert shown.candidate == {"pin": None, "x": ""}
