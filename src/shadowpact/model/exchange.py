"""One request and what came back, as it was on the wire.

These structs are also the layout of a recording's frames (``array_like``: field order is the
format), so a field is only ever added at the end, with a default.
"""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec

type Headers = tuple[tuple[bytes, bytes], ...]
"""Wire order and spelling; names may repeat."""


class Cut(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """What is known of a body that was not kept whole; ``body`` then holds its first bytes.

    Attributes:
        reason: ``over-cap``, ``event-stream``, ``streamed`` past us by another addon, or
            ``not-recorded`` in the file it was imported from.
        length_bytes: Length of the whole body on the wire (0 when ``streamed``).
        sha256: Digest of the whole body (32 bytes; zeros when ``streamed``).
    """

    reason: str
    length_bytes: int
    sha256: bytes


class Request(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """What the client asked.

    Attributes:
        method: As sent, ``GET``.
        scheme: ``http`` or ``https``, as the client spoke it.
        authority: Host and port the client named (``Host`` or ``:authority``).
        target: Raw path and query, escapes untouched.
        http_version: ``HTTP/1.1``, ``HTTP/2.0``.
        headers: Wire order; credentials sealed until the mirror needs them.
        body: On the wire, still content-encoded.
        cut: Set when ``body`` is not the whole.
    """

    method: str
    scheme: str
    authority: str
    target: str
    http_version: str
    headers: Headers = ()
    body: bytes = b""
    cut: Cut | None = None

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class Response(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """One answer.

    Attributes:
        status: Code, 200.
        headers: Wire order; credentials sealed.
        body: On the wire, still content-encoded.
        elapsed_ms: From the request's last byte to the answer's last.
        cut: Set when ``body`` is not the whole.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    elapsed_ms: float = 0.0
    cut: Cut | None = None


class Failure(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """Why there is no answer.

    Attributes:
        kind: ``refused``, ``reset``, ``time-out``, ``client-disconnected`` or ``other``;
            ``not-recorded`` when an imported file holds no answer.
        message: For a person.
        elapsed_ms: Until it failed.
    """

    kind: str
    message: str = ""
    elapsed_ms: float = 0.0


class Exchange(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """One request and its response or failure.

    Attributes:
        started_us: Microseconds since the epoch, UTC, when the request's first byte came.
        client: Id of the client's connection, to order what belongs together.
        request: What was asked.
        response: The baseline's answer; ``None`` when it failed.
        failure: Why there is none; exactly one of the two is set.
    """

    started_us: int
    client: str
    request: Request
    response: Response | None = None
    failure: Failure | None = None

    @property
    def started_at(self) -> datetime:
        """When the request's first byte came (aware, UTC)."""
        return datetime.fromtimestamp(self.started_us / 1_000_000, UTC)


def header(headers: Headers, name: bytes) -> str | None:
    """The first value of a header, or ``None``; ``name`` in lower case."""
    size = len(name)
    for key, value in headers:
        if len(key) == size and key.lower() == name:
            return value.decode("utf-8", "replace")
    return None


def header_values(headers: Headers, name: bytes) -> tuple[str, ...]:
    """All values of a header in wire order; ``name`` in lower case."""
    size = len(name)
    return tuple(
        [v.decode("utf-8", "replace") for k, v in headers if len(k) == size and k.lower() == name]
    )


def names_of(headers: Headers) -> set[bytes]:
    """The names of the headers, in lower case: to tell at once which are not there."""
    return {name.lower() for name, _ in headers}


def media_type(headers: Headers) -> str:
    """The Content-Type without parameters, in lower case; empty when there is none."""
    for name, value in headers:
        if len(name) == 12 and name.lower() == b"content-type":
            return _media_type(value)
    return ""


@lru_cache(1024)
def _media_type(value: bytes) -> str:
    return value.decode("utf-8", "replace").partition(";")[0].strip().lower()
