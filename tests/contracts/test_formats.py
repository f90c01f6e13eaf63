import pytest

from shadowpact.contracts.formats import BY_NAME, FORMATS, format_of, key_format_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0b9f3a52-6f0e-4c0a-9d5e-1f2a3b4c5d6e", "uuid"),
        ("2024-02-29", "date"),
        ("2023-02-29", ""),
        ("2024-01-02T03:04:05Z", "datetime"),
        ("2024-01-02T03:04:05+01:00", "datetime"),
        ("2024-01-02T03:04:05.123Z", "datetime-ms"),
        ("2024-01-02T03:04:05.123456+00:00", "datetime-fine"),
        ("2024-01-02T03:04:05", "datetime-local"),
        ("2024-13-02T03:04:05Z", ""),
        ("ada@example.com", "email"),
        ("ada at example@com", ""),
        ("open", ""),
        ("1234-567-89", ""),
        ("", ""),
    ],
)
def test_a_text_has_the_most_special_format_that_takes_it(text: str, name: str) -> None:
    assert format_of(text) == name


@pytest.mark.parametrize(
    ("key", "name"),
    [("17", "integer"), ("2024-01-02", "date"), ("a@b.cd", "email"), ("ab12", "other")],
)
def test_the_format_of_a_key(key: str, name: str) -> None:
    assert key_format_of(key) == name


def test_no_format_takes_what_is_no_text() -> None:
    assert not any(one.accepts(5) or one.accepts(None) for one in FORMATS)
    assert set(BY_NAME) == {one.name for one in FORMATS}
