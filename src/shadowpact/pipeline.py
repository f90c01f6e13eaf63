"""The stages in their order: recording ▶ mirror ▶ compare ▶ findings ▶ store.

Capture has appended each exchange to a recording. A :class:`Pipeline` takes them from there, live
or from a file, one lane for each candidate so that a slow one holds up nobody else:

    read ──▶ plan ──▶ schedule ──▶ ask the sides ──▶ compare ──▶ tally ──▶ commit
              │        order, pace    │ each in its own ids        with the cursor
              │        and load       │ no answer: a difference
              └ not to be mirrored: dropped, and why

Every exchange ends as compared, dropped or incomparable, and is committed exactly once.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from shadowpact.aliases import Unsaved, may_deliver
from shadowpact.config.settings import Settings
from shadowpact.errors import ShadowpactError, StoreError
from shadowpact.findings.tally import Tally
from shadowpact.judging import Judge
from shadowpact.lane import Job, Lane
from shadowpact.mirror.policy import Refusal
from shadowpact.mirror.schedule import Planned, Schedule
from shadowpact.model.alias import AliasRow
from shadowpact.model.batch import Cursor
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Exchange
from shadowpact.model.histogram import bucket, quantile_ms
from shadowpact.model.pair import Pair
from shadowpact.planning import NOT_OURS, Plan, Planner, Replaying, route_table
from shadowpact.recording.feed import Source
from shadowpact.recording.progress import Progress
from shadowpact.recording.reader import Recorded
from shadowpact.secrets import Sealer
from shadowpact.secrets.aliases import seal_row
from shadowpact.store.protocol import Store

COMMIT_EVERY_S = 0.25
DEFAULT_MAX_LAG_MS = 300_000

LONGEST_LEAD = 300_000
"""Exchanges that one lane may be ahead of the slowest before it waits; bounds the cursor."""

WAIT_FOR_IDS_MS = 2000
"""How long a live request waits at most for the answer that gives it its ids."""

READ_AT_ONCE = 512
"""Exchanges asked for in one go; a source gives fewer as it sees fit."""

READ_AHEAD = 4096
"""Exchanges a lane reads ahead, so that a session in a queue does not hold up the others."""

WRITE_POLICY = Refusal("dropped", "write-policy")
INTERNAL_ERROR = Refusal("incomparable", "internal-error")


class Shares(Protocol):
    """Tells the other workers of a replay what this one has done."""

    def note(self, sequence: int) -> None:
        """An exchange that was sent has ended; others may wait for what it delivers."""
        ...

    def tell(self) -> None:
        """What was learnt goes to the store now."""
        ...


class Pipeline:
    """Works through one recording until it is stopped, or at its end."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        lanes: Sequence[Lane],
        sealer: Sealer,
        clock: Clock,
        cursor: Cursor | None = None,
        is_finite: bool = False,
        replaying: Replaying | None = None,
        on_commit: Callable[[Cursor], None] | None = None,
        sharing: Shares | None = None,
        warn: Callable[[str], None] = lambda _message: None,
        stop: asyncio.Event | None = None,
    ) -> None:
        """Wire the stages.

        Args:
            settings: Of all stages.
            store: Where findings, aliases and cursor are committed.
            lanes: One for each candidate.
            sealer: Opens sealed credentials.
            clock: Tells how old an exchange is.
            cursor: Where to go on.
            is_finite: The recording does not grow: end with it, and do not wait for a dead
                candidate.
            replaying: Set for a replay: its time, order and load.
            on_commit: Called with the committed cursor, regularly.
            sharing: Tells other workers, when this is one of several.
            warn: Gets what a person should know.
            stop: Set it to end early; what is in flight is still seen through.
        """
        self._store = store
        self._lanes = {lane.name: lane for lane in lanes}
        self._clock = clock
        self._is_finite = is_finite
        self._replaying = replaying
        self._on_commit = on_commit
        self._sharing = sharing
        self._warn = warn
        self._recording = cursor.recording if cursor else ""
        self._progress = Progress(cursor)
        self._tally = Tally(store.thresholds())
        self._sealer = sealer
        self._judge = Judge(settings, self._tally, sealer, clock)
        self._planner = Planner(
            route_table(settings),
            sealer,
            candidates=tuple(lane.candidate.settings for lane in lanes),
            clock=clock,
            replaying=replaying,
        )
        self._max_lag_us = _max_lag_us(settings, is_finite=is_finite)
        self.stop = stop or asyncio.Event()
        self.down: str | None = None
        """Why a replay ended early: the candidate is down rather than different."""
        self._late: Counter[int] = Counter()
        self._told: set[tuple[str, type[Exception]]] = set()
        self._schedules: list[Schedule[Job]] = []

    async def run(self, open_source: Callable[[], Source], recording: str = "") -> None:
        """Work until the end of a finite source, or until ``stop`` is set.

        Args:
            open_source: Opens the recording at the cursor; called once for each lane.
            recording: Its id, for the cursor; empty when it is not kept.
        """
        self._recording = recording
        self._planner.name("run" if self._replaying else recording or "run")
        lanes: list[Lane | None] = [*self._lanes.values()] or [None]
        committer = asyncio.ensure_future(self._commit_regularly())
        committer.add_done_callback(lambda _: self.stop.set())  # nobody works on in vain
        try:
            async with asyncio.TaskGroup() as tasks:
                for number, lane in enumerate(lanes):
                    schedule = self._schedule(open_source(), lane, takes_rest=number == 0)
                    for _ in range(self._takers(lane)):
                        tasks.create_task(self._take(schedule, lane))
        except* ShadowpactError as group:  # every lane may have met it
            raise group.exceptions[0] from None
        finally:
            committer.cancel()
            with suppress(asyncio.CancelledError):
                await committer
            self._commit()

    @property
    def late_ms(self) -> tuple[float, float] | None:
        """Median and 99th percentile of how late requests were sent that were due at a time."""
        median, high = quantile_ms(self._late, 0.5), quantile_ms(self._late, 0.99)
        return None if median is None or high is None else (median, high)

    def _takers(self, lane: Lane | None) -> int:
        if lane is None:
            return 1
        if self._replaying is not None:
            return self._replaying.settings.concurrency
        return lane.candidate.settings.max_in_flight

    def _schedule(self, source: Source, lane: Lane | None, *, takes_rest: bool) -> Schedule[Job]:
        """What one lane takes of the recording; the first also takes what goes to no candidate."""
        reading = self._planner.reading()

        async def read() -> list[Planned[Job]] | None:
            planned: list[Planned[Job]] = []
            while not (planned or reading.is_full or self.stop.is_set()):
                found = source.read(READ_AT_ONCE)
                if not found:
                    return None if self._is_finite else planned
                for recorded in found:
                    if self._progress.distance(recorded) > LONGEST_LEAD:
                        await self._keep_close(recorded)
                    if self.stop.is_set() or reading.is_full:
                        break
                    plan = reading.plan(recorded)
                    if (one := self._plan(plan, lane, takes_rest=takes_rest)) is not None:
                        planned.append(one)
                await asyncio.sleep(0)  # much may follow that is not for this lane
            return planned or None

        replaying = self._replaying.settings if self._replaying else None
        schedule = Schedule(
            read,
            clock=self._clock,
            stop=self.stop,
            window=READ_AHEAD if replaying else READ_AT_ONCE,
            limiter=lane.limiter if lane else None,
            rate=replaying.rate if replaying else None,
            blocker=lane.blocker if lane else None,
            longest_wait_s=(replaying.wait_for_ids_ms if replaying else WAIT_FOR_IDS_MS) / 1000,
        )
        self._schedules.append(schedule)
        return schedule

    def _plan(self, plan: Plan, lane: Lane | None, *, takes_rest: bool) -> Planned[Job] | None:
        """Queue one exchange; ``None`` when it is another lane's, or has ended here."""
        recorded = plan.recorded
        is_open = self._progress.begin(recorded)
        if plan.refused is NOT_OURS:
            if is_open and takes_rest:
                self._progress.finish(recorded)
            return None
        name = self._planner.candidate_of(plan.match)
        if name != (lane.name if lane else None) and not (name is None and takes_rest):
            return None
        is_ours = self._planner.is_ours(plan.session)
        if not is_ours and is_open:
            self._progress.finish(recorded)
        if self._planner.is_done(recorded, plan.session) or (is_ours and not is_open):
            return None
        job = self._planner.job(plan)
        if job is None or plan.refused is not None:
            if is_ours:
                self._end(plan)
            if lane is not None and job is not None and plan.refused == WRITE_POLICY:
                self._forgo(lane, job)
            return None
        if lane is not None:
            lane.expect(job)
        return self._planner.planned(job, plan.due_s) if is_ours else None

    def take_over(self, rows: Sequence[AliasRow], ended: Iterable[int]) -> None:
        """Another worker has learnt ids, and seen exchanges (their sequences) through."""
        for lane in self._lanes.values():
            lane.load(rows)
        for sequence in ended:
            name = self._planner.exchange_id(sequence)
            for lane in self._lanes.values():
                lane.release(name)
            for schedule in self._schedules:
                schedule.release(name)

    def unsaved(self, since: Mapping[str, int]) -> Mapping[str, Unsaved]:
        """What was learnt and is not in the store, by side; since the marks that are given.

        How often another worker's ids are confirmed is that worker's to say.
        """
        return {
            one.side: self._of_ours(one.dirty(since.get(one.side, 0)))
            for lane in self._lanes.values()
            for one in lane.all_aliases
        }

    def _of_ours(self, unsaved: Unsaved) -> Unsaved:
        rows = tuple(
            row
            for row in unsaved.rows
            if row.is_demoted or row.is_closed or self._planner.is_ours(row.scope)
        )
        return Unsaved(mark=unsaved.mark, rows=rows)

    def _forgo(self, lane: Lane, job: Job) -> None:
        """The candidate never hears of a write, so what it created is not there."""
        job.exchange_id = f"not_mirrored_{job.recorded.sequence}"
        lane.expect(job)
        lane.settle(job, is_mirrored=False)

    async def _keep_close(self, recorded: Recorded) -> None:
        """Wait while a slower lane is too far behind: what is finished ahead is remembered."""
        while self._progress.distance(recorded) > LONGEST_LEAD:
            if self.stop.is_set():
                return
            await asyncio.sleep(COMMIT_EVERY_S)

    async def _take(self, schedule: Schedule[Job], lane: Lane | None) -> None:
        """One of a lane's tasks: takes the next exchange, and sees it through."""
        while (planned := await schedule.next()) is not None:
            job = planned.item
            if planned.due_s is not None:
                self._late[bucket(1000 * (self._clock.monotonic_s() - planned.due_s))] += 1
            try:
                if lane is not None and await self._see_through(job, lane):
                    self._progress.finish(job.recorded)
            finally:
                if lane is not None:
                    lane.settle(job)
                schedule.done(planned, job.exchange_id)
                if self._sharing is not None and may_deliver(job.exchange):
                    self._sharing.note(job.recorded.sequence)

    async def _see_through(self, job: Job, lane: Lane) -> bool:
        """See one exchange to its end; False when it is left for the next run."""
        end: Refusal | None
        try:
            if not await self._is_let_pass(job.exchange, lane):
                return False
            end = self._too_late(job.exchange, lane)
            if end is None:
                end = await self._ask_and_judge(job, lane)
        except Exception as error:  # noqa: BLE001  one bad exchange must not stop the others
            self._tell_failure(job, error)
            end = INTERNAL_ERROR
        if end is not None:
            self._tally.add_outcome(job.match.route, lane.name, end.outcome, end.reason)
        return True

    def _tell_failure(self, job: Job, error: Exception) -> None:
        """Say what went wrong with an exchange, once for all of a route that go wrong alike."""
        about = (job.match.route, type(error))
        if about not in self._told:
            self._told.add(about)
            self._warn(f"exchange {job.recorded.sequence} ({job.match.route}) failed: {error!r}")

    def _end(self, plan: Plan) -> None:
        """An exchange that is not sent has ended."""
        end, match = plan.refused or INTERNAL_ERROR, plan.match
        self._tally.add_outcome(match.route, match.candidate, end.outcome, end.reason)
        self._progress.finish(plan.recorded)

    async def _is_let_pass(self, exchange: Exchange, lane: Lane) -> bool:
        """Wait while the breaker is open and waiting has a point; False when asked to stop."""
        if self._is_finite:
            return True
        while not self._is_too_old(exchange) and not await lane.candidate.may_send():
            if self.stop.is_set():
                return False
        return True

    def _too_late(self, exchange: Exchange, lane: Lane) -> Refusal | None:
        if self._is_too_old(exchange):
            return Refusal("incomparable", "lag")
        if self._is_finite and not self._replaying and not lane.candidate.may_send_now():
            return Refusal("dropped", "candidate-unavailable")
        return None

    def _is_too_old(self, exchange: Exchange) -> bool:
        if self._max_lag_us is None:
            return False
        return self._clock.now_us() - exchange.started_us > self._max_lag_us

    async def _ask_and_judge(self, job: Job, lane: Lane) -> Refusal | None:
        """Ask the sides and judge the pair; says why when there is no fair comparison."""
        asked = await lane.ask(job)
        if (message := lane.warning()) is not None:
            self._warn(message)
        if self._replaying is not None and lane.limiter is not None and lane.limiter.down:
            self.down = f"{lane.name}: {lane.limiter.down}"
            self.stop.set()
        if isinstance(asked, Refusal):
            return asked
        pair = Pair(
            exchange_id=job.exchange_id,
            exchange=job.exchange,
            candidate=lane.name,
            route=job.match.route,
            answer=asked.answer,
        )
        return self._judge.judge(pair, asked.baseline, asked.twin)

    async def _commit_regularly(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_EVERY_S)
            try:
                self._commit()
            except StoreError as error:
                self._warn(f"not committed, tried again: {error}")

    def _commit(self) -> None:
        """Findings, aliases and cursor in one transaction; without it, nothing is forgotten."""
        cursor = self._progress.cursor(self._recording) if self._recording else None
        if not self._tally.batch.is_empty:
            if self._sharing is not None:
                self._sharing.tell()
            unsaved = self.unsaved({})
            self._tally.batch.aliases = [
                seal_row(row, self._sealer) for part in unsaved.values() for row in part.rows
            ]
            self._store.commit(self._tally.batch, cursor)
            self._tally.clear()
            for lane in self._lanes.values():
                for one in lane.all_aliases:
                    one.saved(unsaved[one.side].mark)
        if cursor is not None and self._on_commit is not None:
            self._on_commit(cursor)


def _max_lag_us(settings: Settings, *, is_finite: bool) -> int | None:
    limit_ms = settings.mirror.max_lag_ms
    if limit_ms is None and not is_finite:
        limit_ms = DEFAULT_MAX_LAG_MS
    return None if limit_ms is None else limit_ms * 1000
