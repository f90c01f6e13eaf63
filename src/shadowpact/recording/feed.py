"""Hands the exchanges of a recording to many takers, one each, as they are asked for."""

import asyncio
from collections import deque
from itertools import islice
from pathlib import Path
from typing import Protocol

from shadowpact.recording.formats import open_recording
from shadowpact.recording.reader import Recorded

POLL_S = 0.01
"""Between two looks at a recording that does not grow: an exchange is seen after 5 ms in the
median, and an idle follower costs two system calls a look."""


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
        return list(islice(self._recorded, min(limit, 64)))


class Feed:
    """One reader, many takers; it reads no further than they take."""

    def __init__(self, source: Source, *, is_finite: bool, stop: asyncio.Event) -> None:
        self._source = source
        self._is_finite = is_finite
        self._stop = stop
        self._waiting: deque[Recorded] = deque()
        self._reading = asyncio.Lock()

    async def next(self) -> Recorded | None:
        """The next exchange; ``None`` at the end of a finite source, and once asked to stop."""
        while not self._waiting:
            async with self._reading:
                while not self._waiting:
                    if self._stop.is_set():
                        return None
                    self._waiting.extend(self._source.read())
                    if self._waiting:
                        break
                    if self._is_finite:
                        return None
                    await asyncio.sleep(POLL_S)
        return None if self._stop.is_set() else self._waiting.popleft()
