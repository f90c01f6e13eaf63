import re

import pytest

from shadowpact.secrets.members import MAX_VALUE_BYTES, MAX_VALUES, Members
from shadowpact.secrets.settings import SECRET_MEMBERS

MEMBERS = Members(SECRET_MEMBERS)
SHOWN = b"[redacted]"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"username":"a","password":"planted"}', b"planted"),
        (b'{"newPassword" : "plan\\"ted"}', b'plan"ted'),
        (b'{"accessToken":"planted","next_page_token":"kept"}', b"planted"),
        (b'{"ACCESS_TOKEN":"planted"}', b"planted"),
        (b'{"access-token":"planted"}', b"planted"),
        (b'{"q":"{\\"password\\":\\"planted\\"}"}', b"planted"),
        (b"a=1&password=planted%2Fx&b=2", b"planted/x"),
        (b"password=planted+x", b"planted x"),
        (b"user[password]=planted", b"planted"),
        (b"user%5Bpin%5D=planted", b"planted"),
        (b"/x?a=1&token=planted", b"planted"),
        (b"/x#access_token=planted&x=1", b"planted"),
        (b"<login><password>planted&amp;x</password></login>", b"planted&x"),
        (b'<login><n:password kind="x">planted</n:password></login>', b"planted"),
        (b'<user password="planted"/>', b"planted"),
        (b"<password><![CDATA[planted]]></password>", b"planted"),
        (b'<input type="hidden" name="csrf_token" value="planted">', b"planted"),
        (b"<input name='user[password]' type='text' value='planted'/>", b"planted"),
        (b'<meta name="csrf-token" content="planted">', b"planted"),
        (b'mutation { login(password: "planted") }', b"planted"),
        (b"%7B%22password%22%3A%22planted%22%7D", b"planted"),
        (b"%7B%22password%22%3A+%22planted%22%7D", b"planted"),
        (b"%7B%22password%22%3A%20%22planted%22%7D", b"planted"),
        (
            b'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\nplanted\r\n--B--',
            b"planted",
        ),
        (
            b'--B\r\nContent-Disposition: form-data; name="pin"; x=y\r\nX: 1\r\n\r\nplanted\r\n--B',
            b"planted",
        ),
    ],
)
def test_a_secret_is_found_by_its_name_and_taken_out(text: bytes, value: bytes) -> None:
    redacted = MEMBERS.redacted(text, SHOWN)

    assert MEMBERS.are_named_in(text)
    assert value in MEMBERS.values(text)
    assert b"planted" not in redacted
    assert redacted.count(SHOWN) == 1
    assert b"kept" not in text or b"kept" in redacted


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"shipping": 3, "footprint": "x", "opinion": 1}',
        b'{"next_page_token":"abc","continuationToken":"x"}',
        b'{"description": "tokenize"}',
        b"Your password\nwas changed",
        b"pinned=1&option=2",
    ],
)
def test_what_only_resembles_a_name_is_left_alone(text: bytes) -> None:
    assert not MEMBERS.are_named_in(text)
    assert MEMBERS.redacted(text, SHOWN) is text


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (b'{"pin": 1234, "n": 5}', b'{"pin": 0, "n": 5}'),
        (b'{"pin":-12.5e3}', b'{"pin":0}'),
        (b"pin=1234&n=5", b"pin=[redacted]&n=5"),
        (b'{"password": "", "secret": null, "token": {"id": 1}}', None),
    ],
)
def test_a_json_document_stays_one(text: bytes, redacted: bytes | None) -> None:
    assert MEMBERS.redacted(text, SHOWN) == (redacted or text)


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("password", True),
        ("userPassword", True),
        ("user[password]", True),
        ("client_secret", True),
        ("clientSecret", True),
        ("token", True),
        ("page_token", False),
        ("pin", True),
        ("shippin", False),
        ("passwordHint", False),
        ("", False),
    ],
)
def test_a_name_says_whether_its_value_is_secret(name: str, is_secret: bool) -> None:
    assert MEMBERS.is_secret(name) is is_secret


def test_only_the_configured_names_count() -> None:
    members = Members(("*card-no", "ssn"))

    assert members.values(b"old_card_no=1&ssn=2&assn=3&password=4") == (b"1", b"2")


def test_without_names_nothing_is_secret() -> None:
    members = Members(())

    assert not members.are_named_in(b'{"password":"x"}')
    assert not members.is_secret("password")


def test_a_name_is_no_expression() -> None:
    members = Members(("a.b", "c(d"))

    assert members.values(b"a.b=1&axb=2&c(d=3") == (b"1", b"3")


def test_the_values_taken_from_one_text_are_bounded() -> None:
    text = b"&".join(b"password=%d" % number for number in range(10 * MAX_VALUES))

    assert len(MEMBERS.values(text)) == MAX_VALUES
    assert not re.search(rb"=\d", MEMBERS.redacted(text, SHOWN))


def test_the_size_of_the_values_taken_from_one_text_is_bounded() -> None:
    fits, large = b"a" * MAX_VALUE_BYTES, b"b" * (MAX_VALUE_BYTES + 1)

    assert MEMBERS.values(b"password=" + fits) == (fits,)
    assert MEMBERS.values(b"password=first&password=" + large) == (b"first",)
    assert MEMBERS.values(b'{"password":' * 1_000_000) == ()


def test_a_name_that_is_repeated_without_end_is_taken_out_at_once() -> None:
    assert MEMBERS.redacted(b"password=" * 200_000 + b"&a=1", b"[x]") == b"password=[x]&a=1"
