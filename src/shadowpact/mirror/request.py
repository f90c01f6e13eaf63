"""The request as the candidate gets it: what the client sent, less what concerned one hop."""

import re
from functools import lru_cache

from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.exchange import Headers, Request

MARKER = b"x-shadowpact-mirrored"
"""Says that a request is a copy; one that already carries it is not mirrored again."""

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"expect",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""RFC 9110, 7.6.1, and what is between the client and the proxy alone."""

_FRAMING = frozenset({b"content-length", b"host"})
"""Set anew: the length by the transport, the host by the candidate's settings."""


AUTOMATIC = frozenset({"user-agent", "accept", "accept-encoding", "content-type"})
"""What aiohttp adds where it is missing. Each name to leave out costs, so no more are given."""

REMEMBERED = 1024
"""Lists of headers whose fields are remembered: a client sends the same ones again and again."""

_is_target = re.compile(r"/[^\x00-\x20\x7f]*").fullmatch
_is_name = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch


def mirrored_target(request: Request) -> str:
    """The raw target, byte for byte.

    Raises:
        ValueError: It cannot be sent as it is: no path (``*``), or a character that would end it.
    """
    if not _is_target(request.target):
        raise ValueError("the target cannot be sent as it is")
    return request.target


def mirrored_headers(request: Request, settings: CandidateSettings) -> list[tuple[str, str]]:
    """Header fields for the candidate, in wire order, names in lower case.

    Raises:
        ValueError: A name is none, or a value is not UTF-8: neither could be sent as it was.
    """
    host = request.authority if settings.host == "preserve" else ""
    return list(_fields(request.headers, host))


def not_to_be_added(request: Request, settings: CandidateSettings) -> frozenset[str] | None:
    """Headers that aiohttp would add and the client did not send; ``None`` when there are none."""
    host = request.authority if settings.host == "preserve" else ""
    return _absent(request.headers, host, has_body=bool(request.body))


@lru_cache(REMEMBERED)
def _absent(headers: Headers, host: str, *, has_body: bool) -> frozenset[str] | None:
    absent = AUTOMATIC - {name for name, _ in _fields(headers, host)}
    return (absent if has_body else absent - {"content-type"}) or None


@lru_cache(REMEMBERED)
def _fields(headers: Headers, host: str) -> tuple[tuple[str, str], ...]:
    left_out = HOP_BY_HOP | _FRAMING | _named_by_connection(headers)
    fields = [
        (_name(lower), value.decode())
        for name, value in headers
        if (lower := name.lower()) not in left_out and not lower.startswith(b":")
    ]
    if host:
        fields.insert(0, ("host", host))
    fields.append((MARKER.decode(), "1"))
    return tuple(fields)


def _name(lower: bytes) -> str:
    if not _is_name(lower):
        raise ValueError("the name of a header cannot be sent as it is")
    return lower.decode("ascii")


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    names = [
        name.strip().lower()
        for key, value in headers
        if key.lower() == b"connection"
        for name in value.split(b",")
    ]
    return frozenset(names)
