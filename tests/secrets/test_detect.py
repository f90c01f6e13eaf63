import pytest

from shadowpact.secrets.detect import detect, is_card, luhn_digit
from shadowpact.secrets.settings import DETECTORS, Detector


def found(text: str, *, name: str = "") -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in detect(text, DETECTORS, name=name)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("email", "planted.person@mail.test"),
        ("email", "PLANTED+tag@sub.mail.test"),
        ("email", "plänted@mail.test"),
        ("card", "4242424242424242"),
        ("card", "4242 4242 4242 4242"),
        ("card", "4242-4242-4242-4242"),
        ("card", "378282246310005"),
        ("card", "5555555555554444"),
        ("card", "2223003122003222"),
        ("card", "6011111111111117"),
        ("card", "30569309025904"),
        ("card", "3530111333300000"),
        ("iban", "AT611904300234573201"),
        ("iban", "AT61 1904 3002 3457 3201"),
        ("iban", "gb82 west 1234 5698 7654 32"),
        ("iban", "NO93 8601 1117 947"),
        ("phone", "+43 664 555 01 99"),
        ("phone", "+436645550199"),
        ("phone", "+1 (555) 555-0199"),
        ("phone", "(555) 555-0199"),
        ("phone", "555-555-0199"),
        ("ip", "203.0.113.77"),
        ("ip", "10.1.2.3"),
        ("ip", "2a02:8388:1::77"),
        ("ip", "2a02:8388:1:2:3:4:5:6"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "see {}, then", "<{}>", "a='{}';", "x\n{}\ny"])
def test_personal_data_is_recognised_by_its_form(kind: str, text: str, around: str) -> None:
    assert found(around.format(text)) == [(kind, text)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4242424242424243",  # no check digit
        "1234567890123452",  # Luhn, and nobody's prefix
        "1750000000000000",  # microseconds
        "20250615120000",
        "0.4242424242424242",
        "42424242-4242-4242-4242-424242424242",
        "a4242424242424242",
        "AT611904300234573202",  # not mod 97
        "ZZ611904300234573201",
        "2025-06-15T12:00:00+01:00",
        "12:30:45",
        "aa:bb:cc:dd:ee:ff",
        "std::vector",
        "Chrome/120.0.0.0 Safari/537.36",
        "1.2.3.4.5",
        "v1.2.3.4",
        "127.0.0.1 0.0.0.0 255.255.255.0 ::1 ::",
        "300.1.1.1",
        "logo@2x.png",
        "user@localhost",
        "@decorated",
        "+1.5 +12345",
        "1234567890",
    ],
)
def test_what_only_resembles_it_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("name", "text", "is_phone"),
    [
        ("phone", "0664 5550199", True),
        ("mobilePhone", "06645550199", True),
        ("phone_number", "5550199", True),
        ("phone2", "0664 5550199", True),
        ("homePhone_1", "0664 5550199", True),
        ("fax", "+43/1/5550199", True),
        ("hotel", "5550199", False),
        ("number", "5550199", False),
        ("phone", "none", False),
        ("phone", "12", False),
    ],
)
def test_a_number_is_a_phone_number_where_its_name_says_so(
    name: str, text: str, is_phone: bool
) -> None:
    assert found(text, name=name) == ([("phone", text)] if is_phone else [])


def test_a_version_is_no_address() -> None:
    assert found("1.2.3.4", name="appVersion") == []


@pytest.mark.parametrize("kind", DETECTORS)
def test_only_what_was_asked_for_is_looked_for(kind: Detector) -> None:
    text = "a@mail.test 4242424242424242 AT611904300234573201 +43 664 555 01 99 203.0.113.77"

    assert [one.kind for one in detect(text, [kind])] == [kind]
    assert [one.kind for one in detect(text, DETECTORS)] == ["email", "card", "iban", "phone", "ip"]


def test_the_check_digit_of_a_card() -> None:
    assert luhn_digit("424242424242424") == "2"
    assert is_card("4242424242424242")
    assert not is_card("4242424242424")


def test_a_long_text_takes_no_long_time() -> None:
    text = "a" * 200_000 + "@" + "1 " * 100_000 + "+4" * 50_000 + "a." * 50_000 + ":" * 50_000

    assert found(text) == []
