"""Recordings as files to look into, to take in and to hand on: folders, segments and HARs."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from shadowpact.errors import NoEvidenceError, RecordingError, UsageError
from shadowpact.model.exchange import Exchange
from shadowpact.recording.har import read_har, write_har
from shadowpact.recording.reader import read
from shadowpact.recording.segments import SUFFIX, segment_files
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recording.writer import Writer
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer

HAR_SUFFIX = ".har"
DAMAGED = "damaged"
NO_ANSWER = "none"

_UNLIMITED = 2**62


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording holds.

    Attributes:
        path: The folder or file.
        kind: ``folder``, ``segment`` or ``har``.
        bytes: On the disk.
        exchanges: That can be read.
        unreadable: Those that cannot, by reason.
        first_at: When the earliest request came (aware, UTC); ``None`` without one.
        last_at: When the latest came.
        methods: Exchanges by method.
        statuses: Exchanges by the baseline's status; ``none`` where it gave no answer.
        routes: Exchanges by route.
    """

    path: str
    kind: str
    bytes: int
    exchanges: int
    unreadable: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    methods: Mapping[str, int]
    statuses: Mapping[str, int]
    routes: Mapping[str, int]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a HAR.

    Attributes:
        out: Where the exchanges are now.
        exchanges: How many.
        skipped: Entries left out, by reason.
    """

    out: str
    exchanges: int
    skipped: Mapping[str, int]


def kind_of(path: Path) -> str:
    """What sort of recording a path names.

    Raises:
        UsageError: There is nothing there.
    """
    if not path.exists():
        raise UsageError(f"{path}: no such recording (a folder, a .rec or a .har file)")
    if path.is_dir():
        return "folder"
    return "har" if path.suffix.lower() == HAR_SUFFIX else "segment"


def find(folder: Path) -> Iterator[Path]:
    """The recordings in a folder, by name; the folder itself when it is one."""
    if segment_files(folder):
        yield folder
        return
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            yield from find(path)
        elif path.suffix.lower() in {HAR_SUFFIX, SUFFIX}:
            yield path


def summarise(path: Path, *, routes: RouteTable, sealer: Sealer) -> Summary:
    """Read a recording from end to end and count.

    Args:
        path: The folder or file.
        routes: Names the routes.
        sealer: Opens sealed targets; those of another key are one route each.

    Raises:
        RecordingError: It cannot be read.
        UsageError: It does not exist.
    """
    kind = kind_of(path)
    unreadable: Counter[str] = Counter()
    methods, statuses, names = Counter[str](), Counter[str](), Counter[str]()
    first_at: datetime | None = None
    last_at: datetime | None = None
    for exchange in _exchanges(path, unreadable):
        request = sealer.open(exchange).request
        response = exchange.response
        methods[request.method] += 1
        statuses[str(response.status) if response else NO_ANSWER] += 1
        names[routes.match(request.method, request.path).route] += 1
        at = exchange.started_at
        first_at, last_at = min(first_at or at, at), max(last_at or at, at)
    return Summary(
        path=str(path),
        kind=kind,
        bytes=_size(path),
        exchanges=methods.total(),
        unreadable=_sorted(unreadable),
        first_at=first_at,
        last_at=last_at,
        methods=_sorted(methods),
        statuses=_sorted(statuses),
        routes=dict(sorted(names.items(), key=lambda item: (-item[1], item[0]))),
    )


def import_har(har: Path, out: Path, *, sealer: Sealer, segment_bytes: int) -> Imported:
    """Take the exchanges of a HAR into a recording; credentials are sealed before the disk.

    Args:
        har: The file.
        out: A folder (added to when it is a recording already), a ``.rec`` or a ``.har`` file.
        sealer: Seals; what it sealed before stays as it is.
        segment_bytes: Size of a folder's segments.

    Raises:
        RecordingError: The HAR cannot be read, or the recording not written.
        NoEvidenceError: The HAR holds no exchange.
        UsageError: ``out`` is a segment that exists.
    """
    found = read_har(har)
    if not found.exchanges:
        left_out = f" ({counts(found.skipped)} left out)" if found.skipped else ""
        raise NoEvidenceError(f"{har}: holds no exchange{left_out}; nothing was imported")
    sealed = (sealer.seal(sealer.open(exchange)) for exchange in found.exchanges)
    try:
        if out.suffix.lower() == HAR_SUFFIX:
            write_har(sealed, out)
        elif out.suffix.lower() == SUFFIX:
            _write_segment(sealed, out)
        else:
            _append(sealed, out, segment_bytes)
    except OSError as error:
        raise RecordingError(f"{out}: cannot be written: {error.strerror}") from error
    return Imported(out=str(out), exchanges=len(found.exchanges), skipped=found.skipped)


def export_har(path: Path, out: Path) -> tuple[int, Mapping[str, int]]:
    """Write a recording as a HAR; what is sealed stays sealed.

    Returns:
        How many exchanges were written, and what could not be read, by reason.

    Raises:
        RecordingError: It cannot be read or written.
        UsageError: It does not exist.
    """
    kind_of(path)
    unreadable: Counter[str] = Counter()
    count = write_har(_exchanges(path, unreadable), out)
    return count, _sorted(unreadable)


def counts(by_reason: Mapping[str, int]) -> str:
    """``3 (damaged 1, no request 2)``, or ``0``."""
    if not by_reason:
        return "0"
    listed = ", ".join(f"{reason} {count}" for reason, count in by_reason.items())
    return f"{sum(by_reason.values())} ({listed})"


def _exchanges(path: Path, unreadable: Counter[str]) -> Iterator[Exchange]:
    """All that can be read; what cannot is counted."""
    if kind_of(path) == "har":
        har = read_har(path)
        unreadable.update(har.skipped)
        yield from har.exchanges
        return
    for recorded in read(path):
        if recorded.exchange is None:
            unreadable[DAMAGED] += 1
        else:
            yield recorded.exchange


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.size_bytes for file in segment_files(path))
    return path.stat().st_size


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items()))


def _append(exchanges: Iterator[Exchange], folder: Path, segment_bytes: int) -> None:
    settings = RecordingSettings(segment_bytes=segment_bytes, max_bytes=_UNLIMITED, max_age_s=0)
    writer = Writer(folder, settings)
    try:
        for exchange in exchanges:
            writer.append(exchange)
    finally:
        writer.close()


def _write_segment(exchanges: Iterator[Exchange], file: Path) -> None:
    if file.exists():
        raise UsageError(f"{file}: exists already; name a new file, or a folder to add to it")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        _append(exchanges, Path(folder), _UNLIMITED)
        shutil.move(segment_files(Path(folder))[0].path, file)
