"""Places in a JSON document: our own path notation, Pact's two, and the steps both stand for."""

import re
from typing import Any, Final

import orjson

EVERY_ITEM: Final = -1
"""Step: each element of a list."""
EVERY_NAME: Final = -2
"""Step: each value of an object whose names are data."""

type Step = str | int
"""A name, a position in a list, or one of the two constants above."""
type Steps = tuple[Step, ...]

MISSING: Final = object()
"""What :func:`values_at` finds where an object lacks the name."""

_TOKEN = re.compile(
    r"""
    \.(?P<star>\*)
    | \.(?P<name>[^.\[]+)
    | \[(?P<index>\d+)\]
    | \[(?P<items>\*)\]
    | \[(?P<double>"(?:[^"\\]|\\.)*")\]
    | \['(?P<single>(?:[^'\\]|\\.)*)'\]
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parse(path: str) -> Steps:
    """The steps of ``$.items[2].price``, ``$["a.b"]`` or Pact's ``$['a.b']``.

    Raises:
        ValueError: No such path.
    """
    if not path.startswith("$"):
        raise ValueError(f"{path!r} is no path into a document: it does not start with $")
    steps: list[Step] = []
    at = 1
    while at < len(path):
        token = _TOKEN.match(path, at)
        if token is None:
            raise ValueError(f"{path!r} is no path into a document, at character {at + 1}")
        steps.append(_step(token))
        at = token.end()
    return tuple(steps)


def _step(token: re.Match[str]) -> Step:
    text = token[token.lastgroup or ""]
    match token.lastgroup:
        case "star":
            return EVERY_NAME
        case "items":
            return EVERY_ITEM
        case "index":
            return int(text)
        case "double":
            return str(orjson.loads(text))
        case "single":
            return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
        case _:
            return text


def general(steps: Steps) -> Steps:
    """The steps with every position in a list made :data:`EVERY_ITEM`."""
    return tuple(EVERY_ITEM if isinstance(s, int) and s >= 0 else s for s in steps)


def place(path: str) -> Steps:
    """Where a difference is, generalised; the whole body where the path is none of ours."""
    try:
        return general(parse(path))
    except ValueError:
        return ()


def show(steps: Steps) -> str:
    """Our own notation: ``$.items[*]["a.b"]``."""
    shown = ["$"]
    for step in steps:
        match step:
            case -1:
                shown.append("[*]")
            case -2:
                shown.append(".*")
            case int():
                shown.append(f"[{step}]")
            case _ if _PLAIN.fullmatch(step):
                shown.append(f".{step}")
            case _:
                shown.append(f"[{orjson.dumps(step).decode()}]")
    return "".join(shown)


def rule_path(steps: Steps) -> str:
    """The key of a Pact matching rule; ask :func:`can_be_ruled` first."""
    shown = ["$"]
    for step in steps:
        match step:
            case -1:
                shown.append("[*]")
            case -2:
                shown.append(".*")
            case int():
                shown.append(f"[{step}]")
            case _ if _PLAIN.fullmatch(step):
                shown.append(f".{step}")
            case _:
                shown.append(f"['{step}']")
    return "".join(shown)


def can_be_ruled(steps: Steps) -> bool:
    """Whether Pact's files can name the place (no quote, no empty name, no word of Pact's)."""
    return all(isinstance(s, int) or (s and "'" not in s and not is_pacts(s)) for s in steps)


def is_pacts(name: str) -> bool:
    """Whether Pact takes a name in a body for an order of its own, ``pact:matcher:type``."""
    return name.startswith("pact:")


def is_same_place(left: Steps, right: Steps) -> bool:
    """Whether two places are the same once list positions and data names are generalised."""
    return len(left) == len(right) and all(
        _is_same_step(one, other) for one, other in zip(left, right, strict=True)
    )


def is_within(inner: Steps, outer: Steps) -> bool:
    """Whether ``inner`` is ``outer`` or below it."""
    return len(inner) >= len(outer) and is_same_place(inner[: len(outer)], outer)


def _is_same_step(left: Step, right: Step) -> bool:
    if left == right or EVERY_NAME in {left, right}:
        return True
    if EVERY_ITEM in {left, right}:
        return isinstance(left, int) and isinstance(right, int)
    return str(left) == str(right)  # Pact writes a name of digits as a position


def values_at(node: Any, steps: Steps) -> list[Any]:
    """What a document holds at a generalised place; :data:`MISSING` where the name is lacking.

    A list without elements, or a place above that is of another kind, adds nothing or MISSING.
    """
    if not steps:
        return [node]
    step, rest = steps[0], steps[1:]
    if step == EVERY_ITEM:
        children = node if isinstance(node, list) else [MISSING]
    elif step == EVERY_NAME:
        children = list(node.values()) if isinstance(node, dict) else [MISSING]
    elif isinstance(step, int):
        children = [node[step]] if isinstance(node, list) and step < len(node) else [MISSING]
    else:
        children = [node.get(step, MISSING) if isinstance(node, dict) else MISSING]
    found: list[Any] = []
    for child in children:
        found.extend([MISSING] if child is MISSING else values_at(child, rest))
    return found
