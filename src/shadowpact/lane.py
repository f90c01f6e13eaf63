"""One candidate's lane: the sides of a pair are asked, each in its own ids."""

from collections.abc import Iterator, Sequence

import msgspec

from shadowpact.aliases import Aliases
from shadowpact.credentials.settings import supplied
from shadowpact.mirror.candidate import Candidate
from shadowpact.mirror.limiter import Limiter
from shadowpact.mirror.policy import SAFE_METHODS, Refusal
from shadowpact.mirror.refusals import RefusalWatch
from shadowpact.mirror.transport import Transport
from shadowpact.model.alias import UNKNOWN_ALIAS, AliasRow, Rewritten, UnknownAlias, is_secret
from shadowpact.model.exchange import Exchange, Failure, Request, Response
from shadowpact.recording.reader import Recorded
from shadowpact.routes import Match

UNKNOWN = Refusal("incomparable", UNKNOWN_ALIAS)
CREDENTIALS = Refusal("incomparable", "credentials")

OVERLOADED = frozenset({429, 502, 503, 504})
"""Statuses that ask for less load, where the baseline was not overloaded."""

_NOT_ABOUT_IDS = frozenset({401, 403, 429})
"""Client errors that do not say that an id is unknown."""

_LOST = frozenset({"conflict", "failed"})
"""Reasons for which an id surely means nothing, or something else, to the candidate."""

_LOST_TO_WRITES = _LOST | {"not-mirrored"}
"""One whose creation was not mirrored may be there, when both share a database: a read tells, and
a write would change what is not ours."""

type Answer = Response | Failure
type Service = Candidate | Transport


class Job(msgspec.Struct, eq=False):
    """One exchange on its way through a lane.

    Attributes:
        recorded: Where it stands in the recording.
        exchange: With its credentials opened.
        match: Its route.
        session: Whose it is.
        exchange_id: ``exc_<recording>_<sequence>``.
    """

    recorded: Recorded
    exchange: Exchange
    match: Match
    session: str
    exchange_id: str


class Asked(msgspec.Struct, eq=False):
    """What the sides of a pair answered, in the recording's ids.

    Attributes:
        baseline: The recorded answer, or what the baseline says now.
        answer: The candidate's.
        twin: The twin's; ``None`` when none was asked.
    """

    baseline: Answer | None
    answer: Answer
    twin: Answer | None = None


class Side:
    """One service that is asked, with the names it has for the ids of the recording."""

    def __init__(self, service: Service, aliases: Aliases) -> None:
        self._service = service
        self.aliases = aliases

    async def close(self) -> None:
        """Let go of its connections."""
        await self._service.close()

    def rewritten(self, job: Job) -> Rewritten:
        """The request as this side gets it."""
        return self.aliases.rewrite(job.exchange.request, job.session, job.match.route)

    async def ask(self, job: Job, rewritten: Rewritten | None = None) -> Answer:
        """Ask in the side's ids; the answer is in those of the recording."""
        exchange, session, route = job.exchange, job.session, job.match.route
        answer = await self._service.send((rewritten or self.rewritten(job)).request)
        if isinstance(answer, Response) and exchange.response is not None:
            self.aliases.learn(exchange, answer, session, route, job.exchange_id)
            answer = self.aliases.translate(answer, exchange.response, session, route)
        return answer


