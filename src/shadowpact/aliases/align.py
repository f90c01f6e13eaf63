"""Two answers laid side by side: the pairs of values that stand for each other."""

import re
from collections.abc import Callable, Container, Iterator
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from shadowpact.aliases.classes import is_moment, is_strong, is_token_text, is_word
from shadowpact.aliases.names import HARD, NO, Name, member_kind, name_of, segment_kinds
from shadowpact.aliases.places import ABSENT, ROOT
from shadowpact.aliases.walk import MAX_DEPTH
from shadowpact.model.alias import Scalar


class Back(msgspec.Struct, frozen=True):
    """What is known of the side's ids already.

    Attributes:
        known: The side's values that are bound.
        recorded: Gives the recorded value for one of them, by the kinds of its place, or the value
            itself where it is none there.
    """

    known: Container[Any]
    recorded: Callable[[tuple[str, ...], Scalar], Scalar]


NOTHING = Back(known=(), recorded=lambda _kinds, value: value)


class Found(msgspec.Struct, eq=False):
    """Two values that stand for each other and are not the same.

    Attributes:
        kinds: What they may name.
        level: How surely the name says that they are ids.
        recorded: The recorded value.
        side: The side's.
        path: General path in the answer.
        is_token: The name speaks of a token.
        is_own: They name the object they stand in.
        is_root: They stand in the document's own object.
        objects: Those that they name, where the name leaves no doubt.
        back: Knows the ids that the side's object refers to.
    """

    kinds: tuple[str, ...]
    level: int
    recorded: Scalar
    side: Scalar
    path: str
    is_token: bool = False
    is_own: bool = False
    is_root: bool = False
    objects: tuple[dict[str, Any], dict[str, Any]] | None = None
    back: Back = NOTHING

    @property
    def is_alike(self) -> bool:
        """Whether the objects that they name say the same otherwise."""
        return self.objects is not None and _is_alike(*self.objects, self.back)


type Same = Callable[[tuple[str, ...], Scalar], None]
"""Called with what both sides gave alike and may be an id."""


class Alignment:
    """Walks two JSON documents at once.

    Args:
        same: Told of what both gave alike.
        back: Knows the ids that are bound, as things that refer to them may say the same.
    """

    def __init__(self, same: Same, back: Back = NOTHING) -> None:
        self._note = same
        self._back = back
        self.found: list[Found] = []

    def documents(self, recorded: Any, side: Any, resource: str) -> None:
        """Lay two documents side by side."""
        if isinstance(recorded, dict) and isinstance(side, dict):
            self._objects(recorded, side, resource, "$", 0, is_root=True)
        elif isinstance(recorded, list) and isinstance(side, list):
            self._lists(recorded, side, resource, "$", 0, _PLAIN)

    def same(self, document: Any, resource: str) -> None:
        """One document that both sides gave."""
        if isinstance(document, dict):
            self._same_object(document, resource, 0, is_root=True)
        elif isinstance(document, list):
            self._same_list(document, resource, 0, _PLAIN)

    def _same_object(self, node: dict[str, Any], around: str, depth: int, *, is_root: bool) -> None:
        is_envelope = is_root and "id" not in node and "uuid" not in node
        for name, value in node.items():
            cls = value.__class__
            if cls is str or cls is int:
                info = name_of(name)
                if info.level:
                    self._note(info.kinds or (around,), value)
            elif (cls is dict or cls is list) and depth < MAX_DEPTH:
                kind = member_kind(name, around, is_envelope=is_envelope)
                if cls is list:
                    self._same_list(value, kind, depth + 1, name_of(name))
                else:
                    is_still_root = is_envelope and kind == around
                    self._same_object(value, kind, depth + 1, is_root=is_still_root)

    def _same_list(self, node: list[Any], around: str, depth: int, info: Name) -> None:
        if depth >= MAX_DEPTH:
            return
        for value in node:
            cls = value.__class__
            if cls is dict:
                self._same_object(value, around, depth + 1, is_root=False)
            elif info.level and (cls is str or cls is int):
                self._note(info.kinds or (around,), value)

    def _objects(
        self, left: dict[str, Any], right: dict[str, Any], around: str, path: str, depth: int,
        *, is_root: bool,
    ) -> None:  # fmt: skip
        is_envelope = is_root and "id" not in left and "uuid" not in left
        for name, value in left.items():
            cls = value.__class__
            other = right.get(name, ABSENT)
            if cls is str or cls is int:
                info = name_of(name)
                kinds = info.kinds or (around,)
                if value == other and cls is other.__class__:
                    if info.level:
                        self._note(kinds, value)
                elif other.__class__ is str or other.__class__ is int:
                    own = not info.kinds or info.kinds[0] == around
                    self._differ(
                        info, kinds, value, other, f"{path}.{name}",
                        (left, right), is_own=own, is_root=is_root,
                    )  # fmt: skip
            elif (cls is dict or cls is list) and depth < MAX_DEPTH:
                kind = member_kind(name, around, is_envelope=is_envelope)
                inner = f"{path}.{name}"
                if value == other:
                    if cls is list:
                        self._same_list(value, kind, depth + 1, name_of(name))
                    else:
                        is_still_root = is_envelope and kind == around
                        self._same_object(value, kind, depth + 1, is_root=is_still_root)
                elif isinstance(value, list) and isinstance(other, list):
                    self._lists(value, other, kind, inner, depth + 1, name_of(name))
                elif isinstance(value, dict) and isinstance(other, dict):
                    is_still_root = is_envelope and kind == around
                    self._objects(value, other, kind, inner, depth + 1, is_root=is_still_root)

    def _lists(
        self, left: list[Any], right: list[Any], around: str, path: str, depth: int, info: Name
    ) -> None:
        inner = f"{path}[*]"
        kinds = info.kinds or (around,)
        for value, other in _paired(left, right, self._back):
            cls = value.__class__
            if cls is dict:
                if other.__class__ is dict and depth < MAX_DEPTH:
                    self._objects(value, other, around, inner, depth + 1, is_root=False)
            elif cls is str or cls is int:
                if value == other and cls is other.__class__:
                    if info.level:
                        self._note(kinds, value)
                elif (other.__class__ is str or other.__class__ is int) and len(left) == len(right):
                    self._differ(
                        info, kinds, value, other, inner, None, is_own=False, is_root=False
                    )

    def _differ(
        self,
        info: Name,
        kinds: tuple[str, ...],
        value: Scalar,
        other: Scalar,
        path: str,
        objects: tuple[dict[str, Any], dict[str, Any]] | None,
        *,
        is_own: bool,
        is_root: bool,
    ) -> None:
        if info.level == NO and isinstance(value, str) and isinstance(other, str) and "/" in value:
            self.found += urls(value, other, path)
            return
        self.found.append(
            Found(
                kinds=kinds,
                level=info.level,
                recorded=value,
                side=other,
                path=path,
                is_token=info.is_token,
                is_own=is_own and info.level > NO,
                is_root=is_root,
                objects=objects if is_own and info.level == HARD else None,
                back=self._back,
            )
        ) if not info.is_content else None


