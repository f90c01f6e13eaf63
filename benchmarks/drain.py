"""Draining a recording with ``shadowpact worker --drain``, timed, and checked for completeness."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import msgspec
import orjson

from benchmarks.documents import STARTED_US, Variant, exchanges
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


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One process, from its start to its end.

    Attributes:
        seconds: Wall time.
        cpu_seconds: Processor time of the process and its children.
    """

    seconds: float
    cpu_seconds: float


def write_recording(state: Path, variant: Variant, count: int, *, step_us: int = 1000) -> None:
    """A state folder with a recording as the addon would have made it, credentials sealed.

    Args:
        state: The folder to make.
        variant: What its exchanges are like.
        count: How many.
        step_us: From the start of one to the start of the next.
    """
    sealer = Sealer(load_key(state))
    writer = Writer(recording_folder(state), RecordingSettings())
    try:
        for number, exchange in enumerate(exchanges(variant, count)):
            started_us = STARTED_US + number * step_us
            writer.append(sealer.seal(msgspec.structs.replace(exchange, started_us=started_us)))
    finally:
        writer.close()


def drain(
    state: Path,
    url: str,
    *,
    count: int,
    core: int | None,
    watch: Callable[[int, float], None] = lambda _pid, _seconds: None,
) -> Ran:
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
    return timed_run(
        [script("shadowpact"), "worker", "--drain", *places],
        log=log,
        core=core,
        limit_s=30 + count / SLOWEST_PAIRS_PER_S,
        watch=watch,
    )


def timed_run(
    command: Sequence[str],
    *,
    log: Path,
    core: int | None,
    limit_s: float,
    statuses: AbstractSet[int] = frozenset({0}),
    watch: Callable[[int, float], None] = lambda _pid, _seconds: None,
) -> Ran:
    """Run a program to its end.

    Args:
        command: Program and arguments.
        log: Takes what it says.
        core: Where it is kept.
        limit_s: Longer than this it is taken for hung.
        statuses: How it may end.
        watch: Called every few milliseconds with its pid and the seconds so far.

    Raises:
        BenchmarkError: It fails or hangs.
    """
    program = Path(command[0]).name
    started = time.monotonic()
    with running(command, log=log, core=core) as process:
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            seconds = time.monotonic() - started
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            if seconds > limit_s:
                raise BenchmarkError(f"{program} is not done in {limit_s:.0f} s:\n{tail(log)}")
            watch(process.pid, seconds)
            time.sleep(POLL_S)
    if process.returncode not in statuses:
        raise BenchmarkError(f"{program} ended with {process.returncode}:\n{tail(log)}")
    return Ran(seconds=seconds, cpu_seconds=usage.ru_utime + usage.ru_stime)


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
