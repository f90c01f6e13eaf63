"""What the worker learnt since its last commit: sums and samples that merge into the store."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from shadowpact.model.alias import AliasRow
from shadowpact.model.difference import Kind, Location, Severity
from shadowpact.model.pair import Sample

type Outcome = Literal["pair", "equal", "twin", "dropped", "incomparable"]
"""``twin`` counts pairs of baseline and twin; ``equal`` is part of ``pair``."""


SAMPLES_KEPT = {"min": 1, "any": 5}
"""Samples kept per finding or behaviour, by slot."""


class SampleRank(msgspec.Struct, frozen=True, order=True):
    """Where a sample stands in its reservoir; equal inputs keep equal samples.

    Attributes:
        slot: ``min`` for the smallest pair, ``any`` for the reservoir.
        rank: Smaller stays: for ``any`` a hash of the exchange's id, for ``min`` the size in bytes
            and, behind it, the beginning of that hash.
    """

    slot: str
    rank: int


class FindingKey(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A finding, by what it is about."""

    candidate: str
    fingerprint: str
    route: str
    location: Location
    path: str
    kind: Kind


class BehaviourKey(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A behaviour, by what it is about."""

    consumer: str
    candidate: str
    route: str
    status: int
    shape: str


class FindingDelta(msgspec.Struct, kw_only=True):
    """What to add to a finding."""

    severity: Severity
    is_status_class: bool = False
    count: int = 0
    pairs: int = 0
    twin_differing: int = 0
    first_seen_us: int = 0
    last_seen_us: int = 0


class RuleKey(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """What a rule covered."""

    rule: str
    route: str
    location: str
    path: str
    kind: str


class Batch(msgspec.Struct, kw_only=True):
    """Everything to be added in one transaction.

    Attributes:
        outcomes: ``(route, candidate, outcome, reason)`` to how many exchanges.
        latencies: ``(route, candidate, side, bucket)`` to how many.
        findings: What to add to each.
        behaviours: How many exchanges behaved so.
        profiles: What was in their bodies: ``(behaviour, path, fact)`` to how often.
        rules: How many differences each rule covered.
        rule_errors: ``(rule, message)`` to how often.
        aliases: Each replaces the one of its name.
        samples: ``(owner, rank)`` to the sample; the owner is a finding or a behaviour.
    """

    outcomes: dict[tuple[str, str, Outcome, str], int] = {}
    latencies: dict[tuple[str, str, str, int], int] = {}
    findings: dict[FindingKey, FindingDelta] = {}
    behaviours: dict[BehaviourKey, int] = {}
    profiles: dict[tuple[BehaviourKey, str, str], int] = {}
    rules: dict[RuleKey, int] = {}
    rule_errors: dict[tuple[str, str], int] = {}
    aliases: list[AliasRow] = []
    samples: dict[tuple[FindingKey | BehaviourKey, SampleRank], Sample] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not self.outcomes


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a recording is worked through.

    Attributes:
        recording: Its id.
        segment: Segment of the first exchange that is not finished.
        offset: Its byte offset there.
        sequence: Its sequence.
        ahead: Sequences beyond it that are finished already.
    """

    recording: str
    segment: int = 0
    offset: int = 0
    sequence: int = 0
    ahead: tuple[int, ...] = ()


type Thresholds = Mapping[tuple[FindingKey | BehaviourKey, str], tuple[int, ...]]
"""Ranks that each reservoir holds, ascending, by owner and slot."""
