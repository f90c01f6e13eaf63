"""One place in one pair where the two answers disagree."""

from typing import Any, Literal

import msgspec

type Location = Literal["status", "header", "body", "latency"]
type Kind = Literal[
    "value-changed",
    "type-changed",
    "representation-changed",
    "missing",
    "added",
    "order-changed",
    "length-changed",
    "undecodable",
]
type Severity = Literal["breaking", "changed", "additive", "cosmetic"]

DETERMINISTIC_KINDS: frozenset[Kind] = frozenset({"type-changed", "missing", "added"})
"""Kinds that noise does not produce in a stable schema; a status class counts as one too."""

SEVERITIES: tuple[Severity, ...] = ("breaking", "changed", "additive", "cosmetic")
"""The worst first."""


def worst(one: Severity, other: Severity) -> Severity:
    """The worse of two severities."""
    return one if one == other else min(one, other, key=SEVERITIES.index)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One place where baseline and candidate disagree.

    Attributes:
        location: Which part of the answer.
        path: Body: ``$.items[2].price``, ``$["a.b"]`` where a name is no identifier, ``$`` for the
            whole; in the baseline's document (the candidate's where only it has the node).
            Header: its lower-case name. Status: empty.
        general_path: ``path`` with list positions generalised, ``$.items[*].price``.
        kind: What sort of disagreement.
        severity: What it means for a client.
        baseline: The baseline's value as JSON, shortened when long; ``None`` when it has none.
        candidate: Likewise.
        ignored_by: Id of the rule that covers it, or ``None``.
        message: A sentence for a person, where value against value does not say it.
        label: ``items[sku=A1].price`` where a key names the elements; empty otherwise.
    """

    location: Location
    path: str
    general_path: str
    kind: Kind
    severity: Severity
    baseline: Any = None
    candidate: Any = None
    ignored_by: str | None = None
    message: str = ""
    label: str = ""

    @property
    def is_status_class(self) -> bool:
        """Whether the class of the status changed (2xx to 5xx), not just its code."""
        if self.location != "status":
            return False
        if not isinstance(self.baseline, int) or not isinstance(self.candidate, int):
            return True
        return self.baseline // 100 != self.candidate // 100
