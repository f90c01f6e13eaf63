"""Which exchanges are mirrored; every other one gets a reason."""

from typing import Literal

import msgspec

from shadowpact.mirror.request import MARKER
from shadowpact.model.exchange import Exchange, header
from shadowpact.routes import Match

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

DELIBERATE = frozenset({"already-mirrored", "no-candidate", "upgrade", "write-policy"})
"""Reasons of exchanges that are left alone on purpose: not a loss of evidence."""


class Refusal(msgspec.Struct, frozen=True):
    """Why an exchange is not mirrored.

    Attributes:
        outcome: ``dropped``, or ``incomparable`` when it should have been compared but cannot be.
        reason: One word or two, hyphenated; the key in every report.
    """

    outcome: Literal["dropped", "incomparable"]
    reason: str


def refusal(exchange: Exchange, match: Match, *, is_sealed: bool = False) -> Refusal | None:
    """Why this exchange is not to be mirrored; ``None`` when it is.

    Args:
        exchange: With its credentials opened.
        match: Where it goes.
        is_sealed: Some of them could not be opened: they were sealed with another key.
    """
    request = exchange.request
    if header(request.headers, MARKER) is not None:
        return Refusal("dropped", "already-mirrored")
    if match.candidate is None:
        return Refusal("dropped", "no-candidate")
    if request.method not in SAFE_METHODS and match.writes != "on":
        return Refusal("dropped", "write-policy")
    if is_sealed:
        return Refusal("incomparable", "sealed")
    response = exchange.response
    if response is None:
        kind = exchange.failure.kind if exchange.failure else "other"
        left = kind == "client-disconnected"
        return Refusal("incomparable", kind if left else "baseline-failed")
    if response.status == 101:
        return Refusal("dropped", "upgrade")
    if request.cut is not None:
        return Refusal("incomparable", request.cut.reason)
    if response.cut is not None and response.cut.reason in {"event-stream", "streamed"}:
        return Refusal("incomparable", response.cut.reason)
    return None
