"""Adds up what happened to exchanges until the next commit."""

from collections.abc import Callable, Iterable

from shadowpact.findings.reservoir import Reservoirs, chance_of
from shadowpact.model.batch import (
    Batch,
    BehaviourKey,
    FindingDelta,
    FindingKey,
    Outcome,
    RuleKey,
    Thresholds,
)
from shadowpact.model.difference import Difference, Kind, Location, worst
from shadowpact.model.exchange import Response
from shadowpact.model.finding import fingerprint
from shadowpact.model.histogram import bucket
from shadowpact.model.pair import Pair, Sample
from shadowpact.model.profile import Facts

MAX_FINDINGS = 20_000
"""Findings kept apart; what comes beyond is counted as one per route and kind, ``$..*``, so that
documents with generated member names cannot fill memory or the store."""

MAX_BEHAVIOURS = 20_000
"""Behaviours kept apart; more shapes of the same route and status are not sampled."""

type MakeSample = Callable[[], Sample]


class Tally:
    """Collects outcomes into a batch until it is committed."""

    def __init__(self, held: Thresholds | None = None) -> None:
        self._batch = Batch()
        self._reservoirs = Reservoirs(held)
        self._keys: dict[tuple[str, str, Location, str, Kind], FindingKey] = {}
        self._findings: set[FindingKey] = set()
        self._behaviours: set[BehaviourKey] = set()

    @property
    def batch(self) -> Batch:
        """What was added since the last commit."""
        return self._batch

    def clear(self) -> None:
        """Begin anew, after a commit."""
        self._batch = Batch()

    def add_outcome(
        self, route: str, candidate: str | None, outcome: Outcome, reason: str = ""
    ) -> None:
        """Count one exchange."""
        key = (route, candidate or "", outcome, reason)
        outcomes = self._batch.outcomes
        outcomes[key] = outcomes.get(key, 0) + 1

    def add_pair(
        self,
        pair: Pair,
        differences: tuple[Difference, ...],
        behaviour: BehaviourKey,
        make_sample: MakeSample,
    ) -> None:
        """Count one compared pair, all of it or (when the sample cannot be made) nothing.

        Args:
            pair: What was compared.
            differences: All of them; ignored ones carry their rule.
            behaviour: How the baseline behaved.
            make_sample: Makes the redacted sample; called once, and only when it will be kept.
        """
        findings = self._finding_keys(pair, differences)
        self._keep_samples(pair, behaviour, findings, make_sample)
        self.add_outcome(pair.route, pair.candidate, "pair")
        if not findings:
            self.add_outcome(pair.route, pair.candidate, "equal")
        self._add_latency(pair)
        for difference in differences:
            if difference.ignored_by:
                self._add_ignored(pair, difference, difference.ignored_by)
        for key, of_key in findings.items():
            self._add_finding(key, of_key, pair.exchange.started_us)
        behaviours = self._batch.behaviours
        behaviours[behaviour] = behaviours.get(behaviour, 0) + 1

    def add_twin_pair(self, pair: Pair, differences: tuple[Difference, ...]) -> None:
        """Count one pair of baseline and twin: what differs in it is noise.

        Args:
            pair: The pair of the exchange with the candidate, for route and candidate.
            differences: What differs between baseline and twin.
        """
        self.add_outcome(pair.route, pair.candidate, "twin")
        for key, found in self._finding_keys(pair, differences).items():
            self._delta(key, found, pair.exchange.started_us).twin_differing += 1

    def add_facts(self, behaviour: BehaviourKey, facts: Facts) -> None:
        """Count what was in a body of the baseline."""
        counts = self._batch.profiles
        for (path, fact), count in facts.items():
            key = (behaviour, _storable(path), _storable(fact))
            counts[key] = counts.get(key, 0) + count

    def add_rule_errors(self, errors: Iterable[tuple[str, str]]) -> None:
        """Count rules that raised (and hid nothing)."""
        counts = self._batch.rule_errors
        for rule, message in errors:
            error = (rule, _storable(message))
            counts[error] = counts.get(error, 0) + 1

    def _add_latency(self, pair: Pair) -> None:
        """Both latencies; 0 is one that the recording does not tell, so there is no ratio."""
        latencies = self._batch.latencies
        response = pair.exchange.response
        if response is None or response.elapsed_ms <= 0:
            return
        sides = (("baseline", response), ("candidate", pair.answer))
        for side, answer in sides:
            if isinstance(answer, Response):
                key = (pair.route, pair.candidate, side, bucket(answer.elapsed_ms))
                latencies[key] = latencies.get(key, 0) + 1

    def _finding_keys(
        self, pair: Pair, differences: tuple[Difference, ...]
    ) -> dict[FindingKey, list[Difference]]:
        """The differences that no rule covers, by finding."""
        found: dict[FindingKey, list[Difference]] = {}
        for difference in differences:
            if not difference.ignored_by:
                found.setdefault(self._finding_key(pair, difference), []).append(difference)
        return found

    def _keep_samples(
        self,
        pair: Pair,
        behaviour: BehaviourKey,
        findings: Iterable[FindingKey],
        make_sample: MakeSample,
    ) -> None:
        """Keep the pair as a sample wherever its turn has come."""
        owners: list[tuple[FindingKey | BehaviourKey, int]] = []
        baseline = len(pair.exchange.response.body) if pair.exchange.response else 0
        candidate = len(pair.answer.body) if isinstance(pair.answer, Response) else 0
        if self._is_kept_apart(behaviour):
            owners.append((behaviour, baseline))
        owners += [(key, baseline + candidate) for key in findings]
        sample: Sample | None = None
        chance = chance_of(pair.exchange_id)
        for owner, size_bytes in owners:
            for rank in self._reservoirs.offer(owner, chance, size_bytes):
                sample = sample or make_sample()
                self._batch.samples[owner, rank] = sample

    def _is_kept_apart(self, behaviour: BehaviourKey) -> bool:
        if behaviour not in self._behaviours:
            if len(self._behaviours) >= MAX_BEHAVIOURS:
                return False
            self._behaviours.add(behaviour)
        return True

    def _delta(self, key: FindingKey, found: list[Difference], at_us: int) -> FindingDelta:
        delta = self._batch.findings.get(key)
        if delta is None:
            delta = FindingDelta(
                severity=found[0].severity, first_seen_us=at_us, last_seen_us=at_us
            )
            self._batch.findings[key] = delta
        return delta

    def _add_finding(self, key: FindingKey, found: list[Difference], at_us: int) -> None:
        delta = self._delta(key, found, at_us)
        for difference in found:
            delta.severity = worst(delta.severity, difference.severity)
        if key.location == "status":
            delta.is_status_class |= any(difference.is_status_class for difference in found)
        delta.count += len(found)
        delta.pairs += 1
        delta.first_seen_us = min(delta.first_seen_us, at_us)
        delta.last_seen_us = max(delta.last_seen_us, at_us)

    def _add_ignored(self, pair: Pair, difference: Difference, rule: str) -> None:
        path = _storable(difference.general_path)
        key = RuleKey(rule, pair.route, difference.location, path, difference.kind)
        counts = self._batch.rules
        if key not in counts and len(counts) >= MAX_FINDINGS:
            key = RuleKey(rule, pair.route, difference.location, "$..*", difference.kind)
        counts[key] = counts.get(key, 0) + 1

    def _finding_key(self, pair: Pair, difference: Difference) -> FindingKey:
        location, path, kind = difference.location, difference.general_path, difference.kind
        name = (pair.candidate, pair.route, location, path, kind)
        known = self._keys.get(name)
        if known is None:
            known = _key(pair, difference, _storable(path))
            if known not in self._findings and len(self._findings) >= MAX_FINDINGS:
                return _key(pair, difference, "$..*")
            self._findings.add(known)
            if len(self._keys) > 4 * MAX_FINDINGS:
                self._keys.clear()
            self._keys[name] = known
        return known


def _key(pair: Pair, difference: Difference, path: str) -> FindingKey:
    name = (pair.route, difference.location, path, difference.kind)
    return FindingKey(pair.candidate, fingerprint(*name), *name)


def _storable(text: str) -> str:
    """A lone surrogate or a NUL (in a member's name, say) is no text to a database: spelled out."""
    if "\0" in text:
        text = text.replace("\0", "\\x00")
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