class Lane:
    """The sides of one candidate's pairs, and what was learnt about them."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        aliases: Aliases,
        baseline: Side | None = None,
        twin: Side | None = None,
        is_twin_separate: bool = False,
        limiter: Limiter | None = None,
    ) -> None:
        self.candidate = candidate
        self.limiter = limiter
        self._candidate = Side(candidate, aliases)
        self._baseline = baseline
        self._twin = twin
        self._is_twin_separate = is_twin_separate
        given = candidate.settings.credentials
        self._refusals = RefusalWatch(
            candidate.name, has_credentials=bool(given), supplied=supplied(given)
        )
        self._warnings: list[str] = []
        self._warned_of: set[str] = set()

    @property
    def name(self) -> str:
        """The candidate's."""
        return self.candidate.name

    @property
    def aliases(self) -> Aliases:
        """The candidate's names for ids."""
        return self._candidate.aliases

    @property
    def all_aliases(self) -> tuple[Aliases, ...]:
        """The names of every side."""
        return tuple(side.aliases for side in self._sides())

    def load(self, rows: Sequence[AliasRow]) -> None:
        """Take what another worker has learnt."""
        for aliases in self.all_aliases:
            aliases.load(rows)

    def release(self, exchange_id: str) -> None:
        """Another worker has seen an exchange through."""
        for aliases in self.all_aliases:
            aliases.release(exchange_id)

    def expect(self, job: Job) -> None:
        """Take note of the ids that an exchange is to deliver, in the order of the recording."""
        for side in self._sides():
            side.aliases.expect(job.exchange, job.session, job.match.route, job.exchange_id)

    def settle(self, job: Job, *, is_mirrored: bool = True) -> None:
        """An exchange has ended: what it was to deliver is known, or never will be."""
        for side in self._sides():
            side.aliases.settle(job.exchange_id, is_mirrored=is_mirrored)

    def blocker(self, job: Job) -> str | None:
        """An earlier exchange, still under way, that delivers an id which a request uses."""
        request, route = job.exchange.request, job.match.route
        for side in self._sides():
            for exchange_id in side.aliases.awaits(request, job.session, route):
                if _sequence(exchange_id) < job.recorded.sequence:
                    return exchange_id
        return None

    async def ask(self, job: Job) -> Asked | Refusal:
        """Ask the sides; says why when there can be no fair comparison."""
        request = job.exchange.request
        rewritten = self._candidate.rewritten(job)
        ours = self._baseline.rewritten(job) if self._baseline is not None else None
        if _is_lost(rewritten, request) or (ours is not None and _is_lost(ours, request)):
            return UNKNOWN  # it would be about something else there
        asked = await self._ask(job, rewritten, ours)
        self._note(asked)
        status = _status(asked.baseline)
        if isinstance(asked.answer, Response) and status is not None:
            if _is_missed(rewritten, asked.answer.status, status):
                return UNKNOWN
            if self._refusals.judge(request, status, asked.answer.status) == "credentials":
                return CREDENTIALS
        recorded = _status(job.exchange.response)
        if ours is not None and status is not None and recorded is not None:
            return UNKNOWN if _is_missed(ours, status, recorded) else asked
        return asked

    def warning(self) -> str | None:
        """What a person should know of the candidate, once."""
        return self._warnings.pop() if self._warnings else self._refusals.first_warning()

    async def close(self) -> None:
        """Let go of all connections."""
        for side in self._sides():
            await side.close()

    async def _ask(self, job: Job, rewritten: Rewritten, ours: Rewritten | None) -> Asked:
        """Both sides alternate in being first: the first one may warm what both share."""
        baseline: Answer | None = job.exchange.response
        if self._baseline is None:
            answer = await self._candidate.ask(job, rewritten)
        elif job.recorded.sequence % 2:
            answer = await self._candidate.ask(job, rewritten)
            baseline = await self._baseline.ask(job, ours)
        else:
            baseline = await self._baseline.ask(job, ours)
            answer = await self._candidate.ask(job, rewritten)
        return Asked(baseline, answer, await self._ask_twin(job))

    async def _ask_twin(self, job: Job) -> Answer | None:
        """A twin that shares the baseline's data must not write to it a second time."""
        is_safe = job.exchange.request.method in SAFE_METHODS
        if self._twin is None or not (is_safe or self._is_twin_separate):
            return None
        return await self._twin.ask(job)

    def _note(self, asked: Asked) -> None:
        """Tell the limiter how it went."""
        answer, baseline = asked.answer, asked.baseline
        if isinstance(answer, Failure):
            self._warn_of(answer)
        if self.limiter is None:
            return
        if isinstance(answer, Failure):
            if answer.kind in {"refused", "reset", "time-out"}:
                self.limiter.failed()
        elif answer.status in OVERLOADED and not (
            isinstance(baseline, Response) and baseline.status in OVERLOADED
        ):
            self.limiter.failed()
        else:
            self.limiter.succeeded()

    def _warn_of(self, failure: Failure) -> None:
        """Of a candidate that was never asked the counts alone do not tell why."""
        if failure.kind not in {"credentials", "refused"} or failure.kind in self._warned_of:
            return
        self._warned_of.add(failure.kind)
        message = failure.message
        if failure.kind == "refused":
            message = (
                f"candidate {self.name} cannot be reached; such exchanges are incomparable "
                f"(candidate-unreachable): {message}"
            )
        self._warnings.append(message)

    def _sides(self) -> Iterator[Side]:
        yield self._candidate
        if self._baseline is not None:
            yield self._baseline
        if self._twin is not None:
            yield self._twin


def _is_lost(rewritten: Rewritten, request: Request) -> bool:
    """Whether an id surely means nothing, or something else, to the side."""
    reasons = _LOST if request.method in SAFE_METHODS else _LOST_TO_WRITES
    return any(use.reason in reasons for use in _unknown(rewritten))


def _is_missed(rewritten: Rewritten, status: int, expected: int) -> bool:
    """Whether an answer tells that the side did not know an id."""
    return (
        status != expected
        and 400 <= status < 500
        and status not in _NOT_ABOUT_IDS
        and bool(_unknown(rewritten))
    )


def _unknown(rewritten: Rewritten) -> list[UnknownAlias]:
    """Tokens are the business of :class:`RefusalWatch`."""
    return [use for use in rewritten.unknown if not is_secret(use.kind, use.recorded)]


def _status(answer: Answer | None) -> int | None:
    return answer.status if isinstance(answer, Response) else None


def _sequence(exchange_id: str) -> int:
    """The place in the recording that an id ends with."""
    return int(exchange_id.rpartition("_")[2])
