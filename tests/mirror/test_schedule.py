import asyncio
from collections.abc import Callable, Iterable, Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shadowpact.mirror.limiter import Limiter
from shadowpact.mirror.schedule import Planned, Schedule
from shadowpact.model.clock import Clock, SystemClock

WITHIN_S = 20.0


class Fed:
    """Reads ahead from a list, in parts."""

    def __init__(self, planned: Iterable[Planned[str]], *, part: int = 3) -> None:
        self.left = list(planned)
        self.part = part
        self.read_ahead = 0

    async def __call__(self) -> Sequence[Planned[str]] | None:
        if not self.left:
            return None
        part, self.left = self.left[: self.part], self.left[self.part :]
        self.read_ahead += len(part)
        return part


def planned(name: str, session: str | None = None, **fields: object) -> Planned[str]:
    return Planned(name, session, **fields)  # type: ignore[arg-type]  # fields of the struct


def schedule_of(
    read: Fed,
    *,
    clock: Clock | None = None,
    limiter: Limiter | None = None,
    blocker: Callable[[str], str | None] | None = None,
    window: int = 64,
    rate: float | None = None,
    longest_wait_s: float = 2.0,
) -> Schedule[str]:
    return Schedule(
        read,
        clock=clock or SystemClock(),
        stop=asyncio.Event(),
        window=window,
        limiter=limiter,
        blocker=blocker,
        rate=rate,
        longest_wait_s=longest_wait_s,
    )


async def worked(
    schedule: Schedule[str], *, takers: int = 4, random: Random | None = None
) -> tuple[list[str], int]:
    """Work through a schedule; the order in which requests began, and the most at once."""
    began: list[str] = []
    running = most = 0

    async def take() -> None:
        nonlocal running, most
        while (one := await schedule.next()) is not None:
            began.append(one.item)
            running += 1
            most = max(most, running)
            for _ in range(random.randrange(4) if random else 1):
                await asyncio.sleep(0)
            running -= 1
            schedule.done(one)

    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(*(take() for _ in range(takers)))
    return began, most


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 8), st.integers(0, 2**16))
def test_everything_is_handed_out_once_and_sessions_keep_their_order(
    sessions: list[int], takers: int, seed: int
) -> None:
    items = [planned(f"{s}:{n}", str(s) if s else None) for n, s in enumerate(sessions)]

    async def run() -> tuple[list[str], int]:
        return await worked(schedule_of(Fed(items)), takers=takers, random=Random(seed))  # noqa: S311  no secret

    began, _ = asyncio.run(run())

    assert sorted(began) == sorted(one.item for one in items)
    for session in set(sessions) - {0}:
        own = [item for item in began if item.startswith(f"{session}:")]
        assert own == [one.item for one in items if one.session == str(session)]


async def test_one_of_a_session_runs_at_a_time_while_other_sessions_go_on() -> None:
    schedule = schedule_of(Fed([planned("a1", "a"), planned("a2", "a"), planned("b1", "b")]))

    first, second = await schedule.next(), await schedule.next()

    assert first is not None
    assert second is not None
    assert (first.item, second.item) == ("a1", "b1")
    schedule.done(first)
    third = await schedule.next()
    assert third is not None
    assert third.item == "a2"


