"""One candidate as the pipeline sees it: a transport behind a breaker."""

import asyncio
import os
from collections.abc import Callable, Mapping

from shadowpact.credentials.build import provider_for
from shadowpact.credentials.echo import without_echo
from shadowpact.credentials.provider import CredentialProvider
from shadowpact.errors import ConfigError, CredentialError
from shadowpact.mirror.breaker import Breaker
from shadowpact.mirror.refusals import REFUSALS
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.shape import shape_of
from shadowpact.mirror.transport import HttpTransport, Transport
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Failure, Request, Response

LONGEST_WAIT_S = 0.25
"""How long a held-back request sleeps at most before it looks again whether it grew too old."""

_SAYS_NOTHING = frozenset({"unsendable", "credentials"})
"""Failures of our own, before the candidate was asked."""


class Candidate:
    """Asks one candidate, at most ``max_in_flight`` requests at once (the pipeline's tasks)."""

    def __init__(
        self,
        settings: CandidateSettings,
        clock: Clock,
        *,
        body_cap_bytes: int,
        transport: Transport | None = None,
        environ: Mapping[str, str] = os.environ,
        recorded: Callable[[str], Request | None] = lambda _pattern: None,
    ) -> None:
        """Take the parts; nothing is sent yet.

        Args:
            settings: Of this candidate.
            clock: Of breaker and credentials.
            body_cap_bytes: Of an answer, more is cut.
            transport: Instead of the one for ``settings.url``.
            environ: Where credentials come from.
            recorded: Finds a request of the recording by its pattern, for credentials that log in
                with it.

        Raises:
            ConfigError: Credentials name a variable or file that is missing.
        """
        self.settings = settings
        self._shape = shape_of(settings)
        try:
            self._provider = provider_for(
                settings.credentials,
                environ=environ,
                clock=clock,
                send=self._send_shaped,
                recorded=recorded,
            )
        except ConfigError as error:
            raise ConfigError(f"candidate {settings.name}: {error}") from None
        # after what may fail: it has to be closed
        self._transport = transport or HttpTransport(settings, body_cap_bytes=body_cap_bytes)
        self._is_plain = self._shape is None and self._provider is None
        self._breaker = Breaker(
            clock, failures=settings.breaker_failures, pause_ms=settings.breaker_pause_ms
        )

    @property
    def name(self) -> str:
        """As configured; Pact's provider."""
        return self.settings.name

    @property
    def is_held_back(self) -> bool:
        """Whether the breaker is open."""
        return self._breaker.is_open

    async def may_send(self) -> bool:
        """Whether the breaker lets a request pass now; waits a little when it does not."""
        wait_s = self._breaker.wait_s()
        if wait_s > 0:
            await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))
            return False
        return True

    def may_send_now(self) -> bool:
        """Whether the breaker lets a request pass now."""
        return self._breaker.wait_s() <= 0

    async def send(self, request: Request) -> Response | Failure:
        """Ask; call only after the breaker let the request pass."""
        if self._is_plain:
            answer = await self._transport.send(request)
        elif self._provider is None:
            answer = await self._send_shaped(request)
        else:
            answer = await self._send_with_credentials(request, self._provider)
        kind = answer.kind if isinstance(answer, Failure) else None
        if kind in {"refused", "reset", "time-out"}:
            self._breaker.failed()
        elif kind not in _SAYS_NOTHING:
            self._breaker.succeeded()
        return answer

    async def close(self) -> None:
        """Let go of all connections."""
        await self._transport.close()

    async def _send_shaped(self, request: Request) -> Response | Failure:
        return await self._transport.send(self._shaped(request))

    def _shaped(self, request: Request) -> Request:
        return request if self._shape is None else self._shape(request)

    async def _send_with_credentials(
        self, request: Request, provider: CredentialProvider
    ) -> Response | Failure:
        """Ask with the candidate's credentials; once more when it refused those it had."""
        shaped = self._shaped(request)
        try:
            sent = await provider.apply(shaped)
            answer = await self._transport.send(sent)
            if _is_refusal(answer) and await provider.refused(sent):
                sent = await provider.apply(shaped)
                answer = await self._transport.send(sent)
        except CredentialError as error:
            message = f"no credentials for candidate {self.name}: {error}"
            return Failure(kind="credentials", message=message)
        return answer if isinstance(answer, Failure) else without_echo(answer, shaped, sent)


def _is_refusal(answer: Response | Failure) -> bool:
    return isinstance(answer, Response) and answer.status in REFUSALS
