"""How verifications end: values that presentations, the gate and others read."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from shadowpact.contracts.interaction import Notes
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.sidecar import Seen
from shadowpact.contracts.waivers import Waiver
from shadowpact.model.exchange import Request, Response

type Outcome = Literal["passed", "failed", "pending-failed", "state-failed", "error"]
type Verdict = Literal["pass", "fail", "no-evidence"]

_BLOCKING: Final = frozenset({"failed", "state-failed", "error"})


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """One interaction and how it ended.

    Attributes:
        file: The pact it is in.
        key: Its key; empty in a pact that has none.
        description: As in the pact.
        consumer: The pact's consumer.
        pending: Whether it may fail.
        outcome: ``error`` and ``state-failed`` block also when it is pending: they hide what the
            provider would have answered.
        mismatches: Why it did not pass.
        request: As in the pact.
        notes: What our own comments say.
        seen: The evidence it is built on; ``None`` without any.
        waiver: The one that lets it fail, or did until its last day.
        sent: The request as the provider got it; ``None`` when it was not sent.
        answer: The provider's, its body cut to 64 KiB; ``None`` without one.
    """

    file: Path
    key: str
    description: str
    consumer: str
    pending: bool
    outcome: Outcome
    mismatches: tuple[Mismatch, ...]
    request: Mapping[str, Any]
    notes: Notes
    seen: Seen | None = None
    waiver: Waiver | None = None
    sent: Request | None = None
    answer: Response | None = None

    @property
    def name(self) -> str:
        """Its key; the description where it has none."""
        return self.key or self.description

    @property
    def is_fixed(self) -> bool:
        """Whether it was expected to fail, and passes."""
        return self.pending and self.outcome == "passed"

    @property
    def blocks(self) -> bool:
        """Whether the verdict is fail because of it."""
        return self.outcome in _BLOCKING


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """All interactions of a provider.

    Attributes:
        provider: Its name.
        url: Where it was asked.
        verdict: ``no-evidence`` when nothing was verified.
        reason: A sentence that explains the verdict.
        interactions: In the order of the files.
        remarks: What a person should know besides: waivers that expired or are of no use.
    """

    provider: str
    url: str
    verdict: Verdict
    reason: str
    interactions: tuple[Verified, ...] = ()
    remarks: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many interactions ended so."""
        return sum(one.outcome == outcome for one in self.interactions)


def judge(verified: Sequence[Verified]) -> tuple[Verdict, str]:
    """The verdict, and why."""
    wrong = sum(one.blocks for one in verified)
    if wrong:
        verb = "blocks" if wrong == 1 else "block"
        return "fail", f"{wrong} of {len(verified)} interactions {verb}"
    failed = [one for one in verified if one.outcome == "pending-failed"]
    waived = sum(one.waiver is not None for one in failed)
    known = len(failed) - waived
    reason = f"{len(verified) - len(failed)} of {len(verified)} interactions passed"
    reason += f", {known} {_are(known)} known to fail (pending)" if known else ""
    reason += f", {waived} {_are(waived)} waived" if waived else ""
    return "pass", reason


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