async def test_reads_of_a_session_run_side_by_side_and_a_write_alone() -> None:
    items = [
        planned("read 1", "a", is_exclusive=False),
        planned("read 2", "a", is_exclusive=False),
        planned("write", "a", is_exclusive=True),
        planned("read 3", "a", is_exclusive=False),
    ]
    schedule = schedule_of(Fed(items, part=4))
    reads = [await schedule.next(), await schedule.next()]
    waiting = asyncio.ensure_future(schedule.next())
    await asyncio.sleep(0)

    assert [one.item for one in reads if one] == ["read 1", "read 2"]
    for one in reads:
        assert one is not None
        assert not waiting.done()
        schedule.done(one)
    write = await waiting
    assert write is not None
    assert write.item == "write"
    waiting = asyncio.ensure_future(schedule.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    schedule.done(write)
    last = await waiting
    assert last is not None
    assert last.item == "read 3"


async def test_it_reads_no_further_ahead_than_its_window() -> None:
    read = Fed([planned(str(n), "one session") for n in range(100)], part=5)
    schedule = schedule_of(read, window=20)

    assert await schedule.next() is not None

    waiting = asyncio.ensure_future(schedule.next())
    await asyncio.sleep(0.02)
    assert read.read_ahead <= 20 + 5
    waiting.cancel()


async def test_no_more_is_under_way_than_the_limiter_allows() -> None:
    limiter = Limiter(4)  # begins with one

    _, most = await worked(schedule_of(Fed(map(planned, "abcdefghij")), limiter=limiter), takers=8)

    assert most == 1


async def test_a_request_waits_until_it_is_due() -> None:
    clock = SystemClock()
    start_s = clock.monotonic_s()
    due = [start_s + 0.06, start_s + 0.02, start_s + 0.04]
    read = Fed(planned(f"{at:.3f}", due_s=at) for at in due)
    schedule = schedule_of(read, clock=clock)
    late: list[float] = []
    for at in sorted(due):
        one = await schedule.next()
        late.append(clock.monotonic_s() - at)

        assert one is not None
        assert one.item == f"{at:.3f}"
        schedule.done(one)
    assert min(late) >= -0.001


async def test_a_rate_spaces_requests() -> None:
    clock = SystemClock()
    start_s = clock.monotonic_s()

    await worked(schedule_of(Fed(map(planned, "abcdef")), clock=clock, rate=100.0))

    assert clock.monotonic_s() - start_s >= 0.049


async def test_a_request_waits_for_the_answer_that_gives_it_its_ids() -> None:
    settled = {"create": False}
    read = Fed([planned("create", "a"), planned("use", "b"), planned("other", "c")])
    schedule = schedule_of(
        read,
        blocker=lambda item: "create" if item == "use" and not settled["create"] else None,
    )

    create, other = await schedule.next(), await schedule.next()

    assert create is not None
    assert other is not None
    assert (create.item, other.item) == ("create", "other")
    settled["create"] = True
    schedule.done(create, "create")
    use = await schedule.next()
    assert use is not None
    assert use.item == "use"


async def test_it_waits_no_longer_than_it_is_told() -> None:
    schedule = schedule_of(
        Fed([planned("use", "b")]), blocker=lambda _: "nobody", longest_wait_s=0.02
    )

    began, _ = await worked(schedule)

    assert began == ["use"]


async def test_after_a_stop_nothing_is_handed_out() -> None:
    stop = asyncio.Event()
    schedule = Schedule(Fed(map(planned, "abc")), clock=SystemClock(), stop=stop, window=8)

    assert await schedule.next() is not None
    stop.set()
    assert await schedule.next() is None


async def test_a_source_that_has_nothing_yet_is_looked_at_again() -> None:
    parts: list[Sequence[Planned[str]] | None] = [[], [], [planned("late")], None]

    async def read() -> Sequence[Planned[str]] | None:
        return parts.pop(0)

    schedule = Schedule(read, clock=SystemClock(), stop=asyncio.Event(), window=8)
    began, _ = await worked(schedule)

    assert began == ["late"]


async def test_a_request_goes_on_when_somebody_else_has_seen_its_answer() -> None:
    settled = {"elsewhere": False}
    schedule = schedule_of(
        Fed([planned("use", "a")]), blocker=lambda _: None if settled["elsewhere"] else "elsewhere"
    )

    waiting = asyncio.ensure_future(schedule.next())
    await asyncio.sleep(0.01)
    is_waiting = not waiting.done()
    settled["elsewhere"] = True
    schedule.release("elsewhere")
    async with asyncio.timeout(1.0):  # less than it would wait
        found = await waiting

    assert is_waiting
    assert found is not None
    assert found.item == "use"
