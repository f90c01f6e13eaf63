"""Recordings for tests: written by the real writer, then damaged by hand."""

from collections.abc import Iterable
from pathlib import Path

from shadowpact.model.exchange import Exchange
from shadowpact.recording.frames import PREFIX, decode_preamble, frames
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recording.writer import Writer
from support.build import STARTED_US, exchange, request
from support.clock import ManualClock


def numbered(number: int, *, padding: int = 0) -> Exchange:
    """An exchange that says which one it is."""
    return exchange(
        request(target=f"/orders/{number}", body=b"x" * padding),
        started_us=STARTED_US + number,
    )


def number_of(found: Exchange | None) -> int | None:
    return None if found is None else int(found.request.target.rpartition("/")[2])


def writer(folder: Path, *, segment_bytes: int = 1 << 20, max_bytes: int = 1 << 30) -> Writer:
    return Writer(
        folder,
        RecordingSettings(segment_bytes=segment_bytes, max_bytes=max_bytes),
        clock=ManualClock(),
        new_id=lambda: "test",
    )


def record(
    folder: Path, exchanges: Iterable[Exchange], *, segment_bytes: int = 1 << 20
) -> tuple[Path, ...]:
    """Write a recording; the segment files."""
    into = writer(folder, segment_bytes=segment_bytes)
    for one in exchanges:
        into.append(one)
    into.close()
    return tuple(sorted(folder.glob("*.rec")))


def frame_ends(path: Path) -> tuple[int, ...]:
    """Offset of the first exchange of a whole segment, then the end of each."""
    content = memoryview(path.read_bytes())
    preamble = decode_preamble(content, where=str(path))
    assert preamble is not None
    return (preamble[1], *(frame.end for frame in frames(content, preamble[1])))


def damage(path: Path, offset: int) -> None:
    """Flip the bits of one byte."""
    content = bytearray(path.read_bytes())
    content[offset] ^= 0xFF
    path.write_bytes(content)


def damage_payload(path: Path, frame: int) -> None:
    """Flip one byte in the payload of a frame."""
    damage(path, frame_ends(path)[frame] + PREFIX.size)


def damage_length(path: Path, frame: int) -> None:
    """Make the length of a frame huge."""
    damage(path, frame_ends(path)[frame] + 3)
