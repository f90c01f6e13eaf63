"""JSON text to values without losing anything: exact numbers, no repeated names, any depth.

Most JSON is written the way an encoder writes it, and parsed with that of the other side (see
:mod:`shadowpact.model.sharing`). Otherwise it is parsed here, with numbers as they are written
(``Number``), and members are counted by their colons. What ``msgspec`` refuses goes through the
slower parser of ``strictjson``, which reads it (great depth, huge numbers) or says what is wrong.
"""

from typing import Any

import msgspec

from shadowpact.compare.numeric import Number
from shadowpact.compare.strictjson import parse_strictly
from shadowpact.model.encoding import UndecodableError

_decode_exactly = msgspec.json.Decoder(float_hook=Number).decode
_encode = msgspec.json.Encoder().encode

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse_json(text: bytes) -> Any:
    """The document: dict, list, str, int, ``Number``, bool, None.

    Args:
        text: UTF-8; a byte order mark is left out.

    Raises:
        UndecodableError: It is not JSON, repeats a name in an object, or holds half a surrogate
            pair; says what and where.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    try:
        document = _decode_exactly(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return parse_strictly(text)
    if _may_repeat_names(text, document):
        return parse_strictly(text)
    return document


def _may_repeat_names(text: bytes, document: Any) -> bool:
    """Whether a member was lost: written out again, the document has fewer colons.

    Colons inside strings are the same on both sides, but for escaped ones, which are counted in.
    """
    colons = text.count(b":")
    if b"\\u003" in text:
        colons += text.count(b"\\u003a") + text.count(b"\\u003A")
    if not colons:
        return False
    try:
        return _encode(document).count(b":") != colons
    except RecursionError:
        return True


def parse_text(text: str) -> Any:
    """As :func:`parse_json`, for text that was already decoded."""
    try:
        return parse_json(text.encode())
    except UnicodeEncodeError as error:
        raise UndecodableError("half a surrogate pair in a string") from error
