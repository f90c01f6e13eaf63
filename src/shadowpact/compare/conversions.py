"""Conversions by name, and values on their way to and from JMESPath."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shadowpact.compare.numeric import Number, as_number

_TRUE = frozenset({"1", "y", "yes", "t", "true", "on", "j", "ja", "o", "oui"})
_FALSE = frozenset({"0", "n", "no", "f", "false", "off", "nein", "non"})


def plain(value: Any) -> Any:
    """The value with numbers as Python's own, for libraries that know no others."""
    if isinstance(value, Number):
        return float(value.text)
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return value


def exact(value: Any) -> Any:
    """The value with floats as they are written."""
    if isinstance(value, float):
        return Number(repr(value))
    if isinstance(value, list):
        return [exact(element) for element in value]
    if isinstance(value, dict):
        return {name: exact(member) for name, member in value.items()}
    return value


def _number(value: Any) -> Decimal:
    number = as_number(value, text=True)
    if number is None:
        raise ValueError("not a number")
    return number


def _string_to_number(value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError("not a string")
    _number(value)
    number = Number(value.strip())
    return int(number.text) if number.is_integer else number


def _number_to_string(value: Any) -> str:
    if isinstance(value, str):
        raise TypeError("not a number")
    _number(value)
    return value.text if isinstance(value, Number) else str(value)


def _to_boolean(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError("neither yes nor no")
    return text in _TRUE


def _text(change: Callable[[str], str]) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError("not a string")
        return change(value)

    return convert


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "cents-to-decimal": lambda value: Number(str(_number(value).scaleb(-2))),
    "decimal-to-cents": lambda value: int(_whole(_number(value) * 100)),
    "string-to-number": _string_to_number,
    "number-to-string": _number_to_string,
    "to-boolean": _to_boolean,
    "to-lower": _text(str.lower),
    "to-upper": _text(str.upper),
    "trim": _text(str.strip),
}
"""Name to conversion; each raises ``ValueError`` or ``TypeError`` for what it cannot convert."""


def _whole(number: Decimal) -> Decimal:
    if number != number.to_integral_value():
        raise ValueError("more than two decimals")
    return number
