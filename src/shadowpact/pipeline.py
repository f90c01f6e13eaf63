"""The stages in their order: recording ▶ mirror ▶ compare ▶ findings ▶ store.

Capture has appended each exchange to a recording. A :class:`Pipeline` takes them from there, live
or from a file, one lane for each candidate so that a slow one holds up nobody else:

    feed ──▶ is it to be mirrored? ──▶ ask the candidate ──▶ compare ──▶ tally ──▶ commit
                │ no: dropped, why         │ no answer: a difference       with the cursor

Every exchange ends as compared, dropped or incomparable, and is committed exactly once.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from shadowpact.compare import Comparer
from shadowpact.compare.expiry import active_rules, utc_day
from shadowpact.config.settings import Settings
from shadowpact.contracts.consumer import consumer_of
from shadowpact.contracts.shape import shape_signature
from shadowpact.errors import ShadowpactError, StoreError
from shadowpact.findings.sample import make_sample
from shadowpact.findings.tally import Tally
from shadowpact.mirror.candidate import Candidate
from shadowpact.mirror.policy import Refusal, refusal
from shadowpact.mirror.transport import Transport
from shadowpact.model.batch import BehaviourKey, Cursor
from shadowpact.model.clock import Clock
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Exchange, Failure, Response
from shadowpact.model.pair import Pair, Sample
from shadowpact.recording.feed import Feed, Source
from shadowpact.recording.progress import Progress
from shadowpact.recording.reader import Recorded
from shadowpact.routes import Entry, Match, RouteTable
from shadowpact.secrets import Sealer, redact_difference, redact_request
from shadowpact.store.protocol import Store

COMMIT_EVERY_S = 0.25
DEFAULT_MAX_LAG_MS = 300_000

LONGEST_LEAD = 300_000
"""Exchanges that one lane may be ahead of the slowest before it waits; bounds the cursor."""


class Pipeline:
    """Works through one recording until it is stopped, or at its end."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        candidates: Sequence[Candidate],
        sealer: Sealer,
        clock: Clock,
        baseline: Transport | None = None,
        cursor: Cursor | None = None,
        is_finite: bool = False,
        on_commit: Callable[[Cursor], None] | None = None,
        warn: Callable[[str], None] = lambda _message: None,
        stop: asyncio.Event | None = None,
    ) -> None:
        """Wire the stages.

        Args:
            settings: Of all stages.
            store: Where findings and cursor are committed.
            candidates: Whom to ask, one lane each.
            sealer: Opens sealed credentials.
            clock: Tells how old an exchange is.
            baseline: Asked anew instead of taking its recorded answer.
            cursor: Where to go on.
            is_finite: The recording does not grow: end with it, and do not wait for a dead
                candidate.
            on_commit: Called with the committed cursor, regularly.
            warn: Gets what a person should know.
            stop: Set it to end early; what is in flight is still seen through.
        """
        self._settings = settings
        self._store = store
        self._candidates = {candidate.name: candidate for candidate in candidates}
        self._sealer = sealer
        self._clock = clock
        self._baseline = baseline
        self._is_finite = is_finite
        self._on_commit = on_commit
        self._warn = warn
        self._recording = cursor.recording if cursor else ""
        self._progress = Progress(cursor)
        self._tally = Tally(store.thresholds())
        self._comparer = Comparer(
            active_rules(settings.rules, utc_day(clock.now_us())),
            headers=settings.compare.headers,
            builtin_rules=settings.compare.builtin_rules,
        )
        self._routes = route_table(settings)
        self._max_lag_us = _max_lag_us(settings, is_finite=is_finite)
        self.stop = stop or asyncio.Event()

    async def run(self, open_source: Callable[[], Source], recording: str = "") -> None:
        """Work until the end of a finite source, or until ``stop`` is set.

        Args:
            open_source: Opens the recording at the cursor; called once for each lane.
            recording: Its id, for the cursor; empty when it is not kept.
        """
        self._recording = recording
        lanes: list[Candidate | None] = [*self._candidates.values()] or [None]
        committer = asyncio.ensure_future(self._commit_regularly())
        committer.add_done_callback(lambda _: self.stop.set())  # nobody works on in vain
        try:
            async with asyncio.TaskGroup() as tasks:
                for number, candidate in enumerate(lanes):
                    feed = Feed(open_source(), is_finite=self._is_finite, stop=self.stop)
                    takers = candidate.settings.max_in_flight if candidate else 1
                    for _ in range(takers):
                        tasks.create_task(self._take(feed, candidate, takes_rest=number == 0))
        except* ShadowpactError as group:  # every lane may have met it
            raise group.exceptions[0] from None
        finally:
            committer.cancel()
            with suppress(asyncio.CancelledError):
                await committer
            self._commit()

    async def _take(self, feed: Feed, candidate: Candidate | None, *, takes_rest: bool) -> None:
        """One of a lane's tasks: takes the next exchange that is the lane's, and sees it through.

        The first lane also takes what goes to no candidate.
        """
        while (recorded := await feed.next()) is not None:
            if not self._progress.begin(recorded):
                continue
            exchange = recorded.exchange and self._sealer.open(recorded.exchange)
            match = self._match(recorded, exchange)
            name = match.candidate if match.candidate in self._candidates else None
            if name != (candidate.name if candidate else None) and not (
                name is None and takes_rest
            ):
                continue
            await self._keep_close(recorded)
            if await self._see_through(recorded, exchange, match, self._candidates.get(name or "")):
                self._progress.finish(recorded)

    async def _keep_close(self, recorded: Recorded) -> None:
        """Wait while a slower lane is too far behind: what is finished ahead is remembered."""
        while self._progress.distance(recorded) > LONGEST_LEAD:
            if self.stop.is_set():
                return
            await asyncio.sleep(COMMIT_EVERY_S)

    def _match(self, recorded: Recorded, exchange: Exchange | None) -> Match:
        if exchange is None or recorded.exchange is None:
            return Match(route="", candidate=None, writes="off")
        request = exchange.request
        if request.target != recorded.exchange.request.target:
            # it was sealed because a secret stands in it, which must not become a route's name
            credentials, response = self._sealer.credentials, exchange.response
            secrets = credentials.found_in(request.headers, response.headers if response else ())
            request = redact_request(request, credentials, secrets)
        return self._routes.match(request.method, request.path)

    async def _see_through(
        self,
        recorded: Recorded,
        exchange: Exchange | None,
        match: Match,
        candidate: Candidate | None,
    ) -> bool:
        """See one exchange to its end; False when it is left for the next run."""
        end = self._refused(exchange, match, candidate)
        if end is None and exchange is not None and candidate is not None:
            try:
                if not await self._is_let_pass(exchange, candidate):
                    return False
                end = self._too_late(exchange, candidate)
                if end is None:
                    end = await self._ask_and_judge(recorded, exchange, match, candidate)
            except Exception as error:  # noqa: BLE001  one bad exchange must not stop the others
                self._warn(f"exchange {recorded.sequence} ({match.route}) failed: {error!r}")
                end = Refusal("incomparable", "internal-error")
        if end is not None:
            self._tally.add_outcome(match.route, match.candidate, end.outcome, end.reason)
        return True

    def _refused(
        self, exchange: Exchange | None, match: Match, candidate: Candidate | None
    ) -> Refusal | None:
        """Why an exchange is not to be mirrored."""
        if exchange is None:
            return Refusal("dropped", "damaged")
        refused = refusal(exchange, match, is_sealed=self._sealer.is_sealed(exchange))
        if refused is None and candidate is None:
            return Refusal("dropped", "no-candidate")
        return refused

    async def _is_let_pass(self, exchange: Exchange, candidate: Candidate) -> bool:
        """Wait while the breaker is open and waiting has a point; False when asked to stop."""
        if self._is_finite:
            return True
        while not self._is_too_old(exchange) and not await candidate.may_send():
            if self.stop.is_set():
                return False
        return True

    def _too_late(self, exchange: Exchange, candidate: Candidate) -> Refusal | None:
        if self._is_too_old(exchange):
            return Refusal("incomparable", "lag")
        if self._is_finite and not candidate.may_send_now():
            return Refusal("dropped", "candidate-unavailable")
        return None

    def _is_too_old(self, exchange: Exchange) -> bool:
        if self._max_lag_us is None:
            return False
        return self._clock.now_us() - exchange.started_us > self._max_lag_us

    async def _ask_and_judge(
        self, recorded: Recorded, exchange: Exchange, match: Match, candidate: Candidate
    ) -> Refusal | None:
        """Ask the candidate and judge the pair; says why when there is no fair comparison."""
        baseline: Response | Failure | None = exchange.response
        if self._baseline is not None:
            baseline = await self._baseline.send(exchange.request)
        if not isinstance(baseline, Response):
            return Refusal("incomparable", "baseline-failed")
        if baseline is not exchange.response:
            exchange = msgspec.structs.replace(exchange, response=baseline)
        answer = await candidate.send(exchange.request)
        pair = Pair(
            exchange_id=f"exc_{self._recording or 'run'}_{recorded.sequence}",
            exchange=exchange,
            candidate=candidate.name,
            route=match.route,
            answer=answer,
        )
        return self._judge(pair, baseline)

    def _judge(self, pair: Pair, baseline: Response) -> Refusal | None:
        """Compare a pair and add what was found, all or nothing."""
        if isinstance(pair.answer, Failure):
            if pair.answer.kind in _SAYS_NOTHING:
                return _SAYS_NOTHING[pair.answer.kind]
            differences: tuple[Difference, ...] = (_no_answer(baseline, pair.answer),)
        else:
            comparison = self._comparer.compare(
                baseline,
                pair.answer,
                method=pair.exchange.request.method,
                route=pair.route,
                candidate_name=pair.candidate,
            )
            self._tally.add_rule_errors(comparison.rule_errors)
            if comparison.incomparable:
                return Refusal("incomparable", comparison.incomparable)
            differences = self._without_secrets(pair, comparison.differences)
        consumer = consumer_of(pair.exchange.request, self._settings.contracts)
        key = BehaviourKey(
            consumer, pair.candidate, pair.route, baseline.status, shape_signature(baseline)
        )

        def sample() -> Sample:
            return make_sample(pair, baseline, differences, consumer, self._sealer.credentials)

        self._tally.add_pair(pair, differences, key, sample)
        return None

    def _without_secrets(
        self, pair: Pair, differences: tuple[Difference, ...]
    ) -> tuple[Difference, ...]:
        """Secrets may be names of members too, and findings and rules are known by their paths."""
        if not isinstance(pair.answer, Response):
            return differences
        if all(one.location != "body" for one in differences):
            return differences
        response = pair.exchange.response
        secrets = self._sealer.credentials.found_in(
            pair.exchange.request.headers,
            response.headers if response else (),
            pair.answer.headers,
        )
        return tuple(
            redact_difference(one, secrets)
            if any(secret in one.general_path.encode("utf-8", "replace") for secret in secrets)
            else one
            for one in differences
        )

    async def _commit_regularly(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_EVERY_S)
            try:
                self._commit()
            except StoreError as error:
                self._warn(f"not committed, tried again: {error}")

    def _commit(self) -> None:
        """Findings and cursor in one transaction; without it, nothing is forgotten."""
        cursor = self._progress.cursor(self._recording) if self._recording else None
        if not self._tally.batch.is_empty:
            self._store.commit(self._tally.batch, cursor)
            self._tally.clear()
        if cursor is not None and self._on_commit is not None:
            self._on_commit(cursor)


_SAYS_NOTHING = {
    "refused": Refusal("incomparable", "candidate-unreachable"),
    "unsendable": Refusal("dropped", "unsendable"),
}
"""Failures that say nothing about how the candidate answers."""


def route_table(settings: Settings) -> RouteTable:
    """The routes of all candidates."""
    return RouteTable(
        Entry(
            pattern=route.pattern,
            candidate=candidate.name,
            writes=route.writes or candidate.writes,
        )
        for candidate in settings.mirror.candidates
        for route in candidate.routes
    )


def _max_lag_us(settings: Settings, *, is_finite: bool) -> int | None:
    limit_ms = settings.mirror.max_lag_ms
    if limit_ms is None and not is_finite:
        limit_ms = DEFAULT_MAX_LAG_MS
    return None if limit_ms is None else limit_ms * 1000


def _no_answer(baseline: Response, failure: Failure) -> Difference:
    return Difference(
        location="status",
        path="",
        general_path="",
        kind="missing",
        severity="breaking",
        baseline=baseline.status,
        message=f"no answer ({failure.kind}) after {failure.elapsed_ms:.0f} ms",
    )
