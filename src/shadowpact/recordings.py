"""Recordings as files to look into: folders, segments, and files of every format that is read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from shadowpact.mirror.session import session_of
from shadowpact.model.exchange import Exchange
from shadowpact.recording.formats import looks_like_recording
from shadowpact.recording.segments import segment_files
from shadowpact.recordings_reading import OnBytes, Reading, in_order, kind_of, size_of
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer, redact_request

NO_ANSWER = "none"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording holds.

    Attributes:
        path: The folder or file.
        kind: ``folder``, ``segment``, ``har``, ``mitm``, ``goreplay`` or ``cassette``.
        bytes: On the disk.
        exchanges: That can be read.
        unreadable: Entries that are no exchange, by reason.
        unanswered: Exchanges without an answer, by the kind of their failure.
        cut_bodies: Bodies that were not kept whole, by reason.
        first_at: When the earliest request came (aware, UTC); ``None`` without one.
        last_at: When the latest came.
        methods: Exchanges by method.
        statuses: Exchanges by the baseline's status; ``none`` where it gave no answer.
        routes: Exchanges by route.
        sessions: Exchanges by session, the longest first; empty unless asked for.
    """

    path: str
    kind: str
    bytes: int
    exchanges: int
    unreadable: Mapping[str, int]
    unanswered: Mapping[str, int]
    cut_bodies: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    methods: Mapping[str, int]
    statuses: Mapping[str, int]
    routes: Mapping[str, int]
    sessions: Mapping[str, int] = {}


def find(folder: Path) -> Iterator[Path]:
    """The recordings in a folder, by name; the folder itself when it is one."""
    if segment_files(folder):
        yield folder
        return
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith("."):  # a draft of something that is being written
            continue
        if path.is_dir() and not path.is_symlink():
            yield from find(path)
        elif looks_like_recording(path):
            yield path


def summarise(
    path: Path,
    *,
    routes: RouteTable,
    sealer: Sealer,
    session_by: str | None = None,
    with_sessions: bool = False,
    on_bytes: OnBytes | None = None,
) -> Summary:
    """Read a recording from end to end and count.

    Args:
        path: The folder or file.
        routes: Names the routes.
        sealer: Opens sealed targets; those of another key are one route each. Names sessions.
        session_by: What tells sessions apart; see :func:`shadowpact.mirror.session.session_of`.
        with_sessions: Count sessions too.
        on_bytes: Gets how far the reading is.

    Raises:
        RecordingError: It cannot be read.
        UsageError: It does not exist, or cannot be read here.
    """
    reading = Reading(path, on_bytes)
    methods, statuses, names = Counter[str](), Counter[str](), Counter[str]()
    sessions = Counter[str]()
    first_at: datetime | None = None
    last_at: datetime | None = None
    for exchange in reading.read():
        opened = sealer.open(exchange)
        request, response = opened.request, opened.response
        methods[request.method] += 1
        statuses[str(response.status) if response else NO_ANSWER] += 1
        names[route_shown(opened, routes, sealer)] += 1
        if with_sessions:
            sessions[session_of(opened, sealer.session_key, session_by)] += 1
        at = exchange.started_at
        first_at, last_at = min(first_at or at, at), max(last_at or at, at)
    return Summary(
        path=str(path),
        kind=kind_of(path),
        bytes=size_of(path),
        exchanges=reading.exchanges,
        unreadable=in_order(reading.skipped),
        unanswered=in_order(reading.unanswered),
        cut_bodies=in_order(reading.cut_bodies),
        first_at=first_at,
        last_at=last_at,
        methods=in_order(methods),
        statuses=in_order(statuses),
        routes=_longest_first(names),
        sessions=_longest_first(sessions),
    )


def route_shown(exchange: Exchange, routes: RouteTable, sealer: Sealer) -> str:
    """The route of an opened exchange, without the secrets that its path names or repeats."""
    credentials, request = sealer.credentials, exchange.request
    shown = redact_request(
        msgspec.structs.replace(request, body=b""),
        credentials,
        credentials.found_in(request.headers),
    )
    return routes.match(shown.method, shown.path).route


def _longest_first(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
