"""Open what a state folder has to be read, whether or not a worker has been at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shadowpact.errors import UsageError
from shadowpact.state import open_store, recording_folder, store_file
from shadowpact.store.sql import SqlStore


def open_recorded(state: Path) -> SqlStore:
    """The store of a state folder; an empty one while nothing but a recording is there.

    Raises:
        UsageError: Nothing was recorded in it; nothing is made there.
        StoreError: The store cannot be opened.
    """
    is_worked_on = store_file(state).exists()
    if not is_worked_on and not recording_folder(state).exists():
        raise UsageError(
            f"{state}: nothing was recorded in this folder yet. Start the proxy (shadowpact proxy, "
            "or mitmdump with addons/shadowpact.py) and send traffic through it."
        )
    return open_store(state if is_worked_on else None)


@contextmanager
def reading(state: Path) -> Iterator[SqlStore]:
    """What :func:`open_recorded` opens, all of one moment, whatever a worker commits meanwhile.

    Raises:
        UsageError: Nothing was recorded in it.
        StoreError: The store cannot be opened or read.
    """
    store = open_recorded(state)
    try:
        with store.snapshot():
            yield store
    finally:
        store.close()
