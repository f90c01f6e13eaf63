"""Session states: finds the exchanges of a recording that interactions were made from."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from shadowpact.contracts.interaction import notes_of
from shadowpact.contracts.means import Credentials
from shadowpact.contracts.request import NotExpressibleError, request_of
from shadowpact.contracts.session import SAFE, Played, RecordedSession, Shape, Step
from shadowpact.contracts.session_plan import Planner
from shadowpact.errors import UsageError
from shadowpact.mirror.session import Sessions
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Exchange, Request
from shadowpact.recording.formats import open_recording
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer

_BODY_LIMIT_BYTES = 16 * 1024 * 1024

type _Asked = tuple[str, str, str, str]
"""Method, path, query and body of an interaction's request, as text that can be compared."""


class _Found(msgspec.Struct, frozen=True):
    """An exchange that an interaction may have been made from."""

    sequence: int
    session: str
    status: int
    body: bytes


class RecordedSessions:
    """See :class:`.contracts.means.Sessions`.

    Args:
        recording: In any format; read twice.
        interactions: Those that will be asked for.
        sealer: Opens the recording's credentials.
        routes: Names routes.
        credentials: For requests whose own were not given out in the session.
        shape: What the provider wants otherwise than the baseline.
        is_reset: Whether the provider's data begins anew before each interaction; else what was
            sent for an earlier one is not sent again.
        session: What makes a session; see :class:`.mirror.session.Sessions`.

    Raises:
        UsageError: There is no such recording.
        RecordingError: It cannot be read.
    """

    def __init__(
        self,
        recording: Path,
        interactions: Sequence[Mapping[str, Any]],
        *,
        sealer: Sealer,
        routes: RouteTable,
        credentials: Credentials | None = None,
        shape: Shape | None = None,
        is_reset: bool = False,
        session: str | None = None,
    ) -> None:
        if not recording.exists():
            raise UsageError(f"--sessions {recording}: no such recording (a folder or a file)")
        self._recording = recording
        self._sealer = sealer
        self._routes = routes
        self._options: dict[str, Any] = {"credentials": credentials}
        if shape is not None:
            self._options["shape"] = shape
        self._session = session
        self._played = None if is_reset else Played()
        wanted = {asked for one in interactions if (asked := _asked(one["request"])) is not None}
        self._found = self._find(wanted)
        self._origins = [
            origin for one in interactions if (origin := self._origin(one)) is not None
        ]
        self._by_sequence: dict[int, Step] = {}
        self._planner = Planner(())
        self._plan()

    def _plan(self) -> None:
        """Read what is needed; what another session made needs that session's reads as well."""
        last: dict[str, int] = {}
        needed = [(origin.session, origin.sequence) for origin in self._origins]
        kept = {origin.sequence for origin in self._origins}
        while any(sequence > last.get(session, -1) for session, sequence in needed):
            for session, sequence in needed:
                last[session] = max(last.get(session, -1), sequence)
            steps = list(self._steps(last, kept))
            self._by_sequence = {step.sequence: step for step in steps}
            self._planner = Planner(steps)
            needed = [
                (step.session, step.sequence)
                for origin in self._origins
                for step in self._planner.steps_before(self._by_sequence[origin.sequence])
            ]

    def of(self, interaction: Mapping[str, Any]) -> RecordedSession | None:
        """See :class:`.contracts.means.Sessions`."""
        origin = self._origin(interaction)
        if origin is None:
            return None
        own = self._by_sequence[origin.sequence]
        if route := notes_of(interaction).route:
            own = msgspec.structs.replace(own, route=route)
        steps = self._planner.steps_before(own)
        problem = ""
        if any(self._sealer.is_sealed(step.exchange) for step in (*steps, own)):
            problem = "its credentials are sealed with another key than that of the state folder"
        return RecordedSession(steps, own, played=self._played, problem=problem, **self._options)

    def _find(self, wanted: set[_Asked]) -> dict[_Asked, list[_Found]]:
        found: dict[_Asked, list[_Found]] = defaultdict(list)
        near = {(method, path) for method, path, _, _ in wanted}
        for sequence, exchange, session in self._read():
            request, response = exchange.request, exchange.response
            if (request.method, request.path or "/") not in near or response is None:
                continue
            asked = _asked_of(request)
            if asked in wanted:
                body = _plain(exchange)
                found[asked].append(_Found(sequence, session, response.status, body))
        return found

    def _origin(self, interaction: Mapping[str, Any]) -> _Found | None:
        """The exchange whose answer is the example's; else the first with its status."""
        asked = _asked(interaction["request"])
        status = (interaction.get("response") or {}).get("status")
        found = [one for one in self._found.get(asked, ()) if one.status == status] if asked else []
        example = ((interaction.get("response") or {}).get("body") or {}).get("content")
        return next(
            (one for one in found if _shows(one.body, example)), found[0] if found else None
        )

    def _steps(self, last: Mapping[str, int], kept: set[int]) -> Iterator[Step]:
        """All writes, the exchanges interactions were made from, and reads of their sessions."""
        for sequence, exchange, session in self._read():
            is_write = exchange.request.method not in SAFE
            is_before = sequence <= last.get(session, -1)
            if is_write or sequence in kept or is_before:
                request = exchange.request
                route = self._routes.match(request.method, request.path).route
                yield Step(sequence=sequence, exchange=exchange, session=session, route=route)

    def _read(self) -> Iterator[tuple[int, Exchange, str]]:
        sessions = Sessions(self._sealer.session_key, self._session)
        for recorded in open_recording(self._recording):
            if recorded.exchange is not None:
                exchange = self._sealer.open(recorded.exchange)
                yield recorded.sequence, exchange, sessions.of(exchange)


def _asked(request: Any) -> _Asked | None:
    """What an interaction asks; ``None`` where it is no V4 request."""
    if not isinstance(request, dict) or not isinstance(request.get("path"), str):
        return None
    return (
        str(request.get("method", "")),
        request["path"],
        json.dumps(request.get("query") or {}, sort_keys=True),
        json.dumps(request.get("body"), sort_keys=True),
    )


def _asked_of(request: Request) -> _Asked | None:
    """What a recorded request asks, as its interaction would have it."""
    kept = tuple((k, v) for k, v in request.headers if k.lower() == b"content-type")
    try:
        return _asked(request_of(msgspec.structs.replace(request, headers=kept)))
    except NotExpressibleError:
        return None


def _plain(exchange: Exchange) -> bytes:
    response = exchange.response
    if response is None or response.cut is not None:
        return b""
    try:
        return decode(response.body, codings(response.headers), limit_bytes=_BODY_LIMIT_BYTES)
    except UndecodableError:
        return b""


def _shows(body: bytes, example: Any) -> bool:
    """Whether an answer holds what the example does."""
    if not isinstance(example, dict | list):
        return False
    try:
        return _holds(json.loads(body), example)
    except ValueError:
        return False


def _holds(value: Any, example: Any) -> bool:
    if isinstance(example, dict):
        return isinstance(value, dict) and all(
            name in value and _holds(value[name], held) for name, held in example.items()
        )
    if isinstance(example, list):
        return isinstance(value, list) and all(
            any(_holds(element, one) for element in value) for one in example
        )
    return bool(value == example)
