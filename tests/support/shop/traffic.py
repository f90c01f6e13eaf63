"""Runs customers' scripts against one side of the shop, interleaved, and records what was said."""

import heapq
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import aiohttp
import yarl

from shadowpact.model.exchange import Exchange, Request, Response
from shadowpact.recording.writer import Writer
from shadowpact.secrets import Sealer
from support.clock import ManualClock
from support.shop.sessions import Answer, Ask, Script, Session

HOST = "shop.example"
"""What clients call the shop, wherever it listens: recordings are the same in every run."""

ARRIVALS_S = 0.4
"""Between one customer and the next, on average; each stays for about twelve seconds, so thirty
are there at a time."""

PAUSE_S = 0.8
"""Between two requests of a customer, on average."""

TIMEOUT_S = 30


class MovableClock(Protocol):
    """A clock that goes on when it is told to."""

    def now_us(self) -> int: ...

    def monotonic_s(self) -> float: ...

    def advance(self, seconds: float) -> None: ...


async def drive(
    url: str,
    sessions: Sequence[Session],
    *,
    clock: MovableClock | None = None,
    reconnecting: float = 0.0,
) -> list[Exchange]:
    """Let the customers ask, one request at a time in the order of their pauses.

    Args:
        url: Where a side of the shop listens.
        sessions: Scripts that nobody has run yet.
        clock: Says when; moved on from request to request, without waiting.
        reconnecting: Share of the sessions that go on over a second connection after their login.

    Returns:
        What was asked and answered, unsealed, in the order in which the answers were complete.

    Raises:
        aiohttp.ClientError: The shop gave no answer.
    """
    clock = clock or ManualClock()
    started_us = clock.now_us()
    agenda: list[tuple[int, int, Script, Ask]] = []
    exchanges: list[Exchange] = []
    for session in sessions:
        due_us = started_us + round(session.random.uniform(0, 2) * ARRIVALS_S * 1e6)
        started_us += round(ARRIVALS_S * 1e6)
        script = session.script()
        agenda.append((due_us, session.number, script, next(script)))
    heapq.heapify(agenda)
    by_number = {session.number: session for session in sessions}
    async with _client() as client:
        while agenda:
            due_us, number, script, ask = heapq.heappop(agenda)
            session = by_number[number]
            clock.advance((due_us - clock.now_us()) / 1e6)
            answer = await _send(client, url, ask)
            elapsed_ms = round(session.random.uniform(2, 30), 3)
            connection = _connection(session, ask, share=reconnecting)
            exchanges.append(_exchange(due_us, connection, ask, answer, elapsed_ms))
            pause_s = elapsed_ms / 1000 + session.random.expovariate(1 / PAUSE_S)
            try:
                following = script.send(answer)
            except StopIteration:
                continue
            heapq.heappush(agenda, (due_us + round(pause_s * 1e6), number, script, following))
    return sorted(exchanges, key=_completed_us)


async def record(
    folder: Path,
    url: str,
    sessions: Sequence[Session],
    *,
    key: bytes,
    clock: MovableClock | None = None,
    reconnecting: float = 0.0,
) -> list[Exchange]:
    """As :func:`drive`; and write a recording of it, sealed as a proxy would.

    Args:
        folder: Gets the segments.
        url: Where the baseline listens.
        sessions: As for :func:`drive`.
        key: 64 bytes that seal the credentials.
        clock: As for :func:`drive`.
        reconnecting: As for :func:`drive`.

    Returns:
        What was recorded, unsealed.
    """
    clock = clock or ManualClock()
    exchanges = await drive(url, sessions, clock=clock, reconnecting=reconnecting)
    sealer = Sealer(key)
    writer = Writer(folder, clock=clock, new_id=lambda: "5".zfill(12))
    for exchange in exchanges:
        writer.append(sealer.seal(exchange))
    writer.close()
    return exchanges


def _client() -> aiohttp.ClientSession:
    """Sends what it is given and nothing of its own, and keeps no cookies."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def _send(client: aiohttp.ClientSession, url: str, ask: Ask) -> Answer:
    async with client.request(
        ask.method,
        yarl.URL(url + ask.target, encoded=True),
        headers=_headers(ask),
        data=ask.body or None,
        allow_redirects=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
    ) as answer:
        body = await answer.read()
        return Answer(status=answer.status, headers=answer.raw_headers, body=body)


def _headers(ask: Ask) -> list[tuple[str, str]]:
    length = [("Content-Length", str(len(ask.body)))] if ask.method != "GET" else []
    return [("Host", HOST), *ask.headers, *length]


def _connection(session: Session, ask: Ask, *, share: float) -> str:
    """The id of the connection; one that shows a credential may be another than the first."""
    has_credential = any(name in {"Authorization", "Cookie"} for name, _ in ask.headers)
    moves = random.Random(f"moves/{session.number}").random() < share  # noqa: S311 not a secret
    return f"{session.number:011x}" + ("b" if has_credential and moves else "a")


def _exchange(
    started_us: int, client: str, ask: Ask, answer: Answer, elapsed_ms: float
) -> Exchange:
    return Exchange(
        started_us=started_us,
        client=client,
        request=Request(
            method=ask.method,
            scheme="http",
            authority=HOST,
            target=ask.target,
            http_version="HTTP/1.1",
            headers=tuple((name.encode(), value.encode()) for name, value in _headers(ask)),
            body=ask.body,
        ),
        response=Response(
            status=answer.status, headers=answer.headers, body=answer.body, elapsed_ms=elapsed_ms
        ),
    )


def _completed_us(exchange: Exchange) -> tuple[float, str]:
    elapsed_ms = exchange.response.elapsed_ms if exchange.response else 0.0
    return exchange.started_us + elapsed_ms * 1000, exchange.client
