"""Asking a candidate: one method is the whole seam, so tests pass a function's answer instead."""

import asyncio
import io
import time
from typing import Protocol

import aiohttp
from yarl import URL

from shadowpact.mirror.request import mirrored_headers, mirrored_target, not_to_be_added
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.model.exchange import Failure, Request, Response
from shadowpact.model.tee import Tee

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})

LONGEST_HEADER_BYTES = 256 * 1024
"""aiohttp refuses lines above 8 KiB by default, less than some monoliths send."""

MOST_HEADERS = 4096
"""And more than 128 of them."""

LARGE_BODY_BYTES = 1024 * 1024


class Transport(Protocol):
    """Sends a request to one side."""

    async def send(self, request: Request) -> Response | Failure:
        """The answer, or why there is none; never raises for what the other side does."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...


class AiohttpTransport:
    """HTTP/1.1 through aiohttp, with everything that it would add or change switched off."""

    def __init__(self, settings: CandidateSettings, *, body_cap_bytes: int) -> None:
        self._settings = settings
        origin = URL(settings.url.rstrip("/"), encoded=True)
        self._origin = (origin.scheme, origin.raw_authority, origin.raw_path.rstrip("/"))
        self._cap_bytes = body_cap_bytes
        timeout = aiohttp.ClientTimeout(total=settings.timeout_ms / 1000)
        self._reusing = _session(settings.max_in_flight, timeout, force_close=False)
        # a write must not meet a connection that the candidate is just closing: it could not be
        # told from a fault, and must not be sent twice
        self._fresh = _session(settings.max_in_flight, timeout, force_close=True)

    async def send(self, request: Request) -> Response | Failure:
        """Send one request and read the whole answer; see :class:`Transport`."""
        started = time.perf_counter()
        session = self._reusing if request.method in IDEMPOTENT else self._fresh
        try:
            async with session.request(
                request.method,
                self._url(mirrored_target(request)),
                headers=mirrored_headers(request, self._settings),
                data=_payload(request.body),
                allow_redirects=False,
                skip_auto_headers=not_to_be_added(request, self._settings),
            ) as answer:
                tee = Tee(keep_bytes=self._cap_bytes) if self._may_be_long(answer) else None
                body, cut = b"", None
                if tee is None:
                    body = await answer.read()
                else:
                    async for piece in answer.content.iter_any():
                        tee(piece)
                    body, cut = tee.body()
                return Response(
                    status=answer.status,
                    headers=answer.raw_headers,
                    body=body,
                    elapsed_ms=_since_ms(started),
                    cut=cut,
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Failure(
                kind=failure_kind(error),
                message=f"{type(error).__name__}: {error}".rstrip(": "),
                elapsed_ms=_since_ms(started),
            )

    async def close(self) -> None:
        """Close the connections."""
        await self._reusing.close()
        await self._fresh.close()

    def _url(self, target: str) -> URL:
        """All of the target as the path, so that nothing in it (``?``, ``#``) is read or lost."""
        scheme, authority, prefix = self._origin
        if scheme not in {"http", "https"} or not authority:
            raise aiohttp.InvalidURL(self._settings.url)
        return URL.build(scheme=scheme, authority=authority, path=prefix + target, encoded=True)

    def _may_be_long(self, answer: aiohttp.ClientResponse) -> bool:
        length = answer.content_length
        return length is None or length > self._cap_bytes


def failure_kind(error: Exception) -> str:
    """Our word for what went wrong; ``unsendable`` is our own limit, not the candidate's fault."""
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return "time-out"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "refused"
    if isinstance(error, ValueError):  # of the request as it is, before anything was sent
        return "unsendable"
    if isinstance(error, (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError, OSError)):
        return "reset"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "reset"
    return "other"


def _session(
    limit: int, timeout: aiohttp.ClientTimeout, *, force_close: bool
) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limit, force_close=force_close),
        timeout=timeout,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        max_line_size=LONGEST_HEADER_BYTES,
        max_field_size=LONGEST_HEADER_BYTES,
        max_headers=MOST_HEADERS,
    )


def _payload(body: bytes) -> bytes | io.BytesIO | None:
    """Nothing, the bytes, or (in pieces, as aiohttp asks for) a large body."""
    return io.BytesIO(body) if len(body) > LARGE_BODY_BYTES else body or None


def _since_ms(started: float) -> float:
    return (time.perf_counter() - started) * 1000
