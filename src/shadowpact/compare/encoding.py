"""Content encodings taken off a body, bounded so that a small body cannot fill the memory."""

import zlib
from collections.abc import Callable, Sequence

import brotli
import zstandard

MAX_DECODED_BYTES = 64 * 1024 * 1024
"""A body that decodes to more is not compared; far above any cap on recorded bodies."""
MAX_CODINGS = 4
"""Stacked encodings beyond this are an attack, not an answer."""

_CHUNK = 1 << 20
_ZSTD_CHUNK = 1024
"""Bytes fed at a time: a zstd block of 4 bytes may stand for 128 KiB, so this gives 32 MiB."""


class UndecodableError(ValueError):
    """A body is not what its headers say; the text says how."""


class ExpandsTooFarError(UndecodableError):
    """A body decodes to more than ``MAX_DECODED_BYTES``."""


class UnknownCodingError(UndecodableError):
    """A content coding that nobody here can take off."""


def decode(body: bytes, codings: Sequence[str], *, limit: int = MAX_DECODED_BYTES) -> bytes:
    """The body without its content encodings.

    Args:
        body: As on the wire.
        codings: Lower case, in the order they were applied (the order of the header).
        limit: Largest acceptable size of every intermediate result, in bytes.

    Raises:
        ExpandsTooFarError: It decodes to more than ``limit``.
        UnknownCodingError: A coding is not supported.
        UndecodableError: The bytes are not what the coding says.
    """
    if not body:
        return body
    if len(codings) > MAX_CODINGS:
        raise UndecodableError(f"{len(codings)} stacked content encodings")
    for coding in reversed(codings):
        if coding in {"", "identity"}:
            continue
        decoder = _DECODERS.get(coding)
        if decoder is None:
            raise UnknownCodingError(f"content encoding {coding!r} is not supported")
        body = decoder(body, limit)
    return body


def _inflate(body: bytes, limit: int, wbits: int, coding: str) -> bytes:
    """All members of a gzip body, or the one stream of a deflate body."""
    parts: list[bytes] = []
    room = limit
    rest = body
    while True:
        stream = zlib.decompressobj(wbits)
        try:
            part = stream.decompress(rest, room + 1)
        except zlib.error as error:
            if parts and not any(rest):  # zero padding after the last member
                break
            raise UndecodableError(f"not valid {coding}: {error}") from error
        room -= len(part)
        if room < 0:
            raise ExpandsTooFarError(f"{coding} body decodes to more than {limit} bytes")
        if not stream.eof:
            raise UndecodableError(f"{coding} body ends early")
        parts.append(part)
        rest = stream.unused_data
        if not rest or wbits < zlib.MAX_WBITS + 16:
            break
    if rest and wbits < zlib.MAX_WBITS + 16:
        raise UndecodableError(f"{coding} body has {len(rest)} bytes after its end")
    return b"".join(parts)


def _gzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, zlib.MAX_WBITS + 16, "gzip")


def _deflate(body: bytes, limit: int) -> bytes:
    """With the zlib wrapper of the standard, or raw as some servers send it."""
    try:
        return _inflate(body, limit, zlib.MAX_WBITS, "deflate")
    except ExpandsTooFarError:
        raise
    except UndecodableError as error:
        try:
            return _inflate(body, limit, -zlib.MAX_WBITS, "deflate")
        except ExpandsTooFarError:
            raise
        except UndecodableError:
            raise error from None


def _brotli(body: bytes, limit: int) -> bytes:
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        part = stream.process(body, output_buffer_limit=_CHUNK)
        while part or not stream.can_accept_more_data():
            size += len(part)
            if size > limit:
                raise ExpandsTooFarError(f"br body decodes to more than {limit} bytes")
            parts.append(part)
            if stream.is_finished():
                break
            part = stream.process(b"", output_buffer_limit=_CHUNK)
    except brotli.error as error:
        raise UndecodableError(f"not valid br: {error}") from error
    if not stream.is_finished():
        raise UndecodableError("br body ends early")
    return b"".join(parts)


def _zstd(body: bytes, limit: int) -> bytes:
    """Every frame; the window is limited to the 8 MiB that RFC 9659 grants the web."""
    parts: list[bytes] = []
    room = limit
    decompressor = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024)
    rest = body
    while rest:
        stream = decompressor.decompressobj()
        try:
            for start in range(0, len(rest), _ZSTD_CHUNK):
                part = stream.decompress(rest[start : start + _ZSTD_CHUNK])
                room -= len(part)
                if room < 0:
                    raise ExpandsTooFarError(f"zstd body decodes to more than {limit} bytes")
                parts.append(part)
                if stream.eof:
                    break
        except zstandard.ZstdError as error:
            raise UndecodableError(f"not valid zstd: {error}") from error
        if not stream.eof:
            raise UndecodableError("zstd body ends early")
        rest = stream.unused_data + rest[start + _ZSTD_CHUNK :]
    return b"".join(parts)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
