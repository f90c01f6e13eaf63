"""One replay, in this process: the recording through the pipeline into a store."""

import asyncio
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from shadowpact.aliases import Aliases
from shadowpact.config.settings import Settings
from shadowpact.credentials import first_request
from shadowpact.errors import RecordingError
from shadowpact.lane import Lane, Side
from shadowpact.mirror.candidate import Candidate
from shadowpact.mirror.limiter import Limiter
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.transport import AiohttpTransport
from shadowpact.model.alias import AliasRow
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Request
from shadowpact.pipeline import Pipeline
from shadowpact.planning import Replaying
from shadowpact.recording.feed import FinishedSource
from shadowpact.replay.options import RECORDED, ReplayOptions
from shadowpact.secrets import Sealer
from shadowpact.secrets.aliases import open_row
from shadowpact.selection import selects
from shadowpact.store.protocol import Store

BASELINE, TWIN = "baseline", "twin"


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
) -> Ended:
    """Send a recording's requests to the candidates and commit what was found.

    Args:
        options: What to replay, and how.
        settings: With at least one candidate.
        store: Gets evidence and findings; says how far an earlier run came.
        key: Opens sealed credentials.
        clock: Tells what is due.
        warn: Gets what a person should know.

    Raises:
        RecordingError: The recording cannot be read.
    """
    if not options.recording.exists():
        raise RecordingError(f"{options.recording}: no such recording (a folder or a file)")
    return asyncio.run(_run(options, settings, store, Sealer(key, settings.secrets), clock, warn))


async def _run(
    options: ReplayOptions,
    settings: Settings,
    store: Store,
    sealer: Sealer,
    clock: Clock,
    warn: Callable[[str], None],
) -> Ended:
    if options.baseline != RECORDED:
        settings = msgspec.structs.replace(settings, baseline_url=options.baseline)
    known = [open_row(row, sealer) for row in store.aliases()]
    lanes = [
        _lane(one, options, settings, known, clock, sealer) for one in settings.mirror.candidates
    ]
    replaying = Replaying(
        settings=options.replaying,
        selects=selects(options.selection),
        limit=options.limit,
        part=options.part,
    )
    pipeline = Pipeline(
        settings,
        store,
        lanes=lanes,
        sealer=sealer,
        clock=clock,
        cursor=store.cursor(options.cursor),
        is_finite=True,
        replaying=replaying,
        warn=warn,
    )
    try:
        with _stopping_on_signals(pipeline.stop) as interrupted:
            await pipeline.run(lambda: FinishedSource(options.recording), options.cursor)
    except* RecordingError as group:
        raise group.exceptions[0] from None
    finally:
        for lane in lanes:
            await lane.close()
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
        return Side(AiohttpTransport(transport, body_cap_bytes=cap_bytes), aliases(name))

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
    """Set ``stop`` on the first Ctrl-C or SIGTERM; the list then holds the signal."""
    loop = asyncio.get_running_loop()
    seen: list[int] = []

    def end(number: int) -> None:
        seen.append(number)
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in numbers:
            loop.add_signal_handler(number, end, number)
    except (ValueError, RuntimeError):  # not in the main thread: nobody sends us signals there
        yield seen
        return
    try:
        yield seen
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
