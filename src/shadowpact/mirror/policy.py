"""Which exchanges are mirrored; every other one gets a reason."""

from typing import Literal

import msgspec

from shadowpact.mirror.request import MARKER
from shadowpact.model.exchange import Exchange, header
from shadowpact.routes import Match
from shadowpact.secrets import REDACTED

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

DELIBERATE = frozenset(
    {"already-mirrored", "no-candidate", "not-selected", "upgrade", "write-policy"}
)
"""Reasons of exchanges that are left alone on purpose: not a loss of evidence."""


_REDACTED = REDACTED.encode()


class Refusal(msgspec.Struct, frozen=True):
    """Why an exchange is not mirrored.

    Attributes:
        outcome: ``dropped``, or ``incomparable`` when it should have been compared but cannot be.
        reason: One word or two, hyphenated; the key in every report.
    """

    outcome: Literal["dropped", "incomparable"]
    reason: str


def refusal(
    exchange: Exchange,
    match: Match,
    *,
    is_sealed: bool = False,
    supplied: frozenset[bytes] = frozenset(),
    asks_baseline: bool = False,
) -> Refusal | None:
    """Why this exchange is not to be mirrored; ``None`` when it is.

    Args:
        exchange: With its credentials opened.
        match: Where it goes.
        is_sealed: Some of them could not be opened: they were sealed with another key.
        supplied: Headers (lower case) that the candidate gets from its configuration: it does not
            matter when the recording has lost them.
        asks_baseline: The baseline is asked anew: its recorded answer is not needed.
    """
    refused = _left_alone(exchange, match) or _unasked(exchange, supplied, is_sealed=is_sealed)
    return refused or (None if asks_baseline else _unanswered(exchange))


def _left_alone(exchange: Exchange, match: Match) -> Refusal | None:
    """Why it is not meant to be mirrored."""
    request, response = exchange.request, exchange.response
    if header(request.headers, MARKER) is not None:
        return Refusal("dropped", "already-mirrored")
    if match.candidate is None:
        return Refusal("dropped", "no-candidate")
    if request.method not in SAFE_METHODS and match.writes != "on":
        return Refusal("dropped", "write-policy")
    if response is not None and response.status == 101:
        return Refusal("dropped", "upgrade")
    return None


def _unasked(exchange: Exchange, supplied: frozenset[bytes], *, is_sealed: bool) -> Refusal | None:
    """Why the request cannot be sent as it was."""
    request = exchange.request
    if is_sealed:
        return Refusal("incomparable", "sealed")
    lost = [name for name, value in request.headers if value == _REDACTED]
    if lost and not supplied.issuperset(name.lower() for name in lost):
        return Refusal("incomparable", "redacted")
    if request.cut is None:
        return None
    return _unanswered(exchange) or Refusal("incomparable", request.cut.reason)


def _unanswered(exchange: Exchange) -> Refusal | None:
    """Why there is no recorded answer to compare with."""
    response = exchange.response
    if response is None:
        has_left = exchange.failure is not None and exchange.failure.kind == "client-disconnected"
        return Refusal("incomparable", "client-disconnected" if has_left else "baseline-failed")
    if 100 <= response.status < 200:  # mitmproxy takes an interim answer for the last one
        return Refusal("incomparable", "baseline-failed")
    if response.cut is not None and response.cut.reason in {"event-stream", "streamed"}:
        return Refusal("incomparable", response.cut.reason)
    return None
