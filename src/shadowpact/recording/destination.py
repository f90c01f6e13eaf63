"""Writing a finished recording: whole under its name, or not at all.

What is written stands beside its place until all of it is there. A process that is killed meanwhile
leaves a hidden ``.NAME.PID.tmp``, and nothing under the name itself.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from shadowpact.errors import RecordingError, UsageError
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Exchange
from shadowpact.recording.formats import missing_mitmproxy
from shadowpact.recording.har import write_har
from shadowpact.recording.losses import FILE as LOSSES_FILE
from shadowpact.recording.reader import recording_end
from shadowpact.recording.retention import FILE as RETENTION_FILE
from shadowpact.recording.segments import SUFFIX, segment_files
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recording.writer import LOCK_FILE, Writer

HAR_SUFFIX = ".har"
FLOW_SUFFIXES = (".mitm", ".flow", ".flows")
FILE_SUFFIXES = (HAR_SUFFIX, *FLOW_SUFFIXES, SUFFIX)

_UNLIMITED = 2**62
_OF_A_RECORDING = frozenset({LOCK_FILE, LOSSES_FILE, RETENTION_FILE})


def write_recording(
    exchanges: Iterable[Exchange],
    out: Path,
    *,
    segment_bytes: int = RecordingSettings().segment_bytes,
    may_append: bool = False,
    kind: str | None = None,
    clock: Clock | None = None,
    recording: str | None = None,
) -> int:
    """Write exchanges to a place whose suffix says the format; without any, nothing is written.

    Args:
        exchanges: Read one by one, so they may be more than fit into memory.
        out: ``.har`` or ``.mitm`` (replaced when it is there), a new ``.rec``, or a folder of
            segments.
        segment_bytes: Size of a folder's segments.
        may_append: A folder that is a recording already is added to, instead of refused.
        kind: ``har`` or ``mitm`` for a file whose suffix does not say it.
        clock: Tells when a segment was made.
        recording: Id of a new recording; a random one when not given.

    Returns:
        How many were written.

    Raises:
        UsageError: ``out`` is there and is not to be replaced.
        RecordingError: It cannot be written.
    """
    check_free(out, may_append=may_append, kind=kind)
    start = iter(exchanges)
    first = next(start, None)
    if first is None:
        return 0
    all_of_them = chain((first,), start)
    settings = RecordingSettings(segment_bytes=segment_bytes, max_bytes=_UNLIMITED, max_age_s=0)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        suffix = _suffix(out, kind)
        if suffix == HAR_SUFFIX:
            return write_har(all_of_them, out)
        if suffix in FLOW_SUFFIXES:
            return _flow_dump(all_of_them, out)
        if suffix == SUFFIX:
            return _segment(all_of_them, out, clock, recording)
        if segment_files(out):
            return _added(all_of_them, out, settings, clock)
        return _folder(all_of_them, out, settings, clock, recording)
    except OSError as error:
        raise RecordingError(f"{out}: cannot be written: {error.strerror}") from error


def check_free(out: Path, *, may_append: bool = False, kind: str | None = None) -> None:
    """Refuse a place where something is that must not be replaced.

    Raises:
        UsageError: A segment that exists, a file where a folder is to be, a folder with something
            else in it, or a recording (unless ``may_append``). Or mitmproxy is missing for a flow
            dump.
    """
    suffix = _suffix(out, kind)
    if suffix == SUFFIX and out.exists():
        raise UsageError(f"{out}: exists already; name a new file, or a folder to add to it")
    if suffix in FILE_SUFFIXES:
        if out.is_dir():
            raise UsageError(f"{out}: is a folder, expected a file")
        if suffix in FLOW_SUFFIXES:
            _flow_writer()
        return
    if not out.is_dir():
        if out.exists():
            names = ", ".join(FILE_SUFFIXES)
            raise UsageError(f"{out}: is a file, expected a folder (or a name in {names})")
        return
    if segment_files(out):
        if not may_append:
            raise UsageError(f"{out}: holds a recording already; name a new folder")
    elif others := sorted({path.name for path in out.iterdir()} - _OF_A_RECORDING):
        raise UsageError(f"{out}: holds {others[0]!r} and no recording; name a new folder")


def _suffix(out: Path, kind: str | None) -> str:
    """The suffix that says how to write."""
    return f".{kind}" if kind else out.suffix.lower()


def _flow_writer() -> Callable[[Iterable[Exchange], BinaryIO], int]:
    try:
        # mitmproxy need not be there as long as nobody asks for its files
        from shadowpact.recording.flow_dump_export import write_flows  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise missing_mitmproxy(error) from error
    return write_flows


def _flow_dump(exchanges: Iterator[Exchange], out: Path) -> int:
    draft = draft_of(out)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            count = _flow_writer()(exchanges, stream)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return count


def draft_of(out: Path) -> Path:
    """Where a file or folder is written before it gets its name."""
    return out.with_name(f".{out.name}.{os.getpid()}.tmp")


def _segment(
    exchanges: Iterator[Exchange], out: Path, clock: Clock | None, recording: str | None
) -> int:
    draft = draft_of(out)
    settings = RecordingSettings(segment_bytes=_UNLIMITED, max_bytes=_UNLIMITED * 4, max_age_s=0)
    try:
        count = _write(exchanges, _writer(draft, settings, clock, recording))
        segment_files(draft)[0].path.replace(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return count


def _folder(
    exchanges: Iterator[Exchange],
    out: Path,
    settings: RecordingSettings,
    clock: Clock | None,
    recording: str | None,
) -> int:
    draft = draft_of(out)
    try:
        count = _write(exchanges, _writer(draft, settings, clock, recording))
        if out.is_dir():  # without segments; maybe with the counts of a recording that never began
            for file in segment_files(draft):
                file.path.replace(out / file.path.name)
        else:
            draft.replace(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return count


def _added(
    exchanges: Iterator[Exchange], out: Path, settings: RecordingSettings, clock: Clock | None
) -> int:
    """Add segments to a recording; it is held meanwhile, so that nobody else writes to it."""
    draft = draft_of(out)
    held = Writer(out, settings)
    try:
        count = _write(exchanges, Writer(draft, settings, clock=clock, after=recording_end(out)))
        for file in segment_files(draft):
            file.path.replace(out / file.path.name)
    finally:
        held.close()
        shutil.rmtree(draft, ignore_errors=True)
    return count


def _writer(
    folder: Path, settings: RecordingSettings, clock: Clock | None, recording: str | None
) -> Writer:
    if recording is None:
        return Writer(folder, settings, clock=clock)
    return Writer(folder, settings, clock=clock, new_id=lambda: recording)


def _write(exchanges: Iterator[Exchange], writer: Writer) -> int:
    count = 0
    try:
        for count, exchange in enumerate(exchanges, start=1):  # noqa: B007  it is the result
            writer.append(exchange)
    finally:
        writer.close()
    return count
