"""Where a replay keeps what it found, so that it can be looked into and gone on with."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from shadowpact.config.settings import Settings
from shadowpact.errors import StoreError
from shadowpact.replay.options import ReplayOptions
from shadowpact.state import open_store, store_file
from shadowpact.store.sql import SqlStore

REPLAYS = "replays"
WORKERS = "workers"
"""The file that says how many a replay was started with."""
SHARES = "shares.json"
"""The file that says which of them got which session."""


class Kept(msgspec.Struct, frozen=True):
    """A replay's store and the state folder it lies in.

    Attributes:
        store: Open.
        folder: A state folder of its own; ``None`` when nothing can be kept.
        workers: How many workers the replay has, from its first run on.
    """

    store: SqlStore
    folder: Path | None
    workers: int = 1


def keep(
    options: ReplayOptions,
    settings: Settings,
    state: Path,
    *,
    resume: bool,
    workers: int = 1,
    warn: Callable[[str], None],
) -> Kept:
    """Open the store of a replay: the one of an earlier run to go on with, else a new one.

    Where the disk does not let us keep one, the replay runs with one in memory, and says so. Each
    worker has a cursor for its share of the sessions, so a run goes on with as many as before.
    """
    folder = state / REPLAYS / options.name(settings)
    try:
        if not resume:
            _forget(folder)
        elif not is_kept(folder):
            warn("no earlier run of this replay is kept here; it starts at the beginning")
        else:
            return Kept(open_store(folder), folder, _workers(folder, workers, warn))
        store = open_store(folder)
        (folder / WORKERS).write_text(f"{workers}\n", "ascii")
    except (OSError, StoreError) as error:
        if resume:
            raise
        alone = " (with one worker)" if workers > 1 else ""
        warn(f"nothing will be kept{alone}, and --resume cannot go on: {error}")
        return Kept(open_store(None), None)
    return Kept(store, folder, workers)


def look(
    options: ReplayOptions, settings: Settings, state: Path, *, warn: Callable[[str], None]
) -> Kept:
    """Open what an earlier run of a replay has learnt; an empty store in memory without one."""
    folder = state / REPLAYS / options.name(settings)
    if is_kept(folder):
        return Kept(open_store(folder), folder)
    warn("no earlier run of this replay is kept here, so no ids are known yet; replay it first")
    return Kept(open_store(None), None)


def is_kept(folder: Path) -> bool:
    """Whether a run has left its store in a folder."""
    return store_file(folder).exists()


def _workers(folder: Path, wanted: int, warn: Callable[[str], None]) -> int:
    try:
        count = max(1, int((folder / WORKERS).read_text("ascii")))
    except (OSError, ValueError):
        return wanted
    if wanted not in {1, count}:
        warn(f"goes on with {count} workers, as it was started")
    return count


def _forget(folder: Path) -> None:
    """Remove what an earlier run of the same replay found."""
    file = store_file(folder)
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    for name in (WORKERS, SHARES):
        (folder / name).unlink(missing_ok=True)
