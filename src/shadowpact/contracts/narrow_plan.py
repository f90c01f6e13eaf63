"""The plan of a finding: an expected answer that fails for it, and for nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any

from shadowpact.contracts import interaction, narrow, paths, sidecar
from shadowpact.contracts.echo import is_echo
from shadowpact.contracts.evidence import Party, askable, shown_by
from shadowpact.contracts.execute import Ran
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.plan import Plan, never_weaker
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.contracts.sidecar import Seen
from shadowpact.model.exchange import Response
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample


class NarrowPlan(Plan):
    """An expected answer that fails for one finding."""

    def __init__(
        self, party: Party, finding: Finding, shown: Sample, on_disk: dict[str, Any] | None
    ) -> None:
        """Take a sample that shows the finding.

        Raises:
            NotExpressibleError: Pact cannot say it; the reason.
        """
        self.finding = finding
        alike = party.alike if finding.location == "body" else party.of_status
        samples = alike(finding.route, shown)
        key = interaction.key_of("finding", party.consumer, party.provider, finding.fingerprint)
        super().__init__(key, finding.route, on_disk, samples)
        self.candidate = _candidates(finding, samples)
        self.place = _place(finding)
        self.drafts: Iterator[narrow.Draft] = narrow.drafts(finding, self.baseline, self.candidate)
        self.draft = next(self.drafts, None)
        if self.draft is None and on_disk is None:
            raise NotExpressibleError(
                "no matcher accepts the baseline's and none of the candidate's"
            )

    def _fresh(self) -> dict[str, Any]:
        return dict(self.draft.expected) if self.draft else {}

    def _judge(self, accepted: Sequence[Ran], rejected: Sequence[Ran]) -> bool:
        wrong = [m.message for ran in accepted for m in ran.mismatches]
        wrong += ["an answer of the candidate passes" for ran in rejected if not ran.mismatches]
        wrong += [m.message for ran in rejected for m in ran.mismatches if not self._is_meant(m)]
        if not wrong:
            return True
        if self.is_kept:
            self.is_kept = False
        else:
            self.draft = next(self.drafts, None)
        if self.draft is None:
            raise NotExpressibleError(f"the self-check failed: {wrong[0]}")
        return False

    def _is_meant(self, mismatch: Mismatch) -> bool:
        if mismatch.part != self.finding.location:
            return False
        if mismatch.part == "header":
            return mismatch.path == self.finding.path.lower()
        return mismatch.part == "status" or paths.is_within(self.place, mismatch.steps)

    def seen(self) -> Seen:
        """How often the finding showed."""
        return sidecar.seen(
            key=self.key,
            route=self.route,
            count=self.finding.pairs,
            of=self.finding.route_pairs,
            dates=(self.finding.first_seen_at, self.finding.last_seen_at),
            samples=[sample for sample in self.samples if shown_by(self.finding, sample)],
        )

    def result(self) -> dict[str, Any]:
        """The interaction: what is on disk where that holds, else a new one."""
        if self.is_kept and self.on_disk is not None:
            return self.on_disk
        fresh = interaction.narrow(
            key=self.key,
            finding=self.finding,
            sample=self.sample,
            expected=self.expected(),
            says=self.draft.says if self.draft else "",
            is_pending=True,
        )
        return never_weaker(fresh, self.on_disk)


def narrow_plan(party: Party, finding: Finding, places: dict[str, dict[str, Any]]) -> NarrowPlan:
    """The plan of a finding for one consumer.

    Raises:
        NotExpressibleError: Pact cannot say it; the reason.
    """
    if finding.location == "latency":
        raise NotExpressibleError("Pact does not measure latency")
    key = interaction.key_of("finding", party.consumer, party.provider, finding.fingerprint)
    shown = [
        sample
        for sample in finding.samples
        if sample.consumer == party.consumer and shown_by(finding, sample)
    ]
    able = askable(shown)
    whole = [s for s in able if s.baseline.cut is None or finding.location != "body"]
    if not whole:
        raise NotExpressibleError("the baseline's body was not kept whole")
    fair = [s for s in whole if _is_fair(finding, s)]
    if not fair:
        raise NotExpressibleError("the candidate answers another status there, a finding by itself")
    if finding.location == "body" and is_echo(_place(finding), fair):
        raise NotExpressibleError("it repeats a request header that no verifier sends again")
    return NarrowPlan(party, finding, fair[0], places.get(key))


def _is_fair(finding: Finding, sample: Sample) -> bool:
    theirs = sample.candidate
    if theirs is None:
        return finding.location == "status"
    if theirs.cut is not None and finding.location == "body":
        return False
    return finding.location == "status" or theirs.status == sample.baseline.status


def _candidates(finding: Finding, samples: Sequence[Sample]) -> list[Response]:
    return [
        sample.candidate
        for sample in samples
        if sample.candidate is not None and _is_fair(finding, sample) and shown_by(finding, sample)
    ]


def _place(finding: Finding) -> paths.Steps:
    return paths.place(finding.path) if finding.location == "body" else ()
