"""Two documents as JSON, line by line, what belongs together on one line."""

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import msgspec

from shadowpact.beside.pairing import MAX_LEVELS, Piece, Spot, facing_elements, facing_members
from shadowpact.compare.found import ABSENT
from shadowpact.compare.numeric import Number
from shadowpact.compare.paths import Place, Token, member
from shadowpact.compare.tokens import token_document
from shadowpact.compare.walk import Align
from shadowpact.report.bodies import Line

_CONTAINERS: dict[type, str] = {dict: "{}", list: "[]"}


class _At(msgspec.Struct, frozen=True):
    """Where two values are.

    Attributes:
        path: As a difference writes it.
        place: The containers they are in.
        token: Name or position of the baseline's in its container.
        depth: How many containers they are in.
        label: The member's name, as it stands before the value.
        tails: What stands behind the value of each side: a comma or nothing.
        spot: The difference that everything here is part of.
    """

    path: str = "$"
    place: Place | None = None
    token: Token | None = None
    depth: int = 0
    label: str = ""
    tails: tuple[str, str] = ("", "")
    spot: Spot | None = None


def facing_documents(baseline: Any, candidate: Any, align: Align) -> Iterator[Piece]:
    """The lines of two parsed documents.

    Args:
        baseline: Of dict, list, str, int, float, ``Number``, bool, None.
        candidate: Likewise.
        align: The comparison's, so that elements it took for one stand opposite each other.
    """
    return _values(_At(), baseline, candidate, align)


def _values(at: _At, one: Any, other: Any, align: Align) -> Iterator[Piece]:
    if one is ABSENT or other is ABSENT:
        at = msgspec.structs.replace(at, spot=at.spot or (at.path, one is ABSENT))
    tokens = _tokens(one, other)
    if tokens is not None:
        yield from _container(at, *tokens, align, opening="JWT ")
        return
    shapes = {type(value) for value in (one, other) if value is not ABSENT}
    if len(shapes) > 1 and shapes & _CONTAINERS.keys():
        at = msgspec.structs.replace(at, spot=at.spot or (at.path, False))
        lefts = _values(at, one, ABSENT, align)
        rights = _values(at, ABSENT, other, align)
        for left, right in zip_longest(lefts, rights):
            yield _joined(left, right)
        return
    if shapes & _CONTAINERS.keys() and any(v for v in (one, other) if v is not ABSENT):
        if at.depth < MAX_LEVELS:
            yield from _container(at, one, other, align)
        else:
            yield _piece(at, _counted(one), _counted(other), is_whole=True)
        return
    yield _piece(at, _scalar(one), _scalar(other))


def _tokens(one: Any, other: Any) -> tuple[Any, Any] | None:
    """JSON Web Tokens that differ, taken apart as the comparison does."""
    if type(one) is not str or type(other) is not str or one == other or "eyJ" not in one[:10]:
        return None
    left, right = token_document(one), token_document(other)
    return None if left is None or right is None else (left, right)


def _joined(left: Piece | None, right: Piece | None) -> Piece:
    first = left or right
    assert first is not None  # noqa: S101  zip_longest ends with the longer of the two
    return Piece(
        left.baseline if left else None,
        right.candidate if right else None,
        first.depth,
        first.spots,
        is_whole=first.is_whole,
    )


def _container(at: _At, one: Any, other: Any, align: Align, opening: str = "") -> Iterator[Piece]:
    brackets = _CONTAINERS[type(other if one is ABSENT else one)]
    begin, end = brackets[0], brackets[1]
    starts = [None if value is ABSENT else opening + begin for value in (one, other)]
    yield _piece(msgspec.structs.replace(at, tails=("", "")), *starts)
    inside = _members(at, one, other) if begin == "{" else _elements(at, one, other, align)
    for inner, left, right in _with_tails(inside):
        yield from _values(inner, left, right, align)
    closing = msgspec.structs.replace(at, label="")
    ends = [None if value is ABSENT else end for value in (one, other)]
    yield _piece(closing, *ends, is_marked=at.spot is not None)


def _with_tails(inside: list[tuple[_At, Any, Any]]) -> Iterator[tuple[_At, Any, Any]]:
    """A comma behind everything but the last of each side."""
    last = [
        max((i for i, facing in enumerate(inside) if facing[side] is not ABSENT), default=-1)
        for side in (1, 2)
    ]
    for index, (at, left, right) in enumerate(inside):
        tails = "," if index < last[0] else "", "," if index < last[1] else ""
        yield msgspec.structs.replace(at, tails=tails), left, right


def _members(at: _At, one: Any, other: Any) -> list[tuple[_At, Any, Any]]:
    place = Place(at.place, at.token, *({} if v is ABSENT else v for v in (one, other)))
    ones, others = place.baseline, place.candidate
    return [
        (
            _At(
                path=at.path + member(name),
                place=place,
                token=name,
                depth=at.depth + 1,
                label=f"{_quoted(name)}: ",
                spot=at.spot,
            ),
            ones.get(name, ABSENT),
            others.get(name, ABSENT),
        )
        for name, _, _ in facing_members(ones, others)
    ]


def _elements(at: _At, one: Any, other: Any, align: Align) -> list[tuple[_At, Any, Any]]:
    place = Place(at.place, at.token, *([] if v is ABSENT else v for v in (one, other)))
    ones, others = place.baseline, place.candidate
    inside = []
    for i, j in facing_elements(place, align):
        token = j if i is None else i
        inner = _At(
            path=f"{at.path}[{token}]",
            place=place,
            token=token,
            depth=at.depth + 1,
            spot=at.spot,
        )
        left, right = (ABSENT if i is None else ones[i]), (ABSENT if j is None else others[j])
        inside.append((inner, left, right))
    return inside


def _piece(
    at: _At, left: str | None, right: str | None, *, is_whole: bool = False, is_marked: bool = True
) -> Piece:
    lead = "  " * at.depth + at.label
    return Piece(
        None if left is None else Line(lead, left, at.path, at.tails[0]),
        None if right is None else Line(lead, right, at.path, at.tails[1]),
        at.depth,
        (at.spot or (at.path, False),) if is_marked else (),
        is_whole=is_whole,
    )


def _counted(value: Any) -> str | None:
    """A container on one line."""
    if value is ABSENT:
        return None
    if not value:
        return _CONTAINERS[type(value)]
    return f"{{ {len(value)} members }}" if type(value) is dict else f"[ {len(value)} elements ]"


def _scalar(value: Any) -> str | None:
    if value is ABSENT:
        return None
    if type(value) in _CONTAINERS:
        return _CONTAINERS[type(value)]
    if isinstance(value, Number):
        return value.text
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
