"""The bytes of a file, unpacked where it is a gzip or a zip file."""

import gzip
import hashlib
import io
import re
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast

from shadowpact.errors import RecordingError

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_STEP_BYTES = 1 << 20
_ATTACHMENT = re.compile(r"([0-9a-f]{40})(?:\.\w{1,16})?")
"""The SHA-1 of what is in it, so that a HAR can name nothing else."""


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
            start = self._raw.peek(4)
        except OSError as error:
            raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
        self._archive: zipfile.ZipFile | None = None
        self._unpacked: gzip.GzipFile | zipfile.ZipExtFile | None = None
        if start.startswith(_GZIP):
            self._unpacked = gzip.GzipFile(fileobj=self._raw)
        elif start.startswith(_ZIP):
            self._unpacked = self._member()

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

    def attachment(self, name: str) -> bytes | None:
        """A body that stands beside a HAR: in its zip file, or in its folder."""
        found = _ATTACHMENT.fullmatch(name)
        if found is None:
            return None
        try:
            data = self._archive.read(name) if self._archive else self._beside(name)
        except (KeyError, OSError, zlib.error, zipfile.BadZipFile):
            return None
        return data if hashlib.sha1(data, usedforsecurity=False).hexdigest() == found[1] else None

    def _beside(self, name: str) -> bytes:
        return (self._path.parent / name).read_bytes()

    def _member(self) -> zipfile.ZipExtFile:
        """The recording in a zip file: the HAR, or the only file."""
        try:
            self._archive = zipfile.ZipFile(self._raw)
            names = self._archive.namelist()
            named = [name for name in names if name.lower().endswith(".har")] or names
            if len(named) == 1:
                return cast("zipfile.ZipExtFile", self._archive.open(named[0]))
        except (zipfile.BadZipFile, OSError, RuntimeError) as error:
            self._raw.close()
            raise RecordingError(f"{self._path}: is a zip file that cannot be read") from error
        self._raw.close()
        raise RecordingError(
            f"{self._path}: is a zip file with {len(named)} files, expected one recording"
        )

    def _unpack(self, unpacked: gzip.GzipFile | zipfile.ZipExtFile, size: int) -> bytes:
        out = io.BytesIO()
        while not self.is_torn and (size < 0 or out.tell() < size):
            try:
                part = unpacked.read1(_STEP_BYTES if size < 0 else size - out.tell())
            except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile):
                self.is_torn = True
                break
            if not part:
                break
            out.write(part)
        return out.getvalue()
