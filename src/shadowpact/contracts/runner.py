"""The child process that runs Pact's verifier: ``python -m shadowpact.contracts.runner JOB``.

The only module that imports ``pact``, and it must stay alone in its process: importing pact
replaces ``builtins.__import__``, and its verifier prints on the file descriptors themselves. The
job file says what to verify (see :class:`Job`); the result is a JSON file beside it.
"""

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from shadowpact.contracts.relay import Provider, Relay
from shadowpact.contracts.states import StateServer

_GRACE_MS = 2000
"""The relay's time-out comes first: it knows what it waited for."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify.

    Attributes:
        batches: Pact files; one verifier run for each batch, in this order.
        provider: Its name, for Pact's own log.
        scheme: ``http`` or ``https``.
        host: Name or address.
        port: TCP port.
        path: Put before every request's path; ``/`` for nothing.
        headers: Sent with every request, instead of the pact's of the same name (by the relay).
        state_url: Handler of provider states; ``None`` when there is none.
        timeout_ms: For one request.
        is_direct: Whether the verifier asks the provider itself, without the relay.
        result: File to write.
    """

    batches: tuple[tuple[str, ...], ...]
    provider: str
    scheme: str
    host: str
    port: int
    path: str
    headers: Mapping[str, str]
    state_url: str | None
    timeout_ms: int
    is_direct: bool
    result: str


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the verifier said.

    Attributes:
        results: ``interactionResults`` of all runs.
        errors: Messages that belong to no interaction, such as a pact that cannot be loaded.
        state_failures: Why a provider state could not be set up, by its name.
        no_answers: Why there was no answer, by the request's target.
    """

    results: list[dict[str, Any]] = []
    errors: list[str] = []
    state_failures: dict[str, str] = {}
    no_answers: dict[str, str] = {}


def run(job: Job) -> JobResult:
    """Verify every batch of the job."""
    provider = Provider(
        scheme=job.scheme,
        host=job.host,
        port=job.port,
        path=job.path,
        timeout_s=job.timeout_ms / 1000,
        headers=job.headers,
    )
    results: list[dict[str, Any]] = []
    errors: list[str] = []
    with (
        StateServer(job.state_url, timeout_s=provider.timeout_s) as states,
        Relay(provider) as relay,
    ):
        for files in job.batches:
            told = _verify(job, files, states.url, None if job.is_direct else relay.port)
            results.extend(told.get("interactionResults") or ())
            errors.extend(_stray(told))
    return JobResult(
        results=results,
        errors=errors,
        state_failures=states.failures,
        no_answers=relay.failures,
    )


def _verify(
    job: Job, files: Iterable[str], state_url: str | None, relay_port: int | None
) -> Mapping[str, Any]:
    # Not at the top: nothing else may be imported after pact has replaced __import__.
    from pact import Verifier  # noqa: PLC0415 - see above

    if relay_port is None:
        host, port, scheme, path = job.host, job.port, job.scheme, job.path
    else:
        host, port, scheme, path = "127.0.0.1", relay_port, "http", "/"
    verifier = Verifier(job.provider, host=host)
    verifier.add_transport(protocol="http", port=port, scheme=scheme, path=path)
    for file in files:
        verifier.add_source(file)
    verifier.follow_redirects(False)
    verifier.set_request_timeout(job.timeout_ms + _GRACE_MS)
    verifier.set_coloured_output(enabled=False)
    if scheme == "http":
        verifier.disable_ssl_verification()  # spares loading the certificates
    if state_url is not None:
        verifier.state_handler(state_url, teardown=True, body=True)
    # The error says only that something failed; what did is in the results.
    with contextlib.suppress(RuntimeError):
        verifier.verify()
    return dict(verifier.results)


def _stray(told: Mapping[str, Any]) -> list[str]:
    found = []
    for error in told.get("errors") or ():
        mismatch = error.get("mismatch") or {}
        if "interactionKey" not in error and error.get("interaction") == "Failed to load pact":
            found.append(str(mismatch.get("message", error)))
    return found


def main() -> None:
    """Read the job named by the first argument, run it, write its result."""
    os.environ["PACT_DO_NOT_TRACK"] = "true"
    os.environ.pop("PACT_MATCHING_ENGINE", None)  # any value turns on an engine with false passes
    job = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Job)
    Path(job.result).write_bytes(msgspec.json.encode(run(job)))


if __name__ == "__main__":
    main()
