"""Plans what becomes of each recorded exchange: whose it is, whether it is sent, and when."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b

import msgspec

from shadowpact.aliases import may_deliver
from shadowpact.config.settings import Settings
from shadowpact.lane import Job
from shadowpact.mirror.pace import Pace
from shadowpact.mirror.policy import SAFE_METHODS, Refusal, refusal
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.mirror.schedule import Planned
from shadowpact.mirror.session import Sessions
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.shape import supplied_headers
from shadowpact.model.batch import Cursor
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Exchange
from shadowpact.recording.reader import Recorded
from shadowpact.routes import Entry, Match, RouteTable
from shadowpact.secrets import Sealer, redact_request
from shadowpact.selection import Selects

NOT_SELECTED = Refusal("dropped", "not-selected")
NO_CANDIDATE = Refusal("dropped", "no-candidate")
NOT_OURS = Refusal("dropped", "not-ours")
"""Another worker sees it through, and counts it."""

OWNERS_KEPT = 4096
"""Sessions whose worker is remembered."""
NOWHERE = Match(route="", candidate=None, writes="off")


class Replaying(msgspec.Struct, frozen=True, kw_only=True):
    """A replay of a finished recording.

    Attributes:
        settings: Time, order and load.
        selects: What of the recording is replayed; ``None`` for all of it.
        limit: Requests to send at most, those of the runs that this one goes on with included;
            ``None`` for all.
        part: ``(i, n)``: the i-th of n workers, each of which takes its share of the sessions.
        owners: The worker of each session that does not go by its hash.
        cursors: What earlier runs have finished, by worker; none for a replay that begins.
        asks_baseline: The baseline is asked anew, so a recorded answer is not needed.
    """

    settings: ReplaySettings = ReplaySettings()
    selects: Selects | None = None
    limit: int | None = None
    part: tuple[int, int] = (0, 1)
    owners: Mapping[str, int] = {}
    cursors: tuple[Cursor | None, ...] = ()
    asks_baseline: bool = False


class Plan(msgspec.Struct, frozen=True, gc=False):
    """What becomes of one recorded exchange.

    Attributes:
        recorded: Where it stands in the recording.
        exchange: With its credentials opened; ``None`` when there is none.
        match: Its route.
        session: Whose it is.
        refused: Why it is not sent; ``None`` when it is.
        due_s: When to send it, on the monotonic clock; ``None`` for as soon as possible.
    """

    recorded: Recorded
    exchange: Exchange | None
    match: Match
    session: str
    refused: Refusal | None
    due_s: float | None = None


class Planner:
    """Says of recorded exchanges what is to become of them.

    Args:
        routes: Names routes and finds their candidates.
        sealer: Opens sealed credentials.
        candidates: Those that are asked.
        clock: When a replay starts.
        replaying: Set for a replay.
    """

    def __init__(
        self,
        routes: RouteTable,
        sealer: Sealer,
        *,
        candidates: Sequence[CandidateSettings],
        clock: Clock,
        replaying: Replaying | None,
    ) -> None:
        self._routes = routes
        self._sealer = sealer
        self._supplied: Mapping[str | None, frozenset[bytes]] = {
            one.name: supplied_headers(one) for one in candidates
        }
        self._replaying = replaying
        self._recording = "run"
        self._starts_s = clock.monotonic_s()
        self._number, count = replaying.part if replaying else (0, 1)
        self._owners = replaying.owners if replaying else {}
        cursors = replaying.cursors if replaying else ()
        self._done = [_done_before(one) for one in cursors or (None,) * count]
        self._owner = lru_cache(OWNERS_KEPT)(self._find_owner)

    def name(self, recording: str) -> None:
        """Name the recording, as ids of exchanges do."""
        self._recording = recording

    def reading(self) -> "Reading":
        """For one reader; each reads the whole recording and comes to the same plans."""
        return Reading(self, self._replaying, starts_s=self._starts_s)

    def sessions(self, by: str | None) -> Sessions:
        """What names the sessions of one reading, by the configured cookie or header if any."""
        return Sessions(self._sealer.session_key, by)

    def candidate_of(self, match: Match) -> str | None:
        """The candidate that a route goes to, among those that are asked."""
        return match.candidate if match.candidate in self._supplied else None

    def is_ours(self, session: str) -> bool:
        """Whether a session belongs to our part of a replay."""
        return self._owner(session) == self._number

    def is_done(self, recorded: Recorded, session: str) -> bool:
        """Whether an earlier run has finished an exchange, whoever's it is."""
        return self._done[self._owner(session)](recorded.sequence)

    def _find_owner(self, session: str) -> int:
        """The worker that sees a session through."""
        if len(self._done) == 1:
            return self._number
        if (owner := self._owners.get(session)) is not None:
            return owner
        digest = blake2b(session.encode("utf-8", "replace"), digest_size=4).digest()
        return int.from_bytes(digest) % len(self._done)

    def concerns_us(self, exchange: Exchange, session: str) -> bool:
        """Whether an exchange is ours, or may deliver what ours use."""
        return self.is_ours(session) or may_deliver(exchange)

    def open(self, recorded: Recorded) -> Exchange | None:
        """The exchange with its credentials opened."""
        return None if recorded.exchange is None else self._sealer.open(recorded.exchange)

    def match(self, recorded: Recorded, opened: Exchange | None) -> Match:
        """The route of an exchange."""
        if recorded.exchange is None or opened is None:
            return NOWHERE
        return match_of(recorded.exchange, opened, self._routes, self._sealer)

    def refused(
        self, recorded: Recorded, exchange: Exchange | None, match: Match
    ) -> Refusal | None:
        """Why an exchange is not sent, whatever is selected; ``None`` when it is."""
        if exchange is None:
            return Refusal("dropped", recorded.reason)
        refused = refusal(
            exchange,
            match,
            is_sealed=exchange is not recorded.exchange and self._sealer.is_sealed(exchange),
            supplied=self._supplied.get(match.candidate, frozenset()),
            asks_baseline=self._replaying is not None and self._replaying.asks_baseline,
        )
        return refused or (None if self.candidate_of(match) else NO_CANDIDATE)

    def job(self, plan: Plan) -> Job | None:
        """The job of a plan; ``None`` when it has no exchange."""
        if plan.exchange is None:
            return None
        name = self.exchange_id(plan.recorded.sequence)
        return Job(plan.recorded, plan.exchange, plan.match, plan.session, name)

    def exchange_id(self, sequence: int) -> str:
        """``exc_<recording>_<sequence>``."""
        return f"exc_{self._recording}_{sequence}"

    def planned(self, job: Job, due_s: float | None) -> Planned[Job]:
        """How it is queued: in a replay strictly in its session's order and at its time.

        One at a time, all are of one queue: data that sessions share are then as they were.
        Live, only writes keep order with what stands around them: reads change nothing.
        """
        if self._replaying is not None:
            is_single = self._replaying.settings.concurrency == 1
            return Planned(job, "" if is_single else job.session, due_s=due_s)
        if job.match.writes == "off":
            return Planned(job)
        is_write = job.exchange.request.method not in SAFE_METHODS
        return Planned(job, job.session, is_exclusive=is_write)


