import ipaddress
import json
import re
import uuid
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.secrets.detect import detect, iban_remainder, is_card, luhn_digit
from shadowpact.secrets.pseudonyms import Pseudonyms
from shadowpact.secrets.settings import DETECTORS

PSEUDONYMS = Pseudonyms(b"a made-up key")
PREFIXES = st.sampled_from(["4", "51", "2223", "37", "6011", "30569", "3530", "62", "5018"])


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix = draw(PREFIXES)
    length = 15 if prefix == "37" else 14 if prefix == "30569" else 16
    count = length - len(prefix) - 1
    body = prefix + "".join(
        draw(st.lists(st.sampled_from("0123456789"), min_size=count, max_size=count))
    )
    digits = body + luhn_digit(body)
    mark = draw(st.sampled_from(["", " ", "-"]))
    return mark.join(digits[at : at + 4] for at in range(0, len(digits), 4))


@given(cards())
def test_a_card_stays_one_of_the_same_length_and_layout(card: str) -> None:
    made = PSEUDONYMS.card(card)

    assert re.sub(r"\d", "0", made) == re.sub(r"\d", "0", card)
    assert is_card(re.sub(r"\D", "", made))
    assert [one.kind for one in detect(made, DETECTORS)] == ["card"]


@pytest.mark.parametrize(
    "iban", ["AT611904300234573201", "GB82 WEST 1234 5698 7654 32", "no9386011117947"]
)
def test_an_iban_stays_valid_in_its_country_and_layout(iban: str) -> None:
    made = PSEUDONYMS.iban(iban)

    assert made[:2] == iban[:2]
    assert [c if c == " " else c.isdigit() for c in made] == [
        c if c == " " else c.isdigit() for c in iban
    ]
    assert iban_remainder(made.replace(" ", "").upper()) == 1
    assert made != iban


@pytest.mark.parametrize(
    ("phone", "kept"),
    [("+43 664 555 01 99", "+43 "), ("+1 (555) 555-0199", "+1 ("), ("0664/555", "0"), ("555", "")],
)
def test_a_phone_number_keeps_country_and_layout(phone: str, kept: str) -> None:
    made = PSEUDONYMS.phone(phone)

    assert made.startswith(kept)
    assert re.sub(r"\d", "0", made) == re.sub(r"\d", "0", phone)
    assert made != phone


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "10.0.0.0/8"), ("10.1.2.3", "10.0.0.0/8"), ("2a02::1", "2001:db8::/32")],
)
def test_an_address_goes_where_nobody_is(address: str, network: str) -> None:
    assert ipaddress.ip_address(PSEUDONYMS.ip(address)) in ipaddress.ip_network(network)


def test_an_address_of_e_mail_goes_to_example_com_and_keeps_its_case() -> None:
    lower, mixed, upper = map(PSEUDONYMS.email, ("a.b@mail.test", "A.b@mail.test", "A.B@MAIL.TEST"))

    assert re.fullmatch(r"user-[0-9a-f]{12}@example\.com", lower)
    assert mixed == lower.capitalize()
    assert upper == lower.upper()


@pytest.mark.parametrize(
    ("secret", "pattern"),
    [
        ("planted-token", r"redacted-[0-9a-f]{12}"),
        ("1234", r"\d{4}"),
        (
            "123e4567-e89b-12d3-a456-426614174000",
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
    ],
)
def test_a_secret_says_that_it_was_replaced_or_keeps_its_form(secret: str, pattern: str) -> None:
    assert re.fullmatch(pattern, PSEUDONYMS.secret(secret))
    assert PSEUDONYMS.secret(secret) != secret


@given(st.text(max_size=80))
def test_what_is_made_alike_keeps_length_letters_digits_and_the_rest(text: str) -> None:
    made = PSEUDONYMS.alike(text)

    assert len(made) == len(text)
    for before, after in zip(text, made, strict=True):
        assert before.isdigit() == after.isdigit()
        if not before.isalpha() and not before.isdigit():
            assert after == before


@pytest.mark.parametrize(
    ("value", "layout"),
    [
        ("2001-02-03", "%Y-%m-%d"),
        ("2001/02/03", "%Y/%m/%d"),
        ("03.02.2001", "%d.%m.%Y"),
        ("02/13/2001", "%m/%d/%Y"),
        ("3.2.2001", "%d.%m.%Y"),
        ("3.2.01", "%d.%m.%y"),
        ("2001-02-03T04:05:06Z", "%Y-%m-%dT%H:%M:%SZ"),
        ("2001-02-03T23:59:59.123456+02:00", "%Y-%m-%dT%H:%M:%S.%f%z"),
        ("2001-02-03 04:05", "%Y-%m-%d %H:%M"),
    ],
)
@pytest.mark.parametrize("key", range(20))
def test_a_date_stays_a_date_in_its_layout(value: str, layout: str, key: int) -> None:
    made = Pseudonyms(bytes([key])).alike(value)

    assert len(made) == len(value)
    assert datetime.strptime(made, layout)  # noqa: DTZ007  whether it can be read


def test_a_uuid_stays_a_uuid_and_a_url_keeps_its_scheme() -> None:
    value = "123e4567-e89b-12d3-a456-426614174000"

    assert uuid.UUID(PSEUDONYMS.alike(value)) != uuid.UUID(value)
    assert PSEUDONYMS.alike("https://x.test/a").startswith("https://")


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_json_number_stays_one_of_its_kind(number: float) -> None:
    token = json.dumps(number)
    made = PSEUDONYMS.alike(token)

    assert type(json.loads(made)) is type(number)
    assert len(made) == len(token)


@given(st.text(max_size=40), st.binary(min_size=1, max_size=80))
def test_equal_values_have_equal_pseudonyms_under_one_key(text: str, key: bytes) -> None:
    assert Pseudonyms(key).secret(text) == Pseudonyms(key).secret(text)
    assert Pseudonyms(key).alike(text) == Pseudonyms(key).alike(text)


def test_another_key_makes_other_pseudonyms() -> None:
    other = Pseudonyms(b"another key")

    assert other.secret("planted") != PSEUDONYMS.secret("planted")
    assert other.card("4242424242424242") != PSEUDONYMS.card("4242424242424242")


def test_different_values_have_different_pseudonyms() -> None:
    assert len({PSEUDONYMS.email(f"a{n}@mail.test") for n in range(1000)}) == 1000
    assert len({PSEUDONYMS.secret(f"planted {n}") for n in range(1000)}) == 1000


@pytest.mark.parametrize("size", [0, 1, 2, 3, 16, 32, 33, 256])
def test_a_signature_keeps_its_length(size: int) -> None:
    before = Pseudonyms(b"x").signature("A" * (size * 4 // 3 + (size * 4 % 3 > 0)))

    assert len(before) == size * 4 // 3 + (size * 4 % 3 > 0)
