"""Where things lie in the state folder, and how its store is opened."""

from pathlib import Path

from shadowpact.findings.verdict import verdict
from shadowpact.store.sql import SqlStore
from shadowpact.store.sql import open_store as open_sql_store


def recording_folder(state: Path) -> Path:
    """Segments of the live recording."""
    return state / "recording"


def store_file(state: Path) -> Path:
    """The SQLite store."""
    return state / "store.db"


def worker_log(state: Path) -> Path:
    """What the supervised worker says."""
    return state / "worker.log"


def open_store(state: Path | None) -> SqlStore:
    """The store of a state folder; ``None`` is one in memory, for a single run.

    Raises:
        StoreError: It cannot be opened.
    """
    return open_sql_store(None if state is None else store_file(state), verdict)
