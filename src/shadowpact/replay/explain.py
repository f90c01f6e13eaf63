"""What is rewritten in one request of a recording, and why."""

import msgspec

from shadowpact.aliases import Aliases
from shadowpact.config.settings import Settings
from shadowpact.errors import UsageError
from shadowpact.mirror.policy import refusal
from shadowpact.mirror.session import Sessions
from shadowpact.model.alias import Replacement, Rewritten, Scalar, UnknownAlias, is_secret
from shadowpact.model.exchange import Exchange
from shadowpact.pipeline import route_table
from shadowpact.recording.feed import FinishedSource
from shadowpact.replay.kept import Kept
from shadowpact.replay.options import ReplayOptions
from shadowpact.secrets import REDACTED, Sealer, redact_request
from shadowpact.secrets.aliases import open_row


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
    exchange, session = _find(options, sequence, sealer)
    match = route_table(settings).match(exchange.request.method, exchange.request.path)
    aliases = Aliases(match.candidate or "")
    aliases.load(open_row(row, sealer) for row in kept.store.aliases())
    rewritten = aliases.rewrite(exchange.request, session, match.route)
    refused = refusal(exchange, match, is_sealed=sealer.is_sealed(exchange))
    return Explained(
        sequence=sequence,
        route=match.route,
        candidate=match.candidate,
        session=session,
        refused=f"{refused.outcome}: {refused.reason}" if refused else "",
        recorded=_line(exchange, Rewritten(request=exchange.request), sealer),
        sent=_line(exchange, rewritten, sealer),
        replacements=tuple(map(_without_secret, rewritten.replacements)),
        unknown=tuple(
            msgspec.structs.replace(one, recorded=_shown(one.kind, one.recorded))
            for one in rewritten.unknown
        ),
    )


def _sequence(request: str) -> int:
    number = request.rpartition("_")[2]
    if not number.isdecimal():
        raise UsageError(
            f"--explain {request!r}: expected the number of a request in the recording, from 0, or "
            "an exchange's id such as exc_run_17"
        )
    return int(number)


def _find(options: ReplayOptions, sequence: int, sealer: Sealer) -> tuple[Exchange, str]:
    sessions = Sessions(options.replaying.session)
    source = FinishedSource(options.recording)
    while found := source.read():
        for recorded in found:
            if recorded.exchange is None:
                continue
            exchange = sealer.open(recorded.exchange)
            session = sessions.of(exchange)
            if recorded.sequence == sequence:
                return exchange, session
    raise UsageError(f"{options.recording}: holds no readable request {sequence} (from 0)")


def _line(exchange: Exchange, rewritten: Rewritten, sealer: Sealer) -> str:
    """Method and target, without secrets."""
    secrets = sealer.credentials.found_in_messages(
        exchange.request, exchange.response, rewritten.request, is_decoding=True
    )
    request = redact_request(rewritten.request, sealer.credentials, secrets)
    return f"{request.method} {request.target}"


def _without_secret(one: Replacement) -> Replacement:
    return msgspec.structs.replace(
        one, recorded=_shown(one.kind, one.recorded), sent=_shown(one.kind, one.sent)
    )


def _shown(kind: str, value: Scalar) -> Scalar:
    return REDACTED if is_secret(kind, value) else value
