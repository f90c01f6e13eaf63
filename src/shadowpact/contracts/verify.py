"""Verify pact files against a provider, and say what each interaction's outcome means.

The ratchet: a pending interaction may fail; one that passes is reported as fixed, and
``contracts.promote`` makes it binding. Nothing passes by not being run: every interaction that was
asked for has an outcome, and where nothing was verified there is no verdict but no-evidence.

What others use::

    wanted_in(contracts, provider=, consumer=) -> list[Wanted]      reads files, runs nothing
    verify(contracts, provider=, target=, ...) -> Verification      all of a provider
    verify_these(wanted, provider=, target=, ...) -> Verification   these, in this order
"""

import ssl
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec

from shadowpact.contracts import sidecar
from shadowpact.contracts.client import Client, address
from shadowpact.contracts.execute import Ran, Target, provider_of, run
from shadowpact.contracts.ledger import read_ledger
from shadowpact.contracts.means import NO_MEANS, Judge, Means
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.outcomes import Outcome, Verdict, Verification, Verified, judge
from shadowpact.contracts.waivers import Waiver, by_interaction, read_waivers
from shadowpact.contracts.wanted import Wanted, nothing_wanted, root_of, wanted_in
from shadowpact.model.clock import Clock, SystemClock
from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Response, names_of

__all__ = [
    "Outcome",
    "Verdict",
    "Verification",
    "Verified",
    "Wanted",
    "today_by",
    "unreachable",
    "verify",
    "verify_these",
    "wanted_in",
]

SCHEMAS: Final = "schemas"
"""The folder of the schemas beside the pacts; the module that knows them is slow to load."""

_ADDED: Final = "the baseline never has it"
_REFUSED: Final = 401
"""Where this is what is expected, no credential is sent."""

_BODY_LIMIT_BYTES: Final = 256 * 1024 * 1024


def verify(
    contracts: Path,
    *,
    provider: str,
    target: Target,
    consumer: str | None = None,
    is_strict: bool = False,
    means: Means = NO_MEANS,
    waivers: Sequence[Waiver] = (),
    keys: Collection[str] | None = None,
    clock: Clock | None = None,
) -> Verification:
    """Verify the interactions of one provider.

    Args:
        contracts: A pact file, or a folder of them.
        provider: Only pacts of this provider.
        target: Where it answers.
        consumer: Only pacts of this consumer.
        is_strict: A pending interaction that fails counts as failed, too; a waiver helps nobody.
        means: States, credentials, sessions.
        waivers: Besides those beside the contracts.
        keys: Only interactions of these keys.
        clock: Tells which waivers have expired.

    Raises:
        UsageError: A file is no pact, or the URL cannot be used.
        ShadowpactError: Pact's verifier cannot run.
    """
    address(target.url)
    wanted = wanted_in(contracts, provider=provider, consumer=consumer)
    if not wanted:
        return Verification(
            provider=provider,
            url=target.url,
            verdict="no-evidence",
            reason=nothing_wanted(contracts, provider, consumer),
        )
    if keys is not None and not (wanted := [one for one in wanted if one.key in keys]):
        reason = f"{contracts}: no interaction of {provider!r} has any of the keys asked for"
        return Verification(provider=provider, url=target.url, verdict="no-evidence", reason=reason)
    return verify_these(
        wanted,
        provider=provider,
        target=target,
        root=root_of(contracts, wanted),
        is_strict=is_strict,
        means=means,
        waivers=waivers,
        clock=clock,
    )


def verify_these(
    wanted: Sequence[Wanted],
    *,
    provider: str,
    target: Target,
    root: Path | None = None,
    is_strict: bool = False,
    means: Means = NO_MEANS,
    waivers: Sequence[Waiver] = (),
    clock: Clock | None = None,
) -> Verification:
    """Verify some interactions of one provider, in their order.

    Args:
        wanted: See :func:`wanted_in`; at least one.
        provider: Whose they are.
        target: Where it answers.
        root: The folder that has evidence, schemas, waivers and the ledger beside the pacts.
        is_strict: A pending interaction that fails counts as failed, too; a waiver helps nobody.
        means: States, credentials, sessions.
        waivers: Besides those in ``root``.
        clock: Tells which waivers have expired.

    Raises:
        UsageError: The URL cannot be used, or what is beside the contracts is wrong.
        ShadowpactError: Pact's verifier cannot run.
    """
    today = today_by(clock or SystemClock())
    beside = _Beside(root, wanted, waivers, today=today, is_strict=is_strict)
    if problem := unreachable(target):
        return Verification(
            provider=provider,
            url=target.url,
            verdict="no-evidence",
            reason=f"{problem}; none of {len(wanted)} interactions was verified",
            interactions=tuple(_verified(one, _error(problem), beside) for one in wanted),
        )
    rans = _run(wanted, target, provider, means, beside)
    verified = tuple(_verified(one, ran, beside) for one, ran in zip(wanted, rans, strict=True))
    verdict, reason = judge(verified)
    return Verification(
        provider=provider,
        url=target.url,
        verdict=verdict,
        reason=reason,
        interactions=verified,
        remarks=beside.remarks(verified),
    )


def _run(
    wanted: Sequence[Wanted], target: Target, provider: str, means: Means, beside: "_Beside"
) -> list[Ran]:
    http = [one for one in wanted if one.is_http]
    told = iter(
        run(
            [one.pact for one in http],
            target,
            provider=provider,
            means=means,
            judge=_judge(http, provider, beside),
        )
    )
    not_http = _error("only HTTP interactions can be verified here")
    return [next(told) if one.is_http else not_http for one in wanted]


