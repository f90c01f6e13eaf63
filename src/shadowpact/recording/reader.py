"""Reading a recording: a finished one from end to end, or a growing one as it grows."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Exchange
from shadowpact.recording.frames import (
    PREFIX,
    SegmentHeader,
    decode_preamble,
    end_behind,
    exchanges_begin,
    frames,
    version_of,
)
from shadowpact.recording.segments import Position, segment_files
from shadowpact.recording.upgrades import exchange_decoder

CHUNK_BYTES = 128 * 1024
"""Read at once; a longer frame is read whole. What a chunk is decoded to has to fit into the cache
of a processor until somebody looks at it: with a megabyte, reading takes nearly twice as long."""
LONGEST_BEGINNING_BYTES = 1024
"""Of a segment, before its first exchange; a shorter file may have been torn at birth."""
DAMAGED = "damaged"
"""Why a frame is no exchange."""


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One exchange and where it stands.

    Attributes:
        sequence: Its place in the recording, from 0.
        after: The position behind it.
        exchange: ``None`` when its frame is damaged or gone, or the entry was skipped.
        reason: Why there is none.
    """

    sequence: int
    after: Position
    exchange: Exchange | None
    reason: str = DAMAGED


class SegmentReader:
    """Reads one segment file from an offset on, as far as it is written."""

    def __init__(
        self,
        path: Path,
        header: SegmentHeader,
        descriptor: int,
        offset: int,
        decode: Callable[[memoryview], Exchange | None],
    ) -> None:
        self.path = path
        self.header = header
        self.offset = offset
        self._descriptor = descriptor
        self._decode = decode

    @classmethod
    def open(cls, path: Path) -> "SegmentReader | None":
        """Open a segment; ``None`` when its beginning is not (or was never wholly) written.

        Raises:
            RecordingError: It is not ours, of a later version, or cannot be read.
        """
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
        try:
            head = os.pread(descriptor, CHUNK_BYTES, 0)
            parsed = decode_preamble(memoryview(head), where=str(path))
            decode = exchange_decoder(version_of(head), where=str(path)) if parsed else None
        except BaseException:
            os.close(descriptor)
            raise
        if parsed is None or decode is None:
            os.close(descriptor)
            return None
        return cls(path, parsed[0], descriptor, parsed[1], decode)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    @property
    def is_removed(self) -> bool:
        """Whether the file has lost its name, and is read only because it is open."""
        return not os.fstat(self._descriptor).st_nlink

    @property
    def unread_bytes(self) -> int:
        """What is behind the last whole frame."""
        return os.fstat(self._descriptor).st_size - self.offset

    def read(self, limit: int) -> list[tuple[int, Exchange | None]]:
        """The next frames, ``(offset behind it, exchange or None when damaged)``."""
        data = os.pread(self._descriptor, CHUNK_BYTES, self.offset)
        if len(data) == CHUNK_BYTES:  # the first frame may be longer than a chunk
            length = PREFIX.unpack_from(data)[0] + PREFIX.size
            if len(data) < length <= self.unread_bytes:  # a damaged length may say anything
                data = os.pread(self._descriptor, length, self.offset)
        start, found = self.offset, []
        for frame in frames(memoryview(data)):
            end = start + frame.end
            if frame.payload is None and not self._is_followed(end):
                break
            found.append((end, None if frame.payload is None else self._decode(frame.payload)))
            self.offset = end
            if len(found) == limit:
                break
        return found

    def skip_damage(self) -> list[tuple[int, Exchange | None]]:
        """Go on with the next whole exchange, where nothing more is written in between.

        Returns:
            What was passed over, as one damaged frame like those of :meth:`read`; nothing when no
            whole exchange follows, and then nothing is passed over.
        """
        at = self.offset + 1
        while len(data := os.pread(self._descriptor, CHUNK_BYTES, at)) > PREFIX.size:
            for start in exchanges_begin(data):
                if self._is_exchange(at + start):
                    self.offset = at + start
                    return [(self.offset, None)]
            at += max(1, len(data) - PREFIX.size - 1)  # one may begin at the end of the chunk
        return []

    def skip_rest(self) -> list[tuple[int, Exchange | None]]:
        """What is behind the last whole frame, as one damaged frame; nothing when nothing is."""
        if self.unread_bytes <= 0:
            return []
        self.offset += self.unread_bytes
        return [(self.offset, None)]

    def _is_followed(self, end: int) -> bool:
        """Whether a damaged frame ends where its length says, as another one begins there.

        The last frame may still be on its way; a torn one never arrives.
        """
        return self._end_of(end) is not None

    def _end_of(self, at: int) -> int | None:
        prefix = os.pread(self._descriptor, PREFIX.size, at)
        return end_behind(prefix, at, os.fstat(self._descriptor).st_size)

    def _is_exchange(self, at: int) -> bool:
        """Whether a whole exchange stands at an offset."""
        if (end := self._end_of(at)) is None:
            return False
        data = os.pread(self._descriptor, end - at, at)
        frame = next(frames(memoryview(data)), None)
        if frame is None or frame.payload is None:
            return False
        return self._decode(frame.payload) is not None


