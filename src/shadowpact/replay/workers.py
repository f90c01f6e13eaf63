"""Several processes for one replay: each takes its share of the sessions, all into one store."""

import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from shadowpact.config.settings import Settings
from shadowpact.errors import ShadowpactError
from shadowpact.model.clock import SystemClock
from shadowpact.replay.options import ReplayOptions
from shadowpact.replay.run import Ended, run
from shadowpact.state import open_store


class WorkersError(ShadowpactError):
    """A worker of a replay broke."""


def run_workers(
    count: int, options: ReplayOptions, settings: Settings, folder: Path, *, key: bytes
) -> Ended:
    """Run a replay in ``count`` processes and wait for them.

    A session is always one worker's. What one session creates and another uses is an unknown alias
    when the two are of different workers.

    Args:
        count: How many.
        options: Of the whole replay.
        settings: With at least one candidate.
        folder: The state folder with the store that all commit to.
        key: Opens sealed credentials.

    Raises:
        WorkersError: One broke; it has said why.
    """
    context = multiprocessing.get_context("spawn")
    workers: list[tuple[BaseProcess, Connection]] = []
    for number in range(count):
        ours, theirs = context.Pipe(duplex=False)
        share = msgspec.structs.replace(
            options, part=(number, count), limit=_share(options.limit, number, count)
        )
        process = context.Process(target=_work, args=(theirs, share, settings, folder, key))
        process.start()
        theirs.close()
        workers.append((process, ours))
    with _passing_on_signals([process for process, _ in workers]):
        ended = [_ended(process, ours) for process, ours in workers]
    if broken := ended.count(None):
        raise WorkersError(f"replay: {broken} of {count} workers broke; the lines above say why")
    return _worst([one for one in ended if one is not None])


def _work(
    result: Connection, options: ReplayOptions, settings: Settings, folder: Path, key: bytes
) -> None:
    """What a worker does; runs in a process of its own."""

    def warn(message: str) -> None:
        print(f"shadowpact replay: {message}", file=sys.stderr)  # noqa: T201  diagnostics

    store = open_store(folder)
    try:
        result.send(run(options, settings, store, key=key, clock=SystemClock(), warn=warn))
    except ShadowpactError as error:
        warn(str(error))
    finally:
        store.close()
        result.close()


def _ended(process: BaseProcess, result: Connection) -> Ended | None:
    """How a worker ended; ``None`` when it broke."""
    try:
        ended: Ended | None = result.recv()
    except EOFError:
        ended = None
    process.join()
    return ended


def _worst(ended: Sequence[Ended]) -> Ended:
    """One word for all: down before interrupted before done, and the latest of them."""
    order = ("down", "interrupted", "done")
    worst = min(ended, key=lambda one: order.index(one.how))
    late = [one.late_ms for one in ended if one.late_ms is not None]
    return msgspec.structs.replace(worst, late_ms=max(late) if late else None)


def _share(limit: int | None, number: int, count: int) -> int | None:
    return None if limit is None else limit // count + (number < limit % count)


@contextmanager
def _passing_on_signals(processes: Sequence[BaseProcess]) -> Iterator[None]:
    """A signal to end goes to the workers, which commit and end; we wait for them."""

    def pass_on(_number: int, _frame: object) -> None:
        for process in processes:
            if process.pid is not None and process.is_alive():
                process.terminate()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for process in processes:
            if process.is_alive():
                process.kill()
                process.join()
