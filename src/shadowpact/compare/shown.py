"""Values as a difference shows them: plain JSON, shortened when long."""

import math
from decimal import Decimal
from typing import Any

import msgspec

from shadowpact.compare.found import ABSENT
from shadowpact.compare.numeric import Number

MAX_TEXT = 500
"""Characters shown of a string."""
MAX_ITEMS = 20
"""Members or elements shown of a container."""
MAX_LEVELS = 4
"""Containers shown inside each other."""
MAX_SHOWN_BYTES = 4096
"""A container up to this size is shown whole."""

_SAFE_INT = 2**63
_encoder = msgspec.json.Encoder(decimal_format="number")


def shown(value: Any) -> Any:
    """The value as JSON that any encoder takes; numbers a double cannot hold become text."""
    kind = type(value)
    if kind is str:
        return _text(value)
    if value is ABSENT:
        return None
    if kind is int or kind is Number:
        return _number(value)
    if kind is dict or kind is list:
        fits = _fits(value)
        return _container(value, 64 if fits else MAX_LEVELS, None if fits else MAX_ITEMS)
    return value


def _fits(value: Any) -> bool:
    if len(value) > MAX_SHOWN_BYTES // 2:
        return False
    try:
        return len(_encoder.encode(value)) <= MAX_SHOWN_BYTES
    except RecursionError:
        return False


def _container(value: Any, levels: int, most: int | None) -> Any:
    if type(value) is dict:
        if not levels:
            return f"object of {len(value)} members"
        names = list(value)[:most]
        out = {_text(name): _inner(value[name], levels, most) for name in names}
        if len(names) < len(value):
            out["…"] = f"{len(value) - len(names)} more members"
        return out
    if not levels:
        return f"array of {len(value)} elements"
    elements: list[Any] = [_inner(element, levels, most) for element in value[:most]]
    if len(elements) < len(value):
        elements.append(f"… {len(value) - len(elements)} more elements")
    return elements


def _inner(value: Any, levels: int, most: int | None) -> Any:
    return _container(value, levels - 1, most) if type(value) in {dict, list} else shown(value)


def _text(value: str) -> str:
    if len(value) <= MAX_TEXT:
        return value
    return f"{value[:MAX_TEXT]}… {len(value) - MAX_TEXT} more characters"


def _number(value: Any) -> Any:
    if isinstance(value, int):
        return value if -_SAFE_INT <= value < _SAFE_INT else _text(str(value))
    number = float(value.text)
    if math.isfinite(number) and Decimal(repr(number)) == value.exact:
        return number
    return _text(value.text)
