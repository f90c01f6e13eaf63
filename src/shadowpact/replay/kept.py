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


class Kept(msgspec.Struct, frozen=True):
    """A replay's store and the state folder it lies in.

    Attributes:
        store: Open.
        folder: A state folder of its own; ``None`` when nothing can be kept.
    """

    store: SqlStore
    folder: Path | None


def keep(
    options: ReplayOptions,
    settings: Settings,
    state: Path,
    *,
    resume: bool,
    warn: Callable[[str], None],
) -> Kept:
    """Open the store of a replay: the one of an earlier run to go on with, else a new one.

    Where the disk does not let us keep one, the replay runs with one in memory, and says so.
    """
    folder = state / REPLAYS / options.name(settings)
    try:
        if not resume:
            _forget(folder)
        return Kept(open_store(folder), folder)
    except (OSError, StoreError) as error:
        if resume:
            raise
        warn(f"nothing will be kept, and --resume cannot go on: {error}")
        return Kept(open_store(None), None)


def _forget(folder: Path) -> None:
    """Remove what an earlier run of the same replay found."""
    file = store_file(folder)
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
