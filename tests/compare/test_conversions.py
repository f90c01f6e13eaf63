from typing import Any

import pytest

from shadowpact.compare.conversions import CONVERSIONS, exact, plain
from shadowpact.compare.numeric import Number, as_number


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("cents-to-decimal", 1250, Number("12.50")),
        ("cents-to-decimal", "5", Number("0.05")),
        ("decimal-to-cents", 12.5, 1250),
        ("string-to-number", "12", 12),
        ("string-to-number", " 1.5 ", Number("1.5")),
        ("number-to-string", 12, "12"),
        ("number-to-string", Number("1.50"), "1.50"),
        ("to-boolean", "Y", True),
        ("to-boolean", 0, False),
        ("to-lower", "A", "a"),
        ("to-upper", "a", "A"),
        ("trim", " a ", "a"),
    ],
)
def test_a_conversion_gives_what_its_name_says(name: str, value: Any, expected: Any) -> None:
    actual = CONVERSIONS[name](value)

    assert (type(actual), actual) == (type(expected), expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cents-to-decimal", "x"),
        ("decimal-to-cents", 0.005),
        ("string-to-number", 5),
        ("string-to-number", "five"),
        ("number-to-string", "5"),
        ("to-boolean", "perhaps"),
        ("to-lower", 5),
    ],
)
def test_what_cannot_be_converted_raises(name: str, value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        CONVERSIONS[name](value)


def test_numbers_go_to_libraries_and_come_back() -> None:
    assert plain({"a": [Number("1.5"), 1]}) == {"a": [1.5, 1]}
    assert exact({"a": [1.5, 1]}) == {"a": [Number("1.5"), 1]}


def test_a_number_is_read_from_what_is_one() -> None:
    assert as_number(True) is None
    assert as_number("5") is None
    assert as_number("5", text=True) == 5
    assert as_number(Number("1e20000")) is None
