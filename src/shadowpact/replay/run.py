"""One replay, in this process: the recording through the pipeline into a store."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Literal

import msgspec

from shadowpact.aliases import Aliases
from shadowpact.config.settings import Settings
from shadowpact.credentials import first_request
from shadowpact.errors import UsageError
from shadowpact.lane import Lane, Side
from shadowpact.mirror.candidate import Candidate
from shadowpact.mirror.limiter import Limiter
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.transport import HttpTransport
from shadowpact.model.alias import AliasRow, side_of
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Request
from shadowpact.pipeline import Pipeline
from shadowpact.planning import Replaying
from shadowpact.recording.feed import FinishedSource
from shadowpact.recording.formats import open_recording
from shadowpact.replay.options import RECORDED, ReplayOptions
from shadowpact.replay.sharing import Sharing
from shadowpact.secrets import Sealer
from shadowpact.secrets.aliases import open_row
from shadowpact.selection import selects
from shadowpact.store.protocol import Store

BASELINE, TWIN = "baseline", "twin"
SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""They end a replay; what was compared is committed."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a replay ended.

    Attributes:
        how: ``done`` with all of it, ``interrupted`` by a signal, or the candidate was ``down``.
        why: What showed that it is down.
        late_ms: Median and 99th percentile of how late requests were sent, where a speed was
            given.
    """

    how: Literal["done", "interrupted", "down"] = "done"
    why: str | None = None
    late_ms: tuple[float, float] | None = None


def run(
    options: ReplayOptions,
    settings: Settings,
    store: Store,
    *,
    key: bytes,
    clock: Clock,
    warn: Callable[[str], None],
    sharing: Sharing | None = None,
) -> Ended:
    """Send a recording's requests to the candidates and commit what was found.

    Args:
        options: What to replay, and how.
        settings: With at least one candidate.
        store: Gets evidence and findings; says how far an earlier run came.
        key: Opens sealed credentials.
        clock: Tells what is due.
        warn: Gets what a person should know.
        sharing: To the other workers, when this is one of several.

    Raises:
        RecordingError: The recording cannot be read.
        UsageError: A pattern is malformed.
    """
    check(options)
    sealer = Sealer(key, settings.secrets)
    return asyncio.run(_run(options, settings, store, sealer, clock, warn, sharing))


def check(options: ReplayOptions) -> None:
    """Make sure that there is something to replay, before anything is done.

    Raises:
        RecordingError: It is no recording.
        UsageError: There is no such recording, or a pattern is malformed.
    """
    selects(options.selection)
    if not options.recording.exists():
        raise UsageError(f"{options.recording}: no such recording (a folder or a file)")
    next(open_recording(options.recording), None)


async def _run(
    options: ReplayOptions,
    settings: Settings,
    store: Store,
    sealer: Sealer,
    clock: Clock,
    warn: Callable[[str], None],
    sharing: Sharing | None,
) -> Ended:
    if options.baseline != RECORDED:
        settings = msgspec.structs.replace(settings, baseline_url=options.baseline)
    known = [open_row(row, sealer) for row in store.aliases()]
    replaying = Replaying(
        settings=options.replaying,
        selects=selects(options.selection),
        limit=options.limit,
        part=options.part,
        owners=options.owners,
        cursors=tuple(map(store.cursor, options.cursors)),
        asks_baseline=options.baseline != RECORDED,
    )
    async with AsyncExitStack() as ending:
        lanes = []
        for one in settings.mirror.candidates:
            lane = _lane(one, options, settings, known, clock, sealer)
            ending.push_async_callback(lane.close)
            lanes.append(lane)
        pipeline = Pipeline(
            settings,
            store,
            lanes=lanes,
            sealer=sealer,
            clock=clock,
            cursor=store.cursor(options.cursor),
            is_finite=True,
            replaying=replaying,
            sharing=sharing,
            warn=warn,
        )
        if sharing is not None:
            ending.callback(asyncio.ensure_future(sharing.run(pipeline)).cancel)
        with _stopping_on_signals(pipeline.stop) as interrupted:
            await pipeline.run(lambda: FinishedSource(options.recording), options.cursor)
    if pipeline.down is not None:
        return Ended(how="down", why=pipeline.down, late_ms=pipeline.late_ms)
    how: Literal["interrupted", "done"] = "interrupted" if interrupted else "done"
    return Ended(how=how, late_ms=pipeline.late_ms)


def _lane(
    candidate: CandidateSettings,
    options: ReplayOptions,
    settings: Settings,
    known: Iterable[AliasRow],
    clock: Clock,
    sealer: Sealer,
) -> Lane:
    known = list(known)
    cap_bytes = settings.capture.body_cap_bytes

    def aliases(side: str) -> Aliases:
        made = Aliases(side)
        made.load(known)
        return made

    def side(name: str, url: str) -> Side:
        transport = CandidateSettings(name=name, url=url, timeout_ms=candidate.timeout_ms)
        asked = HttpTransport(transport, body_cap_bytes=cap_bytes)
        return Side(asked, aliases(side_of(candidate.name, name)))

    def recorded(pattern: str) -> Request | None:
        source = FinishedSource(options.recording)
        exchanges = (one for part in iter(source.read, []) for one in part)
        return first_request(
            (sealer.open(one.exchange).request for one in exchanges if one.exchange), pattern
        )

    concurrency = options.replaying.concurrency
    return Lane(
        Candidate(
            msgspec.structs.replace(candidate, max_in_flight=concurrency),
            clock,
            body_cap_bytes=cap_bytes,
            recorded=recorded,
        ),
        aliases=aliases(candidate.name),
        baseline=None if options.baseline == RECORDED else side(BASELINE, options.baseline),
        twin=None if options.twin is None else side(TWIN, options.twin),
        is_twin_separate=options.is_twin_separate,
        limiter=Limiter(concurrency, stop_error_rate=options.replaying.stop_error_rate),
    )


@contextmanager
def _stopping_on_signals(stop: asyncio.Event) -> Iterator[list[int]]:
    """Set ``stop`` on the first Ctrl-C or SIGTERM; the list then holds the signal.

    Where signals were held back, as in workers that are just starting, they are let through only
    while somebody takes them.
    """
    loop = asyncio.get_running_loop()
    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield seen  # nobody sends us signals here
        return

    def end(number: int) -> None:
        seen.append(number)
        stop.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, end, number)
    held = signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        yield seen
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        for number in SIGNALS:
            loop.remove_signal_handler(number)
