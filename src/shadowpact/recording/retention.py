"""Removing what is finished, never what is not.

The worker says in a small file beside the segments which of them it still needs; it removes the
others by size and age, and the writer measures the backlog by it.
"""

import contextlib
import os
from pathlib import Path

from shadowpact.recording.segments import segment_files
from shadowpact.recording.settings import RecordingSettings

FILE = "unfinished-from"


def mark_unfinished_from(folder: Path, segment: int) -> None:
    """Say that all segments before this one are worked through, and committed."""
    temporary = folder / f"{FILE}.new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{segment}\n")
    temporary.replace(folder / FILE)


def unfinished_from(folder: Path) -> int:
    """The first segment that is still needed; 0 when nobody said so yet."""
    try:
        return int((folder / FILE).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def unfinished_bytes(folder: Path) -> int:
    """Size of all segments that are still needed."""
    first = unfinished_from(folder)
    return sum(file.size_bytes for file in segment_files(folder) if file.number >= first)


def remove_finished(folder: Path, settings: RecordingSettings, *, now_us: int) -> int:
    """Remove the oldest finished segments above ``max_bytes``, and those past ``max_age_s``.

    The newest segment always stays: it holds the recording's id and sequence.

    Returns:
        How many were removed.
    """
    files = segment_files(folder)
    first = unfinished_from(folder)
    total = sum(file.size_bytes for file in files)
    removed = 0
    for file in files[:-1]:
        if file.number >= first:
            break
        is_old = settings.max_age_s and now_us / 1e6 - file.modified_s > settings.max_age_s
        if not is_old and total <= settings.max_bytes:
            break
        with contextlib.suppress(FileNotFoundError):
            file.path.unlink()
        total -= file.size_bytes
        removed += 1
    return removed
