"""The request side of an interaction: what a sample's client asked, as the verifier can ask it."""

import base64
import json
from typing import Any
from urllib.parse import unquote_plus

from shadowpact.contracts.shape import is_json
from shadowpact.model.exchange import Request, media_type

REDACTED = "[redacted]"
"""What stands where a secret was, in a sample."""

_NOT_SENT = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "date",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
        "x-amzn-trace-id",
        "x-correlation-id",
        "x-real-ip",
        "x-request-id",
    }
)
"""Belong to one connection, one hop or one request; Pact's client sets its own."""

_SET_BY_CLIENT = frozenset({"accept-encoding", "content-length", "host", "user-agent"})
"""Of those, what an answer can repeat all the same."""

_NOT_SENT_PREFIXES = ("sec-", "x-forwarded-", "x-b3-", "x-shadowpact-")
_INJECTED = b"pact:matcher:type"
_INTEGER_LIMIT = 2**63


class NotExpressibleError(ValueError):
    """Pact has no way to say this; the text is the reason a person reads."""


def request_of(request: Request) -> dict[str, Any]:
    """``request`` of a V4 interaction.

    Raises:
        NotExpressibleError: The verifier would not send what the client sent.
    """
    _refuse_secrets(request)
    path, _, query = request.target.partition("?")
    if {".", ".."} & set(path.split("/")):
        raise NotExpressibleError("Pact's verifier rewrites dot segments in the path")
    asked: dict[str, Any] = {"method": request.method, "path": path or "/"}
    if query:
        asked["query"] = _query(query)
    if headers := _headers(request):
        asked["headers"] = headers
    if request.body:
        asked["body"] = _body(request)
    return asked


def credentials_of(request: Request) -> tuple[str, ...]:
    """Names of the headers that are left out because they hold a secret."""
    return tuple(
        sorted({k.decode("latin-1").lower() for k, v in request.headers if REDACTED.encode() in v})
    )


def is_sent_again(name: str) -> bool:
    """Whether a request for an interaction has a header (lower case), of whatever value."""
    return name in _SET_BY_CLIENT or not _is_left_out(name)


def _is_left_out(name: str) -> bool:
    return name in _NOT_SENT or name.startswith((":", *_NOT_SENT_PREFIXES))


def _refuse_secrets(request: Request) -> None:
    if request.cut is not None:
        raise NotExpressibleError("the request's body was not kept whole")
    if REDACTED in request.target or "%5Bredacted%5D" in request.target:
        raise NotExpressibleError("the request's target holds a secret")
    if REDACTED.encode() in request.body:
        raise NotExpressibleError("the request's body holds a secret")
    if _INJECTED in request.body:
        raise NotExpressibleError("the request's body holds text that Pact takes for a matcher")


def _query(query: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    try:
        for part in query.split("&"):
            if part:
                name, _, value = part.partition("=")
                name = unquote_plus(name, errors="strict")
                values.setdefault(name, []).append(unquote_plus(value, errors="strict"))
    except UnicodeDecodeError as error:
        raise NotExpressibleError("the query is not UTF-8, which Pact cannot send") from error
    return values


def _headers(request: Request) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for raw_name, raw_value in request.headers:
        name = raw_name.decode("latin-1").lower()
        if _is_left_out(name):
            continue
        if REDACTED.encode() in raw_value or not raw_value.isascii():
            continue
        sent.setdefault(name, []).append(raw_value.decode("ascii"))
    return sent


def _body(request: Request) -> dict[str, Any]:
    media = media_type(request.headers)
    if is_json(media) and (text := _lossless(request.body)) is not None:
        return {"contentType": media, "encoded": False, "content": text}
    is_text = media.startswith("text/") or media == "application/x-www-form-urlencoded"
    if is_text and request.body.isascii():
        return {"contentType": media, "encoded": False, "content": request.body.decode("ascii")}
    return {
        "contentType": media or "application/octet-stream",
        "encoded": "base64",
        "content": base64.b64encode(request.body).decode("ascii"),
    }


def _lossless(body: bytes) -> Any:
    """The document, when writing it out again gives the same numbers; else ``None``."""
    try:
        exact = json.loads(body, parse_int=str, parse_float=str)
        parsed = json.loads(body, parse_int=_small)
        again = json.loads(json.dumps(parsed), parse_int=str, parse_float=str)
    except ValueError:
        return None
    return parsed if exact == again and isinstance(parsed, dict | list) else None


def _small(text: str) -> int:
    """Pact turns integers beyond 64 bits into decimals."""
    number = int(text)
    if abs(number) >= _INTEGER_LIMIT:
        raise ValueError("not for Pact")
    return number
