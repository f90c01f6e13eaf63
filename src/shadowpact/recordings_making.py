"""Making recordings of recordings: import, export, merge and cut, each exchange by exchange."""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from shadowpact.errors import UsageError
from shadowpact.mirror.session import session_of
from shadowpact.model.exchange import Exchange
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recordings_reading import OnBytes, Reading, check_there, in_order
from shadowpact.recordings_rewrite import rewrite
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer
from shadowpact.selection import Selection, selects

NO_ANSWER = "none"
SEGMENT_BYTES = RecordingSettings().segment_bytes


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the recordings that were read.

    ``exchanges``, ``left_out`` and the sum of ``skipped`` are all the entries that were read.

    Attributes:
        out: Where the exchanges are now; nothing is there when there are none.
        exchanges: How many were written.
        left_out: How many could be read and were not wanted.
        skipped: Entries that are no exchange, by reason.
        unanswered: Exchanges that were read without an answer, by the kind of their failure.
        cut_bodies: Bodies that were read and are not whole, by reason.
    """

    out: str
    exchanges: int
    left_out: int = 0
    skipped: Mapping[str, int] = {}
    unanswered: Mapping[str, int] = {}
    cut_bodies: Mapping[str, int] = {}


class Cutting(msgspec.Struct, frozen=True, kw_only=True):
    """What :func:`cut` keeps: that to which everything said here applies.

    Attributes:
        selection: By time, route, session and share of sessions.
        session_by: What tells sessions apart; see :func:`shadowpact.mirror.session.session_of`.
        clients: Ids of client connections.
        statuses: ``200``, ``5xx`` or ``none``.
        limit: At most so many; ``None`` for all.
    """

    selection: Selection = Selection()
    session_by: str | None = None
    clients: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    limit: int | None = None


def copy(
    source: Path,
    out: Path,
    *,
    sealer: Sealer,
    segment_bytes: int = SEGMENT_BYTES,
    may_append: bool = False,
    kind: str | None = None,
    on_bytes: OnBytes | None = None,
) -> Made:
    """Take the exchanges of a recording into another place, or another format.

    Args:
        source: Of any format.
        out: See :func:`shadowpact.recordings_rewrite.rewrite`.
        sealer: Seals what is not sealed yet.
        segment_bytes: Size of a folder's segments.
        may_append: A folder that is a recording already is added to.
        kind: ``har`` or ``mitm`` for a file whose suffix does not say it.
        on_bytes: Gets how far the reading is.

    Raises:
        RecordingError: It cannot be read, or the other not written.
        UsageError: It does not exist, or ``out`` is not free.
    """
    check_there(source)
    reading = Reading(source, on_bytes)
    count = rewrite(
        source,
        out,
        reading.read(),
        sealer=sealer,
        segment_bytes=segment_bytes,
        may_append=may_append,
        kind=kind,
    )
    return _made(out, count, [reading])


def merge(
    sources: Sequence[Path],
    out: Path,
    *,
    sealer: Sealer,
    segment_bytes: int = SEGMENT_BYTES,
    on_bytes: OnBytes | None = None,
) -> Made:
    """Put recordings together by the start of their exchanges.

    Each keeps its own order, so that a recording in which an exchange stands later than it began
    loses nothing of what its order means. Clients of different recordings stay apart.

    Args:
        sources: Two or more, of any format.
        out: See :func:`shadowpact.recordings_rewrite.rewrite`.
        sealer: Seals what is not sealed yet.
        segment_bytes: Size of a folder's segments.
        on_bytes: Gets how far the reading of all is.

    Raises:
        RecordingError: One cannot be read, or ``out`` not written.
        UsageError: One does not exist, or is named twice, or ``out`` is not free.
    """
    for source in sources:
        check_there(source)
    places = [source.resolve() for source in sources]
    for place, source in zip(places, sources, strict=True):
        if places.count(place) > 1:
            raise UsageError(f"{source}: named twice")
    readings = [Reading(source, on_bytes) for source in sources]
    parts = [_numbered(reading, number) for number, reading in enumerate(readings, start=1)]
    merged = heapq.merge(*parts, key=lambda exchange: exchange.started_us)
    count = rewrite(sources, out, merged, sealer=sealer, segment_bytes=segment_bytes)
    return _made(out, count, readings)


def cut(
    source: Path,
    out: Path,
    cutting: Cutting,
    *,
    routes: RouteTable,
    sealer: Sealer,
    segment_bytes: int = SEGMENT_BYTES,
    on_bytes: OnBytes | None = None,
) -> Made:
    """Keep a part of a recording.

    Args:
        source: Of any format.
        out: See :func:`shadowpact.recordings_rewrite.rewrite`.
        cutting: What to keep.
        routes: Names the routes.
        sealer: Opens what sessions and routes are told by, and seals what is not sealed yet.
        segment_bytes: Size of a folder's segments.
        on_bytes: Gets how far the reading is.

    Raises:
        RecordingError: It cannot be read, or the other not written.
        UsageError: It does not exist, a pattern is malformed, or ``out`` is not free.
    """
    check_there(source)
    reading = Reading(source, on_bytes)
    kept = _kept(reading, cutting, routes, sealer)
    count = rewrite(source, out, kept, sealer=sealer, segment_bytes=segment_bytes)
    return _made(out, count, [reading])


def _numbered(reading: Reading, number: int) -> Iterator[Exchange]:
    """Its exchanges, with clients that no other recording has."""
    for exchange in reading.read():
        yield msgspec.structs.replace(exchange, client=f"{number}:{exchange.client}")


def _kept(
    reading: Reading, cutting: Cutting, routes: RouteTable, sealer: Sealer
) -> Iterator[Exchange]:
    is_selected = selects(cutting.selection)
    left = cutting.limit
    for exchange in reading.read():
        if not _fits(exchange, cutting):
            continue
        opened = sealer.open(exchange)
        if is_selected is not None:
            request = opened.request
            match = routes.match(request.method, request.path)
            session = session_of(opened, sealer.session_key, cutting.session_by)
            if not is_selected(opened, match, session):
                continue
        yield exchange
        if left is not None:
            left -= 1
            if not left:
                return


def _fits(exchange: Exchange, cutting: Cutting) -> bool:
    """Whether client and status are among those wanted."""
    if cutting.clients and exchange.client not in cutting.clients:
        return False
    if not cutting.statuses:
        return True
    response = exchange.response
    status = str(response.status) if response else NO_ANSWER
    return bool(cutting.statuses & {status, f"{status[0]}xx"})


def _made(out: Path, count: int, readings: Sequence[Reading]) -> Made:
    skipped, unanswered, bodies = Counter[str](), Counter[str](), Counter[str]()
    for reading in readings:
        skipped += reading.skipped
        unanswered += reading.unanswered
        bodies += reading.cut_bodies
    return Made(
        out=str(out),
        exchanges=count,
        left_out=sum(reading.exchanges for reading in readings) - count,
        skipped=in_order(skipped),
        unanswered=in_order(unanswered),
        cut_bodies=in_order(bodies),
    )
