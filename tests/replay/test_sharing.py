import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import cast

import pytest

from shadowpact.aliases import Aliases, Unsaved
from shadowpact.model.alias import AliasRow
from shadowpact.pipeline import Pipeline
from shadowpact.replay.sharing import Sharing, Told, pass_on
from support.build import response
from support.sides import Side, post

ROW = AliasRow(candidate="shop", kind="order", scope="s", recorded=12, side=81)
WITHIN_S = 10.0


class Worker:
    """What sharing asks of a pipeline: one side, and what came from others."""

    def __init__(self) -> None:
        self.side = Side(Aliases("shop"))
        self.taken: list[tuple[Sequence[AliasRow], tuple[int, ...]]] = []
        self.came = asyncio.Event()

    def learns(self) -> None:
        created = response({"id": 12}, 201), response({"id": 81}, 201)
        self.side.takes(post("/orders", {}), *created, session="s")

    def unsaved(self, since: Mapping[str, int]) -> Mapping[str, Unsaved]:
        return {"shop": self.side.aliases.dirty(since.get("shop", 0))}

    def take_over(self, rows: Sequence[AliasRow], ended: Iterable[int]) -> None:
        self.taken.append((rows, tuple(ended)))
        self.came.set()


@pytest.fixture
def pipe() -> Iterator[tuple[Connection, Connection]]:
    ours, theirs = Pipe()
    before = set(threading.enumerate())
    yield ours, theirs
    ours.close()
    for hearing in set(threading.enumerate()) - before:
        hearing.join(WITHIN_S)  # it met the end of the pipe, and must not meet the next one
    theirs.close()


async def test_what_is_learnt_is_told_once_with_what_has_ended(
    pipe: tuple[Connection, Connection],
) -> None:
    parent, own = pipe
    worker, sharing = Worker(), Sharing(own)
    running = asyncio.ensure_future(sharing.run(cast("Pipeline", worker)))
    worker.learns()
    sharing.note(7)
    async with asyncio.timeout(WITHIN_S):
        told: Told = await asyncio.to_thread(parent.recv)
    sharing.note(8)
    sharing.tell()
    again: Told = parent.recv()
    running.cancel()

    assert told.ended == (7,)
    assert [(row.kind, row.recorded, row.side) for row in told.rows] == [("order", 12, 81)]
    assert again == Told((), (8,))


async def test_what_is_learnt_is_told_whether_or_not_anything_that_delivers_has_ended(
    pipe: tuple[Connection, Connection],
) -> None:
    parent, own = pipe
    worker, sharing = Worker(), Sharing(own)
    running = asyncio.ensure_future(sharing.run(cast("Pipeline", worker)))
    await asyncio.sleep(0)
    sharing.tell()
    is_silent = not parent.poll()
    worker.learns()
    sharing.tell()
    told: Told = parent.recv()
    running.cancel()

    assert is_silent
    assert (len(told.rows), told.ended) == (1, ())


async def test_what_others_tell_is_taken_over(pipe: tuple[Connection, Connection]) -> None:
    parent, own = pipe
    worker = Worker()
    running = asyncio.ensure_future(Sharing(own).run(cast("Pipeline", worker)))
    pass_on(Told((ROW,), (3, 4)), [parent])
    async with asyncio.timeout(WITHIN_S):
        await worker.came.wait()
    running.cancel()

    assert worker.taken == [((ROW,), (3, 4))]


def test_who_has_ended_needs_no_news(pipe: tuple[Connection, Connection]) -> None:
    parent, own = pipe
    own.close()

    pass_on(Told((ROW,), ()), [parent])

    assert parent.closed is False
