"""Asking a candidate: one method is the whole seam, so tests pass a function's answer instead."""

import asyncio
import time
from typing import Protocol

from shadowpact.mirror.answer import Answer, MalformedError
from shadowpact.mirror.pool import Pool, RefusedError, origin_of
from shadowpact.mirror.request import wire_message
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.exchange import Failure, Request, Response

LATE_S = 0.25
"""A time-out that comes later than this came late because we ourselves were held up."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


class Transport(Protocol):
    """Sends a request to one side."""

    async def send(self, request: Request) -> Response | Failure:
        """The answer, or why there is none; never raises for what the other side does."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


class HttpTransport:
    """HTTP/1.1, with nothing added to a request and nothing done about an answer.

    No redirects, no cookies, no decompression, no proxies of the environment.
    """

    def __init__(self, settings: CandidateSettings, *, body_cap_bytes: int) -> None:
        self._settings = settings
        self._timeout_s = settings.timeout_ms / 1000
        self._pool: Pool | None = None
        if (origin := origin_of(settings.url)) is not None:
            self._pool = Pool(origin, limit=settings.max_in_flight, cap_bytes=body_cap_bytes)

    async def send(self, request: Request) -> Response | Failure:
        """Send one request and read the whole answer; see :class:`Transport`."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(None) as limit:
                patience = _Patience(limit, self._timeout_s)
                try:
                    answer = await self._ask(request)
                finally:
                    patience.end()
        except (OSError, ValueError, MalformedError) as error:
            return Failure(
                kind=failure_kind(error),
                message=f"{type(error).__name__}: {error}".rstrip(": "),
                elapsed_ms=_since_ms(started),
            )
        return Response(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            elapsed_ms=_since_ms(started),
            cut=answer.cut,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.close()

    async def _ask(self, request: Request) -> Answer:
        pool, method = self._pool, request.method
        if pool is None:
            raise ValueError("expected an http or https URL with a host")
        is_repeatable = method in IDEMPOTENT
        message = wire_message(request, self._settings, pool.origin, is_last=not is_repeatable)
        return await pool.ask(message, is_head=method == "HEAD", is_repeatable=is_repeatable)


class _Patience:
    """Ends a wait after a time, of which only that counts in which we could have read an answer.

    A computer that slept, or a database that was locked, is no fault of the candidate.
    """

    __slots__ = ("_after_s", "_due_s", "_limit", "_loop", "_timer")

    def __init__(self, limit: asyncio.Timeout, after_s: float) -> None:
        self._limit = limit
        self._after_s = after_s
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time() + after_s
        self._timer = self._loop.call_at(self._due_s, self._expire)

    def end(self) -> None:
        """There is nothing to wait for any more."""
        self._timer.cancel()

    def _expire(self) -> None:
        now = self._loop.time()
        late_s = now - self._due_s
        if late_s <= LATE_S:
            self._limit.reschedule(now)
            return
        self._due_s = now + min(late_s, self._after_s)
        self._timer = self._loop.call_at(self._due_s, self._expire)


def failure_kind(error: Exception) -> str:
    """Our word for what went wrong; ``unsendable`` is our own limit, not the candidate's fault."""
    match error:
        case TimeoutError():
            return "time-out"
        case RefusedError():
            return "refused"
        case OSError():
            return "reset"
        case ValueError():  # of the request as it is, before anything was sent
            return "unsendable"
        case _:
            return "other"


def _since_ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000
