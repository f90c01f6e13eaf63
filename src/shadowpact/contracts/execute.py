"""Run interactions against a provider with Pact's verifier, in processes of its own.

Each interaction goes into a pact file of its own, described by its number: so that every result
finds its interaction whatever the pact called it, one that was not run is noticed, a file that
cannot be loaded takes no other with it, and the verifier's cost stays linear. Files are run in
shards of 20, by several processes where nothing asks for order.
"""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched
from pathlib import Path
from typing import Any, Literal

import msgspec

from shadowpact.contracts.client import Client, Provider, address
from shadowpact.contracts.means import NO_MEANS, Judge, Means, Sessions, nothing_besides
from shadowpact.contracts.mismatch import Mismatch, plain
from shadowpact.contracts.passing import Passage, Passing
from shadowpact.contracts.relay import Relay
from shadowpact.contracts.runner import Job
from shadowpact.contracts.scratch import given, label
from shadowpact.contracts.states import StateServer, UrlStates
from shadowpact.contracts.workers import Told, Workers
from shadowpact.model.exchange import Request, Response

SHARD_SIZE = 20

_GRACE_MS = 2000
"""The relay's time-out comes first: it knows what it waited for."""

_START_S = 30.0
"""What a run may take beyond its requests: starting Python, loading pact, a slow machine."""

_REQUESTS_EACH = 4
"""Requests an interaction can cost: itself, again with a new credential, its state's two."""

_MOST_WORKERS = 4
_FEW = 2 * SHARD_SIZE
"""Interactions that are not worth a second process."""

_PARTS = ("status", "header", "body", "other")

type Ending = Literal["matched", "mismatched", "state-failed", "error"]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The provider to verify.

    Attributes:
        url: Where it answers, ``http://127.0.0.1:9001``; a path is put before every request's.
        headers: Added to every request, and winning over the pact's. Those that hold credentials
            are left out where a contract of ours says that nobody said who they are.
        state_url: Handler of provider states; ``None`` when there is none, or another in the means.
        timeout_ms: For one request.
        is_direct: Whether the verifier asks it itself: for the self-check, whose stub needs no
            relay. It listens on 127.0.0.1, then.
        workers: Processes of the verifier; ``None`` for as many as fit, one where order matters.
        verifies_tls: Whether its certificate has to be good.
    """

    url: str
    headers: Mapping[str, str] = {}
    state_url: str | None = None
    timeout_ms: int = 5000
    is_direct: bool = False
    workers: int | None = None
    verifies_tls: bool = True


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How one interaction ended.

    Attributes:
        ending: ``error`` when the provider gave no answer or the pact cannot be run.
        mismatches: What did not match, in plain words.
        sent: The request as the provider got it, where there is a relay.
        answer: The provider's, its body cut to 64 KiB.
    """

    ending: Ending
    mismatches: tuple[Mismatch, ...] = ()
    sent: Request | None = None
    answer: Response | None = None


