"""Undo a body's Content-Encoding; pure, and safe against bodies that grow without end."""

import zlib
from collections.abc import Callable

import brotli
import zstandard

from shadowpact.model.exchange import Headers, header_values

_ZSTD_STEP_BYTES = 1024
"""Input handed to zstd at once: one step can grow to about 32 MB before the limit is checked."""


class ContentError(ValueError):
    """A body does not hold what its Content-Encoding says, or grows above the limit."""


def codings(headers: Headers) -> tuple[str, ...]:
    """The content codings in the order they were applied; ``identity`` left out."""
    named = ",".join(header_values(headers, b"content-encoding")).split(",")
    return tuple(name for part in named if (name := part.strip().lower()) not in {"", "identity"})


def decoded(headers: Headers, body: bytes, *, limit_bytes: int) -> bytes:
    """The body without its content codings.

    Args:
        headers: Of the message; ``Content-Encoding`` is read.
        body: As on the wire.
        limit_bytes: Size the decoded body may have.

    Returns:
        ``body`` itself when nothing is encoded or it is empty.

    Raises:
        ContentError: Unknown coding, broken or incomplete data, or more than ``limit_bytes``.
    """
    if not body:
        return body
    for name in reversed(codings(headers)):
        decode = _DECODERS.get(name)
        if decode is None:
            raise ContentError(f"content coding {name!r} is unknown, known: {sorted(_DECODERS)}")
        body = decode(body, limit_bytes)
    return body


def _gzip(body: bytes, limit_bytes: int) -> bytes:
    return _inflate(body, limit_bytes, zlib.MAX_WBITS | 16)


def _deflate(body: bytes, limit_bytes: int) -> bytes:
    """With the zlib wrapper as RFC 9110 says, or raw, as some servers send it."""
    is_wrapped = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    return _inflate(body, limit_bytes, zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS)


def _inflate(body: bytes, limit_bytes: int, window_bits: int) -> bytes:
    parts: list[bytes] = []
    room = limit_bytes
    while body:
        stream = zlib.decompressobj(window_bits)
        try:
            part = stream.decompress(body, room + 1)
        except zlib.error as error:
            raise ContentError(f"broken gzip or deflate data: {error}") from error
        room -= len(part)
        if room < 0:
            raise _too_large(limit_bytes)
        if not stream.eof:
            raise ContentError("gzip or deflate data ends too early")
        parts.append(part)
        body = stream.unused_data.lstrip(b"\0")  # padding behind the last member is legal
    return b"".join(parts)


def _brotli(body: bytes, limit_bytes: int) -> bytes:
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        while not stream.is_finished():
            part: bytes = stream.process(body, output_buffer_limit=limit_bytes + 1 - size)
            body = b""
            parts.append(part)
            size += len(part)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            if not part and not stream.is_finished():
                raise ContentError("brotli data ends too early")
    except brotli.error as error:
        raise ContentError(f"broken brotli data: {error}") from error
    return b"".join(parts)


def _zstd(body: bytes, limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = at = 0
    try:
        while at < len(body):
            frame = zstandard.ZstdDecompressor().decompressobj()
            while at < len(body) and not frame.eof:
                step = body[at : at + _ZSTD_STEP_BYTES]
                part: bytes = frame.decompress(step)
                at += len(step) - len(frame.unused_data)
                parts.append(part)
                size += len(part)
                if size > limit_bytes:
                    raise _too_large(limit_bytes)
            if not frame.eof:
                raise ContentError("zstd data ends too early")
    except zstandard.ZstdError as error:
        raise ContentError(f"broken zstd data: {error}") from error
    return b"".join(parts)


def _too_large(limit_bytes: int) -> ContentError:
    return ContentError(f"the decoded body is larger than {limit_bytes} bytes")


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
