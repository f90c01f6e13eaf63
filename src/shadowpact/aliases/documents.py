"""Bodies taken apart and put together again with as little change as can be."""

import json
import re
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import brotli
import msgspec
import orjson
import zstandard

from shadowpact.model.alias import Scalar
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Headers, Request, Response, media_type
from shadowpact.model.sharing import UNKNOWN, remembered

MAX_BODY_BYTES = 4 * 1024 * 1024
"""A larger body (decoded) is left alone: to walk it would hold up everything else."""

NO_DOCUMENT: Any = object()

_is_json = re.compile(
    r"application/(?:.+\+)?json|text/json|application/graphql-response\+json"
).fullmatch
_is_text = re.compile(
    r"text/.*|application/(?:.+\+)?xml|application/xhtml\+xml|application/x-ndjson"
).fullmatch
_LEAVES = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[-0-9][0-9.eE+-]*+|true|false|null', re.DOTALL)


def kind_of_body(headers: Headers) -> str:
    """``json``, ``form``, ``text``, ``html`` or nothing."""
    return _kind(media_type(headers))


@lru_cache(256)
def _kind(media: str) -> str:
    if not media or _is_json(media):
        return "json"
    if media == "application/x-www-form-urlencoded":
        return "form"
    if media in {"text/html", "application/xhtml+xml"}:
        return "html"
    return "text" if _is_text(media) else ""


def plain_body(message: Request | Response) -> bytes | None:
    """The body without its content encodings; ``None`` when it is not known whole."""
    if message.cut is not None or len(message.body) > MAX_BODY_BYTES:
        return None
    applied = codings(message.headers)
    if not applied:
        return message.body
    try:
        return decode(message.body, applied, limit_bytes=MAX_BODY_BYTES)
    except UndecodableError:
        return None


def parse(body: bytes) -> Any:
    """The JSON document, or ``NO_DOCUMENT``; integers beyond 64 bits are no ids, but floats.

    Not to be changed: it may be the one that others look into.
    """
    if not body:
        return NO_DOCUMENT
    if (known := remembered(body)) is not UNKNOWN:
        return known
    try:
        return orjson.loads(body)
    except ValueError:
        return _parse_slowly(body)


def _parse_slowly(body: bytes) -> Any:
    """What the fast parser refuses and others take: numbers out of range, lone surrogates."""
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return NO_DOCUMENT


def splice(body: bytes, changes: Mapping[int, Scalar], leaves: int) -> bytes | None:
    """The body with some of its leaves replaced and every other byte as it was.

    Args:
        body: A JSON document in UTF-8.
        changes: New values by the leaf's number: names of members and scalars, in the order of
            the document, from 0.
        leaves: How many there are; where the text has more (a name that occurs twice), numbers
            would be off.

    Returns:
        ``None`` when the leaves cannot be told apart.
    """
    found = list(_LEAVES.finditer(body))
    if len(found) != leaves:
        return None
    parts: list[bytes] = []
    at = 0
    for number in sorted(changes):
        start, end = found[number].span()
        parts += [body[at:start], written(changes[number])]
        at = end
    parts.append(body[at:])
    return b"".join(parts)


def written(value: Any) -> bytes:
    """A value as compact JSON."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, a lone surrogate
        return json.dumps(value, separators=(",", ":")).encode()


def with_body[M: (Request, Response)](message: M, body: bytes) -> M:
    """The message with another body (not encoded): encoded as before, its length put right."""
    headers = message.headers
    applied = codings(headers)
    encoded = _encode(body, applied)
    if encoded is None:
        headers = tuple(h for h in headers if h[0].lower() != b"content-encoding")
        encoded = body
    if len(encoded) != len(message.body):
        length = str(len(encoded)).encode()
        headers = tuple(
            (name, length if name.lower() == b"content-length" else value)
            for name, value in headers
        )
    return msgspec.structs.replace(message, headers=headers, body=encoded)


def _encode(body: bytes, applied: tuple[str, ...]) -> bytes | None:
    for coding in applied:
        encoder = _ENCODERS.get(coding)
        if encoder is None:
            return None
        body = encoder(body)
    return body


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": lambda body: zlib.compress(body, 1),
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": lambda body: zstandard.ZstdCompressor(level=1).compress(body),
}
