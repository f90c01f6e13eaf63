"""Content encodings taken off a body, bounded so that a small body cannot fill the memory."""

import zlib
from collections.abc import Callable, Sequence

import brotli
import zstandard

from shadowpact.model.exchange import Headers

MAX_DECODED_BYTES = 64 * 1024 * 1024
"""A body that decodes to more is not compared; far above any cap on recorded bodies."""
MAX_CODINGS = 4
"""Stacked encodings beyond this are an attack, not an answer."""

REMEMBERED, REMEMBERED_BYTES = 4, 256 * 1024
"""Bodies that are remembered with what they decoded to, and the size up to which they are."""

_INFLATE_STEP_BYTES = 16 * 1024
"""Input at a time behind the first gzip member: what a member leaves is copied each time, and a
body may have thousands of them."""
_BROTLI_STEP_BYTES = 1 << 20
"""Output at a time."""
_ZSTD_STEP_BYTES = 1024
"""Input at a time: a zstd block of 4 bytes may stand for 128 KiB, so this gives 32 MiB."""
_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024
"""The window that RFC 9659 grants the web."""


class UndecodableError(ValueError):
    """A body is not what its headers say; the text says how."""


class ExpandsTooFarError(UndecodableError):
    """A body decodes to more than the caller takes."""


class UnknownCodingError(UndecodableError):
    """A content coding that nobody here can take off."""


def codings(headers: Headers) -> tuple[str, ...]:
    """The content codings, lower case, in the order they were applied; ``identity`` left out."""
    values = [v for k, v in headers if len(k) == 16 and k.lower() == b"content-encoding"]
    if not values:
        return ()
    named = b",".join(values).decode("utf-8", "replace").split(",")
    return tuple(name for part in named if (name := part.strip().lower()) not in {"", "identity"})


def decode(body: bytes, applied: Sequence[str], *, limit_bytes: int = MAX_DECODED_BYTES) -> bytes:
    """The body without its content encodings.

    Args:
        body: As on the wire.
        applied: Lower case, in the order they were applied (see :func:`codings`).
        limit_bytes: Largest acceptable size of every intermediate result.

    Returns:
        ``body`` itself when nothing is encoded or it is empty.

    Raises:
        ExpandsTooFarError: It decodes to more than ``limit_bytes``.
        UnknownCodingError: A coding is not supported.
        UndecodableError: The bytes are not what the coding says, or end too early.
    """
    if not body or not applied:
        return body
    if len(applied) == 1 and len(body) <= REMEMBERED_BYTES:
        return _decode_once(body, applied[0], limit_bytes)
    if len(applied) > MAX_CODINGS:
        raise UndecodableError(f"{len(applied)} stacked content encodings")
    for coding in reversed(applied):
        body = _decode(body, coding, limit_bytes)
    return body


class _Last:
    """What was decoded last: body, coding and result, the latest first; replaced as a whole."""

    decoded: tuple[tuple[bytes, str, bytes], ...] = ()


def _decode_once(body: bytes, coding: str, limit_bytes: int) -> bytes:
    """One coding taken off, unless that was done just now: several look into each body."""
    last = _Last.decoded
    for known, its, plain in last:
        if known == body and its == coding and len(plain) <= limit_bytes:
            return plain
    plain = _decode(body, coding, limit_bytes)
    if len(plain) <= REMEMBERED_BYTES:
        _Last.decoded = ((body, coding, plain), *last[: REMEMBERED - 1])
    return plain


def _decode(body: bytes, coding: str, limit_bytes: int) -> bytes:
    if coding in {"", "identity"}:
        return body
    decoder = _DECODERS.get(coding)
    if decoder is None:
        raise UnknownCodingError(f"content encoding {coding!r} is not supported")
    return decoder(body, limit_bytes)


class _Room:
    """The decoded parts, as long as they fit."""

    def __init__(self, coding: str, limit_bytes: int) -> None:
        self.coding = coding
        self.limit_bytes = limit_bytes
        self.left_bytes = limit_bytes
        self.parts: list[bytes] = []

    def add(self, part: bytes) -> None:
        self.left_bytes -= len(part)
        if self.left_bytes < 0:
            raise ExpandsTooFarError(
                f"{self.coding} body decodes to more than {self.limit_bytes} bytes"
            )
        self.parts.append(part)

    def joined(self) -> bytes:
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)


def _inflate(body: memoryview, at: int, wbits: int, room: _Room) -> int:
    """One gzip member or deflate stream from ``at``; where it ends."""
    stream = zlib.decompressobj(wbits)
    while not stream.eof:
        step = body[at : at + _INFLATE_STEP_BYTES] if at else body
        if not step:
            raise UndecodableError(f"{room.coding} body ends early")
        try:
            part = stream.decompress(step, room.left_bytes + 1)
        except zlib.error as error:
            raise UndecodableError(f"not valid {room.coding}: {error}") from error
        room.add(part)
        at += len(step) - len(stream.unused_data)
    return at


def _gzip(body: bytes, limit_bytes: int) -> bytes:
    """Every member, and zero padding after the last."""
    room = _Room("gzip", limit_bytes)
    whole = memoryview(body)
    at = 0
    while at == 0 or (at < len(body) and (body[at] or body[at:].strip(b"\0"))):
        at = _inflate(whole, at, zlib.MAX_WBITS | 16, room)
    return room.joined()


def _deflate(body: bytes, limit_bytes: int) -> bytes:
    """With the zlib wrapper of the standard, or raw as some servers send it."""
    try:
        return _deflated(body, limit_bytes, zlib.MAX_WBITS)
    except ExpandsTooFarError:
        raise
    except UndecodableError as error:
        try:
            return _deflated(body, limit_bytes, -zlib.MAX_WBITS)
        except ExpandsTooFarError:
            raise
        except UndecodableError:
            raise error from None


def _deflated(body: bytes, limit_bytes: int, wbits: int) -> bytes:
    room = _Room("deflate", limit_bytes)
    end = _inflate(memoryview(body), 0, wbits, room)
    if end < len(body):
        raise UndecodableError(f"deflate body has {len(body) - end} bytes after its end")
    return room.joined()


def _brotli(body: bytes, limit_bytes: int) -> bytes:
    room = _Room("br", limit_bytes)
    stream = brotli.Decompressor()
    try:
        room.add(stream.process(body, output_buffer_limit=_BROTLI_STEP_BYTES))
        while not stream.is_finished() and not stream.can_accept_more_data():
            room.add(stream.process(b"", output_buffer_limit=_BROTLI_STEP_BYTES))
    except brotli.error as error:
        raise UndecodableError(f"not valid br: {error}") from error
    if not stream.is_finished():
        raise UndecodableError("br body ends early")
    return room.joined()


def _zstd(body: bytes, limit_bytes: int) -> bytes:
    """Every frame."""
    room = _Room("zstd", limit_bytes)
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    whole = memoryview(body)
    at = 0
    while at < len(body):
        frame = decompressor.decompressobj()
        while not frame.eof:
            step = whole[at : at + _ZSTD_STEP_BYTES]
            if not step:
                raise UndecodableError("zstd body ends early")
            try:
                part = frame.decompress(step)
            except zstandard.ZstdError as error:
                raise UndecodableError(f"not valid zstd: {error}") from error
            room.add(part)
            at += len(step) - len(frame.unused_data)
    return room.joined()


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
