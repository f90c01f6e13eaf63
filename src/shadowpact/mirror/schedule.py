"""Hands out requests: in the order of their session, when they are due, and no more than allowed.

A session is a queue. Its requests keep their order; sessions do not wait for each other, unless a
request uses an id that an answer still under way is to deliver.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence

import msgspec

from shadowpact.mirror.limiter import Limiter
from shadowpact.model.clock import Clock

POLL_S = 0.01
"""Between two looks at a source that has nothing yet: seen after 5 ms in the median."""

LONGEST_SLEEP_S = 0.2
"""So that a stop is noticed soon."""

DUE_WITHIN_S = 0.0005
"""What is due so soon is handed out at once: a timer is no finer."""


class Planned[T](msgspec.Struct, eq=False):
    """One request on its way through a schedule.

    Attributes:
        item: What it is about.
        session: Whose queue it stands in; ``None`` for a request that waits for nobody.
        is_exclusive: Runs alone in its session; others of its session may run side by side.
        due_s: When to send it, on the monotonic clock; ``None`` for as soon as possible.
        released_s: Until when it waits at most for ids that others deliver; set by the schedule.
    """

    item: T
    session: str | None = None
    is_exclusive: bool = True
    due_s: float | None = None
    released_s: float | None = None


class _Session[T]:
    """The queue of one session, and what of it is under way."""

    __slots__ = ("is_exclusive", "running", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Planned[T]] = deque()
        self.running = 0
        self.is_exclusive = False

    def may_start(self, planned: Planned[T]) -> bool:
        return not self.running or not (self.is_exclusive or planned.is_exclusive)


type Read[T] = Callable[[], Awaitable[Sequence[Planned[T]] | None]]
"""Reads ahead: what came, nothing when nothing is there yet, ``None`` at the end."""


class Schedule[T]:
    """One reader, many takers.

    Call :meth:`next` for a request, and :meth:`done` when it has ended.
    """

    def __init__(
        self,
        read: Read[T],
        *,
        clock: Clock,
        stop: asyncio.Event,
        window: int,
        limiter: Limiter | None = None,
        rate: float | None = None,
        blocker: Callable[[T], Hashable | None] | None = None,
        longest_wait_s: float = 2.0,
    ) -> None:
        """Take what reads ahead.

        Args:
            read: Reads ahead; called by one taker at a time.
            clock: Tells what is due.
            stop: When set, nothing more is handed out.
            window: How many requests are read ahead at most.
            limiter: Says how many may be under way.
            rate: Requests a second at most; ``None`` for no limit.
            blocker: Whose answer, still under way, a request needs; ``None`` when it needs none.
            longest_wait_s: How long such a request waits at most.
        """
        self._read = read
        self._clock = clock
        self._stop = stop
        self._window = window
        self._limiter = limiter
        self._pause_s = 1 / rate if rate else 0.0
        self._blocker = blocker
        self._longest_wait_s = longest_wait_s
        self._ready: deque[Planned[T]] = deque()
        self._timed: list[tuple[float, int, Planned[T]]] = []
        self._parked: dict[Hashable, list[Planned[T]]] = {}
        self._sessions: dict[str, _Session[T]] = {}
        self._queued = 0
        self._in_flight = 0
        self._next_s = 0.0
        self._numbered = 0
        self._has_ended = False
        self._looking = asyncio.Lock()
        self._changed = asyncio.Event()

    async def next(self) -> Planned[T] | None:
        """The next request; ``None`` when there will be none, and once asked to stop."""
        while not self._stop.is_set():
            if (planned := self._take()) is not None:
                return planned
            if self._is_over:
                return None
            async with self._looking:  # one taker looks for work, the others wait for their turn
                if (planned := self._take()) is not None:
                    return planned
                if not self._is_over:
                    await self._look()
        return None

    def done(self, planned: Planned[T], name: Hashable = None) -> None:
        """A request has ended: the next of its session may start, and whoever waited for it.

        Args:
            planned: As it was handed out.
            name: What ``blocker`` calls it.
        """
        self._in_flight -= 1
        if planned.session is not None:
            session = self._sessions[planned.session]
            session.running -= 1
            self._start(planned.session, session)
        self.release(name)
        self._changed.set()

    def release(self, name: Hashable) -> None:
        """Whoever waited for an answer may look again."""
        if self._parked and (released := self._parked.pop(name, None)):
            self._ready.extendleft(reversed(released))  # they have waited longest
            self._changed.set()

    @property
    def _is_over(self) -> bool:
        return self._has_ended and not self._queued

    def _take(self) -> Planned[T] | None:
        """What may be sent now."""
        if self._timed:
            self._ring()
        if self._limiter is not None and self._in_flight >= self._limiter.limit:
            return None
        if self._pause_s and self._clock.monotonic_s() < self._next_s - DUE_WITHIN_S:
            return None
        while self._ready:
            planned = self._ready.popleft()
            if self._is_held_up(planned):
                continue
            self._queued -= 1
            self._in_flight += 1
            if self._pause_s:
                self._next_s = max(self._next_s, self._clock.monotonic_s()) + self._pause_s
            return planned
        return None

    def _is_held_up(self, planned: Planned[T]) -> bool:
        """Whether it has to wait for another's answer; then it is put aside."""
        if self._blocker is None or (blocker := self._blocker(planned.item)) is None:
            return False
        now_s = self._clock.monotonic_s()
        if planned.released_s is None:
            planned.released_s = now_s + self._longest_wait_s
        if now_s >= planned.released_s:
            return False
        self._parked.setdefault(blocker, []).append(planned)
        return True

    def _unpark(self) -> None:
        """Let all look again who wait for an answer: some have waited long enough."""
        for waiting in self._parked.values():
            self._ready.extend(waiting)
        self._parked.clear()

    def _ring(self) -> None:
        """Move what is due now to what is ready."""
        limit_s = self._clock.monotonic_s() + DUE_WITHIN_S
        while self._timed and self._timed[0][0] <= limit_s:
            self._ready.append(heapq.heappop(self._timed)[2])

    async def _look(self) -> None:
        """Read ahead, or wait until something may have changed."""
        self._changed.clear()
        if not self._has_ended and self._queued < self._window:
            found = await self._read()
            if found is None:
                self._has_ended = True
            else:
                for planned in found:
                    self._enqueue(planned)
                if found or self._ready:
                    return
                await self._wait(POLL_S)
            return
        await self._wait(LONGEST_SLEEP_S)

    async def _wait(self, longest_s: float) -> None:
        """Sleep until something ends, something is due, or some time has passed."""
        now_s = self._clock.monotonic_s()
        wake_s = now_s + longest_s
        if self._timed:
            wake_s = min(wake_s, self._timed[0][0])
        if self._ready and self._next_s > now_s:
            wake_s = min(wake_s, self._next_s)
        for waiting in self._parked.values():
            wake_s = min(wake_s, *(planned.released_s or wake_s for planned in waiting))
        is_release = wake_s < now_s + longest_s
        try:
            async with asyncio.timeout(max(0.0, wake_s - now_s)):
                await self._changed.wait()
        except TimeoutError:
            if self._parked and is_release:
                self._unpark()

    def _enqueue(self, planned: Planned[T]) -> None:
        self._queued += 1
        if planned.session is None:
            self._offer(planned)
            return
        session = self._sessions.get(planned.session)
        if session is None:
            session = self._sessions[planned.session] = _Session()
        session.waiting.append(planned)
        if len(session.waiting) == 1:
            self._start(planned.session, session)

    def _start(self, key: str, session: _Session[T]) -> None:
        """Offer what of a session may run now."""
        waiting = session.waiting
        while waiting and session.may_start(waiting[0]):
            planned = waiting.popleft()
            session.running += 1
            session.is_exclusive = planned.is_exclusive
            self._offer(planned)
        if not session.running and not waiting:
            del self._sessions[key]

    def _offer(self, planned: Planned[T]) -> None:
        if planned.due_s is None:
            self._ready.append(planned)
            return
        self._numbered += 1  # equal times keep their order
        heapq.heappush(self._timed, (planned.due_s, self._numbered, planned))
