"""The plan of a floor: types that all answers of a behaviour have in common, on both sides."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from shadowpact.contracts import floor, interaction, paths, sidecar
from shadowpact.contracts.echo import echoes
from shadowpact.contracts.evidence import Party, askable, is_known_failure, shown_by
from shadowpact.contracts.execute import Ran
from shadowpact.contracts.keep import is_plain, reconciled
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.plan import Plan, never_weaker
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.contracts.shape import document
from shadowpact.contracts.sidecar import Seen
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Response, media_type
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample

_VALUE_KINDS: Final = frozenset({"value-changed", "order-changed", "length-changed"})
"""Both sides hold the same kind of value, so a type may still be asked for."""

_KEEPING_ROUNDS: Final = 3
"""Times that a version on disk is loosened before it is made anew."""


class FloorPlan(Plan):
    """Types that all answers of a behaviour have in common, on both sides."""

    def __init__(self, party: Party, behaviour: Behaviour, on_disk: dict[str, Any] | None) -> None:
        """Choose the sample to show.

        Raises:
            NotExpressibleError: The behaviour cannot be asked for; the reason.
        """
        route, status = behaviour.route, behaviour.status
        self.shape = behaviour.shape
        if status >= 500:
            raise NotExpressibleError("the baseline failed; nobody may rely on that")
        held = party.samples.get((route, status, behaviour.shape), behaviour.samples)
        chosen = min(askable(held), key=lambda s: _rank(party, s))
        if len(party.statuses(chosen.request)) > 1:
            raise NotExpressibleError(
                "the baseline gives several statuses to the same request: it needs a provider state"
            )
        findings = [f for f in party.findings if f.route == route]
        self.failing = _status_findings(chosen, findings)
        samples = party.alike(route, chosen)
        super().__init__(floor_key(party, behaviour), route, on_disk, samples)
        self.behaviour = behaviour
        self.profile = party.profile(behaviour)
        self.plain = _disputed(samples, findings)
        self.ignored = {place for s in samples for d in s.differences if (place := _ignored(d))}
        self.without = self.ignored | _different(samples, findings) | echoes(samples)
        both = (*self.baseline, *self.candidate)
        self.headers = floor.headers_in_common(self.baseline, both, party.headers)
        for difference in (d for s in samples for d in s.differences if d.location == "header"):
            if difference.kind not in _VALUE_KINDS or difference.ignored_by:
                self.headers.pop(difference.path, None)
        self.rounds = 0
        if self.on_disk is not None:
            agreed = self.on_disk.get("response") or {}
            answer = reconciled(agreed, self._fresh(), self._known())
            if answer != agreed:
                self.on_disk = {**self.on_disk, "response": answer}

    def _known(self) -> floor.Known:
        return floor.Known(
            without=tuple(self.without), plain=tuple(self.plain), profile=self.profile
        )

    def _fresh(self) -> dict[str, Any]:
        both = (*self.baseline, *self.candidate)
        field = None
        documents = _documents(both)
        if documents and not self._has_mixed_media(both):
            field = floor.common(documents, self._known())
        media = media_type(self.baseline[0].headers)
        return floor.expected(self.baseline[0].status, self.headers, field, media)

    def _has_mixed_media(self, both: Sequence[Response]) -> bool:
        return len({media_type(answer.headers) for answer in both}) > 1

    def _judge(self, accepted: Sequence[Ran], rejected: Sequence[Ran]) -> bool:
        wrong = [m for ran in accepted for m in ran.mismatches]
        theirs = [m for ran in rejected for m in ran.mismatches]
        if self.is_kept:  # what was agreed on stays, also when the candidate now fails it
            wrong += [m for m in theirs if any(paths.is_within(m.steps, i) for i in self.ignored)]
        else:
            wrong += theirs
        if not wrong:
            return True
        self.rounds += 1
        if self.is_kept and self.rounds <= _KEEPING_ROUNDS:
            self._loosen(wrong)
        else:
            self.is_kept = False
            self._leave_out(wrong)
        return False

    def _loosen(self, wrong: Sequence[Mismatch]) -> None:
        """Take what does not hold out of the version on disk, and only that."""
        answer = self.expected()
        for mismatch in wrong:
            if mismatch.part == "body":
                answer = floor.without_place(answer, mismatch.steps)
            else:
                answer = floor.without_header(answer, mismatch.path)
        self.on_disk = {**(self.on_disk or {}), "response": answer}

    def _leave_out(self, wrong: Sequence[Mismatch]) -> None:
        refined = {
            paths.place(path)
            for path, rule in self.expected().get("matchingRules", {}).get("body", {}).items()
            if not is_plain(rule)
        }
        for mismatch in wrong:
            if mismatch.part == "body" and mismatch.steps in refined - self.plain:
                self.plain.add(mismatch.steps)  # the type may hold still
            elif mismatch.part == "body":
                self.without.add(mismatch.steps)
            else:
                self.headers.pop(mismatch.path, None)
            if mismatch.path == "content-type":
                self.without.add(())
        if self.rounds > _KEEPING_ROUNDS + 2:
            self.without.add(())  # the whole body
            self.headers.clear()
        if self.rounds > _KEEPING_ROUNDS + 3:
            raise NotExpressibleError(f"the self-check failed: {wrong[0].message}")

    def seen(self) -> Seen:
        """How often it behaved so."""
        return sidecar.seen(
            key=self.key, route=self.route, count=self.behaviour.count, samples=self.samples
        )

    def result(self) -> dict[str, Any]:
        """The interaction: what is on disk where that holds, else a new one."""
        if self.is_kept and self.on_disk is not None:
            return interaction.explained_by(self.on_disk, self.failing)
        fresh = interaction.floor(
            key=self.key,
            route=self.route,
            shape=self.shape,
            sample=self.sample,
            expected=self.expected(),
            failing=self.failing,
        )
        return never_weaker(fresh, self.on_disk)


def floor_key(party: Party, behaviour: Behaviour) -> str:
    """The key of a behaviour's interaction."""
    parts = (party.consumer, party.provider, behaviour.route, behaviour.status, behaviour.shape)
    return interaction.key_of("floor", *parts)


