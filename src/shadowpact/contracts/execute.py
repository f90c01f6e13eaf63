"""Run interactions against a provider with Pact's verifier, in a process of its own.

Each interaction goes into a pact file of its own, described by its number: so that every result
finds its interaction whatever the pact called it, one that was not run is noticed, a file that
cannot be loaded takes no other with it, and the verifier's cost stays linear.
"""

import json
import os
import re
import subprocess  # the verifier's process: see contracts.runner
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from shadowpact.contracts.mismatch import Mismatch, plain
from shadowpact.contracts.runner import Job, JobResult
from shadowpact.errors import ShadowpactError, UsageError

_BATCH_SIZE = 50
_START_S = 30.0
"""What a run may take beyond its requests: starting Python, loading pact, a slow machine."""

_REQUESTS_EACH = 3
"""Requests an interaction can cost: itself, setting its provider state up, taking it down."""

_PARTS = ("status", "header", "body", "other")

type Ending = Literal["matched", "mismatched", "state-failed", "error"]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The provider to verify.

    Attributes:
        url: Where it answers, ``http://127.0.0.1:9001``; a path is put before every request's.
        headers: Added to every request, and winning over the pact's.
        state_url: Handler of provider states; ``None`` when there is none.
        timeout_ms: For one request.
        is_direct: Whether the verifier asks it itself: for the self-check, whose stub needs no
            relay.
    """

    url: str
    headers: Mapping[str, str] = {}
    state_url: str | None = None
    timeout_ms: int = 5000
    is_direct: bool = False


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How one interaction ended.

    Attributes:
        ending: ``error`` when the provider gave no answer or the pact cannot be run.
        mismatches: What did not match, in plain words.
    """

    ending: Ending
    mismatches: tuple[Mismatch, ...] = ()


def run(pacts: Sequence[Mapping[str, Any]], target: Target, *, provider: str) -> list[Ran]:
    """Verify pacts of one interaction each; one result for each, in their order.

    Raises:
        UsageError: The URL cannot be used.
        ShadowpactError: The verifier's process failed.
    """
    if not pacts:
        return []
    with tempfile.TemporaryDirectory(prefix="shadowpact-verify-") as scratch:
        batches = _write(pacts, Path(scratch))
        job = _job(batches, target, provider=provider, result=Path(scratch, "result.json"))
        limit_s = _START_S + len(pacts) * _REQUESTS_EACH * target.timeout_ms / 1000
        told = _start(job, Path(scratch), limit_s=limit_s)
    return _match_up(pacts, told)


def _write(pacts: Sequence[Mapping[str, Any]], scratch: Path) -> list[tuple[str, ...]]:
    files: list[str] = []
    for number, pact in enumerate(pacts):
        interaction = {**pact["interactions"][0], "description": _label(number)}
        file = scratch / _file_name(number)
        file.write_text(json.dumps({**pact, "interactions": [interaction]}), encoding="utf-8")
        files.append(str(file))
    return list(batched(files, _BATCH_SIZE, strict=False))


def _file_name(number: int) -> str:
    return f"interaction-{number:06}.json"


def _label(number: int) -> str:
    return f"interaction {number}"


def _job(batches: Sequence[tuple[str, ...]], target: Target, *, provider: str, result: Path) -> Job:
    host, port, scheme, path = address(target.url)
    return Job(
        batches=tuple(batches),
        provider=provider,
        scheme=scheme,
        host=host,
        port=port,
        path=path,
        headers=target.headers,
        state_url=target.state_url,
        timeout_ms=target.timeout_ms,
        is_direct=target.is_direct,
        result=str(result),
    )


def address(url: str) -> tuple[str, int, str, str]:
    """Host, port, scheme and path of a provider's URL.

    Raises:
        UsageError: Not an http or https URL with a host.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise UsageError(f"--url {url!r} cannot be read: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"--url {url!r} is not like http://127.0.0.1:9001")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host, port, parts.scheme, parts.path.rstrip("/") or "/"


def _start(job: Job, scratch: Path, *, limit_s: float) -> JobResult:
    job_file, log_file = scratch / "job.json", scratch / "log.txt"
    job_file.write_bytes(msgspec.json.encode(job))
    command = [sys.executable, "-m", "shadowpact.contracts.runner", str(job_file)]
    with log_file.open("wb") as log:
        try:
            ended = subprocess.run(  # noqa: S603 - our own module, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ShadowpactError(f"Pact's verifier did not end within {limit_s:.0f} s") from error
    if ended.returncode != 0 or not Path(job.result).exists():
        last = log_file.read_text("utf-8", "replace").strip().splitlines()[-3:]
        raise ShadowpactError(
            f"Pact's verifier ended with status {ended.returncode}: {' | '.join(last)}"
        )
    return msgspec.json.decode(Path(job.result).read_bytes(), type=JobResult)


def _environment() -> dict[str, str]:
    """Ours, without proxies between us and the provider: what is measured is the provider."""
    return {k: v for k, v in os.environ.items() if k.lower() not in {"http_proxy", "all_proxy"}}


def _match_up(pacts: Sequence[Mapping[str, Any]], told: JobResult) -> list[Ran]:
    by_label = {str(result.get("description")): result for result in told.results}
    return [
        _ran(number, by_label.get(_label(number)), pact["interactions"][0], told)
        for number, pact in enumerate(pacts)
    ]


def _ran(
    number: int,
    result: Mapping[str, Any] | None,
    interaction: Mapping[str, Any],
    told: JobResult,
) -> Ran:
    if result is None:
        reasons = [error for error in told.errors if _file_name(number) in error]
        return _ended("error", "; ".join(reasons) or "the verifier did not run it")
    if result.get("result") == "OK":
        return Ran(ending="matched")
    mismatch = result.get("mismatch") or {}
    if mismatch.get("type") == "mismatches":
        found = [ours for one in mismatch.get("mismatches", ()) for ours in plain(one)]
        return Ran(ending="mismatched", mismatches=_without_repeats(found))
    message = str(mismatch.get("message") or "the verifier gave no reason")
    if "state change" in message:
        names = [str(state.get("name")) for state in interaction.get("providerStates") or ()]
        reasons = [told.state_failures[name] for name in names if name in told.state_failures]
        return _ended("state-failed", "; ".join(reasons) or message)
    return _ended("error", _no_answer(message, told.no_answers))


def _ended(ending: Ending, message: str) -> Ran:
    return Ran(ending=ending, mismatches=(Mismatch(part="other", path="", message=message),))


def _no_answer(message: str, reasons: Mapping[str, str]) -> str:
    """The relay's reason: the verifier's message holds the URL, whose end is the target."""
    named = re.search(r"https?://[^/]+(?P<target>/[^)]*)", message)
    return reasons.get(named["target"], message) if named else message


def _without_repeats(found: Iterable[Mismatch]) -> tuple[Mismatch, ...]:
    """In a stable order; a rule with ``OR`` reports each of its halves, the first says it."""
    first: dict[tuple[str, str], Mismatch] = {}
    for mismatch in found:
        first.setdefault((mismatch.part, mismatch.path), mismatch)
    return tuple(sorted(first.values(), key=lambda m: (_PARTS.index(m.part), m.path)))
