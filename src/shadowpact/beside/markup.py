"""Two XML or HTML documents, line by line, from the form in which they are compared.

An element takes one line when it holds nothing or text alone; its attributes stand in its tag, so
a line shows what differs in any of them.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from html import escape
from itertools import zip_longest
from typing import Any

import msgspec

from shadowpact.beside.pairing import MAX_LEVELS, Piece, Slot, Spot, facing_elements, merged
from shadowpact.compare.found import ABSENT
from shadowpact.compare.paths import Place, Token, member
from shadowpact.compare.walk import Align
from shadowpact.report.bodies import Line

_TEXT, _ORDER, _COMMENT = "#text", "#order", "#comment"

type _Child = tuple[str, int | None]
"""Name of a child and its position among those of the name; no position where there is but one."""


class _At(msgspec.Struct, frozen=True):
    """Where two elements are (see ``documents``)."""

    path: str
    name: str
    namespace: str = ""
    place: Place | None = None
    token: Token | None = None
    depth: int = 0
    spot: Spot | None = None


def facing_markup(baseline: Any, candidate: Any, align: Align) -> Iterator[Piece]:
    """The lines of two documents as ``markup.documents_of`` gives them."""
    top = _At(path="$", name="", depth=-1)
    spots = _spots(top, baseline, candidate)
    if len(spots) > 1:  # a fragment: the order of what is at the top needs a line to show on
        line = Line("", "(fragment)", "$")
        yield Piece(line, line, 0, spots)
    yield from _children(top, baseline, candidate, align)


def _elements(at: _At, one: Any, other: Any, align: Align) -> Iterator[Piece]:
    if one is ABSENT or other is ABSENT:
        at = msgspec.structs.replace(at, spot=at.spot or (at.path, one is ABSENT))
    elif type(one) is not type(other):
        at = msgspec.structs.replace(at, spot=at.spot or (at.path, False))
        lefts = list(_elements(at, one, ABSENT, align))
        rights = list(_elements(at, ABSENT, other, align))
        for left, right in zip_longest(lefts, rights):
            yield Piece(
                left.baseline if left else None,
                right.candidate if right else None,
                (left or right).depth,
                (left or right).spots,
            )
        return
    if at.name in {_TEXT, _COMMENT} or not (_has_children(one) or _has_children(other)):
        yield _piece(at, _leaf(at, one), _leaf(at, other), _spots(at, one, other))
    elif at.depth >= MAX_LEVELS:
        spots = _spots(at, one, other)
        yield _piece(at, _closed(at, one), _closed(at, other), spots, is_whole=True)
    else:
        yield _piece(at, _opened(at, one), _opened(at, other), _spots(at, one, other))
        yield from _children(at, one, other, align)
        ends = [_end(at) if _has_children(value) else None for value in (one, other)]
        yield _piece(at, ends[0], ends[1], (at.spot,) if at.spot else ())


def _children(at: _At, one: Any, other: Any, align: Align) -> Iterator[Piece]:
    place = Place(at.place, at.token, _as_dict(one), _as_dict(other))
    ones, others = _order(place.baseline), _order(place.candidate)
    lists = {
        name: Place(place, name, value, place.candidate[name])
        for name, value in place.baseline.items()
        if type(value) is list and type(place.candidate.get(name)) is list
    }
    partners = {name: _partners(facing_elements(inner, align)) for name, inner in lists.items()}
    position = {child: j for j, child in enumerate(others)}
    pairs = [
        (i, position[partner])
        for i, (name, index) in enumerate(ones)
        if (partner := (name, partners[name].get(index) if name in lists else index)) in position
    ]
    for i, j in merged(len(ones), len(others), pairs):
        name, index = ones[i] if i is not None else others[j or 0]
        inner = _At(
            path=at.path + member(name) + ("" if index is None else f"[{index}]"),
            name=name,
            namespace=_namespace(at.name) or at.namespace,
            place=place if index is None else lists.get(name, place),
            token=name if index is None else index,
            depth=at.depth + 1,
            spot=at.spot,
        )
        left = ABSENT if i is None else _inside(place.baseline, ones[i])
        right = ABSENT if j is None else _inside(place.candidate, others[j])
        yield from _elements(inner, left, right, align)


def _partners(slots: Iterator[Slot]) -> dict[int | None, int]:
    return {i: j for i, j in slots if i is not None and j is not None}


def _as_dict(value: Any) -> dict[str, Any]:
    if type(value) is dict:
        return value
    return {_TEXT: [value]} if value and value is not ABSENT else {}


def _order(element: dict[str, Any]) -> list[_Child]:
    """The children as they come in the document."""
    waiting: dict[str, deque[_Child]] = defaultdict(deque)
    for name, value in element.items():
        if name[:1] == "@" or name == _ORDER:
            continue
        waiting[name] += (
            [(name, index) for index in range(len(value))]
            if type(value) is list
            else [(name, None)]
        )
    listed = (name or _TEXT for name in element.get(_ORDER, ()))
    ordered = [waiting[name].popleft() for name in listed if waiting[name]]
    return [*ordered, *(child for queue in waiting.values() for child in queue)]


def _inside(element: dict[str, Any], child: _Child) -> Any:
    name, index = child
    return element[name] if index is None else element[name][index]


def _has_children(value: Any) -> bool:
    return type(value) is dict and any(
        name[:1] != "@" and name != _ORDER and not (name == _TEXT and type(inner) is str)
        for name, inner in value.items()
    )


def _spots(at: _At, one: Any, other: Any) -> tuple[Spot, ...]:
    """The element, its attributes, its text, and the order of its children and of equal names."""
    if at.spot is not None:
        return (at.spot,)
    ones = one if type(one) is dict else {}
    others = other if type(other) is dict else {}
    names = [
        name
        for name, value in {**ones, **others}.items()
        if name[:1] == "@" or name in {_ORDER, _TEXT} or type(value) is list
    ]
    inner = [(at.path + member(name), name not in ones) for name in names]
    return ((at.path, False), *inner)


def _piece(
    at: _At,
    left: str | None,
    right: str | None,
    spots: tuple[Spot, ...],
    *,
    is_whole: bool = False,
) -> Piece:
    lead = "  " * at.depth
    lines = [None if text is None else Line(lead, text, at.path) for text in (left, right)]
    return Piece(lines[0], lines[1], at.depth, spots, is_whole=is_whole)


def _leaf(at: _At, value: Any) -> str | None:
    if value is ABSENT:
        return None
    text = value.get(_TEXT, "") if type(value) is dict else value
    if at.name == _COMMENT:
        return f"<!--{text}-->"
    if at.name == _TEXT:
        return escape(str(text), quote=False).strip() or repr(text)
    if not text:
        return f"{_tag(at, value)[:-1]}/>"
    return f"{_tag(at, value)}{escape(str(text), quote=False)}{_end(at)}"


def _opened(at: _At, value: Any) -> str | None:
    """The start tag; all of it where this side has no children."""
    return _tag(at, value) if _has_children(value) else _leaf(at, value)


def _closed(at: _At, value: Any) -> str | None:
    """An element whose inside is not shown."""
    return None if value is ABSENT else f"{_tag(at, value)}…"


def _tag(at: _At, value: Any) -> str:
    parts = [_local(at.name)]
    own = _namespace(at.name)
    if own and own != at.namespace:
        parts.append(f'xmlns="{escape(own)}"')
    if type(value) is dict:
        parts += [f'{n[1:]}="{escape(str(v))}"' for n, v in value.items() if n[:1] == "@"]
    return f"<{' '.join(parts)}>"


def _end(at: _At) -> str:
    return f"</{_local(at.name)}>"


def _local(name: str) -> str:
    return name.rpartition("}")[2] if name[:1] == "{" else name


def _namespace(name: str) -> str:
    return name[1:].rpartition("}")[0] if name[:1] == "{" else ""
