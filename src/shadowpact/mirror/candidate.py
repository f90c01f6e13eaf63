"""One candidate as the pipeline sees it: a transport behind a breaker."""

import asyncio

from shadowpact.mirror.breaker import Breaker
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.transport import AiohttpTransport, Transport
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Failure, Request, Response

LONGEST_WAIT_S = 0.25
"""How long a held-back request sleeps at most before it looks again whether it grew too old."""


class Candidate:
    """Asks one candidate, at most ``max_in_flight`` requests at once (the pipeline's tasks)."""

    def __init__(
        self,
        settings: CandidateSettings,
        clock: Clock,
        *,
        body_cap_bytes: int,
        transport: Transport | None = None,
    ) -> None:
        self.settings = settings
        self._transport = transport or AiohttpTransport(settings, body_cap_bytes=body_cap_bytes)
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
        answer = await self._transport.send(request)
        kind = answer.kind if isinstance(answer, Failure) else None
        if kind in {"refused", "reset", "time-out"}:
            self._breaker.failed()
        elif kind != "unsendable":  # which says nothing about the candidate
            self._breaker.succeeded()
        return answer

    async def close(self) -> None:
        """Let go of all connections."""
        await self._transport.close()
