"""Reading recordings for the commands on them: what cannot be handed on is counted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from shadowpact.errors import UsageError
from shadowpact.model.exchange import Exchange
from shadowpact.recording.formats import kind_of as kind_of_recording
from shadowpact.recording.formats import open_recording
from shadowpact.recording.segments import Position, segment_files

type OnBytes = Callable[[int], None]
"""Gets how many more bytes of the input are read."""

REPORT_EVERY = 64
"""Exchanges between two looks at how far the reading is."""


class Reading:
    """One recording, and what became of its entries.

    ``exchanges`` and the sum of ``skipped`` are the number of entries that were read.

    Attributes:
        path: The recording.
        exchanges: How many were read so far.
        skipped: Entries that are no exchange, by reason.
        unanswered: Exchanges without an answer, by the kind of their failure.
        cut_bodies: Bodies that are not kept whole, by reason.
    """

    def __init__(self, path: Path, on_bytes: OnBytes | None = None) -> None:
        self.path = path
        self.exchanges = 0
        self.skipped: Counter[str] = Counter()
        self.unanswered: Counter[str] = Counter()
        self.cut_bodies: Counter[str] = Counter()
        self._on_bytes = on_bytes
        self._starts = _starts(path)
        self._told = 0

    def read(self) -> Iterator[Exchange]:
        """Its exchanges, in order.

        Raises:
            UsageError: It is not there, or needs something that is not installed.
            RecordingError: It cannot be read.
        """
        check_there(self.path)
        for recorded in open_recording(self.path):
            if self._on_bytes is not None and recorded.sequence % REPORT_EVERY == 0:
                self._tell(recorded.after)
            exchange = recorded.exchange
            if exchange is None:
                self.skipped[recorded.reason] += 1
                continue
            self._count(exchange)
            yield exchange

    def _count(self, exchange: Exchange) -> None:
        self.exchanges += 1
        request, response = exchange.request, exchange.response
        if response is None:
            self.unanswered[exchange.failure.kind if exchange.failure else "other"] += 1
        elif response.cut is not None:
            self.cut_bodies[response.cut.reason] += 1
        if request.cut is not None:
            self.cut_bodies[request.cut.reason] += 1

    def _tell(self, at: Position) -> None:
        total = self._starts.get(at.segment, 0) + at.offset
        if self._on_bytes is not None and total > self._told:
            self._on_bytes(total - self._told)
            self._told = total


def check_there(path: Path) -> None:
    """Refuse a recording that is not there.

    Raises:
        UsageError: There is nothing of this name.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such recording (a folder, or a file of any format)")


def kind_of(path: Path) -> str:
    """What sort of recording a path names; ``unknown`` when its content does not say.

    Raises:
        UsageError: There is nothing there.
        RecordingError: It cannot be read.
    """
    check_there(path)
    kind = kind_of_recording(path)
    if kind is None and path.is_dir():
        return "folder"
    return str(kind or "unknown")


def size_of(path: Path) -> int:
    """Bytes on the disk; 0 for what is not there."""
    if path.is_dir():
        return sum(file.size_bytes for file in segment_files(path))
    return path.stat().st_size if path.exists() else 0


def counts(by_reason: Mapping[str, int]) -> str:
    """``3 (damaged 1, no request 2)``, or ``0``."""
    if not by_reason:
        return "0"
    listed = ", ".join(f"{reason} {count}" for reason, count in by_reason.items())
    return f"{sum(by_reason.values())} ({listed})"


def in_order(counted: Counter[str]) -> dict[str, int]:
    """By name, so that the same recording gives the same document."""
    return dict(sorted(counted.items()))


def _starts(path: Path) -> dict[int, int]:
    """How many bytes of a folder are before each of its segments."""
    starts, total = dict[int, int](), 0
    for file in segment_files(path) if path.is_dir() else ():
        starts[file.number] = total
        total += file.size_bytes
    return starts
