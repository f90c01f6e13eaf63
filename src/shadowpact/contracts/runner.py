"""The child process that runs Pact's verifier: ``python -m shadowpact.contracts.runner``.

The only module that imports ``pact``, and it must stay alone in its process: importing pact
replaces ``builtins.__import__``, and its verifier prints on the file descriptors themselves. It
loads it while its job is being prepared; then a line on its standard input names the job's file,
which says what to verify (see :class:`Job`); what the verifier said of each batch is a line of
the result file, so that a crash loses no more than a batch.
"""

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify.

    Attributes:
        batches: Pact files; one verifier run for each batch, in this order.
        provider: Its name, for Pact's own log.
        port: Where to ask, on the loopback.
        state_url: Handler of provider states; ``None`` when there is none.
        timeout_ms: For one request.
        result: File to write.
    """

    batches: tuple[tuple[str, ...], ...]
    provider: str
    port: int
    state_url: str | None
    timeout_ms: int
    result: str


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the verifier said.

    Attributes:
        results: ``interactionResults``.
        errors: Messages that belong to no interaction, such as a pact that cannot be loaded.
    """

    results: list[dict[str, Any]] = []
    errors: list[str] = []


def run(job: Job) -> None:
    """Verify every batch of the job."""
    with Path(job.result).open("ab", buffering=0) as result:
        for files in job.batches:
            told = _verify(job, files)
            told_of = BatchResult(
                results=list(told.get("interactionResults") or ()), errors=_stray(told)
            )
            result.write(msgspec.json.encode(told_of) + b"\n")


def _verify(job: Job, files: Iterable[str]) -> Mapping[str, Any]:
    # Not at the top: nothing else may be imported after pact has replaced __import__.
    from pact import Verifier  # noqa: PLC0415 - see above; main() has loaded it

    verifier = Verifier(job.provider, host="127.0.0.1")
    verifier.add_transport(protocol="http", port=job.port, scheme="http", path="/")
    for file in files:
        verifier.add_source(file)
    verifier.follow_redirects(False)
    verifier.set_request_timeout(job.timeout_ms)
    verifier.set_coloured_output(enabled=False)
    verifier.disable_ssl_verification()  # it is plain HTTP: spares loading the certificates
    if job.state_url is not None:
        verifier.state_handler(job.state_url, teardown=True, body=True)
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
    """Get ready, read which job it is, and run it; without one there is nothing to do."""
    os.environ["PACT_DO_NOT_TRACK"] = "true"
    os.environ.pop("PACT_MATCHING_ENGINE", None)  # any value turns on an engine with false passes
    decoder = msgspec.json.Decoder(Job)
    import pact  # noqa: F401, PLC0415 - loaded now, and see above

    if file := sys.stdin.readline().rstrip("\n"):
        run(decoder.decode(Path(file).read_bytes()))


if __name__ == "__main__":
    main()
