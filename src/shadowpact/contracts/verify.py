"""Verify pact files against a provider, and say what each interaction's outcome means.

The ratchet: a pending interaction may fail; one that passes is reported as fixed, and ``promote``
makes it binding. Nothing passes by not being run: every interaction that was asked for has an
outcome, and without interactions there is no verdict but no-evidence.
"""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from shadowpact.contracts import files
from shadowpact.contracts.execute import Ran, Target, address, run
from shadowpact.contracts.interaction import Notes, notes_of
from shadowpact.contracts.mismatch import Mismatch

type Outcome = Literal["passed", "failed", "pending-failed", "state-failed", "error"]
type Verdict = Literal["pass", "fail", "no-evidence"]

HTTP_TYPE: Final = "Synchronous/HTTP"
_BLOCKING: Final = frozenset({"failed", "state-failed", "error"})
_UNAUTHORISED: Final = frozenset({401, 403})


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

    @property
    def is_fixed(self) -> bool:
        """Whether it was expected to fail, and passes."""
        return self.pending and self.outcome == "passed"


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """All interactions of a provider.

    Attributes:
        provider: Its name.
        url: Where it was asked.
        verdict: ``no-evidence`` when there was nothing to verify.
        reason: A sentence that explains the verdict.
        interactions: In the order of the files.
    """

    provider: str
    url: str
    verdict: Verdict
    reason: str
    interactions: tuple[Verified, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many interactions ended so."""
        return sum(one.outcome == outcome for one in self.interactions)


def verify(
    contracts: Path,
    *,
    provider: str,
    target: Target,
    consumer: str | None = None,
    is_strict: bool = False,
) -> Verification:
    """Verify the interactions of one provider.

    Args:
        contracts: A pact file, or a folder of them.
        provider: Only pacts of this provider.
        target: Where it answers.
        consumer: Only pacts of this consumer.
        is_strict: A pending interaction that fails counts as failed, too.

    Raises:
        UsageError: A file is no pact, or the URL cannot be used.
        ShadowpactError: Pact's verifier cannot run.
    """
    address(target.url)
    pacts = [(file, files.read(file)) for file in files.pact_files(contracts)]
    chosen = [
        (file, pact)
        for file, pact in pacts
        if pact["provider"]["name"] == provider and consumer in {None, pact["consumer"]["name"]}
    ]
    wanted = [(file, single) for file, pact in chosen for single in _singles(pact)]
    if not wanted:
        return Verification(
            provider=provider,
            url=target.url,
            verdict="no-evidence",
            reason=_nothing(contracts, provider, consumer, [pact for _, pact in pacts]),
        )
    rans = _run([single for _, single in wanted], target, provider)
    verified = tuple(
        _verified(file, single, ran, is_strict=is_strict)
        for (file, single), ran in zip(wanted, rans, strict=True)
    )
    verdict, reason = _judge(verified)
    return Verification(
        provider=provider,
        url=target.url,
        verdict=verdict,
        reason=reason,
        interactions=verified,
    )


def _singles(pact: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**pact, "interactions": [interaction]} for interaction in pact["interactions"]]


def _nothing(
    contracts: Path, provider: str, consumer: str | None, pacts: Sequence[Mapping[str, Any]]
) -> str:
    if not pacts:
        return f"{contracts}: there is no pact in it"
    of_whom = f"provider {provider!r}" + (f" and consumer {consumer!r}" if consumer else "")
    named = sorted({f"{p['consumer']['name']} → {p['provider']['name']}" for p in pacts})
    return f"{contracts}: no interaction of {of_whom}; there are pacts of {', '.join(named)}"


def _run(pacts: Sequence[Mapping[str, Any]], target: Target, provider: str) -> list[Ran]:
    problem = unreachable(target)
    if problem:
        return [_error(problem)] * len(pacts)
    runnable = [pact for pact in pacts if _is_http(pact)]
    rans = iter(run(runnable, target, provider=provider))
    return [
        next(rans) if _is_http(pact) else _error("only HTTP interactions can be verified here")
        for pact in pacts
    ]


def _is_http(pact: Mapping[str, Any]) -> bool:
    """V4 says what an interaction is; before that only HTTP had interactions."""
    kind = pact["interactions"][0].get("type")
    return bool(kind in {None, HTTP_TYPE})


def _error(message: str) -> Ran:
    return Ran(ending="error", mismatches=(Mismatch(part="other", path="", message=message),))


def unreachable(target: Target) -> str | None:
    """Why no connection to the provider can be made; ``None`` when one can.

    Raises:
        UsageError: The URL cannot be used.
    """
    host, port, _, _ = address(target.url)
    try:
        socket.create_connection((host.strip("[]"), port), target.timeout_ms / 1000).close()
    except OSError as error:
        return f"no connection to {target.url}: {error.strerror or error}"
    return None


def _verified(file: Path, single: Mapping[str, Any], ran: Ran, *, is_strict: bool) -> Verified:
    interaction = single["interactions"][0]
    notes = notes_of(interaction)
    is_pending = interaction.get("pending") is True
    return Verified(
        file=file,
        key=str(interaction.get("key") or ""),
        description=str(interaction.get("description") or ""),
        consumer=single["consumer"]["name"],
        pending=is_pending,
        outcome=_outcome(ran, may_fail=is_pending and not is_strict),
        mismatches=_explained(ran.mismatches, notes),
        request=interaction.get("request") or {},
        notes=notes,
    )


def _outcome(ran: Ran, *, may_fail: bool) -> Outcome:
    match ran.ending:
        case "matched":
            return "passed"
        case "mismatched":
            return "pending-failed" if may_fail else "failed"
        case "state-failed" | "error" as ending:
            return ending


def _explained(mismatches: tuple[Mismatch, ...], notes: Notes) -> tuple[Mismatch, ...]:
    """A wrong status explains the rest of the answer: that one has another purpose."""
    status = next((m for m in mismatches if m.part == "status"), None)
    if status is None:
        return mismatches
    message = status.message
    if len(mismatches) > 1:
        message += "; what that answer holds is not compared"
    if notes.credentials and status.actual in _UNAUTHORISED:
        names = ", ".join(notes.credentials)
        message += f"; the contract does not hold credentials, pass {names} with --header"
    return (msgspec.structs.replace(status, message=message),)


def _judge(verified: Sequence[Verified]) -> tuple[Verdict, str]:
    wrong = [one for one in verified if one.outcome in _BLOCKING]
    if wrong:
        return "fail", f"{len(wrong)} of {len(verified)} interactions block"
    waived = sum(one.outcome == "pending-failed" for one in verified)
    passed = len(verified) - waived
    reason = f"{passed} of {len(verified)} interactions passed"
    return "pass", reason + (f", {waived} are known to fail (pending)" if waived else "")


def promote(verification: Verification) -> dict[Path, list[str]]:
    """Make the pending interactions that passed binding, in their files.

    Returns:
        The keys (descriptions where there are none) that were promoted, by file.
    """
    fixed: dict[Path, list[Verified]] = {}
    for one in verification.interactions:
        if one.is_fixed:
            fixed.setdefault(one.file, []).append(one)
    for file, ones in fixed.items():
        original = file.read_text("utf-8")
        pact = files.read(file)
        named = {(one.key, one.description) for one in ones}
        for interaction in pact["interactions"]:
            if (str(interaction.get("key") or ""), interaction.get("description")) in named:
                interaction["pending"] = False
        files.rewrite(file, pact, original)
    return {file: [one.key or one.description for one in ones] for file, ones in fixed.items()}
