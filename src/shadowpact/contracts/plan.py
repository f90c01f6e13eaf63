"""Interactions on their way to the file: tried on recorded answers until they say what they must.

A plan offers an expected answer, names the recorded answers it has to accept and to reject, and is
told what the real verifier made of them. It then is done, offers another one, or gives up with a
reason. An interaction that is on disk already is offered first, so what holds stays as it is.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from shadowpact.contracts import floor, interaction, narrow, paths
from shadowpact.contracts.check import Case
from shadowpact.contracts.evidence import Party, askable, is_known_failure, shown_by
from shadowpact.contracts.execute import Ran
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.contracts.shape import document
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Response, media_type
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample

_VALUE_KINDS: Final = frozenset({"value-changed", "order-changed", "length-changed"})
"""Both sides hold the same kind of value, so a type may still be asked for."""


_KEEPING_ROUNDS: Final = 3
"""Times that a version on disk is loosened before it is made anew."""


class Plan:
    """What both kinds of plan share: the recorded answers, and what is on disk."""

    def __init__(
        self, key: str, route: str, on_disk: dict[str, Any] | None, samples: Sequence[Sample]
    ) -> None:
        """Take the interaction's key, its route, its present version and its samples."""
        self.key = key
        self.route = route
        self.on_disk = on_disk
        self.sample = samples[0]
        self.baseline = [sample.baseline for sample in samples]
        self.candidate = [
            sample.candidate
            for sample in samples
            if sample.candidate is not None
            and sample.candidate.cut is None
            and sample.candidate.status == sample.baseline.status
        ]
        self.is_kept = on_disk is not None

    def expected(self) -> dict[str, Any]:
        """The expected answer that is tried now."""
        if self.on_disk is not None and self.is_kept:
            return dict(self.on_disk.get("response") or {})
        return self._fresh()

    def cases(self) -> list[Case]:
        """What to ask the verifier: the baseline's answers first, then the candidate's."""
        expected = self.expected()
        is_head = self.sample.request.method == "HEAD"
        return [
            Case(expected=expected, answer=answer, is_head=is_head)
            for answer in (*self.baseline, *self.candidate)
        ]

    def judge(self, rans: Sequence[Ran]) -> bool:
        """Take the verifier's word on :meth:`cases`.

        Returns:
            Whether the plan is done; otherwise another expected answer is to be tried.

        Raises:
            NotExpressibleError: There is nothing left to try; the reason.
        """
        for ran in rans:
            if ran.ending not in {"matched", "mismatched"}:
                raise NotExpressibleError(f"the self-check failed: {ran.mismatches[0].message}")
        count = len(self.baseline)
        return self._judge(rans[:count], rans[count:])

    def result(self) -> dict[str, Any]:
        """The interaction as it goes into the file."""
        raise NotImplementedError

    def _fresh(self) -> dict[str, Any]:
        raise NotImplementedError

    def _judge(self, accepted: Sequence[Ran], rejected: Sequence[Ran]) -> bool:
        raise NotImplementedError


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
        self.ignored = {place for s in samples for d in s.differences if (place := _ignored(d))}
        self.without = self.ignored | _different(samples, findings)
        self.headers = floor.headers_in_common(self.baseline, (*self.baseline, *self.candidate))
        for difference in (d for s in samples for d in s.differences if d.location == "header"):
            if difference.kind not in _VALUE_KINDS or difference.ignored_by:
                self.headers.pop(difference.path, None)
        self.rounds = 0

    def _fresh(self) -> dict[str, Any]:
        both = (*self.baseline, *self.candidate)
        field = None
        documents = _documents(both)
        if documents and not self._has_mixed_media(both):
            field = floor.common(documents, self.without)
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
        for mismatch in wrong:
            if mismatch.part == "body":
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
        return _never_weaker(fresh, self.on_disk)


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
        return _never_weaker(fresh, self.on_disk)


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
    return NarrowPlan(party, finding, fair[0], places.get(key))


def floor_key(party: Party, behaviour: Behaviour) -> str:
    """The key of a behaviour's interaction."""
    parts = (party.consumer, party.provider, behaviour.route, behaviour.status, behaviour.shape)
    return interaction.key_of("floor", *parts)


def _never_weaker(fresh: dict[str, Any], on_disk: dict[str, Any] | None) -> dict[str, Any]:
    """What is binding on disk stays binding: an interaction never goes back to pending."""
    if on_disk is not None and on_disk.get("pending") is not True:
        return {**fresh, "pending": False}
    return fresh


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
