"""The bytes of a file, unpacked where it is a gzip file."""

import gzip
import io
import zlib
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from shadowpact.errors import RecordingError

_GZIP = b"\x1f\x8b"
_STEP_BYTES = 1 << 20


class ByteStream(Protocol):
    """What the readers of formats read from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes, all that is left without one; nothing at the end."""
        ...


class FileStream:
    """A file from its beginning; a packed one ends where it is damaged or torn.

    Attributes:
        is_torn: A packed file ended before its end.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            RecordingError: It cannot be read.
        """
        self.is_torn = False
        self._path = path
        try:
            self._raw = path.open("rb")
            self._is_packed = self._raw.peek(2)[:2] == _GZIP
        except OSError as error:
            raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
        self._unpacked = gzip.GzipFile(fileobj=self._raw) if self._is_packed else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._unpacked is not None:
            self._unpacked.close()
        self._raw.close()

    @property
    def position(self) -> int:
        """How much of the file was read, in bytes on the disk."""
        return self._raw.tell()

    def read(self, size: int = -1, /) -> bytes:
        """As :class:`ByteStream`.

        Raises:
            RecordingError: The disk fails.
        """
        try:
            if self._unpacked is None:
                return self._raw.read(size)
            return self._unpack(self._unpacked, size)
        except OSError as error:
            raise RecordingError(f"{self._path}: cannot be read: {error.strerror}") from error

    def _unpack(self, unpacked: gzip.GzipFile, size: int) -> bytes:
        out = io.BytesIO()
        while not self.is_torn and (size < 0 or out.tell() < size):
            try:
                part = unpacked.read1(_STEP_BYTES if size < 0 else size - out.tell())
            except (EOFError, zlib.error, gzip.BadGzipFile):
                self.is_torn = True
                break
            if not part:
                break
            out.write(part)
        return out.getvalue()