class Follower:
    """Reads the folder of a recording from a position on, as far as it is written.

    Not reading means not remembering: what is not asked for stays on the disk.

    Attributes:
        recording: Id of the recording; ``None`` as long as no segment was opened.
        torn_bytes: Left out because a writer died in the middle of a frame.
        is_removed: Somebody removed the newest segment, so nothing is appended there any more.
    """

    def __init__(
        self, folder: Path, position: Position | None = None, *, is_finished: bool = False
    ) -> None:
        """Begin at a position; ``is_finished`` when nobody appends any more."""
        self.recording: str | None = None
        self.torn_bytes = 0
        self.is_removed = False
        self._stopped_at: Position | None = None
        self._folder = folder
        self._is_finished = is_finished
        self._at = position or Position()
        self._missing = 0
        self._segment: SegmentReader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    @property
    def stopped_at(self) -> str | None:
        """Where the newest segment goes on with what is no whole exchange, or not yet."""
        if self._segment is None or self._stopped_at != self._at:
            return None
        return f"{self._segment.path}: byte {self._segment.offset}"

    @property
    def position(self) -> Position:
        """Behind the last exchange that was read."""
        return self._at

    def read(self, limit: int = 512) -> list[Recorded]:
        """The next exchanges, at most ``limit`` and about a chunk; empty when nothing is due.

        Raises:
            RecordingError: A segment is not ours, or of a later version.
        """
        while self._segment is not None or self._open_next():
            if found := self._skip_missing(limit) or self._read_segment(limit):
                return found
            if not (self._is_finished or self._has_later()):
                self._note_end()
                break
            # the writer has moved on, so all that it appended before is there now
            if found := self._read_segment(limit) or self._skip_damage():
                return found
            self._leave()
        return self._without_beginning() if self._is_finished else []

    def _without_beginning(self) -> list[Recorded]:
        """A segment at the end of which nothing can be told, as its own beginning is damaged."""
        for file in segment_files(self._folder):
            if file.number >= self._at.segment and file.size_bytes > LONGEST_BEGINNING_BYTES:
                self._at = Position(file.number + 1, 0, self._at.sequence)
                return [self._advance(0, None)]
        return []

    def _note_end(self) -> None:
        if (segment := self._segment) is not None:
            self.is_removed = segment.is_removed
            self._stopped_at = self._at if segment.unread_bytes else None

    def _open_next(self) -> bool:
        """Open the segment that is next at our position; False when it is not there yet."""
        for file in segment_files(self._folder):
            if file.number < self._at.segment:
                continue
            try:
                segment = SegmentReader.open(file.path)
            except RecordingError as error:
                if isinstance(error.__cause__, FileNotFoundError):  # removed by retention meanwhile
                    continue
                raise
            if segment is None:
                continue
            self._segment = segment
            self.recording = segment.header.recording
            self._enter(file.number, segment)
            return True
        return False

    def _enter(self, number: int, segment: SegmentReader) -> None:
        if number == self._at.segment and self._at.offset > segment.offset:
            segment.offset = self._at.offset
            return
        first = segment.header.first_sequence
        sequence = self._at.sequence if self._at.segment else first
        # after a power loss a recording can end before what was read of it and go on with sequences
        # that were used: then ours go on, so that nothing is taken for finished
        self._missing = max(0, first - sequence)
        self._at = Position(number, segment.offset, sequence)

    def _leave(self) -> None:
        if self._segment is not None:
            self.torn_bytes += max(0, self._segment.unread_bytes)
            self.close()
        # one past the end of this segment: whatever comes next has a higher number
        self._at = Position(self._at.segment + 1, 0, self._at.sequence)

    def _skip_missing(self, limit: int) -> list[Recorded]:
        """What the segment's header says came before and was never seen: damaged, or gone."""
        count = min(self._missing, limit)
        self._missing -= count
        return [self._advance(self._at.offset, None) for _ in range(count)]

    def _read_segment(self, limit: int) -> list[Recorded]:
        if self._segment is None:
            return []
        return [self._advance(end, exchange) for end, exchange in self._segment.read(limit)]

    def _skip_damage(self) -> list[Recorded]:
        """What cannot be read, where something follows or nothing ever will."""
        segment = self._segment
        if segment is None:
            return []
        # a torn end that others follow was never a whole exchange: its writer died, or took note
        skipped = segment.skip_damage() or ([] if self._has_later() else segment.skip_rest())
        return [self._advance(end, exchange) for end, exchange in skipped]

    def _advance(self, offset: int, exchange: Exchange | None) -> Recorded:
        sequence = self._at.sequence
        self._at = Position(self._at.segment, offset, sequence + 1)
        return Recorded(sequence, self._at, exchange)

    def _has_later(self) -> bool:
        files = segment_files(self._folder)
        return bool(files) and files[-1].number > self._at.segment


