"""The shape of an exchange: what tells one behaviour of a route from another, in one hash.

Two exchanges have one shape when route, status, parameters of the query and media types are the
same, and their JSON bodies hold the same classes of values at the same places.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import orjson

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Exchange, Request, Response, media_type

MAX_DECODED_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 32
MAX_NAMES = 64
"""An object with more names is a map: its names are data."""

_DATA_NAME = re.compile(
    r"-?\d+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|\d{4}-\d{2}(?:-\d{2})?(?:[T ].*)?"
    r"|(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{12,}|[^@\s]+@[^@\s]+\.[^@\s]+|.{65,}",
    re.DOTALL,
)
_CLASSES = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("uuid", r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
        ("date", r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?"),
        ("integer", r"[+-]?\d+"),
        ("decimal", r"[+-]?\d+\.\d+"),
        ("email", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
        ("url", r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+"),
        ("jwt", r"eyJ[\w-]+\.[\w-]+\.[\w-]*"),
        ("hex", r"(?=.*\d)[0-9a-fA-F]{16,}"),
    )
)
_LONGEST_CLASSED = 2048


def shape_of(exchange: Exchange, route: str) -> bytes:
    """The shape of an exchange.

    Args:
        exchange: Opened, as far as it can be.
        route: ``GET /orders/{id}``.

    Returns:
        16 bytes, the same on every machine.

    Source:
        The key by which AREX tells recorded cases apart.
    """
    request, response = exchange.request, exchange.response
    failure = exchange.failure.kind if exchange.failure else ""
    pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
    query = sorted({name for name, _ in pairs})
    parts = [route, str(response.status) if response else failure, *query]
    for message in (request, response):
        parts.append("\0")
        if message is not None:
            parts.append(media_type(message.headers))
            parts += sorted(set(_places(message)))
    return hashlib.blake2b(
        "\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()


def _places(message: Request | Response) -> Iterator[str]:
    """Place and class of every value in a JSON body; one word for any other."""
    if message.cut is not None:
        yield "cut"
        return
    if not message.body:
        yield "empty"
        return
    try:
        plain = decode(message.body, codings(message.headers), limit_bytes=MAX_DECODED_BYTES)
        document = orjson.loads(plain)
    except (UndecodableError, orjson.JSONDecodeError):
        yield "body"
        return
    yield from _walk(document, "$", 0)


def _walk(node: Any, path: str, depth: int) -> Iterator[str]:
    if depth >= MAX_DEPTH:
        return
    if isinstance(node, dict):
        yield f"{path} object"
        is_map = len(node) > MAX_NAMES
        for name, child in node.items():
            shown = "*" if is_map or _DATA_NAME.fullmatch(name) else name
            yield from _walk(child, f"{path}\0{shown}", depth + 1)
    elif isinstance(node, list):
        yield f"{path} {'list' if node else 'empty list'}"
        for child in node:
            yield from _walk(child, f"{path}\0[]", depth + 1)
    else:
        yield f"{path} {_class(node)}"


def _class(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "whole number" if isinstance(value, int) else "number"
    if not value or len(value) > _LONGEST_CLASSED:
        return "text" if value else "empty"
    return next((name for name, pattern in _CLASSES if pattern.fullmatch(value)), "text")
