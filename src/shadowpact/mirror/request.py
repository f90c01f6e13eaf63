"""The request as the candidate gets it: what the client sent, less what concerned one hop."""

from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.exchange import Request

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


def mirrored_headers(request: Request, settings: CandidateSettings) -> list[tuple[str, str]]:
    """Header fields for the candidate, in wire order, names in lower case.

    Raises:
        UnicodeDecodeError: A value is not UTF-8 and could not be sent as it was.
    """
    left_out = HOP_BY_HOP | _FRAMING | _named_by_connection(request)
    fields = [
        (lower.decode("ascii", "replace"), value.decode())
        for name, value in request.headers
        if (lower := name.lower()) not in left_out and not lower.startswith(b":")
    ]
    if settings.host == "preserve" and request.authority:
        fields.insert(0, ("host", request.authority))
    fields.append((MARKER.decode(), "1"))
    return fields


def _named_by_connection(request: Request) -> frozenset[bytes]:
    names = [
        name.strip().lower()
        for key, value in request.headers
        if key.lower() == b"connection"
        for name in value.split(b",")
    ]
    return frozenset(names)
