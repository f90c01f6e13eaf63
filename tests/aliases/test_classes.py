import pytest

from shadowpact.aliases.classes import (
    is_number,
    is_strong,
    is_unmistakable,
    is_word,
    may_be_id,
    scalar_text,
    text_of,
)

STRONG = {
    "uuid of version 4": "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f",
    "uuid of version 7": "01890a5d-ac96-774b-bcce-b302099a8057",
    "ulid": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "ksuid": "0ujtsYcgvSTl8PAuAdqWYSMnLOv",
    "object id": "507f1f77bcf86cd799439011",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln",
    "opaque with a prefix": "ord_8f3K2j1a9",
    "base64": "Zm9vYmFyQmF6UXV4QQ==",
    "base64 with signs": "a+b/9cDeF0gHiJkL",
    "slug with a suffix": "red-shirt-x91b",
    "snowflake": "9007199254740993123",
    "unicode slug": "größe-x1y2z3",
}
WEAK = {
    "number": "12",
    "account number": "12345678",
    "word": "shirt",
    "slug of words": "red-shirt-large",
    "long word": "internationalization",
    "camel case": "OutOfStockException",
    "date": "2026-01-01",
    "time": "2026-01-01T00:00:00Z",
    "http date": "Thu, 01 Jan 2026 00:00:00 GMT",
    "decimal": "1234.567890",
    "version": "1.22.333-rc4",
    "address": "192.168.10.254",
    "path": "/orders/latest/items",
    "short": "a1b2c3",
    "empty": "",
}


@pytest.mark.parametrize("name", STRONG)
def test_what_names_one_thing_by_its_form_is_strong(name: str) -> None:
    assert is_strong(STRONG[name])


@pytest.mark.parametrize("name", WEAK)
def test_what_may_mean_anything_is_weak(name: str) -> None:
    assert not is_strong(WEAK[name])


def test_what_is_longer_than_any_token_is_not_taken_for_one() -> None:
    assert not is_strong("a1" * 5000)


def test_numbers_and_tokens_may_be_ids_and_other_values_not() -> None:
    assert may_be_id(12)
    assert may_be_id("red-shirt")
    assert not may_be_id(True)
    assert not may_be_id(None)
    assert not may_be_id(1.5)
    assert not may_be_id("two words")
    assert not may_be_id("2026-01-01T00:00:00Z")
    assert not may_be_id("9.99")
    assert not may_be_id("word" * 40)


def test_a_row_of_digits_is_an_id_only_where_a_name_says_so() -> None:
    assert is_strong("1750000000000000")
    assert not is_unmistakable("1750000000000000")
    assert is_unmistakable("ord_8f3K2j1a9")


def test_words_are_literals_of_paths() -> None:
    assert is_word("by-name")
    assert not is_word("12")


def test_texts_of_scalars() -> None:
    assert text_of(12) == "12"
    assert scalar_text("12") == "12"
    assert scalar_text(12) == "12"
    assert scalar_text(True) is None
    assert scalar_text(1.5) is None


def test_a_number_is_written_as_json_writes_it() -> None:
    assert is_number("0")
    assert is_number("12")
    assert not is_number("012")
    assert not is_number("٣")
