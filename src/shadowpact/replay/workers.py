"""Several processes for one replay: each takes its share of the sessions, all into one store."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

import msgspec

from shadowpact.config.settings import Settings
from shadowpact.errors import ShadowpactError
from shadowpact.model.clock import SystemClock
from shadowpact.replay.options import ReplayOptions
from shadowpact.replay.run import SIGNALS, Ended, run
from shadowpact.replay.shares import shares
from shadowpact.replay.sharing import Sharing, Told, pass_on
from shadowpact.secrets import Sealer
from shadowpact.state import open_store

START_WITHIN_S = 120.0
"""How long workers wait for each other before the first request; loading takes about a second."""


class WorkersError(ShadowpactError):
    """A worker of a replay broke."""


class _Worker(msgspec.Struct, eq=False):
    """A process, and where it sends what it has to say and, at last, how it ended."""

    process: BaseProcess
    says: Connection
    ended: Ended | None = None


def run_workers(
    count: int,
    options: ReplayOptions,
    settings: Settings,
    folder: Path,
    *,
    key: bytes,
    warn: Callable[[str], None],
) -> Ended:
    """Run a replay in ``count`` processes and wait for them.

    A session is always one worker's; what it creates is known to the others as soon as it has
    ended. Load and rate are those of all together.

    Args:
        count: How many; not more than ``concurrency``.
        options: Of the whole replay.
        settings: With at least one candidate.
        folder: The state folder with the store that all commit to.
        key: Opens sealed credentials.
        warn: Gets what a person should know; what several workers say, once.

    Raises:
        WorkersError: One broke; it has said why.
    """
    with ExitStack() as held:
        held.enter_context(_signals_held())
        owners = shares(options, folder, Sealer(key, settings.secrets), count)
        options = msgspec.structs.replace(options, owners=owners)
        context = multiprocessing.get_context("spawn")
        together = context.Barrier(count)
        workers = [
            _started(context, together, share_of(options, number, count), settings, folder, key)
            for number in range(count)
        ]
        with _passing_on_signals(workers):
            held.close()
            _listen(workers, together, warn)
    if broken := sum(one.ended is None for one in workers):
        raise WorkersError(f"replay: {broken} of {count} workers broke; the lines above say why")
    return _worst([one.ended for one in workers if one.ended is not None])


def share_of(options: ReplayOptions, number: int, count: int) -> ReplayOptions:
    """What one of ``count`` workers is told: its sessions, and its share of load and rate."""
    whole = options.replaying
    share = msgspec.structs.replace(
        whole,
        concurrency=whole.concurrency // count + (number < whole.concurrency % count),
        rate=None if whole.rate is None else whole.rate / count,
    )
    return msgspec.structs.replace(options, part=(number, count), replaying=share)


def _started(
    context: SpawnContext,
    together: Barrier,
    options: ReplayOptions,
    settings: Settings,
    folder: Path,
    key: bytes,
) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, together, options, settings, folder, key))
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _work(
    says: Connection,
    together: Barrier,
    options: ReplayOptions,
    settings: Settings,
    folder: Path,
    key: bytes,
) -> None:
    """What a worker does, in a process of its own; signals wait until :func:`run` takes them."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        store = open_store(folder)
        try:
            together.wait(START_WITHIN_S)  # so that all keep the recorded time together
            says.send(
                run(
                    options,
                    settings,
                    store,
                    key=key,
                    clock=SystemClock(),
                    warn=says.send,
                    sharing=Sharing(says),
                )
            )
        finally:
            store.close()
    except ShadowpactError as error:
        says.send(str(error))
    except threading.BrokenBarrierError:
        pass  # another one broke, and has said why


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)  # to the process: this thread takes no signals


def _listen(workers: Sequence[_Worker], together: Barrier, warn: Callable[[str], None]) -> None:
    """Take what workers say until all have ended; when one breaks or stops, all do."""
    told = set[str]()
    speaking = {one.says: one for one in workers}
    while speaking:
        for says in wait(list(speaking)):
            worker = speaking[says]  # type: ignore[index]  # it is one of those waited for
            try:
                said: str | Told | Ended = worker.says.recv()
            except (EOFError, ConnectionResetError):
                del speaking[worker.says]
                worker.process.join()
                if worker.ended is None or worker.ended.how == "down":
                    together.abort()
                    _end(one for one in workers if one.says in speaking)
                continue
            if isinstance(said, Told):
                pass_on(said, (one for one in speaking if one is not worker.says))
            elif isinstance(said, Ended):
                worker.ended = said
            elif said not in told:
                told.add(said)
                warn(said)


def _end(workers: Iterable[_Worker]) -> None:
    """Have workers commit and end."""
    for one in workers:
        if one.process.is_alive():
            one.process.terminate()


def _worst(ended: Sequence[Ended]) -> Ended:
    """One word for all: down before interrupted before done, and the latest of them."""
    order = ("down", "interrupted", "done")
    worst = min(ended, key=lambda one: order.index(one.how))
    late = [one.late_ms for one in ended if one.late_ms is not None]
    return msgspec.structs.replace(worst, late_ms=max(late) if late else None)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Signals to end wait; who is started meanwhile starts so."""
    resource_tracker.ensure_running()  # it lets signals through when it is started later
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _passing_on_signals(workers: Sequence[_Worker]) -> Iterator[None]:
    """A signal to end goes to the workers, which commit and end; we wait for them."""

    def pass_on(_number: int, _frame: object) -> None:
        _end(workers)

    before = {number: signal.signal(number, pass_on) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for one in workers:
            if one.process.is_alive():
                one.process.kill()
                one.process.join()
            one.says.close()
