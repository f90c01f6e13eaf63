"""Which traffic no interaction covers, and which interactions no traffic exercises."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from shadowpact.contracts import files
from shadowpact.contracts.interaction import key_of, notes_of
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.finding import Finding

type How = Literal["covered", "other-shape", "none", "failed"]

FAILED_FROM: Final = 500
"""What the baseline answers so is no promise, and is not counted."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """One behaviour and whether an interaction covers it.

    Attributes:
        consumer: Who asks.
        provider: Who answers.
        route: ``GET /orders/{id}``.
        status: The baseline's.
        shape: Of the body.
        count: Exchanges that behaved so.
        how: ``other-shape`` when only other bodies of the status are covered; ``failed`` when
            the baseline failed, which no contract asks for.
    """

    consumer: str
    provider: str
    route: str
    status: int
    shape: str
    count: int
    how: How


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """An interaction that no traffic exercises.

    Attributes:
        file: Where it is.
        key: Its key; the description where it has none.
        consumer: Who asks.
        provider: Who answers.
        route: ``GET /orders/{id}``.
        reason: For a person.
    """

    file: Path
    key: str
    consumer: str
    provider: str
    route: str
    reason: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Both directions.

    Attributes:
        traffic: All behaviours, those not covered first, then the most frequent.
        idle: Interactions without traffic, in the order of the files.
        interactions: How many interactions there are.
    """

    traffic: tuple[Traffic, ...]
    idle: tuple[Idle, ...]
    interactions: int

    def count(self, *how: How) -> int:
        """Exchanges that are covered so."""
        return sum(one.count for one in self.traffic if one.how in how)

    @property
    def rate(self) -> float | None:
        """Share of exchanges that are covered, 0 to 1; ``None`` without traffic."""
        whole = self.count("covered", "other-shape", "none")
        return self.count("covered") / whole if whole else None


class _Held(msgspec.Struct, frozen=True):
    """An interaction, as far as coverage asks."""

    file: Path
    key: str
    name: str
    consumer: str
    provider: str
    kind: str
    findings: tuple[str, ...]
    method: str
    path: str
    route: str
    status: int

    def is_of(self, one: Behaviour) -> bool:
        """Whether it asks for the route and status of a behaviour."""
        is_route = self.route == one.route if self.route else self._fits(one.route)
        is_party = (self.consumer, self.provider) == (one.consumer, one.candidate)
        return is_party and self.status == one.status and is_route

    def _fits(self, route: str) -> bool:
        method, _, template = route.partition(" ")
        wanted, path = template.split("/"), self.path.split("/")
        return (
            method == self.method
            and len(wanted) == len(path)
            and all("{" in w or w == p for w, p in zip(wanted, path, strict=True))
        )


def coverage(
    contracts: Path,
    behaviours: Iterable[Behaviour],
    findings: Iterable[Finding],
    *,
    provider: str | None = None,
    consumer: str | None = None,
) -> Coverage:
    """Compare contracts with what was observed.

    Args:
        contracts: A pact file, or a folder of them.
        behaviours: What the baseline was seen to do.
        findings: All of them.
        provider: Only this one; ``None`` for all.
        consumer: Only this one; ``None`` for all.

    Raises:
        UsageError: A file is no pact.
    """
    held = [
        one
        for one in _held(contracts)
        if provider in {None, one.provider} and consumer in {None, one.consumer}
    ]
    seen = [
        one
        for one in behaviours
        if provider in {None, one.candidate} and consumer in {None, one.consumer}
    ]
    traffic = [_traffic(one, held) for one in seen]
    order = ("none", "other-shape", "covered", "failed")
    traffic.sort(key=lambda t: (order.index(t.how), -t.count, t.consumer, t.route, t.status))
    known = {finding.id for finding in findings}
    idle = [it for one in held if (it := _idle(one, seen, known)) is not None]
    return Coverage(traffic=tuple(traffic), idle=tuple(idle), interactions=len(held))


def _held(contracts: Path) -> Iterable[_Held]:
    for file in files.pact_files(contracts):
        pact = files.read(file)
        for interaction in pact["interactions"]:
            notes = notes_of(interaction)
            request = interaction.get("request") or {}
            key = str(interaction.get("key") or "")
            yield _Held(
                file=file,
                key=key,
                name=key or str(interaction.get("description") or ""),
                consumer=pact["consumer"]["name"],
                provider=pact["provider"]["name"],
                kind=notes.kind,
                findings=notes.findings,
                method=str(request.get("method", "")).upper(),
                path=str(request.get("path", "")),
                route=notes.route,
                status=int((interaction.get("response") or {}).get("status") or 0),
            )


def _traffic(one: Behaviour, held: Sequence[_Held]) -> Traffic:
    return Traffic(
        consumer=one.consumer,
        provider=one.candidate,
        route=one.route,
        status=one.status,
        shape=one.shape,
        count=one.count,
        how=_how(one, held),
    )


def _how(one: Behaviour, held: Sequence[_Held]) -> How:
    if one.status >= FAILED_FROM:
        return "failed"
    key = _key(one)
    alike = [it for it in held if it.is_of(one) and it.kind != "finding"]
    if any(it.key == key or it.kind != "floor" for it in alike):  # others do not name a shape
        return "covered"
    return "other-shape" if alike else "none"


def _key(one: Behaviour) -> str:
    parts = (one.consumer, one.candidate, one.route, one.status, one.shape)
    return key_of("floor", *parts)


def _idle(one: _Held, seen: Sequence[Behaviour], findings: Collection[str]) -> Idle | None:
    reason = _why_idle(one, seen, findings)
    if reason is None:
        return None
    return Idle(
        file=one.file,
        key=one.name,
        consumer=one.consumer,
        provider=one.provider,
        route=one.route or f"{one.method} {one.path}",
        reason=reason,
    )


def _why_idle(one: _Held, seen: Sequence[Behaviour], findings: Collection[str]) -> str | None:
    alike = [it for it in seen if one.is_of(it)]
    if not alike:
        return "no traffic on this route with this status"
    if one.kind == "floor" and all(_key(it) != one.key for it in alike):
        return "no answer of this shape"
    if one.kind == "finding" and not any(id_ in findings for id_ in one.findings):
        return "the store does not know the finding"
    return None
