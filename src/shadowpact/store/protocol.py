"""What the pipeline and the reports ask of a store, whatever keeps it."""

from typing import Protocol

from shadowpact.model.alias import AliasCounts, AliasRow
from shadowpact.model.batch import Batch, BehaviourKey, Cursor, Thresholds
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.evidence import Evidence, IgnoredDifferences, RouteEvidence, RuleHits
from shadowpact.model.finding import Finding, Triage
from shadowpact.model.profile import Profile


class Store(Protocol):
    """Findings, evidence and cursors. Every method raises StoreError when the store fails."""

    def commit(self, batch: Batch, cursor: Cursor | None) -> None:
        """Add a batch and move the cursor, in one transaction."""
        ...

    def cursor(self, recording: str) -> Cursor | None:
        """How far a recording is worked through; ``None`` when it was never begun."""
        ...

    def aliases(self) -> tuple[AliasRow, ...]:
        """All aliases of all sides, those used last at the end."""
        ...

    def alias_counts(self) -> AliasCounts:
        """How the ids of all candidates went."""
        ...

    def thresholds(self) -> Thresholds:
        """What the reservoirs hold."""
        ...

    def evidence(self) -> Evidence:
        """Counts over everything that has ended."""
        ...

    def routes(self) -> tuple[RouteEvidence, ...]:
        """Counts by route and candidate, in that order."""
        ...

    def findings(self) -> tuple[Finding, ...]:
        """All findings with their samples: real ones first, then by pairs, route and path."""
        ...

    def behaviours(self) -> tuple[Behaviour, ...]:
        """All behaviours with their samples, by consumer, candidate, route, status, shape."""
        ...

    def profiles(self) -> dict[BehaviourKey, Profile]:
        """What was in the bodies of each behaviour, where they were looked into."""
        ...

    def ignored(self) -> tuple[IgnoredDifferences, ...]:
        """What rules covered, and where."""
        ...

    def rule_hits(self) -> tuple[RuleHits, ...]:
        """What each rule covered in all."""
        ...

    def triage(self, finding_id: str, state: Triage) -> None:
        """Set what people decided about a finding."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
