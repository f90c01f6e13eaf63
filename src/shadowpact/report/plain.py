"""Text that is safe to show: what came over the wire may try to steer whoever reads it."""

import json
import re
from typing import Any

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Control characters, what is invisible or turns the direction of text, and lone surrogates."""


def plain(text: str) -> str:
    r"""The text with unsafe characters spelled out, ``\u001b`` for an escape; one line."""
    return _UNSAFE.sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    character = found[0]
    known = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(character)
    number = ord(character)
    return known or (f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}")


def shown(value: Any) -> str:
    """A value as JSON on one line, safe to show."""
    try:
        return plain(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return plain(repr(value))


def clip(text: str, most: int) -> str:
    """The text, its end replaced by ``…`` beyond ``most`` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def clip_around(text: str, at: int, most: int) -> tuple[str, int]:
    """``most`` characters around a position of a long text.

    Returns:
        The piece, with ``…`` where something is left out, and how far its begin moved: add that to
        a position in ``text`` to get the one in the piece.
    """
    if len(text) <= most:
        return text, 0
    begin = max(0, min(at - most // 3, len(text) - most))
    piece = text[begin : begin + most]
    lead = "…" if begin else ""
    tail = "…" if begin + most < len(text) else ""
    return lead + piece + tail, len(lead) - begin
