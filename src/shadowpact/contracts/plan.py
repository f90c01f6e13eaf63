"""Interactions on their way to the file: tried on recorded answers until they say what they must.

A plan offers an expected answer, names the recorded answers it has to accept and to reject, and is
told what the real verifier made of them. It then is done, offers another one, or gives up with a
reason. An interaction that is on disk already is offered first, so what holds stays as it is.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from shadowpact.contracts.check import Case
from shadowpact.contracts.execute import Ran
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.contracts.sidecar import Seen
from shadowpact.model.exchange import Response
from shadowpact.model.pair import Sample


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
        self.samples = tuple(samples)
        ours = _different_answers(sample.baseline for sample in samples)
        theirs = _different_answers(
            sample.candidate
            for sample in samples
            if sample.candidate is not None
            and sample.candidate.cut is None
            and sample.candidate.status == sample.baseline.status
        )
        self.baseline = list(ours.values())
        self.candidate = [answer for what, answer in theirs.items() if what not in ours]
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

    def seen(self) -> Seen:
        """What the interaction is built on."""
        raise NotImplementedError

    def result(self) -> dict[str, Any]:
        """The interaction as it goes into the file."""
        raise NotImplementedError

    def _fresh(self) -> dict[str, Any]:
        raise NotImplementedError

    def _judge(self, accepted: Sequence[Ran], rejected: Sequence[Ran]) -> bool:
        raise NotImplementedError


def never_weaker(fresh: dict[str, Any], on_disk: dict[str, Any] | None) -> dict[str, Any]:
    """What is binding on disk stays binding: an interaction never goes back to pending."""
    if on_disk is not None and on_disk.get("pending") is not True:
        return {**fresh, "pending": False}
    return fresh


def _different_answers(answers: Iterable[Response]) -> dict[object, Response]:
    """Each answer once, by what it says: another time it was given says nothing more."""
    found: dict[object, Response] = {}
    for answer in answers:
        headers = tuple(field for field in answer.headers if field[0].lower() != b"date")
        found.setdefault((answer.status, headers, answer.body), answer)
    return found