def read(path: Path) -> Iterator[Recorded]:
    """All exchanges of a finished recording.

    Args:
        path: A folder of segments, or one segment file.

    Raises:
        RecordingError: It does not exist, is not a recording, or is of a later version.
    """
    if path.is_dir():
        if not segment_files(path):
            raise RecordingError(
                f"{path}: no recording in this folder (expected files like 00000001.rec)"
            )
        with Follower(path, is_finished=True) as follower:
            while found := follower.read():
                yield from found
        return
    segment = SegmentReader.open(path)
    if segment is None:
        raise RecordingError(f"{path}: empty, or torn before its first exchange")
    sequence = segment.header.first_sequence
    try:
        while found_frames := segment.read(512) or segment.skip_damage() or segment.skip_rest():
            for end, exchange in found_frames:
                yield Recorded(
                    sequence, Position(segment.header.segment, end, sequence + 1), exchange
                )
                sequence += 1
    finally:
        segment.close()


class RecordingEnd(msgspec.Struct, frozen=True):
    """Where a recording ends as it stands now.

    Attributes:
        recording: Its id; ``None`` when there is no segment.
        segment: Number of its last segment.
        sequence: Of the next exchange: how many were recorded.
    """

    recording: str | None
    segment: int
    sequence: int


def recording_end(folder: Path) -> RecordingEnd:
    """Find the end of the recording in a folder; what is torn there does not count."""
    files = segment_files(folder)
    last = files[-1].number if files else 0
    for file in reversed(files):
        segment = SegmentReader.open(file.path)
        if segment is None:  # torn at birth; nothing in it
            continue
        sequence = segment.header.first_sequence
        try:
            while found := segment.read(4096) or segment.skip_damage():
                sequence += len(found)
        finally:
            segment.close()
        return RecordingEnd(segment.header.recording, last, sequence)
    return RecordingEnd(None, last, 0)
