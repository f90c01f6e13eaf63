"""Follows the live recording of a state folder through the pipeline into its store."""

import asyncio
import contextlib
import fcntl
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from shadowpact.aliases import Aliases
from shadowpact.config.settings import Settings
from shadowpact.errors import UsageError
from shadowpact.evidence import backlog
from shadowpact.lane import Lane
from shadowpact.mirror.candidate import Candidate
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.alias import AliasRow
from shadowpact.model.batch import Cursor
from shadowpact.model.clock import Clock
from shadowpact.pipeline import Pipeline
from shadowpact.recorded_requests import RecordedRequests
from shadowpact.recording.feed import POLL_S
from shadowpact.recording.reader import Follower
from shadowpact.recording.retention import mark_unfinished_from, remove_finished
from shadowpact.recording.segments import Position
from shadowpact.secrets import Sealer, load_key
from shadowpact.secrets.aliases import open_row
from shadowpact.state import open_store, recording_folder, store_file

LOOK_AGAIN_S = 0.2
RETENTION_EVERY_S = 10.0
LOCK_TRIES = 5
LOCK_TRY_S = 0.05


class WorkerIsRunningError(UsageError):
    """Another worker is at work on this state folder."""


def run(
    state: Path,
    settings: Settings,
    clock: Clock,
    *,
    drain: bool,
    until_eof: bool,
    warn: Callable[[str], None],
) -> None:
    """Work through the recording of ``state``.

    Args:
        state: The state folder.
        settings: Of all stages.
        clock: Tells lag and age.
        drain: End when everything recorded is worked through (by another worker, if one runs).
        until_eof: End when standard input does: the supervisor is gone.
        warn: Gets what a person should know.

    Raises:
        WorkerIsRunningError: One is at work here already, and this is not a drain.
    """
    while True:
        try:
            with _only_worker(state):
                asyncio.run(
                    _work(state, settings, clock, drain=drain, until_eof=until_eof, warn=warn)
                )
        except WorkerIsRunningError:
            if not drain:
                raise
            if backlog(state, clock).exchanges:  # if the other one dies, it is ours
                time.sleep(LOOK_AGAIN_S)
                continue
        return


def is_running(state: Path) -> bool:
    """Whether a worker is at work on this state folder."""
    try:
        with _only_worker(state):
            return False
    except WorkerIsRunningError:
        return True


async def _work(
    state: Path,
    settings: Settings,
    clock: Clock,
    *,
    drain: bool,
    until_eof: bool,
    warn: Callable[[str], None],
) -> None:
    folder = recording_folder(state)
    stop = asyncio.Event()
    _stop_on_signals(stop)
    watch = _stop_at_eof(stop) if until_eof else None
    recording = await _recording_id(folder, stop, wait=not drain)
    if recording is None:
        return
    store = open_store(state)
    cursor = store.cursor(recording)
    start = Position(cursor.segment, cursor.offset, cursor.sequence) if cursor else None
    sealer = Sealer(load_key(state), settings.secrets)
    known = [open_row(row, sealer) for row in store.aliases()]
    requests = RecordedRequests(folder, sealer)
    lanes = [_lane(one, settings, clock, known, requests) for one in settings.mirror.candidates]
    pipeline = Pipeline(
        settings,
        store,
        lanes=lanes,
        sealer=sealer,
        clock=clock,
        cursor=cursor,
        is_finite=drain,
        on_commit=_after_commit(state, settings, clock, stop=stop, warn=warn),
        warn=warn,
        stop=stop,
    )
    gc.collect()
    gc.freeze()  # what was imported never dies; collections need not look at it again
    with ExitStack() as files:
        try:
            await pipeline.run(
                lambda: files.enter_context(Follower(folder, start)), recording=recording
            )
        finally:
            for lane in lanes:
                await lane.close()
            requests.close()
            store.close()
            if watch is not None:
                watch.cancel()


def _lane(
    candidate: CandidateSettings,
    settings: Settings,
    clock: Clock,
    known: Iterable[AliasRow],
    requests: RecordedRequests,
) -> Lane:
    aliases = Aliases(candidate.name)
    aliases.load(known)
    cap_bytes = settings.capture.body_cap_bytes
    asked = Candidate(candidate, clock, body_cap_bytes=cap_bytes, recorded=requests.first)
    return Lane(asked, aliases=aliases)


def _after_commit(
    state: Path,
    settings: Settings,
    clock: Clock,
    *,
    stop: asyncio.Event,
    warn: Callable[[str], None],
) -> Callable[[Cursor], None]:
    """After commits: say which segments are finished, and remove what is over the limits."""
    folder, marked, looked_at_s = recording_folder(state), -1, 0.0

    def after_commit(cursor: Cursor) -> None:
        nonlocal marked, looked_at_s
        if not store_file(state).exists() and not stop.is_set():
            warn(
                f"{state}: the state folder was removed; ending, so that the next worker can start"
            )
            stop.set()
        with contextlib.suppress(OSError):  # a full disk: tried again after the next commit
            if cursor.segment != marked:
                mark_unfinished_from(folder, cursor.segment)
                marked = cursor.segment
            if clock.monotonic_s() - looked_at_s >= RETENTION_EVERY_S:
                looked_at_s = clock.monotonic_s()
                remove_finished(folder, settings.recording, now_us=clock.now_us())

    return after_commit


async def _recording_id(folder: Path, stop: asyncio.Event, *, wait: bool) -> str | None:
    """Id of the recording; waits for its first segment."""
    while not stop.is_set():
        with Follower(folder) as follower:
            follower.read(1)
            if follower.recording is not None or not wait:
                return follower.recording
        await asyncio.sleep(POLL_S)
    return None


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)


def _stop_at_eof(stop: asyncio.Event) -> "asyncio.Task[None]":
    async def watch() -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.read()
        stop.set()

    return asyncio.get_running_loop().create_task(watch())


@contextmanager
def _only_worker(state: Path) -> Iterator[None]:
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(state / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _locked(descriptor):
            raise WorkerIsRunningError(
                f"{state}: a worker is already at work here. The addon starts one by itself; use "
                "--set shadowpact_worker=external to run your own."
            )
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Take the lock; tries a few times, as somebody may just be looking whether it is held."""
    for _ in range(LOCK_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(LOCK_TRY_S)
    return False
