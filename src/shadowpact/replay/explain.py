"""What is rewritten in one request of a recording, and why."""

from collections.abc import Iterator

import msgspec

from shadowpact.aliases import Aliases
from shadowpact.config.settings import Settings
from shadowpact.credentials.headers import carries_credential
from shadowpact.credentials.settings import JwtCredentials, supplied
from shadowpact.errors import UsageError
from shadowpact.mirror.policy import refusal
from shadowpact.mirror.session import Sessions
from shadowpact.mirror.settings import CandidateSettings
from shadowpact.mirror.shape import shape_of, supplied_headers
from shadowpact.model.alias import Replacement, Scalar, UnknownAlias, is_secret
from shadowpact.model.exchange import Exchange, Request
from shadowpact.planning import match_of, route_table
from shadowpact.recording.feed import FinishedSource
from shadowpact.replay.kept import Kept
from shadowpact.replay.options import RECORDED, ReplayOptions
from shadowpact.secrets import REDACTED, Sealer, redact_request
from shadowpact.secrets.aliases import open_row


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration changes in every such request.

    Attributes:
        where: ``path``, ``header:NAME``.
        why: The key of the candidate's table: ``rewrite-path``, ``remove-headers``,
            ``set-headers``, or ``credentials (KIND)``.
    """

    where: str
    why: str


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what becomes of it.

    Attributes:
        sequence: Its number in the recording, from 0.
        route: ``GET /orders/{id}``.
        candidate: Who gets it; ``None`` for nobody.
        session: Whose it is.
        refused: Why it is not sent; empty when it is.
        recorded: ``GET /orders/12`` as recorded.
        sent: The same as the candidate gets it.
        replacements: What is replaced; secrets as ``[redacted]``.
        unknown: Ids whose counterpart is not known.
        changes: What the configuration changes besides.
    """

    sequence: int
    route: str
    candidate: str | None
    session: str
    refused: str
    recorded: str
    sent: str
    replacements: tuple[Replacement, ...]
    unknown: tuple[UnknownAlias, ...]
    changes: tuple[Change, ...] = ()


def explain(
    options: ReplayOptions, settings: Settings, kept: Kept, request: str, *, key: bytes
) -> Explained:
    """Rewrite one request with what an earlier run of the replay has learnt; nothing is sent.

    Args:
        options: Names the recording.
        settings: With candidates and routes.
        kept: The store of the earlier run.
        request: The request's number in the recording, or an exchange's id as in a finding.
        key: Opens sealed credentials.

    Raises:
        UsageError: There is no such request.
    """
    sequence = _sequence(request)
    sealer = Sealer(key, settings.secrets)
    recorded, exchange, session = _find(options, sequence, sealer)
    match = match_of(recorded, exchange, route_table(settings), sealer)
    aliases = Aliases(match.candidate or "")
    aliases.load(open_row(row, sealer) for row in kept.store.aliases())
    rewritten = aliases.rewrite(exchange.request, session, match.route)
    candidate = _candidate(settings, match.candidate)
    sent = _shaped(rewritten.request, candidate)
    refused = refusal(
        exchange,
        match,
        is_sealed=sealer.is_sealed(exchange),
        supplied=supplied_headers(candidate) if candidate else frozenset(),
        asks_baseline=options.baseline != RECORDED,
    )
    return Explained(
        sequence=sequence,
        route=match.route,
        candidate=match.candidate,
        session=session,
        refused=f"{refused.outcome}: {refused.reason}" if refused else "",
        recorded=_line(exchange, exchange.request, sealer),
        sent=_line(exchange, sent, sealer),
        replacements=tuple(map(_without_secret, rewritten.replacements)),
        unknown=tuple(
            msgspec.structs.replace(one, recorded=_shown(one.kind, one.recorded))
            for one in rewritten.unknown
        ),
        changes=tuple(_changes(rewritten.request, sent, candidate)) if candidate else (),
    )


def _sequence(request: str) -> int:
    number = request.rpartition("_")[2]
    if not number.isdecimal():
        raise UsageError(
            f"--explain {request!r}: expected the number of a request in the recording, from 0, or "
            "an exchange's id such as exc_run_17"
        )
    return int(number)


def _candidate(settings: Settings, name: str | None) -> CandidateSettings | None:
    return next((one for one in settings.mirror.candidates if one.name == name), None)


def _shaped(request: Request, candidate: CandidateSettings | None) -> Request:
    shape = shape_of(candidate) if candidate else None
    return shape(request) if shape else request


def _changes(rewritten: Request, sent: Request, candidate: CandidateSettings) -> Iterator[Change]:
    """In the order in which they are made."""
    if rewritten.target != sent.target:
        yield Change(where="path", why="rewrite-path")
    had = {name.lower().decode("latin-1") for name, _ in rewritten.headers}
    for name in candidate.remove_headers:
        if name in had:
            yield Change(where=f"header:{name}", why="remove-headers")
    for name, _ in candidate.set_headers:
        yield Change(where=f"header:{name}", why="set-headers")
    for one in candidate.credentials:
        for header in sorted(supplied((one,))) or [one.header.encode()]:
            to_all = not isinstance(one, JwtCredentials) and one.apply_to == "all"
            if to_all or carries_credential(sent, header):
                kind = type(one).__struct_config__.tag
                yield Change(where=f"header:{header.decode()}", why=f"credentials ({kind})")


def _find(options: ReplayOptions, sequence: int, sealer: Sealer) -> tuple[Exchange, Exchange, str]:
    """An exchange as it is in the recording, with its credentials opened, and its session."""
    sessions = Sessions(sealer.session_key, options.replaying.session)
    source = FinishedSource(options.recording)
    while found := source.read():
        for recorded in found:
            if recorded.exchange is None:
                continue
            exchange = sealer.open(recorded.exchange)
            session = sessions.of(exchange)
            if recorded.sequence == sequence:
                return recorded.exchange, exchange, session
    raise UsageError(f"{options.recording}: holds no readable request {sequence} (from 0)")


def _line(exchange: Exchange, request: Request, sealer: Sealer) -> str:
    """Method and target, without secrets."""
    secrets = sealer.credentials.found_in_messages(
        exchange.request, exchange.response, request, is_decoding=True
    )
    shown = redact_request(request, sealer.credentials, secrets)
    return f"{shown.method} {shown.target}"


def _without_secret(one: Replacement) -> Replacement:
    return msgspec.structs.replace(
        one, recorded=_shown(one.kind, one.recorded), sent=_shown(one.kind, one.sent)
    )


def _shown(kind: str, value: Scalar) -> Scalar:
    return REDACTED if is_secret(kind, value) else value
