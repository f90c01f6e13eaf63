"""Appending to a recording: one frame an exchange, one write a frame."""

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from shadowpact.errors import RecordingError
from shadowpact.model.clock import Clock, SystemClock
from shadowpact.model.exchange import Exchange
from shadowpact.recording.frames import (
    MAX_FRAME_BYTES,
    FrameEncoder,
    SegmentHeader,
    encode_preamble,
)
from shadowpact.recording.reader import RecordingEnd, recording_end
from shadowpact.recording.retention import unfinished_bytes
from shadowpact.recording.segments import segment_path
from shadowpact.recording.settings import RecordingSettings

LOCK_FILE = "lock"

CHECK_BYTES = 1024 * 1024
"""How much may be appended before the size of the backlog is looked at again."""

SEGMENTS_AT_LEAST = 4
"""Segments that ``max_bytes`` holds: the one that grows always counts as unfinished, so as the only
one it would fill the backlog for good."""


class BacklogFullError(RecordingError):
    """The unfinished backlog has reached its limit; the exchange was not recorded."""


class Writer:
    """Appends to the recording in a folder; the only writer there.

    A writer always starts a segment of its own, so what an earlier one left torn stays behind it.
    """

    def __init__(
        self,
        folder: Path,
        settings: RecordingSettings | None = None,
        *,
        clock: Clock | None = None,
        new_id: Callable[[], str] = lambda: secrets.token_hex(6),
        after: RecordingEnd | None = None,
    ) -> None:
        """Prepare the folder (private to the user) and find where the recording goes on.

        Args:
            folder: Made when it is not there.
            settings: Sizes.
            clock: Tells when a segment was made.
            new_id: Makes the id of a recording that begins here.
            after: Go on behind this end, of a recording in another folder, where the segments
                are going to be moved to.

        Raises:
            RecordingError: Another writer is at work here.
            OSError: The folder cannot be made or written.
        """
        self._folder = folder
        self._settings = settings or RecordingSettings()
        self._segment_bytes = min(
            self._settings.segment_bytes, self._settings.max_bytes // SEGMENTS_AT_LEAST
        )
        self._clock = clock or SystemClock()
        self._encoder = FrameEncoder()
        self._descriptor: int | None = None
        self._size = 0
        self._unchecked_bytes = 0
        self._is_full = False
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _locked(folder)
        try:
            end = after or recording_end(folder)
        except BaseException:
            os.close(self._lock)
            raise
        self._recording = end.recording or new_id()
        self._segment, self._sequence = end.segment, end.sequence

    @property
    def sequence(self) -> int:
        """Sequence of the next exchange: how many were recorded so far."""
        return self._sequence

    def append(self, exchange: Exchange) -> None:
        """Append one exchange: one write, no sync.

        Raises:
            BacklogFullError: The backlog has reached ``max_bytes``.
            OSError: The disk is full, the folder gone or the exchange too large for any reader;
                the recording stays whole.
        """
        frame = self._encoder.encode(exchange)
        if len(frame) > MAX_FRAME_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(self._folder))
        self._check_backlog(len(frame))
        if self._descriptor is None or self._size + len(frame) > self._segment_bytes:
            self._start_segment()
        self._write(frame)
        self._sequence += 1

    def close(self) -> None:
        """Close the segment and let others write here."""
        self._close_segment()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _check_backlog(self, frame_bytes: int) -> None:
        self._unchecked_bytes += frame_bytes
        if self._is_full or self._unchecked_bytes >= min(
            CHECK_BYTES, self._settings.max_bytes // 16
        ):
            used = unfinished_bytes(self._folder)
            self._is_full = used + frame_bytes > self._settings.max_bytes
            self._unchecked_bytes = 0
        if self._is_full:
            raise BacklogFullError(
                f"{self._folder}: the backlog has reached max-bytes "
                f"({self._settings.max_bytes}); is a worker running?"
            )

    def _start_segment(self) -> None:
        self._close_segment()
        number = self._segment + 1
        path = segment_path(self._folder, number)
        header = SegmentHeader(
            recording=self._recording,
            segment=number,
            first_sequence=self._sequence,
            created_us=self._clock.now_us(),
        )
        preamble = encode_preamble(header)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._descriptor, self._size = descriptor, 0
        self._segment = number
        try:
            self._write(preamble)
        except OSError:
            self._close_segment()
            with contextlib.suppress(OSError):
                path.unlink()
            raise

    def _write(self, data: bytes | bytearray) -> None:
        """All of it or nothing: a short write is taken back."""
        if self._descriptor is None:
            raise OSError(errno.EBADF, "no segment is open")
        if not os.fstat(self._descriptor).st_nlink:  # else it would all go into a file without name
            self._close_segment()
            raise FileNotFoundError(errno.ENOENT, "the recording was removed", str(self._folder))
        try:
            written = os.write(self._descriptor, data)
        except OSError:
            self._take_back()
            raise
        if written != len(data):
            self._take_back()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._folder))
        self._size += written

    def _take_back(self) -> None:
        if self._descriptor is not None:
            try:
                os.ftruncate(self._descriptor, self._size)
                os.lseek(self._descriptor, self._size, os.SEEK_SET)
            except OSError:  # the torn end stays where it is; the next frame begins a segment
                self._close_segment()

    def _close_segment(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(folder: Path) -> int:
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise RecordingError(
            f"{folder}: another proxy is recording here. Give each proxy a state folder of its own."
        ) from error
    return descriptor
