"""A verified request as a person can send it again."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from shadowpact.contracts.client import HOP_HEADERS, Provider, address
from shadowpact.model.exchange import Request

_CURLS_OWN: Final = HOP_HEADERS | {
    b"accept-encoding",
    b"content-length",
    b"host",
    b"user-agent",
}
_BODY_LIMIT: Final = 4000


def curl(request: Request, url: str) -> str:
    """One line for a shell; credentials become variables, ``$AUTHORIZATION``.

    Args:
        request: As it was sent.
        url: Of the provider.
    """
    host, port, scheme, path = address(url)
    provider = Provider(scheme=scheme, host=host, port=port, path=path, timeout_s=1)
    parts = ["curl", "-sS", "-i"]
    parts += ["-I"] if request.method == "HEAD" else []
    if request.method not in {"GET", "HEAD"}:
        parts += ["-X", shlex.quote(request.method)]
    parts += _headers(request)
    if request.body:
        parts += ["--data-binary", _body(request.body)]
    return " ".join([*parts, shlex.quote(provider.url(request.target))])


def _headers(request: Request) -> Iterator[str]:
    from shadowpact.secrets import CREDENTIAL_HEADERS  # noqa: PLC0415 - slow, for failures alone

    for raw_name, raw_value in request.headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if raw_name.lower() in _CURLS_OWN or (name.lower(), value) == ("accept", "*/*"):
            continue
        yield "-H"
        if name.lower() in CREDENTIAL_HEADERS:
            yield f'"{name}: ${name.upper().replace("-", "_")}"'
        else:
            yield shlex.quote(f"{name}: {value}")


def _body(body: bytes) -> str:
    if len(body) > _BODY_LIMIT or not body.isascii() or b"\0" in body:
        return "@request-body"
    return shlex.quote(body.decode("ascii"))


def request_line(request: Mapping[str, Any]) -> str:
    """``GET /orders/1?a=1`` of an interaction's request."""
    query = request.get("query")
    asked = ""
    if isinstance(query, dict) and query:
        pairs = [(k, v) for k, held in query.items() for v in _list(held)]
        asked = "?" + urlencode(pairs, quote_via=quote)
    elif isinstance(query, str) and query:
        asked = f"?{query}"
    return f"{request.get('method', '')} {request.get('path', '')}{asked}"


def _list(held: Any) -> list[Any]:
    return held if isinstance(held, list) else [held]
