"""The segment files of a recording folder: their names, order and sizes."""

import os
import re
from pathlib import Path

import msgspec

SUFFIX = ".rec"
_NAME = re.compile(r"(\d{8,})\.rec\Z")


class Position(msgspec.Struct, frozen=True, order=True, gc=False):
    """A place in a recording, between two exchanges.

    Attributes:
        segment: Number of the segment; 0 is before the first.
        offset: Byte offset of the next frame in its file; 0 is before the header.
        sequence: Sequence of the next exchange.
    """

    segment: int = 0
    offset: int = 0
    sequence: int = 0


class SegmentFile(msgspec.Struct, frozen=True, order=True):
    """A segment file as it stands now.

    Attributes:
        number: From its name.
        path: Where it is.
        size_bytes: Its length.
        modified_s: Time of the last append, seconds since the epoch.
    """

    number: int
    path: Path
    size_bytes: int
    modified_s: float


def segment_path(folder: Path, number: int) -> Path:
    """The file of a segment."""
    return folder / f"{number:08d}{SUFFIX}"


def segment_files(folder: Path) -> tuple[SegmentFile, ...]:
    """The segments of a folder in order; empty when there is no such folder."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if match := _NAME.fullmatch(entry.name):
                    try:
                        stat = entry.stat()
                    except FileNotFoundError:  # removed by retention meanwhile
                        continue
                    path = Path(entry.path)
                    found.append(SegmentFile(int(match[1]), path, stat.st_size, stat.st_mtime))
    except FileNotFoundError:
        return ()
    return tuple(sorted(found))
