"""Counts of what the addon could not record: a small file that is written in place.

Its blocks exist from the start, so counting goes on when the disk is full.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

FILE = "losses.json"
SIZE_BYTES = 4096


class Losses(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen by the addon and is not in the recording.

    Attributes:
        dropped: Exchanges by reason.
        hook_errors: Errors inside our hooks; an exchange lost by one is in ``dropped`` as well.
    """

    dropped: Mapping[str, int] = {}
    hook_errors: int = 0


class LossCounter:
    """Counts losses, over restarts, and keeps the file in step."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._descriptor: int | None = None
        self._dropped: dict[str, int] = {}
        self._hook_errors = 0
        self._is_loaded = False
        self._is_wanted = False

    def drop(self, reason: str) -> None:
        """Count one exchange that is not recorded."""
        self._dropped[reason] = self._dropped.get(reason, 0) + 1
        self.save()

    def hook_error(self) -> None:
        """Count one error of our own."""
        self._hook_errors += 1
        self.save()

    def total(self) -> int:
        """All that was counted, over all runs that could be loaded."""
        return sum(self._dropped.values()) + self._hook_errors

    def open(self) -> None:
        """Make the file, or go on counting from it.

        Raises:
            OSError: The folder cannot be written; counts stay in memory until it can.
        """
        if self._descriptor is not None:
            return
        self._is_wanted = True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not self._is_loaded:
                earlier = _parsed(os.pread(descriptor, SIZE_BYTES, 0))
                for reason, count in earlier.dropped.items():
                    self._dropped[reason] = self._dropped.get(reason, 0) + count
                self._hook_errors += earlier.hook_errors
                self._is_loaded = True
            _write(descriptor, self._losses())
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def save(self) -> None:
        """Write the counts in place; a file that could not be made is tried again."""
        with contextlib.suppress(OSError):
            if self._descriptor is not None:
                _write(self._descriptor, self._losses())
            elif self._is_wanted:
                self.open()

    def close(self) -> None:
        """Write the counts and let go of the file."""
        self.save()
        self._is_wanted = False
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _losses(self) -> Losses:
        return Losses(dropped=dict(sorted(self._dropped.items())), hook_errors=self._hook_errors)


def read_losses(folder: Path) -> Losses:
    """The counts of a recording folder; nothing lost when there is no file."""
    try:
        return _parsed((folder / FILE).read_bytes())
    except FileNotFoundError:
        return Losses()


def _write(descriptor: int, losses: Losses) -> None:
    os.pwrite(descriptor, msgspec.json.encode(losses).ljust(SIZE_BYTES - 1) + b"\n", 0)


def _parsed(content: bytes) -> Losses:
    try:
        return msgspec.json.decode(content, type=Losses)
    except msgspec.DecodeError:
        return Losses()
