"""Headers and bodies of requests, with every value in them offered to a resolver."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from shadowpact.aliases.classes import text_of
from shadowpact.aliases.documents import (
    NO_DOCUMENT,
    kind_of_body,
    parse,
    plain_body,
    splice,
    with_body,
    written,
)
from shadowpact.aliases.names import HARD, cookie_kind, name_of, resource
from shadowpact.aliases.places import (
    ABSENT,
    Resolver,
    Where,
    edit_form,
    edit_tokens,
    edit_url,
)
from shadowpact.aliases.walk import TooDeepError, Walk
from shadowpact.model.alias import TOKEN, Scalar
from shadowpact.model.exchange import Headers, Request

type Etags = Mapping[tuple[str, str], str]
"""``(target, recorded ETag)`` to the side's."""

_PLAIN_HEADERS = frozenset(
    {b"host", b"content-length", b"content-type", b"content-encoding", b"user-agent"}
    | {b"connection", b"accept", b"accept-encoding", b"accept-language", b"accept-charset"}
    | {b"cache-control", b"date", b"pragma", b"range", b"te", b"transfer-encoding"}
    | {b"if-modified-since", b"traceparent", b"if-unmodified-since"}
    | {b"upgrade-insecure-requests", b"dnt", b"expect", b"priority", b"x-request-id"}
    | {b"x-correlation-id", b"x-forwarded-for", b"x-real-ip", b"forwarded", b"via"}
    | {b"tracestate", b"x-forwarded-proto", b"x-forwarded-host", b"keep-alive", b"upgrade"}
)  # fmt: skip
"""Headers in which no service's id stands."""
_URL_HEADERS = frozenset(
    {b"referer", b"origin", b"location", b"content-location", b"x-original-url"}
)
CONDITIONS = frozenset({b"if-match", b"if-none-match", b"if-range"})
_LENGTHS = frozenset(len(name) for name in CONDITIONS)
_ETAG = re.compile(r'(?:W/)?"[^"]*"')


_NO_ETAGS: Etags = {}


def edit_headers(request: Request, resolver: Resolver, etags: Etags = _NO_ETAGS) -> Headers:
    """The header fields; the same object when nothing is replaced."""
    headers = request.headers
    edited: list[tuple[bytes, bytes]] | None = None
    for i, (name, raw) in enumerate(headers):
        lower = name.lower()
        if lower in _PLAIN_HEADERS:
            continue
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            continue
        new = _edit_header(lower, text, request.target, resolver, etags)
        if new != text:
            edited = edited or list(headers)
            edited[i] = (name, new.encode())
    return headers if edited is None else tuple(edited)


def has_conditions(request: Request) -> bool:
    """Whether the answer depends on a validator that the service gave."""
    return any(len(name) in _LENGTHS and name.lower() in CONDITIONS for name, _ in request.headers)


def _edit_header(lower: bytes, text: str, target: str, resolver: Resolver, etags: Etags) -> str:
    name = lower.decode("latin-1")
    where = ("header", name)
    if lower == b"cookie":
        return _edit_cookies(text, resolver)
    if lower == b"authorization":
        return _edit_credential(text, resolver, where)
    if lower in _URL_HEADERS:
        return edit_url(text, resolver, where)
    if lower in CONDITIONS:
        return _edit_conditions(text, target, etags)
    info = name_of(name.removeprefix("x-"))
    if info.level or text in resolver.known:
        new = resolver.value(info.kinds or ("id",), info.level, text, where, ABSENT)
        if new is not None:
            return text_of(new)
    return edit_tokens(text, resolver, where)


def _edit_cookies(text: str, resolver: Resolver) -> str:
    parts = text.split(";")
    for i, part in enumerate(parts):
        before, equals, value = part.partition("=")
        bare = value.strip().strip('"')
        name = before.strip()
        if not bare:
            continue
        kinds = (cookie_kind(name), TOKEN)
        new = resolver.value(kinds, HARD, bare, ("cookie", name), ABSENT)
        if new is not None:
            parts[i] = f"{before}{equals}{value.replace(bare, text_of(new), 1)}"
    return ";".join(parts)


def _edit_credential(text: str, resolver: Resolver, where: Where) -> str:
    """``Bearer TOKEN``; a user's name and password are nobody's alias."""
    scheme, space, token = text.partition(" ")
    if scheme.lower() in {"basic", "digest"}:
        return text
    token = token if space else scheme
    new = resolver.value((TOKEN,), HARD, token.strip(), where, ABSENT)
    if new is None:
        return text
    return f"{scheme} {new}" if space else text_of(new)


def _edit_conditions(text: str, target: str, etags: Etags) -> str:
    """The validators of this target, as the side gave them."""
    if not etags:
        return text
    return _ETAG.sub(lambda found: etags.get((target, found[0]), found[0]), text)


def edit_body(request: Request, route: str, resolver: Resolver) -> tuple[Request, bool]:
    """The body, by its media type; and whether it had to be written anew as a whole."""
    if not request.body:
        return request, False
    kind = kind_of_body(request.headers)
    body = plain_body(request) if kind else None
    if body is None:
        return request, False
    if kind == "json":
        edited, is_reformatted = edit_json(body, resource(route), resolver)
        return (request if edited is body else with_body(request, edited)), is_reformatted
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return request, False
    new = (
        edit_form(text, resource(route), resolver, "form")
        if kind == "form"
        else edit_tokens(text, resolver, ("text", ""))
    )
    return (request if new == text else with_body(request, new.encode())), False


def edit_json(body: bytes, kind: str, resolver: Resolver, twin: Any = ABSENT) -> tuple[bytes, bool]:
    """A JSON body with its leaves resolved; the same object when nothing is replaced.

    Returns:
        The body, and whether it was written anew as a whole.
    """
    document = parse(body)
    if document is NO_DOCUMENT:
        return body, False
    walk = Walk(resolver)
    try:
        walk.document(document, twin, kind)
    except (TooDeepError, RecursionError):
        return body, False
    if not walk.changes:
        return body, False
    spliced = splice(body, walk.changes, walk.leaves)
    if spliced is not None:
        return spliced, False
    return written(_replaced(document, iter(range(walk.leaves)), walk.changes)), True


def _replaced(node: Any, counter: Iterator[int], changes: Mapping[int, Scalar]) -> Any:
    """The document with its changes, where the text could not be spliced."""
    if isinstance(node, dict):
        edited: dict[str, Any] = {}
        for name, value in node.items():
            new = changes.get(next(counter))
            edited[name if new is None else text_of(new)] = _replaced(value, counter, changes)
        return edited
    if isinstance(node, list):
        return [_replaced(value, counter, changes) for value in node]
    return changes.get(next(counter), node)
