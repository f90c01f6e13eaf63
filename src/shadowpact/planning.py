"""Plans what becomes of each recorded exchange: whose it is, whether it is sent, and when."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from shadowpact.lane import Job
from shadowpact.mirror.pace import Pace
from shadowpact.mirror.policy import SAFE_METHODS, Refusal, refusal
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.mirror.schedule import Planned
from shadowpact.mirror.session import Sessions
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Exchange
from shadowpact.recording.reader import Recorded
from shadowpact.routes import Match, RouteTable
from shadowpact.secrets import Sealer, redact_request
from shadowpact.selection import Selects

NOT_SELECTED = Refusal("dropped", "not-selected")
DAMAGED = Refusal("dropped", "damaged")
NO_CANDIDATE = Refusal("dropped", "no-candidate")


class Replaying(msgspec.Struct, frozen=True, kw_only=True):
    """A replay of a finished recording.

    Attributes:
        settings: Time, order and load.
        selects: What of the recording is replayed; ``None`` for all of it.
        limit: Requests to send at most; ``None`` for all.
        part: ``(i, n)`` takes every session whose hash is ``i`` modulo ``n``: one of ``n`` workers.
    """

    settings: ReplaySettings = ReplaySettings()
    selects: Selects | None = None
    limit: int | None = None
    part: tuple[int, int] = (0, 1)


class Planner:
    """Turns recorded exchanges into jobs, or says why there is none.

    Args:
        routes: Names routes and finds their candidates.
        sealer: Opens sealed credentials.
        candidates: Names of those that are asked.
        clock: When a replay starts.
        replaying: Set for a replay.
    """

    def __init__(
        self,
        routes: RouteTable,
        sealer: Sealer,
        *,
        candidates: Sequence[str],
        clock: Clock,
        replaying: Replaying | None,
    ) -> None:
        self._routes = routes
        self._sealer = sealer
        self._candidates = frozenset(candidates)
        self._replaying = replaying
        self._recording = "run"
        self._taken = 0
        self._sessions = Sessions(replaying.settings.session if replaying else None)
        self._pace: Pace | None = None
        if replaying is not None and replaying.settings.speed is not None:
            self._pace = Pace(
                speed=replaying.settings.speed,
                longest_gap_s=replaying.settings.longest_gap_s,
                start_s=clock.monotonic_s(),
            )

    def name(self, recording: str) -> None:
        """Name the recording, as ids of exchanges do."""
        self._recording = recording

    @property
    def is_full(self) -> bool:
        """Whether a replay has taken all that it was to take."""
        limit = self._replaying.limit if self._replaying else None
        return limit is not None and self._taken >= limit

    def open(self, recorded: Recorded) -> tuple[Exchange | None, Match]:
        """The exchange with its credentials opened, and its route."""
        exchange = recorded.exchange and self._sealer.open(recorded.exchange)
        return exchange, self._match(recorded, exchange)

    def candidate_of(self, match: Match) -> str | None:
        """The candidate that a route goes to, among those that are asked."""
        return match.candidate if match.candidate in self._candidates else None

    def is_ours(self, session: str) -> bool:
        """Whether a session belongs to our part of a replay."""
        if self._replaying is None or self._replaying.part[1] == 1:
            return True
        number, count = self._replaying.part
        digest = blake2b(session.encode("utf-8", "replace"), digest_size=4).digest()
        return int.from_bytes(digest) % count == number

    def session(self, exchange: Exchange | None) -> str:
        """Whose an exchange is."""
        return self._sessions.of(exchange) if exchange is not None else ""

    def job(
        self, recorded: Recorded, exchange: Exchange | None, match: Match, session: str
    ) -> Job | Refusal:
        """The job of an exchange, or why it is not sent."""
        if exchange is None:
            return DAMAGED
        refused = refusal(exchange, match, is_sealed=self._sealer.is_sealed(exchange))
        if refused is not None:
            return refused
        if self.candidate_of(match) is None:
            return NO_CANDIDATE
        if self._replaying is not None:
            selects = self._replaying.selects
            if selects is not None and not selects(exchange, match, session):
                return NOT_SELECTED
            self._taken += 1
        exchange_id = f"exc_{self._recording}_{recorded.sequence}"
        return Job(recorded, exchange, match, session, exchange_id)

    def planned(self, job: Job) -> Planned[Job]:
        """When it may be sent: in a replay strictly in its session's order and at its time.

        Live, only writes keep order with what stands around them: reads change nothing.
        """
        exchange = job.exchange
        if self._replaying is not None:
            due_s = self._pace.due_s(exchange, job.session) if self._pace else None
            return Planned(job, job.session, due_s=due_s)
        if job.match.writes == "off":
            return Planned(job)
        is_write = exchange.request.method not in SAFE_METHODS
        return Planned(job, job.session, is_exclusive=is_write)

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
