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
from contextlib import AsyncExitStack, contextmanager
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
SAY_AGAIN_S = 60.0
"""How often the same thing is said."""

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
    warn = _now_and_then(warn, clock)
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
    async with AsyncExitStack() as ending:
        if watch is not None:
            ending.callback(watch.cancel)
        store = open_store(state)
        ending.callback(store.close)
        cursor = store.cursor(recording)
        start = Position(cursor.segment, cursor.offset, cursor.sequence) if cursor else None
        sealer = Sealer(load_key(state), settings.secrets)
        known = [open_row(row, sealer) for row in store.aliases()]
        requests = RecordedRequests(folder, sealer)
        ending.callback(requests.close)
        lanes = []
        for one in settings.mirror.candidates:
            lane = _lane(one, settings, clock, known, requests)
            ending.push_async_callback(lane.close)
            lanes.append(lane)
        followers: list[Follower] = []

        def follow() -> Follower:
            followers.append(ending.enter_context(Follower(folder, start)))
            return followers[-1]

        pipeline = Pipeline(
            settings,
            store,
            lanes=lanes,
            sealer=sealer,
            clock=clock,
            cursor=cursor,
            is_finite=drain,
            on_commit=_after_commit(state, settings, clock, followers, stop=stop, warn=warn),
            warn=warn,
            stop=stop,
        )
        gc.collect()
        gc.freeze()  # what was imported never dies; collections need not look at it again
        await pipeline.run(follow, recording=recording)


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
    followers: Iterable[Follower],
    *,
    stop: asyncio.Event,
    warn: Callable[[str], None],
) -> Callable[[Cursor], None]:
    """After commits: say which segments are finished, and remove what is over the limits."""
    folder, marked, looked_at_s = recording_folder(state), -1, 0.0
    damage = _Damage()

    def after_commit(cursor: Cursor) -> None:
        nonlocal marked, looked_at_s
        if (where := damage.found(followers)) is not None:
            warn(
                f"{where}: damaged; what follows is read when the proxy begins the next file, when "
                "this one is full or it is started again"
            )
        removed = _removed(state, followers)
        if removed is not None and not stop.is_set():
            warn(f"{removed} was removed; ending, so that the next worker can start")
            stop.set()
        with contextlib.suppress(OSError):  # a full disk: tried again after the next commit
            if cursor.segment != marked:
                mark_unfinished_from(folder, cursor.segment)
                marked = cursor.segment
            if clock.monotonic_s() - looked_at_s >= RETENTION_EVERY_S:
                looked_at_s = clock.monotonic_s()
                remove_finished(folder, settings.recording, now_us=clock.now_us())

    return after_commit


class _Damage:
    """Tells the end of a damaged recording, once, from an exchange that is being written."""

    def __init__(self) -> None:
        self._seen: str | None = None
        self._told: str | None = None

    def found(self, followers: Iterable[Follower]) -> str | None:
        """Where it is damaged; ``None`` when nothing new is to be said."""
        where = next((at for one in followers if (at := one.stopped_at) is not None), None)
        is_damage = where is not None and where == self._seen != self._told
        self._seen = where
        if not is_damage:
            return None
        self._told = where
        return where


def _removed(state: Path, followers: Iterable[Follower]) -> str | None:
    """What somebody has removed while we were at work on it."""
    if not store_file(state).exists():
        return f"{state}: the state folder"
    if any(follower.is_removed for follower in followers):
        return f"{recording_folder(state)}: the recording"
    return None


def _now_and_then(warn: Callable[[str], None], clock: Clock) -> Callable[[str], None]:
    """Says the same thing once a minute at most; what cannot be said ends nothing."""
    said_at_s: dict[str, float] = {}

    def say(message: str) -> None:
        now = clock.monotonic_s()
        if now - said_at_s.get(message, -SAY_AGAIN_S) < SAY_AGAIN_S:
            return
        said_at_s[message] = now
        with contextlib.suppress(OSError):  # our log may lie on the disk that is full
            warn(message)

    return say


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
