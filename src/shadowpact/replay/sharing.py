"""What the workers of one replay tell each other: ids they learnt, exchanges they saw through.

A request of one session may use what another one created. Its worker has read both, so it waits for
the other worker to say that the exchange has ended, as it would for one of its own.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection

import msgspec

from shadowpact.model.alias import AliasRow
from shadowpact.pipeline import Pipeline

TELL_EVERY_S = 0.02
"""A worker that waits for another's id waits half of this longer on average."""


class Told(msgspec.Struct, frozen=True):
    """News of one worker.

    Attributes:
        rows: Bindings that are new or changed.
        ended: Sequences of exchanges that have ended, of those that others may wait for.
    """

    rows: tuple[AliasRow, ...]
    ended: tuple[int, ...]


class Sharing:
    """One worker's end: tells what is new, and takes in what others tell.

    Args:
        connection: To whoever passes news on to the other workers.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ended: list[int] = []
        self._marks: dict[str, int] = {}
        self._pipeline: Pipeline | None = None

    def note(self, sequence: int) -> None:
        """An exchange has ended."""
        self._ended.append(sequence)

    def tell(self) -> None:
        """Tell the others what is new; before what was learnt goes to the store."""
        if self._pipeline is None:
            return
        unsaved = self._pipeline.unsaved(self._marks)
        self._marks = {side: part.mark for side, part in unsaved.items()}
        rows = tuple(row for part in unsaved.values() for row in part.rows)
        ended, self._ended = tuple(self._ended), []
        if not (rows or ended):
            return
        with suppress(OSError):  # whoever started us is gone, and ends us
            self._connection.send(Told(rows, ended))

    async def run(self, pipeline: Pipeline) -> None:
        """Tell and take in until cancelled."""
        self._pipeline = pipeline
        loop = asyncio.get_running_loop()

        def take(told: Told) -> None:
            pipeline.take_over(told.rows, told.ended)

        def post(told: Told) -> None:
            loop.call_soon_threadsafe(take, told)

        # reads at once what is there, so that nobody who tells us something has to wait
        threading.Thread(target=_hear, args=(self._connection, post), daemon=True).start()
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            self.tell()


def pass_on(told: Told, connections: Iterable[Connection]) -> None:
    """Send news to workers; those that have ended do not need it."""
    for connection in connections:
        with suppress(OSError):
            connection.send(told)


def _hear(connection: Connection, post: Callable[[Told], None]) -> None:
    with suppress(EOFError, OSError, RuntimeError):  # the other end, or our loop, is closed
        while True:
            post(connection.recv())