def _rank(party: Party, sample: Sample) -> tuple[bool, bool, bool, int, int, str]:
    """Which sample to show: one request with one status, that the candidate answers alike."""
    return (
        len(party.statuses(sample.request)) > 1,
        not _is_same_status(sample),
        _has_empty_list(sample.baseline),
        len(sample.request.headers) + len(sample.request.target),
        len(sample.baseline.body),
        sample.exchange_id,
    )


def _has_empty_list(answer: Response) -> bool:
    """An empty list proves nothing about its elements, so another sample is better."""
    try:
        return b"[]" in orjson.dumps(document(answer.headers, answer.body))
    except ValueError:
        return False


def _status_findings(chosen: Sample, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that make the shown request fail on the candidate already.

    Raises:
        NotExpressibleError: It fails there, but nobody has decided that this is wrong.
    """
    if _is_same_status(chosen):
        return []
    known = [
        f
        for f in findings
        if f.location == "status" and is_known_failure(f) and shown_by(f, chosen)
    ]
    if not known:
        came = f"answers {chosen.candidate.status}" if chosen.candidate else "gives no answer"
        raise NotExpressibleError(
            f"the candidate {came} instead of {chosen.baseline.status}, "
            "and no open, real finding says that this is wrong"
        )
    return known


def _is_same_status(sample: Sample) -> bool:
    if sample.candidate is not None:
        return sample.candidate.status == sample.baseline.status
    return all(difference.location != "status" for difference in sample.differences)


def _ignored(difference: Difference) -> paths.Steps | None:
    if difference.location != "body" or difference.ignored_by is None:
        return None
    return paths.place(difference.path)


def _disputed(samples: Sequence[Sample], findings: Sequence[Finding]) -> set[paths.Steps]:
    """Places in bodies where the two sides differ in any way: to be pinned by findings alone."""
    seen = [d.path for s in samples for d in s.differences if d.location == "body"]
    return {paths.place(path) for path in (*seen, *(f.path for f in findings if f.path[:1] == "$"))}


def _different(samples: Sequence[Sample], findings: Sequence[Finding]) -> set[paths.Steps]:
    """Places in bodies where the two sides do not hold the same kind of value."""
    seen = [
        d.path
        for s in samples
        for d in s.differences
        if d.location == "body" and d.kind not in _VALUE_KINDS
    ]
    found = [f.path for f in findings if f.location == "body" and _is_left_to_others(f)]
    return {paths.place(path) for path in (*seen, *found)}


def _is_left_to_others(finding: Finding) -> bool:
    if finding.state == "accepted":
        return True
    return finding.state == "open" and finding.kind not in _VALUE_KINDS


def _documents(answers: Sequence[Response]) -> list[Any]:
    """The JSON documents of all answers; none when one of them has none."""
    try:
        return [document(answer.headers, answer.body) for answer in answers if _is_whole(answer)]
    except ValueError:
        return []


def _is_whole(answer: Response) -> bool:
    if answer.cut is not None:
        raise ValueError("not kept whole")
    return True