_PLAIN = Name((), NO, is_token=False, is_content=False, is_plural=True)


def _is_alike(left: dict[str, Any], right: dict[str, Any], back: Back) -> bool:
    """Whether two objects say the same but for ids and times, and say anything at all."""
    said = _said(left)
    return bool(said) and said == _said(right, back)


def _said(node: dict[str, Any], back: Back = NOTHING) -> dict[str, Any]:
    """What an object says besides ids, times and what is made up; references by their ids."""
    said = {}
    known = back.known
    for name, value in node.items():
        if (
            value.__class__ is dict
            or value.__class__ is list
            or value is None
            or value.__class__ is bool
        ):
            continue
        if name_of(name).level == HARD:
            continue
        if value.__class__ is str and (
            "/" in value or is_strong(value) or (value[:1].isdigit() and is_moment(value))
        ):
            continue
        said[name] = back.recorded(name_of(name).kinds, value) if value in known else value
    return said


def _signature(said: dict[str, Any]) -> str:
    return repr(sorted(said.items()))


def _paired(left: list[Any], right: list[Any], back: Back) -> Iterator[tuple[Any, Any]]:
    """Elements that stand for each other: by what they say, else by position.

    A candidate that sorts otherwise must not make us bind one thing's id to another's.
    """
    if not left or left[0].__class__ is not dict:
        yield from zip(left, right, strict=False)
        return
    rest_left: list[Any] = []
    theirs: dict[str, list[Any]] = {}
    left_over: list[tuple[Any, dict[str, Any]]] = []
    for one, other in zip_longest(left, right, fillvalue=ABSENT):
        if one == other:
            yield one, other
            continue
        said = _said(one) if one.__class__ is dict else None
        other_said = _said(other, back) if other.__class__ is dict else None
        if said and said == other_said:
            yield one, other
            continue
        if said is not None:
            left_over.append((one, said))
        if other_said is not None:
            theirs.setdefault(_signature(other_said), []).append(other)
    for one, said in left_over:
        twins = theirs.get(_signature(said))
        if twins:
            yield one, twins.pop(0)
        else:
            rest_left.append(one)
    rest_right = [element for twins in theirs.values() for element in twins]
    if len(rest_left) == len(rest_right) == 1:  # of several, nobody knows which is which
        yield rest_left[0], rest_right[0]


def urls(recorded: str, side: str, path: str) -> Iterator[Found]:
    """The segments in which two URLs differ, from the right: hosts and prefixes may be others."""
    left, right = _segments(recorded), _segments(side)
    ours, theirs = left[0], right[0]
    shorter = min(len(ours), len(theirs))
    for i in range(1, shorter + 1):
        one, other = ours[-i], theirs[-i]
        if one == other:
            continue
        before, other_before = _before(ours, i), _before(theirs, i)
        is_first = i == len(ours) == len(theirs) and one.isdecimal()
        if before != other_before or not (before or is_first):
            return
        is_last = all(is_word(segment) for segment in ours[len(ours) - i + 1 :])
        if is_token_text(one) and is_token_text(other):
            yield Found(
                kinds=segment_kinds(before, "") or ROOT,
                level=HARD,
                recorded=one,
                side=other,
                path=f"{path}/{before}",
                is_own=is_last,
                is_root=i == 1,
            )
    for name, value in left[1].items():
        other_value = right[1].get(name)
        if other_value and value and other_value != value:
            info = name_of(name)
            if not info.is_content and info.kinds:
                yield Found(
                    kinds=info.kinds,
                    level=info.level,
                    recorded=value,
                    side=other_value,
                    path=f"{path}?{name}",
                    is_token=info.is_token,
                )


def _before(segments: list[str], i: int) -> str:
    """The literal to the left of the segment that is the ``i``-th from the right."""
    before = segments[-i - 1] if len(segments) > i else ""
    return before if re.search(r"[^\W\d_]", before) and not is_strong(before) else ""


def _segments(url: str) -> tuple[list[str], dict[str, str]]:
    try:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, max_num_fields=64))
    except ValueError:
        return [], {}
    path = parts.path.rstrip("/")
    return [unquote(s) for s in path.split("/") if s], query
