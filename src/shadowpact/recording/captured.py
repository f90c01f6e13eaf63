"""What live capture would have kept, for readers of files that hold more, or less."""

import hashlib

import msgspec

from shadowpact.model.exchange import Cut, Response, media_type

NOT_RECORDED = "not-recorded"
"""Reason of a cut, and kind of a failure: the file does not hold it, so nothing is known of it."""


def not_recorded(length_bytes: int) -> Cut:
    """The cut of a body that is not in the file; 0 where not even its length is."""
    return Cut(reason=NOT_RECORDED, length_bytes=length_bytes, sha256=b"")


def as_captured(response: Response) -> Response:
    """The response as live capture keeps it: of an event stream, only what it was."""
    if media_type(response.headers) != "text/event-stream":
        return response
    body, known = response.body, response.cut
    length = known.length_bytes if known else len(body)
    digest = known.sha256 if known else hashlib.sha256(body).digest()
    cut = Cut(reason="event-stream", length_bytes=length, sha256=digest)
    return msgspec.structs.replace(response, body=b"", cut=cut)
