"""The candidate's document, made of the baseline's own values wherever their texts are the same.

Two answers mostly agree. Where their texts do, the value is parsed once and is one object in both
documents: the walk passes by it at once, and cannot take ``true`` for ``1`` there. Only what is
written differently is parsed.
"""

from typing import Any

import msgspec
import orjson

MAX_LEVELS = 6
"""Containers inside each other that are looked into: each is another pass over its text."""
MIN_BYTES = 512
"""Length of a part below which it is parsed at once rather than looked into."""
FEW = 4
"""Parts of a container that may differ whatever its size; beyond, half of them."""

_decode = msgspec.json.Decoder().decode
_members_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_CONTAINERS = frozenset({dict, list})

type Text = bytes | msgspec.Raw


class InexactError(Exception):
    """A text is not written as an encoder would: something of it may be lost in its document."""


def parse_exactly(text: Text) -> Any:
    """The document of a text, in which nothing of it is lost: written out, it is the text.

    Raises:
        InexactError: It is not written as an encoder would.
        orjson.JSONEncodeError: It holds a number that the encoder does not take.
        msgspec.DecodeError: It is no JSON.
    """
    document = _decode(text)
    if orjson.dumps(document) != bytes(text):
        raise InexactError
    return document


def parse_like(document: Any, text: Text, other: Text, levels: int = MAX_LEVELS) -> Any:
    """The document of another text; what is written alike in both is the same object.

    A container's parts say how long its text is, unless a name is there twice or there is white
    space. So lengths show that all of the text is in the document.

    Args:
        document: That of the first text.
        text: Exactly what an encoder writes of it.
        other: The text to parse.
        levels: How many containers are looked into.

    Raises:
        InexactError: As :func:`parse_exactly`, and likewise for the other errors.
        msgspec.DecodeError: Also when an object is an array on the other side.
    """
    of = type(document)
    if of is dict:
        return _members_like(document, text, other, levels)
    if of is list and document and type(document[0]) in _CONTAINERS:
        return _elements_like(document, text, other, levels)
    return parse_exactly(other)


def _part_like(document: Any, text: Text, other: Text, levels: int) -> Any:
    if levels and len(other) >= MIN_BYTES:
        return parse_like(document, text, other, levels - 1)
    return parse_exactly(other)


def _members_like(document: dict[str, Any], text: Text, other: Text, levels: int) -> Any:
    ones, others = _members_of(text), _members_of(other)
    changed = [name for name, written in others.items() if written != ones.get(name)]
    if len(ones) != len(others):
        return _other_members(document, ones, others, len(other), levels)
    if not _are_few(changed, ones):
        levels = 0
    candidate = document.copy()
    length = len(text)
    for name in changed:
        one, written = ones.get(name), others[name]
        if one is None:
            return _other_members(document, ones, others, len(other), levels)
        candidate[name] = _part_like(document[name], one, written, levels)
        length += len(written) - len(one)
    if length != len(other):
        raise InexactError
    return candidate


def _other_members(
    document: dict[str, Any],
    ones: dict[str, msgspec.Raw],
    others: dict[str, msgspec.Raw],
    expected: int,
    levels: int,
) -> dict[str, Any]:
    """Members of which not all are on both sides: the length is that of what is there."""
    candidate: dict[str, Any] = {}
    length = len("{}") + max(len(others) - 1, 0)
    for name, written in others.items():
        one = ones.get(name)
        if one is None:
            candidate[name] = parse_exactly(written)
        elif one == written:
            candidate[name] = document[name]
        else:
            candidate[name] = _part_like(document[name], one, written, levels)
        length += len(orjson.dumps(name)) + len(":") + len(written)
    if length != expected:
        raise InexactError
    return candidate


def _elements_like(document: list[Any], text: Text, other: Text, levels: int) -> Any:
    ones, others = _elements_of(text), _elements_of(other)
    if sum(map(len, others)) + max(len(others) - 1, 0) + len("[]") != len(other):
        raise InexactError
    if len(ones) == len(others):
        changed = [at for at, written in enumerate(others) if written != ones[at]]
        if _are_few(changed, ones):
            candidate = document.copy()
            for at in changed:
                candidate[at] = _part_like(document[at], ones[at], others[at], levels)
            return candidate
    known = dict(zip(map(bytes, ones), document, strict=True))
    return [
        known[written] if written in known else parse_exactly(written)
        for written in map(bytes, others)
    ]


def _are_few(changed: list[Any], parts: Any) -> bool:
    return len(changed) <= FEW or 2 * len(changed) <= len(parts)
