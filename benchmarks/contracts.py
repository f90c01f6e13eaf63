"""Contracts: building them from a store behind a million exchanges.

The store is filled once, as a worker would fill it. Then ``shadowpact contracts build`` runs over
it in a process of its own, into an empty folder and again over what it made; measured are its wall
time and the most memory that it, or the verifier that it starts for the self-check, had.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import harness
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, Measured, Measurement, Result, Target
from benchmarks.machine import ROOT
from benchmarks.processes import pinned
from benchmarks.stored import fill

BUILD = "build"
AGAIN = "build again"

EXCHANGES = 1_000_000
QUICK_EXCHANGES = 20_000
ROUNDS = 3

MOST_SECONDS = 60
MOST_MIB = 500

NOTES = (
    "Filling the store is not part of it: that is the worker's work, while traffic flows.",
    "Memory: the largest of the command and the processes it waited for, each by itself.",
    "`build again` goes over what `build` made, and has to change no pact and no schema.",
)


def figures(measured: Measured) -> Iterator[Figure]:
    """The lines of the table."""
    seconds, mib = Target(at_most=MOST_SECONDS), Target(at_most=MOST_MIB)
    for name in (BUILD, AGAIN):
        yield measured.absolute(name, "seconds", name=name, unit="s", target=seconds)
        yield measured.absolute(
            name, "peak_mib", name=f"{name}: peak memory", unit="MiB", target=mib
        )
    yield measured.absolute(BUILD, "interactions", name="interactions", unit="interactions")


def build_variants(
    state: Path, scratch: Path, core: int | None
) -> dict[str, Callable[[], Measurement]]:
    """What to measure over a filled store: a build into a new folder, and one over that."""
    numbers = iter(range(1_000_000))
    made: list[Path] = []

    def first() -> Measurement:
        made.append(scratch / f"contracts-{next(numbers)}")
        return build(state, made[-1], core)

    def again() -> Measurement:
        before = contents(made[-1])
        measured = build(state, made[-1], core)
        if contents(made[-1]) != before:
            raise BenchmarkError("a second build changed what the first one made")
        return measured

    return {BUILD: first, AGAIN: again}


def build(state: Path, out: Path, core: int | None) -> Measurement:
    """Run the command once.

    Raises:
        BenchmarkError: It did not end with 0.
    """
    arguments = ("contracts", "build", "--state", str(state), "--out", str(out))
    command = pinned((sys.executable, "-m", "shadowpact", *arguments), core)
    log = out.with_suffix(".log")
    began = time.perf_counter()
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)  # it was waited for behind its back
    if process.returncode != 0:
        said = log.read_text("utf-8", "replace")[-2000:]
        raise BenchmarkError(f"{' '.join(arguments)} ended with {process.returncode}:\n{said}")
    return {
        "seconds": seconds,
        "peak_mib": used.ru_maxrss / 1024,
        "interactions": float(sum(held.count(b'"key": "') for held in contents(out).values())),
    }


def contents(out: Path) -> dict[Path, bytes]:
    """Everything below a folder."""
    return {file: file.read_bytes() for file in sorted(out.rglob("*.json*")) if file.is_file()}


def measure(arguments: Sequence[str]) -> tuple[Result, ...]:
    """Fill, build, write the result."""
    parser = harness.options(__doc__ or "")
    parser.set_defaults(rounds=ROUNDS)
    parser.add_argument("--exchanges", type=int, default=EXCHANGES, help="behind the store")
    given = parser.parse_args(arguments)
    rounds = 1 if given.quick else given.rounds
    count = QUICK_EXCHANGES if given.quick else given.exchanges
    run = harness.Run("contracts", quick=given.quick or count != EXCHANGES)
    with tempfile.TemporaryDirectory(prefix="shadowpact-bench-") as folder:
        scratch = Path(folder)
        fill(scratch / "state", count)
        store_mib = sum(f.stat().st_size for f in (scratch / "state").iterdir()) / 2**20
        variants = build_variants(scratch / "state", scratch, run.cores.measured)
        done = harness.interleave(variants, rounds)
    settings = {"exchanges": count, "store_mib": round(store_mib, 1)}
    result = run.finish(done, list(figures(Measured(done))), settings=settings, notes=NOTES)
    return (result,)


if __name__ == "__main__":
    harness.main(measure)
