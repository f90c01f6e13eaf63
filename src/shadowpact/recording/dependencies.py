"""What a request needs that an earlier one made: the ids and tokens it names.

An id is known by the collection it belongs to, so that order 17 is not customer 17; a long or
random one (a UUID, a session's token) stands for itself.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Exchange, Headers, Request, Response, header_values

type Need = tuple[str, str]
"""Collection (empty for an id that stands for itself) and id."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
MAX_DECODED_BYTES = 1024 * 1024
"""Larger bodies are not searched for ids."""
MAX_LEAVES = 2000

_NUMBER = re.compile(r"\d{1,18}")
_OPAQUE = re.compile(r"(?=.*\d)[A-Za-z0-9_.~+/=-]{12,}")
_ID_NAME = re.compile(r"(?:(?P<owner>.*?)[_-]?)(?:[iI]d|ID|[uU]uid|_key|[cC]ode|[sS]lug)s?")


def needs(request: Request) -> frozenset[Need]:
    """The ids and tokens that a request names: in path, query, body, cookies and credentials."""
    found = set(_of_path(request.path))
    for name, value in parse_qsl(request.target.partition("?")[2]):
        found.update(_named(name, value))
    for name, value in _leaves(request):
        found.update(_named(name, value))
    found.update(_of_credentials(request.headers))
    return frozenset(found)


def makes(exchange: Exchange) -> frozenset[Need]:
    """What a write makes or changes: the ids of its path, and those that its answer delivers.

    An id that the request named in its body is not made by it. Empty for a request that only reads,
    and for one that failed.
    """
    request, response = exchange.request, exchange.response
    if request.method in SAFE_METHODS or response is None or response.status >= 400:
        return frozenset()
    collection = _last_name(request.path)
    found = set[Need]()
    for name, value in _leaves(response):
        found.update(_opaque(value))
        match = _ID_NAME.fullmatch(name)
        if match is not None and not match["owner"] and _NUMBER.fullmatch(value):
            found.add((collection, value))
    for cookie in header_values(response.headers, b"set-cookie"):
        found.update(_opaque(cookie.partition(";")[0].partition("=")[2]))
    found -= needs(request)
    for location in header_values(response.headers, b"location"):
        found.update(_of_path(urlsplit(location).path))
    found.update(_of_path(request.path))
    return frozenset(found)


def _of_path(path: str) -> Iterator[Need]:
    collection = ""
    for segment in path.split("/"):
        plain = unquote(segment)
        if _NUMBER.fullmatch(plain):
            yield collection, plain
        elif _OPAQUE.fullmatch(plain):
            yield "", plain
        elif plain:
            if collection and not any(character.isdigit() for character in plain):
                yield collection, plain  # a slug, or the next collection: then nobody makes it
            collection = _singular(plain)


def _last_name(path: str) -> str:
    names = [part for part in path.split("/") if part and not _NUMBER.fullmatch(unquote(part))]
    return _singular(unquote(names[-1])) if names else ""


def _named(name: str, value: str) -> Iterator[Need]:
    """The ids that a member or parameter holds: ``customer_id=17`` is a customer."""
    yield from _opaque(value)
    match = _ID_NAME.fullmatch(name)
    if match is not None and match["owner"] and value and len(value) < 200:
        yield _singular(match["owner"]), value


def _opaque(value: str) -> Iterator[Need]:
    if _OPAQUE.fullmatch(value):
        yield "", value


def _of_credentials(headers: Headers) -> Iterator[Need]:
    for name in (b"authorization", b"x-auth-token", b"x-access-token", b"x-csrf-token"):
        for value in header_values(headers, name):
            yield from _opaque(value.rpartition(" ")[2])
    for cookies in header_values(headers, b"cookie"):
        for cookie in cookies.split(";"):
            yield from _opaque(cookie.partition("=")[2].strip())


def _leaves(message: Request | Response) -> Iterator[tuple[str, str]]:
    """Names and values of the scalars in a JSON or form body."""
    if not message.body or message.cut is not None:
        return
    with suppress(UndecodableError):
        body = decode(message.body, codings(message.headers), limit_bytes=MAX_DECODED_BYTES)
        if body[:1] in {b"{", b"["}:
            with suppress(orjson.JSONDecodeError):
                yield from _scalars(orjson.loads(body))
        elif b"=" in body[:200] and b"\n" not in body[:200]:
            yield from parse_qsl(body.decode("utf-8", "replace"))


def _scalars(document: Any) -> Iterator[tuple[str, str]]:
    """In the order of the document, at most :data:`MAX_LEAVES`."""
    waiting: list[tuple[str, Any]] = [("", document)]
    for _ in range(MAX_LEAVES):
        if not waiting:
            return
        name, node = waiting.pop()
        if isinstance(node, dict):
            waiting += [(str(key), child) for key, child in reversed(node.items())]
        elif isinstance(node, list):
            waiting += [(name, child) for child in reversed(node)]
        elif isinstance(node, str) or (isinstance(node, int) and not isinstance(node, bool)):
            yield name, str(node)


def _singular(name: str) -> str:
    name = name.lower()
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
