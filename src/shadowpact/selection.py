"""Which exchanges of a recording are meant: by time, route, session, and a share of sessions."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b

import msgspec

from shadowpact.errors import UsageError
from shadowpact.model.exchange import Exchange
from shadowpact.routes import Entry, Match, RouteTable
from shadowpact.routes.template import TemplateError

BUCKETS = 10_000
"""Shares of sessions are told apart to a hundredth of a percent."""

_OFFSET = re.compile(r"\+(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")

type When = datetime | time | timedelta
"""A moment, a time of day (UTC, of the recording's first day), or a time since its start."""

type Selects = Callable[[Exchange, Match, str], bool]
"""``(exchange, its route, its session)`` to whether it is meant."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What of a recording is meant; everything without a word.

    Attributes:
        routes: Patterns, ``GET /orders/**``; one of them must fit.
        sessions: One of them must be the exchange's.
        since: Requests that began earlier are left out.
        until: Requests that began then or later are left out.
        sample_rate: Share of the sessions, 0 to 1; the same ones every time.
    """

    routes: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    since: When | None = None
    until: When | None = None
    sample_rate: float = 1.0

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()


def selects(selection: Selection) -> Selects | None:
    """What tells whether an exchange is meant; ``None`` when all are.

    Times that are relative count from the first exchange that it is asked about.

    Raises:
        UsageError: A pattern is malformed.
    """
    if selection.is_all:
        return None
    routes = _table(selection.routes) if selection.routes else None
    wanted = frozenset(selection.sessions)
    first_us: int | None = None

    def is_meant(exchange: Exchange, match: Match, session: str) -> bool:
        nonlocal first_us
        if first_us is None:
            first_us = exchange.started_us
        request = exchange.request
        return (
            _is_within(selection, exchange.started_us, first_us)
            and (not wanted or session in wanted)
            and (
                routes is None
                or routes.match(request.method, request.path).candidate is not None
                or match.route in selection.routes
            )
            and is_sampled(session, selection.sample_rate)
        )

    return is_meant


def is_sampled(session: str, rate: float) -> bool:
    """Whether a session is among a share of all; a larger share holds every smaller one."""
    if rate >= 1:
        return True
    digest = blake2b(session.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) % BUCKETS < round(rate * BUCKETS)


def when(text: str, *, option: str) -> When:
    """A time as people write it: RFC 3339, ``14:05[:30]`` or ``+10m``.

    Raises:
        UsageError: It is none.
    """
    offset = _OFFSET.fullmatch(text)
    if offset is not None and any(offset.groups()):
        hours, minutes, seconds = (float(part or 0) for part in offset.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text!r}: expected a time: 2026-05-04T14:05:00Z, a time of day 14:05 (UTC), "
            "or +10m after the start"
        ) from None


def _is_within(selection: Selection, started_us: int, first_us: int) -> bool:
    since, until = selection.since, selection.until
    if since is not None and started_us < _moment_us(since, first_us):
        return False
    return until is None or started_us < _moment_us(until, first_us)


def _moment_us(at: When, first_us: int) -> int:
    if isinstance(at, timedelta):
        return first_us + round(at.total_seconds() * 1_000_000)
    if isinstance(at, time):
        day: date = datetime.fromtimestamp(first_us / 1_000_000, UTC).date()
        at = datetime.combine(day, at, at.tzinfo or UTC)
    return round(at.timestamp() * 1_000_000)


def _table(patterns: Sequence[str]) -> RouteTable:
    try:
        return RouteTable(
            Entry(pattern=pattern, candidate="meant", writes="off") for pattern in patterns
        )
    except TemplateError as error:
        raise UsageError(f"--route: {error}") from error
