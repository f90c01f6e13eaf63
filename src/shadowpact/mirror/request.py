"""The request as the candidate gets it: what the client sent, less what concerned one hop."""

import re
from functools import lru_cache

from shadowpact.mirror.pool import Origin
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
"""Set anew: the length by what is sent, the host by the candidate's settings."""

_HAS_BODY = frozenset({"PATCH", "POST", "PUT"})
"""Methods whose requests say that they are empty; RFC 9110, 8.6."""

REMEMBERED = 1024
"""Lists of headers whose fields are remembered: a client sends the same ones again and again."""

_LENGTHS = frozenset({b"content-length", b"transfer-encoding"})
_VERSION = b" HTTP/1.1\r\n"

_is_target = re.compile(r"/[^\x00-\x20\x7f]*").fullmatch
_is_token = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_is_value = re.compile(rb"[^\x00\r\n]*").fullmatch


def wire_message(
    request: Request, settings: CandidateSettings, origin: Origin, *, is_last: bool
) -> bytes:
    """The request as it goes onto the wire, in HTTP/1.1.

    The target, and each header with its spelling and place, are byte for byte the client's.

    Args:
        request: As the client sent it, or as it was shaped for the candidate.
        settings: Say whose host is named.
        origin: Where the candidate answers.
        is_last: The connection is not to be used again.

    Raises:
        ValueError: It cannot be sent as it is: a target that is no path (``*``), or a character
            that would end what it stands in.
    """
    host = (settings.host == "preserve" and request.authority) or origin.authority
    fields, has_length = _fields(request.headers, host)
    body = request.body
    parts = [_start(request.method), (origin.prefix + _target(request)).encode(), _VERSION, fields]
    if body or has_length or request.method in _HAS_BODY:
        parts.append(b"Content-Length: %d\r\n" % len(body))
    if is_last:
        parts.append(b"Connection: close\r\n")
    parts += (b"\r\n", body)
    return b"".join(parts)


def _target(request: Request) -> str:
    if not _is_target(request.target):
        raise ValueError("the target cannot be sent as it is")
    return request.target


@lru_cache(REMEMBERED)
def _start(method: str) -> bytes:
    name = method.encode()
    if not _is_token(name):
        raise ValueError("the method cannot be sent as it is")
    return name + b" "


@lru_cache(REMEMBERED)
def _fields(headers: Headers, host: str) -> tuple[bytes, bool]:
    """The lines of the headers, and whether the client said how long the body is."""
    left_out = HOP_BY_HOP | _FRAMING | _named_by_connection(headers)
    lines = [_line(b"Host", host.encode())]
    lines += [
        _line(name, value)
        for name, value in headers
        if (lower := name.lower()) not in left_out and not lower.startswith(b":")
    ]
    lines.append(_line(MARKER, b"1"))
    has_length = any(name.lower() in _LENGTHS for name, _ in headers)
    return b"".join(lines), has_length


def _line(name: bytes, value: bytes) -> bytes:
    if not _is_token(name):
        raise ValueError("the name of a header cannot be sent as it is")
    if not _is_value(value):
        raise ValueError("the value of a header cannot be sent as it is")
    return b"%s: %s\r\n" % (name, value)


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    names = [
        name.strip().lower()
        for key, value in headers
        if key.lower() == b"connection"
        for name in value.split(b",")
    ]
    return frozenset(names)
