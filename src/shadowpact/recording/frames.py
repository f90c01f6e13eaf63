r"""The frame codec: length, CRC and msgpack; see ``docs/reference/recording-format.md``.

A segment is ``SHPACT\r\n``, a little-endian u32 version, one frame with the segment's header, and
one frame an exchange. A frame is two little-endian u32 (payload length, CRC-32 of the payload) and
the payload.
"""

import re
import struct
import zlib
from collections.abc import Iterator

import msgspec

from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Exchange

MAGIC = b"SHPACT\r\n"
VERSION = 1
PREFIX = struct.Struct("<II")
PREAMBLE = struct.Struct("<8sI")

MAX_FRAME_BYTES = 512 * 1024 * 1024
"""A longer length is damage: twice the largest body cap anyone has a use for."""


class SegmentHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a segment says of itself.

    Attributes:
        recording: Id of the recording, the same in all its segments.
        segment: Its number, from 1.
        first_sequence: Sequence of its first exchange in the recording, from 0.
        created_us: Microseconds since the epoch, UTC.
    """

    recording: str
    segment: int
    first_sequence: int
    created_us: int


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One frame found in a buffer.

    Attributes:
        end: Offset behind it, in the buffer.
        payload: Its content; ``None`` when the CRC does not hold.
    """

    end: int
    payload: memoryview | None


_BEGINNING = re.compile(rb"\x95[\x00-\x7f\xcc-\xd3]")
"""An array of five of which the first is an integer."""

_encoder = msgspec.msgpack.Encoder()
_exchange_decoder = msgspec.msgpack.Decoder(Exchange)
_header_decoder = msgspec.msgpack.Decoder(SegmentHeader)


class FrameEncoder:
    """Encodes values into one buffer that is used again and again."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def encode(self, value: Exchange | SegmentHeader) -> bytearray:
        """The value as a frame; the buffer is valid until the next call."""
        buffer = self._buffer
        _encoder.encode_into(value, buffer, PREFIX.size)
        with memoryview(buffer) as view:
            crc = zlib.crc32(view[PREFIX.size :])
        PREFIX.pack_into(buffer, 0, len(buffer) - PREFIX.size, crc)
        return buffer


def encode_preamble(header: SegmentHeader) -> bytes:
    """What a segment starts with."""
    return PREAMBLE.pack(MAGIC, VERSION) + bytes(FrameEncoder().encode(header))


def frames(buffer: memoryview, start: int = 0) -> Iterator[Frame]:
    """The whole frames in a buffer; what is behind the last one is torn, or not yet written."""
    end = len(buffer)
    while start + PREFIX.size <= end:
        length, crc = PREFIX.unpack_from(buffer, start)
        stop = start + PREFIX.size + length
        if length == 0 or length > MAX_FRAME_BYTES or stop > end:
            return
        payload = buffer[start + PREFIX.size : stop]
        yield Frame(stop, payload if zlib.crc32(payload) == crc else None)
        start = stop


def end_behind(prefix: bytes, start: int, end: int) -> int | None:
    """Where the frame ends that begins with a prefix; ``None`` when that cannot be so.

    Args:
        prefix: What stands at ``start``.
        start: Offset of the frame in its file.
        end: Size of the file.
    """
    if len(prefix) < PREFIX.size:
        return None
    length: int = PREFIX.unpack_from(prefix)[0]
    stop = start + PREFIX.size + length
    return stop if 0 < length <= MAX_FRAME_BYTES and stop <= end else None


def exchanges_begin(data: bytes) -> Iterator[int]:
    """Where in data the frame of an exchange may begin, by the first two bytes of its payload."""
    for found in _BEGINNING.finditer(data, PREFIX.size):
        yield found.start() - PREFIX.size


def decode_exchange(payload: memoryview) -> Exchange | None:
    """The exchange in a frame; ``None`` when the payload is not one."""
    try:
        return _exchange_decoder.decode(payload)
    except msgspec.DecodeError:
        return None


def version_of(buffer: bytes) -> int:
    """The version of the format in the beginning of a segment, at least ``PREAMBLE.size`` long."""
    version: int = PREAMBLE.unpack_from(buffer)[1]
    return version


def decode_preamble(buffer: memoryview, *, where: str) -> tuple[SegmentHeader, int] | None:
    """The header of a segment and the offset of its first exchange.

    Returns:
        ``None`` when the beginning is not there yet (or was torn while it was written).

    Raises:
        RecordingError: It is no segment, or one of a later version.
    """
    if len(buffer) < PREAMBLE.size:
        return None
    magic, version = PREAMBLE.unpack_from(buffer)
    if magic != MAGIC:
        raise RecordingError(
            f"{where}: not a recording (expected it to start with {MAGIC!r}, got {magic!r}). "
            "Import other formats with: shadowpact recordings import"
        )
    if version > VERSION:
        raise RecordingError(
            f"{where}: recording format {version} is newer than this shadowpact reads "
            f"({VERSION}). Please update shadowpact."
        )
    first = next(frames(buffer, PREAMBLE.size), None)
    if first is None or first.payload is None:
        return None
    try:
        return _header_decoder.decode(first.payload), first.end
    except msgspec.DecodeError as error:
        raise RecordingError(f"{where}: the segment's header is damaged: {error}") from error
