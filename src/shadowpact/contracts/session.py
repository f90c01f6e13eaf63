"""A session state: the earlier requests of an interaction, sent again in the provider's own ids."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from shadowpact.aliases import Aliases
from shadowpact.contracts.means import Ask, Credentials
from shadowpact.contracts.states import StateError
from shadowpact.model.exchange import Exchange, Headers, Request, Response
from shadowpact.secrets import CREDENTIAL_HEADERS

MOST_STEPS: Final = 500
"""Requests before one interaction; a session that needs more is no unit of a contract."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_CREDENTIALS: Final = frozenset(name.encode() for name in CREDENTIAL_HEADERS)
_NOT_SENT: Final = frozenset({b"host", b"accept-encoding", b"content-length", b"expect"})
"""Of a recorded request: the provider is another, and its answers are to be read."""

_SHOWN_CHARACTERS: Final = 200
_SIDE: Final = "provider"


type Shape = Callable[[Request], Request]


def _as_it_is(request: Request) -> Request:
    return request


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded exchange, with its credentials opened.

    Attributes:
        sequence: Its place in the recording.
        exchange: What was asked and answered.
        session: Whose it is.
        route: ``GET /orders/{id}``.
    """

    sequence: int
    exchange: Exchange
    session: str
    route: str

    @property
    def exchange_id(self) -> str:
        """As aliases know it."""
        return f"exc_session_{self.sequence}"


class Played:
    """What was sent to the provider since its data began: its ids, and what it answered."""

    def __init__(self) -> None:
        self.aliases = Aliases(_SIDE)
        self.answers: dict[int, Response] = {}
        """Of writes, by their place in the recording: they are not sent twice."""
        self.failures: dict[int, str] = {}


class RecordedSession:
    """See :class:`.means.Session`.

    Args:
        steps: What is sent first, in the order of the recording.
        own: The exchange that the interaction was made from.
        played: What was played already, where nobody resets the provider's data; ``None`` to begin
            anew each time.
        credentials: For requests whose own were not given out in the session.
        shape: What the provider wants otherwise than the baseline.
        problem: Why it cannot be played; empty when it can.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        own: Step,
        *,
        played: Played | None = None,
        credentials: Credentials | None = None,
        shape: Shape = _as_it_is,
        problem: str = "",
    ) -> None:
        self.steps = tuple(steps)
        self.own = own
        self._played = played
        self._credentials = credentials
        self._shape = shape
        self._problem = problem

    @property
    def length(self) -> int:
        """See :class:`.means.Session`."""
        return len(self.steps)

    @property
    def position(self) -> int:
        """See :class:`.means.Session`."""
        return self.own.sequence

    def play(self, request: Request, ask: Ask) -> Response:
        """See :class:`.means.Session`."""
        if self._problem:
            raise StateError(f"session state: {self._problem}")
        if self.length > MOST_STEPS:
            raise StateError(
                f"session state: {self.length} requests come before it; at most {MOST_STEPS} are "
                "sent"
            )
        played = self._played or Played()
        for step in (*self.steps, self.own):
            played.aliases.expect(step.exchange, step.session, step.route, step.exchange_id)
        for number, step in enumerate(self.steps, 1):
            if step.sequence not in played.answers:
                self._send(number, step, played, ask)
        return self._own(request, played, ask)

    def _own(self, request: Request, played: Played, ask: Ask) -> Response:
        """The interaction's own; one that was sent already has its answer."""
        own, aliases = self.own, played.aliases
        answer = played.answers.get(own.sequence)
        if answer is None:
            asked = _with_credentials(request, own.exchange.request)
            answer = self._ask(asked, own, aliases, ask)
        recorded = own.exchange.response
        if recorded is None:
            return answer
        aliases.learn(own.exchange, answer, own.session, own.route, own.exchange_id)
        aliases.settle(own.exchange_id)
        if own.exchange.request.method not in SAFE:
            played.answers[own.sequence] = answer
        return aliases.translate(answer, recorded, own.session, own.route)

    def _send(self, number: int, step: Step, played: Played, ask: Ask) -> None:
        if step.sequence in played.failures:
            raise StateError(played.failures[step.sequence])
        recorded, reason = step.exchange.response, ""
        try:
            answer = self._ask(step.exchange.request, step, played.aliases, ask)
        except OSError as error:
            reason = f"no answer ({error})"
        else:
            if recorded is not None and answer.status // 100 != recorded.status // 100:
                text = answer.body[:_SHOWN_CHARACTERS].decode("utf-8", "replace")
                reason = f"the provider answered {answer.status}, recorded is {recorded.status}"
                reason += f": {text}" if text else ""
        if reason:
            reason = f"session state, request {number} of {self.length}, {step.route}: {reason}"
            played.failures[step.sequence] = reason
            raise StateError(reason)
        played.aliases.learn(step.exchange, answer, step.session, step.route, step.exchange_id)
        played.aliases.settle(step.exchange_id)
        if step.exchange.request.method not in SAFE:
            played.answers[step.sequence] = answer

    def _ask(self, request: Request, step: Step, aliases: Aliases, ask: Ask) -> Response:
        rewritten = aliases.rewrite(request, step.session, step.route).request
        given = _credentials(rewritten.headers)
        is_own = given != _credentials(request.headers)  # given out in the session, by the provider
        asked = self._shape(_sendable(rewritten))
        if self._credentials is None or not given or is_own:
            return ask(asked)
        sent = self._credentials.apply(asked)
        answer = ask(sent)
        if answer.status in {401, 403} and self._credentials.refused(sent):
            answer = ask(self._credentials.apply(asked))
        return answer


def _credentials(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() in _CREDENTIALS]


def _with_credentials(request: Request, recorded: Request) -> Request:
    """The interaction's request with what its recorded one said of who asks."""
    named = {name.lower() for name, _ in request.headers}
    added = [one for one in _credentials(recorded.headers) if one[0].lower() not in named]
    return msgspec.structs.replace(request, headers=(*request.headers, *added))


def _sendable(request: Request) -> Request:
    kept = tuple((k, v) for k, v in request.headers if k.lower() not in _NOT_SENT)
    return msgspec.structs.replace(request, headers=kept)