def _judge(wanted: Sequence[Wanted], provider: str, beside: "_Beside") -> Judge:
    """Of a floor, what the schema of its route says."""
    schemas = None
    if beside.root is not None and (beside.root / SCHEMAS).is_dir():
        from shadowpact.contracts.schemas import load  # noqa: PLC0415 - slow, and rarely there

        schemas = load(beside.root, provider)

    def besides(number: int, answer: Response) -> list[Mismatch]:
        one = wanted[number]
        is_asked_for = (one.interaction.get("response") or {}).get("status") == answer.status
        if schemas is None or one.notes.kind != "floor" or not is_asked_for:
            return []
        try:
            body = decode(answer.body, codings(answer.headers), limit_bytes=_BODY_LIMIT_BYTES)
        except UndecodableError:
            return []  # Pact says so
        told = schemas.problems(one.notes.route, answer.status, body)
        added = [] if beside.is_strict else [one for one in told if _is_added(one)]
        beside.added.update((one.notes.route, problem.path) for problem in added)
        return [problem for problem in told if problem not in added]

    return besides


def _is_added(problem: Mismatch) -> bool:
    """Whether there is more than the baseline has: whoever reads the baseline's is not hurt."""
    return problem.expected is None and problem.message.endswith(_ADDED)


def _error(message: str) -> Ran:
    return Ran(ending="error", mismatches=(Mismatch(part="other", path="", message=message),))


def today_by(clock: Clock) -> date:
    """The day by a clock, UTC."""
    return datetime.fromtimestamp(clock.now_us() / 1_000_000, UTC).date()


def unreachable(target: Target) -> str | None:
    """Why no connection to the provider can be made; ``None`` when one can.

    Raises:
        UsageError: The URL cannot be used.
    """
    client = Client(provider_of(target))
    try:
        client.connect()
    except ssl.SSLError as error:
        return f"no connection to {target.url}: {client.reason(error)}"
    except OSError as error:
        return f"no connection to {target.url}: {error.strerror or error}"
    return None


class _Beside:
    """What stands beside the contracts: evidence, waivers, the ledger."""

    def __init__(
        self,
        root: Path | None,
        wanted: Sequence[Wanted],
        waivers: Sequence[Waiver],
        *,
        today: date,
        is_strict: bool,
    ) -> None:
        self.root = root
        self.is_strict = is_strict
        self.today = today
        self.added: set[tuple[str, str]] = set()
        """Route and place of what answers have, and the baseline's never."""
        own = read_waivers(root) if root is not None else ()
        self.waivers: Mapping[str, Waiver] = by_interaction((*own, *waivers))
        self.promoted = read_ledger(root).promoted if root is not None else {}
        found = sidecar.all_evidence(root) if root is not None else ()
        self.evidence = {one.key: one for one in found}
        self._wanted = {one.name: one for one in wanted}

    def may_fail(self, one: Wanted) -> bool:
        """Whether it is pending, and was never binding."""
        return one.is_pending and not self.is_strict and one.name not in self.promoted

    def remarks(self, verified: Sequence[Verified]) -> tuple[str, ...]:
        """What a person should know of waivers and of what was binding once."""
        told: list[str] = []
        for one in verified:
            waiver = one.waiver
            if waiver is not None and waiver.has_expired(self.today):
                told.append(f"{one.name}: the waiver of {waiver.who} has expired on {waiver.until}")
            elif waiver is not None and one.outcome == "passed":
                told.append(f"{one.name}: passes; the waiver of {waiver.who} can go")
            elif one.name in self.promoted and self._wanted[one.name].is_pending:
                told.append(
                    f"{one.name}: is pending in its file and binding since "
                    f"{self.promoted[one.name]}; only a waiver lets it fail"
                )
        told += [
            f"{route}: {path} is there; the baseline never has it"
            for route, path in sorted(self.added)
        ]
        return tuple(told)


def _verified(wanted: Wanted, ran: Ran, beside: _Beside) -> Verified:
    waiver = beside.waivers.get(wanted.name)
    is_waived = waiver is not None and not waiver.has_expired(beside.today)
    may_fail = beside.may_fail(wanted) or (is_waived and not beside.is_strict)
    return Verified(
        file=wanted.file,
        key=wanted.key,
        description=wanted.description,
        consumer=wanted.consumer,
        pending=wanted.is_pending,
        outcome=_outcome(ran, may_fail=may_fail),
        mismatches=_explained(ran, wanted),
        request=wanted.interaction.get("request") or {},
        notes=wanted.notes,
        seen=beside.evidence.get(wanted.key),
        waiver=waiver,
        sent=ran.sent,
        answer=ran.answer,
    )


def _outcome(ran: Ran, *, may_fail: bool) -> Outcome:
    match ran.ending:
        case "matched":
            return "passed"
        case "mismatched":
            return "pending-failed" if may_fail else "failed"
        case "state-failed" | "error" as ending:
            return ending


def _explained(ran: Ran, wanted: Wanted) -> tuple[Mismatch, ...]:
    """A wrong status explains the rest of the answer: that one has another purpose."""
    if ran.ending != "mismatched" or not ran.mismatches:
        return ran.mismatches
    first, *others = ran.mismatches
    message = first.message
    if status := next((m for m in ran.mismatches if m.part == "status"), None):
        message = status.message + ("; what that answer holds is not compared" if others else "")
        first, others = status, []
    if lacking := _lacking(ran, wanted):
        message += f"; the contract does not hold credentials, pass {lacking} with --header"
    return (msgspec.structs.replace(first, message=message), *others)


def _lacking(ran: Ran, wanted: Wanted) -> str:
    """Names of the credentials that the recorded request had and this one should have had."""
    if (wanted.interaction.get("response") or {}).get("status") == _REFUSED:
        return ""
    sent = names_of(ran.sent.headers) if ran.sent is not None else set()
    return ", ".join(name for name in wanted.notes.credentials if name.encode() not in sent)
