import asyncio
import base64
import json
from pathlib import Path

import pytest

from shadowpact.errors import RecordingError, UsageError
from shadowpact.recording.feed import Feed, FinishedSource
from shadowpact.recording.reader import Follower, Recorded
from shadowpact.recording.segments import Position
from support.recordings import number_of, numbered, record, writer

WITHIN_S = 5.0


class Listed:
    """A source of numbered exchanges that remembers how often it was asked."""

    def __init__(self, count: int, *, at_once: int = 2) -> None:
        self._left = list(range(count))
        self._at_once = at_once
        self.given = 0

    def read(self, limit: int = 512) -> list[Recorded]:
        count = min(limit, self._at_once)
        part, self._left = self._left[:count], self._left[count:]
        self.given += len(part)
        return [Recorded(n, Position(1, 0, n + 1), numbered(n)) for n in part]


def finite(source: Listed | FinishedSource, stop: asyncio.Event | None = None) -> Feed:
    return Feed(source, is_finite=True, stop=stop or asyncio.Event())


async def taken(feed: Feed) -> list[int]:
    found = []
    while (one := await feed.next()) is not None:
        found.append(one.sequence)
        await asyncio.sleep(0)
    return found


async def test_each_exchange_goes_to_one_taker() -> None:
    feed = finite(Listed(50))
    parts = await asyncio.gather(*(taken(feed) for _ in range(7)))

    assert sorted(n for part in parts for n in part) == list(range(50))
    assert sum(bool(part) for part in parts) > 1


async def test_it_reads_no_further_than_its_takers_take() -> None:
    source = Listed(50, at_once=4)
    feed = finite(source)
    for _ in range(5):
        await feed.next()

    assert source.given == 8


async def test_once_asked_to_stop_nothing_more_is_handed_out() -> None:
    stop = asyncio.Event()
    feed = finite(Listed(10, at_once=10), stop)
    assert await feed.next() is not None
    stop.set()

    assert await feed.next() is None


async def test_takers_that_wait_for_a_growing_recording_end_when_asked_to_stop(
    tmp_path: Path,
) -> None:
    stop = asyncio.Event()
    with Follower(tmp_path) as follower:
        feed = Feed(follower, is_finite=False, stop=stop)
        async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(feed.next()) for _ in range(5)]
            await asyncio.sleep(0)
            stop.set()

    assert [task.result() for task in waiting] == [None] * 5


async def test_a_waiting_taker_gets_what_is_appended(tmp_path: Path) -> None:
    into = writer(tmp_path)
    with Follower(tmp_path) as follower:
        feed = Feed(follower, is_finite=False, stop=asyncio.Event())
        async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(feed.next())
            await asyncio.sleep(0)
            into.append(numbered(7))
        into.close()
        found = waiting.result()

    assert found is not None
    assert number_of(found.exchange) == 7


async def test_a_finished_recording_is_handed_out_to_its_end(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(200)), segment_bytes=4000)

    assert await taken(finite(FinishedSource(tmp_path))) == list(range(200))


async def test_a_segment_of_a_recording_is_one_too(tmp_path: Path) -> None:
    (file,) = record(tmp_path, map(numbered, range(3)))

    assert await taken(finite(FinishedSource(file))) == [0, 1, 2]


@pytest.mark.parametrize("name", ["traffic.har", "Traffic.HAR"])
async def test_a_har_is_one_too(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(json.dumps({"log": {"entries": [_entry(n) for n in range(3)]}}))
    source = FinishedSource(tmp_path / name)

    found = source.read()
    assert [number_of(one.exchange) for one in found] == [0, 1, 2]
    assert [one.sequence for one in found] == [0, 1, 2]
    assert source.read() == []


async def test_a_recording_that_is_not_there_is_an_error_for_the_taker(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such recording"):
        await finite(FinishedSource(tmp_path / "missing")).next()


async def test_an_error_of_the_source_does_not_lock_the_other_takers_out() -> None:
    class Broken:
        def read(self, limit: int = 512) -> list[Recorded]:
            raise RecordingError(f"{limit} exchanges cannot be read")

    feed = Feed(Broken(), is_finite=True, stop=asyncio.Event())
    async with asyncio.timeout(WITHIN_S):
        results = await asyncio.gather(feed.next(), feed.next(), return_exceptions=True)

    assert all(isinstance(result, RecordingError) for result in results)


def _entry(number: int) -> dict[str, object]:
    return {
        "startedDateTime": "2025-06-15T12:00:00Z",
        "time": 3.0,
        "request": {
            "method": "GET",
            "url": f"http://monolith.test/orders/{number}",
            "httpVersion": "HTTP/1.1",
            "headers": [],
        },
        "response": {
            "status": 200,
            "httpVersion": "HTTP/1.1",
            "headers": [],
            "content": {"text": base64.b64encode(b"hi").decode(), "encoding": "base64"},
        },
    }
