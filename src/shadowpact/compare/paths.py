"""Where a difference is: a chain of places from the root, and how it is written.

The walk makes one ``Place`` for each pair of containers it enters and none for a leaf, so a path
costs nothing until a difference asks for it.
"""

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from shadowpact.compare.keys import label_of

type Token = str | int
"""A member's name or an element's position."""

type Written = tuple[str, str, str, bool]
"""Path, general path and label of a container, and whether a key names anything in the label."""


class Place(msgspec.Struct):
    """A pair of values that stand for each other in the two documents.

    Attributes:
        parent: The containers they are in; ``None`` at the root.
        token: Name or position of the baseline's value in its container.
        baseline: The baseline's value.
        candidate: The candidate's value.
        key: Names that identify an element, where the lists were aligned by them.
        state: Where the automaton of list rules is, once it was asked (see ``aligner``).
        mark: Where that of all rules is, likewise (see ``rules``).
        written: Its paths, once they were asked (see ``listing``).
    """

    parent: "Place | None"
    token: Token | None
    baseline: Any
    candidate: Any
    key: tuple[str, ...] = ()
    state: int | None = None
    mark: int | None = None
    written: Written | None = None


def tokens_of(place: Place | None) -> list[Token]:
    """The tokens from the root to the place."""
    tokens: list[Token] = []
    while place is not None and place.token is not None:
        tokens.append(place.token)
        place = place.parent
    tokens.reverse()
    return tokens


def label_in(parent: Place | None, token: Token, value: Any) -> Token:
    """``[sku=A1]`` for an element that a key identifies, else its token."""
    label = label_of(value, parent.key) if parent is not None and parent.key else None
    return token if label is None else f"[{label}]"


def render(tokens: Iterable[Token]) -> str:
    """``$.items[2].price``; ``$["a.b"]`` where a name is no identifier."""
    return "$" + "".join(
        f"[{token}]" if isinstance(token, int) else member(token) for token in tokens
    )


def member(name: str) -> str:
    """``.price``, ``["a.b"]``: the last step of a path to a member."""
    return f".{name}" if name.isidentifier() else f"[{json.dumps(name, ensure_ascii=False)}]"