class Reading:
    """One reading of a recording, from its beginning (a replay) or from the cursor on (live).

    Sessions, times and the limit are those of the whole recording: every lane, every worker and
    every run that goes on where another was stopped comes to the same.

    Args:
        planner: Says what can be sent at all.
        replaying: Set for a replay.
        starts_s: When the first request is due, on the monotonic clock.
    """

    def __init__(self, planner: Planner, replaying: Replaying | None, *, starts_s: float) -> None:
        self._planner = planner
        self._replaying = replaying or Replaying()
        self._sessions = planner.sessions(self._replaying.settings.session)
        self._pace = _pace(self._replaying.settings, starts_s)
        self._taken = 0
        # what becomes of an exchange then depends on all before it, whoever's they are
        chooses = self._replaying.limit is not None or self._replaying.selects is not None
        self._counts_all = chooses or self._pace is not None

    @property
    def is_full(self) -> bool:
        """Whether as many requests were read as are to be sent."""
        limit = self._replaying.limit
        return limit is not None and self._taken >= limit

    def plan(self, recorded: Recorded) -> Plan:
        """Plan the next exchange; call it once for each, in the order of the recording."""
        exchange = self._planner.open(recorded)
        session = "" if exchange is None else self._sessions.of(exchange)
        if exchange is not None and not (
            self._counts_all or self._planner.concerns_us(exchange, session)
        ):
            return Plan(recorded, exchange, NOWHERE, session, NOT_OURS)
        match = self._planner.match(recorded, exchange)
        is_meant = exchange is None or self._is_meant(exchange, match, session)
        refused = self._planner.refused(recorded, exchange, match)
        if refused is None and not is_meant:
            refused = NOT_SELECTED
        if exchange is None or refused is not None:
            return Plan(recorded, exchange, match, session, refused)
        self._taken += 1
        due_s = None
        if self._pace is not None and not self._planner.is_done(recorded, session):
            due_s = self._pace.due_s(exchange, session)
        return Plan(recorded, exchange, match, session, None, due_s)

    def _is_meant(self, exchange: Exchange, match: Match, session: str) -> bool:
        """Asked of every exchange: relative times count from the first one."""
        selects = self._replaying.selects
        return selects is None or selects(exchange, match, session)


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


def match_of(recorded: Exchange, opened: Exchange, routes: RouteTable, sealer: Sealer) -> Match:
    """The route of an exchange; a secret in its path does not become a part of the name.

    Args:
        recorded: As it is in the recording.
        opened: The same with its credentials opened.
        routes: Names routes.
        sealer: Knows secrets.
    """
    request = opened.request
    was_sealed = request.target != recorded.request.target  # as a secret stands in it
    if was_sealed or ";" in request.target:  # ;jsessionid=1
        credentials, response = sealer.credentials, opened.response
        secrets = credentials.found_in(request.headers, response.headers if response else ())
        request = redact_request(request, credentials, secrets)
    return routes.match(request.method, request.path)


def _done_before(cursor: Cursor | None) -> Callable[[int], bool]:
    """Whether a sequence was finished by the time of a cursor."""
    if cursor is None:
        return lambda _sequence: False
    low, ahead = cursor.sequence, frozenset(cursor.ahead)
    return lambda sequence: sequence < low or sequence in ahead


def _pace(settings: ReplaySettings, starts_s: float) -> Pace | None:
    if settings.speed is None:
        return None
    return Pace(speed=settings.speed, longest_gap_s=settings.longest_gap_s, start_s=starts_s)
