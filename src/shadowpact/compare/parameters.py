"""The grammar that header values share: lists, parameters, quotes; and how a change is told."""

import re

from shadowpact.compare.found import Found

type Values = tuple[str, ...]
"""The values of one header, in wire order."""

_ITEM = re.compile(r'((?:[^,"]|"(?:[^"\\]|\\.)*+")++)')
_PART = re.compile(r'((?:[^;"]|"(?:[^"\\]|\\.)*+")++)')


def changed(name: str, one: str, other: str, message: str = "") -> Found:
    """A header whose value is another one."""
    return Found(None, name, "value-changed", one, other, message)


def items(values: Values) -> list[str]:
    """The elements of a list header, quotes respected."""
    return [item.strip() for item in _ITEM.findall(",".join(values)) if item.strip()]


def parameters(text: str) -> tuple[str, dict[str, str]]:
    """``value; name="text"`` as the value and its parameters (lower-case names)."""
    parts = [part.strip() for part in _PART.findall(text)]
    value = "" if text.lstrip().startswith(";") or not parts else parts.pop(0)
    parameters: dict[str, str] = {}
    for part in parts:
        name, equals, given = part.partition("=")
        if name.strip():
            parameters[name.strip().lower()] = unquoted(given.strip()) if equals else ""
    return value, parameters


def unquoted(value: str) -> str:
    """What a quoted string stands for; anything else as it is."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def named(name: str, one: dict[str, str], other: dict[str, str]) -> list[Found]:
    """One difference for all directives or parameters that are not the same, naming them."""
    if one == other:
        return []
    names = sorted(n for n in one.keys() | other.keys() if one.get(n) != other.get(n))
    written = [", ".join(_assigned(n, side) for n in names if n in side) for side in (one, other)]
    if not written[0] or not written[1]:
        kind = "added" if not written[0] else "missing"
        message = f"only {'the candidate' if kind == 'added' else 'the baseline'} says so"
        return [changed(name, written[0], written[1], message)]
    return [changed(name, written[0], written[1])]


def _assigned(name: str, values: dict[str, str]) -> str:
    return f"{name}={values[name]}" if values[name] else name
