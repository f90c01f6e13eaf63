"""A recording with repetition taken out: some exchanges of every shape, or whole sessions."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from shadowpact.mirror.session import Sessions
from shadowpact.model.exchange import Exchange
from shadowpact.recording.dedupe import Selection, by_exchange, by_session
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recordings import route_shown
from shadowpact.recordings_reading import OnBytes, Reading, check_there, in_order
from shadowpact.recordings_rewrite import check_apart, rewrite
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer


class Deduped(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept of a recording.

    Attributes:
        out: Where it is; nothing is there when nothing was kept.
        exchanges: How many were kept.
        left_out: How many were not.
        shapes: How many different ones there are; every one is kept.
        for_others: How many of the kept are writes on which others depend.
        sessions: Kept and all; ``None`` unless sessions were kept whole.
        routes: By route: exchanges, and how many of them were kept.
        skipped: Entries that are no exchange, by reason.
    """

    out: str
    exchanges: int
    left_out: int
    shapes: int
    for_others: int
    sessions: tuple[int, int] | None
    routes: Mapping[str, tuple[int, int]]
    skipped: Mapping[str, int] = {}


class FixedClock:
    """Tells one moment, so that the same input gives the same bytes."""

    def __init__(self, at_us: int) -> None:
        self._at_us = at_us

    def now_us(self) -> int:
        """Microseconds since the epoch."""
        return self._at_us

    def monotonic_s(self) -> float:
        """Stands still."""
        return 0.0


def dedupe(
    source: Path,
    out: Path,
    *,
    routes: RouteTable,
    sealer: Sealer,
    keep: int | None = None,
    whole_sessions: bool = False,
    session_by: str | None = None,
    segment_bytes: int = RecordingSettings().segment_bytes,
    on_bytes: OnBytes | None = None,
) -> Deduped:
    """Write what is to be kept of a recording, in its order; the same input gives the same bytes.

    Args:
        source: Of any format.
        out: See :func:`shadowpact.recordings_rewrite.rewrite`.
        routes: Names the routes.
        sealer: Opens what is sealed, to look at it; what is written stays sealed.
        keep: Exchanges of each shape: at most, or with whole sessions at least; 5 and 1 without.
        whole_sessions: Keep sessions whole, as few as cover every shape.
        session_by: See :class:`shadowpact.mirror.session.Sessions`.
        segment_bytes: Size of a folder's segments.
        on_bytes: Gets how far the first reading is.

    Raises:
        RecordingError: It cannot be read, or the other not written.
        UsageError: It does not exist, or ``out`` is not free.
    """
    check_there(source)
    check_apart([source], out)
    first = Reading(source, on_bytes)
    readings = iter([first])

    def read() -> Iterator[Exchange]:
        reading = next(readings, None) or Reading(source)
        return map(sealer.open, reading.read())

    def route_of(exchange: Exchange) -> str:
        return route_shown(exchange, routes, sealer)

    if whole_sessions:
        chosen = by_session(
            read, route_of, lambda: Sessions(sealer.session_key, session_by).of, keep=keep or 1
        )
    else:
        chosen = by_exchange(read, route_of, keep=keep or 5)
    count = _write(source, out, chosen, sealer, segment_bytes)
    return Deduped(
        out=str(out),
        exchanges=count,
        left_out=chosen.exchanges - count,
        shapes=chosen.shapes,
        for_others=len(chosen.for_others),
        sessions=chosen.sessions,
        routes=chosen.routes,
        skipped=in_order(first.skipped),
    )


def _write(source: Path, out: Path, chosen: Selection, sealer: Sealer, segment_bytes: int) -> int:
    kept = (
        exchange
        for position, exchange in enumerate(Reading(source).read())
        if position in chosen.positions
    )
    start = next(iter(Reading(source).read()), None)
    text = f"dedupe {chosen.exchanges} {sorted(chosen.positions)}"
    return rewrite(
        source,
        out,
        kept,
        sealer=sealer,
        segment_bytes=segment_bytes,
        clock=FixedClock(start.started_us if start else 0),
        recording=hashlib.blake2b(text.encode(), digest_size=6).hexdigest(),
    )
