"""Numbers by exact value, whatever they are written as."""

import decimal
import re
from decimal import Decimal
from typing import Any

import msgspec

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
MAX_EXPONENT = 10_000
"""Numbers beyond 10 to this power are only equal or not, never close: arithmetic would not end."""


class Number(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A JSON number that is no ``int``, as it is written; its value waits until it is needed.

    It is never ``==`` to an ``int`` or a ``bool``, so whole documents can be compared with ``==``;
    two that are written differently may still have one value (see :meth:`exact`).

    Attributes:
        text: With a fraction or an exponent, or with more digits than Python's ``int`` takes.
    """

    text: str

    @property
    def exact(self) -> Decimal | None:
        """The value; ``None`` when its exponent is beyond what ``Decimal`` takes."""
        try:
            return Decimal(self.text)
        except decimal.DecimalException:
            return None

    @property
    def is_integer(self) -> bool:
        """Whether it is written as an integer."""
        return not (set(self.text) & set(".eE"))


def have_same_value(one: "int | float | Number", other: "int | float | Number") -> bool:
    """Whether two numbers are equal, by exact value of what is written."""
    values = [_exact(n) for n in (one, other)]
    return None not in values and values[0] == values[1]


def _exact(value: "int | float | Number") -> int | Decimal | None:
    if isinstance(value, Number):
        return value.exact
    return Decimal(repr(value)) if isinstance(value, float) else value


def as_number(value: Any, *, text: bool = False) -> Decimal | None:
    """The exact value; ``None`` for what is no number, or too large to calculate with.

    Args:
        value: Of a document.
        text: Whether a string that holds a number counts as one.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        number: Decimal | None = Decimal(value)
    elif isinstance(value, Number):
        number = value.exact
    elif isinstance(value, float):
        number = Decimal(repr(value))
    elif text and isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        number = Number(value.strip()).exact
    else:
        return None
    return number if number is not None and abs(number.adjusted()) <= MAX_EXPONENT else None
