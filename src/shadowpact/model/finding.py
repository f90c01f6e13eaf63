"""The same difference over many pairs: what a person triages."""

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

from shadowpact.model.difference import Kind, Location, Severity
from shadowpact.model.pair import Sample

type FindingVerdict = Literal["real", "noise", "undecided"]
type Triage = Literal["open", "accepted", "fixed"]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How often a difference was seen.

    Attributes:
        pairs: Pairs of baseline and candidate that differ here.
        route_pairs: All pairs of the route.
        twin_differing: Pairs of baseline and twin that differ here.
        twin_pairs: All pairs of baseline and twin of the route.
    """

    pairs: int
    route_pairs: int = 0
    twin_differing: int = 0
    twin_pairs: int = 0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Differences with one fingerprint, counted.

    Attributes:
        id: ``fnd_`` and the first 12 digits of the fingerprint.
        fingerprint: See :func:`fingerprint`.
        route: ``GET /orders/{id}``.
        candidate: Name of the candidate.
        location: Which part of the answer.
        path: Generalised, ``$.items[*].price``.
        kind: What sort of disagreement.
        severity: What it means for a client.
        count: Differences seen.
        pairs: Pairs in which at least one was seen.
        route_pairs: Pairs compared on this route, the denominator.
        twin_differing: Pairs of baseline and twin with the same difference: noise.
        twin_pairs: Pairs of baseline and twin on this route.
        verdict: Whether the evidence says it is real.
        state: What people decided.
        first_seen_at: Of the earliest exchange (aware, UTC).
        last_seen_at: Of the latest.
        samples: The minimal pair first, then a bounded reservoir.
    """

    id: str
    fingerprint: str
    route: str
    candidate: str
    location: Location
    path: str
    kind: Kind
    severity: Severity
    count: int
    pairs: int
    route_pairs: int
    twin_differing: int = 0
    twin_pairs: int = 0
    verdict: FindingVerdict
    state: Triage
    first_seen_at: datetime
    last_seen_at: datetime
    samples: tuple[Sample, ...] = ()


def fingerprint(route: str, location: str, path: str, kind: str) -> str:
    """The identity of a difference across pairs, recordings and machines.

    Args:
        route: ``GET /orders/{id}``.
        location: Which part of the answer.
        path: Generalised, ``$.items[*].price``.
        kind: What sort of disagreement.

    Returns:
        32 hex digits: BLAKE2b-128 over the four, joined by NUL.
    """
    text = f"{route}\0{location}\0{path}\0{kind}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def finding_id(fingerprint_: str) -> str:
    """The short name of a finding, ``fnd_`` and 12 hex digits."""
    return f"fnd_{fingerprint_[:12]}"
