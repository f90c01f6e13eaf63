"""The JSON of two answers, parsed once for all who look into it.

Two answers mostly agree. Where their texts do, the value is parsed once and is one object in both
documents: who walks them passes by it at once, and cannot take ``true`` for ``1`` there. Only what
is written differently is parsed.

Most JSON is written the way an encoder writes it, but for white space and escaped slashes, which
are taken out first. So a text is parsed, written out again, and compared with itself: when the
bytes are the same nothing was lost, neither a digit nor a member (``msgspec`` reads it, as it takes
no memory besides the document; ``orjson`` writes it, as the fastest).

Aliases are learnt from the documents, then they are compared, then the baseline's shape is taken;
so the last ones are remembered, and nobody may change them.
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

UNKNOWN: Any = object()
"""Stands for a document that has to be parsed."""

REMEMBERED_BYTES = 256 * 1024
"""Texts up to this length are remembered with their documents."""

_SPACE = b" \t\r\n"
_SPACED = b'": '
_PEEKED = 64
"""Bytes at the start in which white space shows that the text is not written compactly."""

_decode = msgspec.json.Decoder().decode
_members_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_CONTAINERS = frozenset({dict, list})

type Text = bytes | msgspec.Raw


class InexactError(Exception):
    """A text is not written as an encoder would: something of it may be lost in its document."""


class _Last:
    """The pair that was parsed last; replaced as a whole, so that threads do not meet half of it.

    Attributes:
        parsed: Two texts, and what came of them.
    """

    parsed: tuple[bytes, bytes, tuple[Any, Any] | None] = (b"", b"", None)


def parse_both(one: bytes, other: bytes) -> tuple[Any, Any] | None:
    """Both documents, when nothing of them can be lost; they share what is written alike.

    Returns:
        Two of dict, list, str, int, float, bool, None, in which nothing of the text is lost but
        the order of the second one's members; not to be changed. ``None`` when each has to be
        parsed by itself.
    """
    last_one, last_other, documents = _Last.parsed
    if last_one == one and last_other == other:
        return documents
    try:
        text = _compact(one)
        document = parse_exactly(text)
        documents = document, parse_like(document, text, _compact(other))
    except (
        InexactError,
        msgspec.MsgspecError,
        orjson.JSONEncodeError,
        RecursionError,
        UnicodeDecodeError,
    ):
        documents = None
    if len(one) <= REMEMBERED_BYTES >= len(other):
        _Last.parsed = (one, other, documents)
    return documents


def remembered(one: bytes) -> Any:
    """The document of a text, if it was the first that :func:`parse_both` was given last.

    Returns:
        Not to be changed; ``UNKNOWN`` when it was not.
    """
    last_one, _, documents = _Last.parsed
    return documents[0] if documents is not None and last_one == one else UNKNOWN


def _compact(text: bytes) -> bytes:
    """The text without white space and escaped slashes; without any to take out, as it is.

    The first backslash says which kind of encoder wrote it: to look at all of them takes longer
    than to parse. Taking one from in front of a slash is wrong where it is itself escaped. That
    leaves an odd number of backslashes there, which no encoder writes, so the text is not taken.

    Raises:
        InexactError: Characters stand as numbers, which an encoder does with very few of them.
        msgspec.DecodeError: It is no JSON.
    """
    first = text.find(b"\\")
    if first >= 0:
        escaped = text[first + 1 : first + 2]
        if escaped == b"u":
            raise InexactError
        if escaped == b"/":
            text = text.replace(b"\\/", b"/")
    if text.find(_SPACED, 0, _PEEKED) >= 0:
        return msgspec.json.format(text, indent=-1)
    return text.rstrip(_SPACE)


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