def run(
    pacts: Sequence[Mapping[str, Any]],
    target: Target,
    *,
    provider: str,
    means: Means = NO_MEANS,
    judge: Judge = nothing_besides,
) -> list[Ran]:
    """Verify pacts of one interaction each; one result for each, in their order.

    Args:
        pacts: With one HTTP interaction each.
        target: Where the provider answers.
        provider: Its name, for Pact's own log.
        means: States, credentials, sessions.
        judge: Looks at every answer besides Pact.

    Raises:
        UsageError: The URL cannot be used.
        ShadowpactError: The verifier's processes failed.
    """
    if not pacts:
        return []
    if means.sessions is not None:
        order = _recorded_order(pacts, means.sessions)
        if order != list(range(len(pacts))):
            return _run_in_order(order, pacts, target, provider, means, judge)
    if target.state_url is not None and means.states is None:
        states = UrlStates(target.state_url, timeout_s=target.timeout_ms / 1000)
        means = msgspec.structs.replace(means, states=states)
    passing = Passing(
        Client(provider_of(target)),
        [pact["interactions"][0] for pact in pacts],
        headers=target.headers,
        means=means,
        judge=judge,
    )
    count = min(workers_for(len(pacts), target.workers, means), -(-len(pacts) // SHARD_SIZE))
    with (
        tempfile.TemporaryDirectory(prefix="shadowpact-verify-") as scratch,
        Workers(count, Path(scratch)) as workers,
        StateServer(means.states) as states_,
        _asked_at(target, passing) as port,
    ):
        files = list(_write(pacts, Path(scratch), target, means))
        shards = list(batched(files, SHARD_SIZE, strict=False))
        dealt = [tuple(shards[number::count]) for number in range(count)]
        jobs = _jobs(dealt, Path(scratch), target, provider, passing, means, port, states_.url)
        told = workers.run(jobs, limit_s=_limit_s(target, passing.steps, len(jobs)))
    if passing.crash is not None:
        raise passing.crash
    return _match_up(pacts, told, passing.passages, states_)


def _recorded_order(pacts: Sequence[Mapping[str, Any]], sessions: Sessions) -> list[int]:
    """What is in no session first, then as it was recorded."""
    found = [sessions.of(pact["interactions"][0]) for pact in pacts]
    places = [-1 if one is None else one.position for one in found]
    return sorted(range(len(pacts)), key=lambda number: (places[number], number))


def _run_in_order(
    order: Sequence[int],
    pacts: Sequence[Mapping[str, Any]],
    target: Target,
    provider: str,
    means: Means,
    judge: Judge,
) -> list[Ran]:
    """Run in another order; the results are in the order of the pacts."""
    rans = run(
        [pacts[number] for number in order],
        target,
        provider=provider,
        means=means,
        judge=lambda number, answer: judge(order[number], answer),
    )
    by_number = dict(zip(order, rans, strict=True))
    return [by_number[number] for number in range(len(pacts))]


def provider_of(target: Target) -> Provider:
    """Where a target answers, as its client takes it."""
    host, port, scheme, path = address(target.url)
    return Provider(
        scheme=scheme,
        host=host,
        port=port,
        path=path,
        timeout_s=target.timeout_ms / 1000,
        verifies_tls=target.verifies_tls,
    )


@contextmanager
def _asked_at(target: Target, passing: Passing) -> Iterator[int]:
    """The port on the loopback that the verifier asks."""
    if target.is_direct:
        yield address(target.url)[1]
        return
    with Relay(passing) as relay:
        yield relay.port


def _write(
    pacts: Sequence[Mapping[str, Any]], scratch: Path, target: Target, means: Means
) -> Iterator[str]:
    for number, pact in enumerate(pacts):
        file = scratch / _file_name(number)
        made = given(pact, number, has_states=means.states is not None, is_direct=target.is_direct)
        file.write_text(json.dumps(made), encoding="utf-8")
        yield str(file)


def _file_name(number: int) -> str:
    return f"interaction-{number:06}.json"


def _jobs(
    dealt: Sequence[tuple[tuple[str, ...], ...]],
    scratch: Path,
    target: Target,
    provider: str,
    passing: Passing,
    means: Means,
    port: int,
    state_url: str | None,
) -> list[Job]:
    """One for each process, of the shards that were dealt out to it."""
    patience = _REQUESTS_EACH if means.credentials or means.reset else 1
    timeout_ms = target.timeout_ms * (max(passing.steps) + patience) + _GRACE_MS
    return [
        Job(
            batches=batches,
            provider=provider,
            port=port,
            state_url=state_url,
            timeout_ms=timeout_ms,
            result=str(scratch / f"result-{number}.jsonl"),
        )
        for number, batches in enumerate(dealt)
    ]


def workers_for(interactions: int, asked: int | None, means: Means) -> int:
    """How many processes verify so many interactions."""
    if asked is not None:
        return max(1, asked)
    if means.wants_order or interactions <= _FEW:
        return 1
    return max(1, min(_MOST_WORKERS, os.cpu_count() or 1, -(-interactions // _FEW)))


def _limit_s(target: Target, steps: Sequence[int], jobs: int) -> float:
    """After which the verifier hangs; it has ended long before."""
    requests = sum(steps) + len(steps) * _REQUESTS_EACH
    return _START_S * jobs + requests * target.timeout_ms / 1000


def _match_up(
    pacts: Sequence[Mapping[str, Any]],
    told: Told,
    passages: Mapping[int, Passage],
    states: StateServer,
) -> list[Ran]:
    by_label = {str(result.get("description")): result for result in told.results}
    rans = []
    for number, pact in enumerate(pacts):
        result, passage = by_label.get(label(number)), passages.get(number, Passage())
        ran = _ran(number, result, pact["interactions"][0], passage, told, states)
        rans.append(msgspec.structs.replace(ran, sent=passage.sent, answer=passage.answer))
    return rans


def _ran(
    number: int,
    result: Mapping[str, Any] | None,
    interaction: Mapping[str, Any],
    passage: Passage,
    told: Told,
    states: StateServer,
) -> Ran:
    if passage.state_failure:
        return _ended("state-failed", passage.state_failure)
    if result is None:
        reasons = [error for error in told.errors if _file_name(number) in error]
        return _ended("error", "; ".join(reasons) or told.ended or "the verifier did not run it")
    if result.get("result") == "OK":
        return Ran(
            ending="mismatched" if passage.besides else "matched",
            mismatches=tuple(passage.besides),
        )
    mismatch = result.get("mismatch") or {}
    if mismatch.get("type") == "mismatches":
        found = [ours for one in mismatch.get("mismatches", ()) for ours in plain(one)]
        return Ran(ending="mismatched", mismatches=_without_repeats([*found, *passage.besides]))
    message = str(mismatch.get("message") or "the verifier gave no reason")
    if "state change" in message:
        return _ended("state-failed", states.failure(interaction.get("providerStates")) or message)
    return _ended("error", passage.no_answer or message)


def _ended(ending: Ending, message: str) -> Ran:
    return Ran(ending=ending, mismatches=(Mismatch(part="other", path="", message=message),))


def _without_repeats(found: Iterable[Mismatch]) -> tuple[Mismatch, ...]:
    """In a stable order; a rule with ``OR`` reports each of its halves, the first says it."""
    first: dict[tuple[str, str], Mismatch] = {}
    for mismatch in found:
        first.setdefault((mismatch.part, mismatch.path), mismatch)
    return tuple(sorted(first.values(), key=lambda m: (_PARTS.index(m.part), m.path)))
