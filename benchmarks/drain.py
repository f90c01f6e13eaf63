"""Draining a recording with ``shadowpact worker --drain``, timed, and checked for completeness."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import orjson

from benchmarks.documents import Variant, exchanges
from benchmarks.errors import BenchmarkError
from benchmarks.machine import script
from benchmarks.processes import running, tail
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recording.writer import Writer
from shadowpact.secrets import Sealer, load_key
from shadowpact.state import recording_folder

POLL_S = 0.005
SLOWEST_PAIRS_PER_S = 100
"""A worker slower than this is taken for hung."""

CONFIGURATION = """
[candidates.bench]
url = "{url}"
routes = ["/**"]
"""


class Drained(msgspec.Struct, frozen=True, kw_only=True):
    """One drain, from the start of the process to its end.

    Attributes:
        seconds: Wall time.
        cpu_seconds: Processor time of the process and its children.
    """

    seconds: float
    cpu_seconds: float


def write_recording(state: Path, variant: Variant, count: int) -> None:
    """A state folder with a recording as the addon would have made it, credentials sealed."""
    sealer = Sealer(load_key(state))
    writer = Writer(recording_folder(state), RecordingSettings())
    try:
        for exchange in exchanges(variant, count):
            writer.append(sealer.seal(exchange))
    finally:
        writer.close()


def drain(
    state: Path,
    url: str,
    *,
    count: int,
    core: int | None,
    watch: Callable[[int, float], None] = lambda _pid, _seconds: None,
) -> Drained:
    """Drain the recording of a state folder.

    Args:
        state: With a recording of ``count`` exchanges, and no store yet.
        url: Of the candidate.
        count: Of exchanges.
        core: Where the worker is kept.
        watch: Called every few milliseconds with the worker's pid and the seconds so far.

    Raises:
        BenchmarkError: The worker fails, hangs, or leaves an exchange without a pair.
    """
    log = state / "drain.log"
    configuration = state / "shadowpact.toml"
    configuration.write_text(CONFIGURATION.format(url=url))
    places = ("--state", str(state), "--config", str(configuration))
    limit_s = 30 + count / SLOWEST_PAIRS_PER_S
    started = time.monotonic()
    with running(
        [script("shadowpact"), "worker", "--drain", *places], log=log, core=core
    ) as worker:
        while True:
            pid, status, usage = os.wait4(worker.pid, os.WNOHANG)
            seconds = time.monotonic() - started
            if pid:
                worker.returncode = os.waitstatus_to_exitcode(status)
                break
            if seconds > limit_s:
                raise BenchmarkError(f"the worker is not done in {limit_s:.0f} s:\n{tail(log)}")
            watch(worker.pid, seconds)
            time.sleep(POLL_S)
    if worker.returncode != 0:
        raise BenchmarkError(f"the worker ended with {worker.returncode}:\n{tail(log)}")
    return Drained(seconds=seconds, cpu_seconds=usage.ru_utime + usage.ru_stime)


def check(state: Path, *, count: int, differs: bool) -> None:
    """See that every exchange became a pair, and that the pairs were judged as made.

    Raises:
        BenchmarkError: They were not; the rate would be that of another job.
    """
    command = [script("shadowpact"), "findings", "--state", str(state), "--format", "json"]
    done = subprocess.run(command, capture_output=True, check=False)
    try:
        evidence: dict[str, Any] = orjson.loads(done.stdout)["evidence"]
    except (orjson.JSONDecodeError, KeyError) as error:
        raise BenchmarkError(f"no findings document ({error}):\n{done.stderr.decode()}") from error
    seen = (evidence["pairs"], evidence["equal"])
    expected = (count, 0 if differs else count)
    if seen != expected:
        raise BenchmarkError(f"expected (pairs, equal) = {expected}, got {seen}: {evidence}")


def fresh_copy(recorded: Path, state: Path) -> None:
    """A state folder that has not been worked on, from one that was recorded."""
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(recorded, state)
