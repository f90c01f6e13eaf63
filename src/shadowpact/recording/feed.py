"""Where exchanges come from: a recording in any format, as far as somebody reads it."""

from itertools import islice
from pathlib import Path
from typing import Protocol

from shadowpact.recording.formats import open_recording
from shadowpact.recording.reader import Recorded

POLL_S = 0.01
"""Between two looks at a recording that does not grow: an exchange is seen after 5 ms in the
median, and an idle follower costs two system calls a look."""

AT_ONCE = 64
"""Exchanges of a finished recording in one go, at most: a replay has times to keep, and in between
goes on what is under way."""


class Source(Protocol):
    """Where exchanges come from."""

    def read(self, limit: int = 512) -> list[Recorded]:
        """The next exchanges; empty when none is due."""
        ...


class FinishedSource:
    """A finished recording in any format (see :mod:`shadowpact.recording.formats`)."""

    def __init__(self, path: Path) -> None:
        self._recorded = open_recording(path)

    def read(self, limit: int = 512) -> list[Recorded]:
        """The next exchanges; empty at the end."""
        return list(islice(self._recorded, min(limit, AT_ONCE)))
