"""The worker on one core: pairs a second from a recording to committed findings, and its memory.

A recording is written first. Each round then drains it with ``shadowpact worker --drain`` into a
fresh state folder, once whole and once a tenth of it: the difference in pairs over the difference
in time is the rate, free of start-up and shutdown. The peer, a bare aiohttp loop in a process of
its own on the same core, asks the same nginx as often in the same round.

``--memory`` instead drains a long recording once and watches the worker's resident memory.
"""

import contextlib
import functools
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import orjson

from benchmarks import harness
from benchmarks.documents import VARIANTS, Variant
from benchmarks.drain import Ran, check, drain, fresh_copy, write_recording
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, Measured, Measurement, Result, Target, figure
from benchmarks.machine import ROOT, Cores
from benchmarks.memory import Sample, Watch, growth
from benchmarks.nginx import Nginx, nginx
from benchmarks.processes import pinned
from shadowpact.mirror.settings import CandidateSettings

PEER = "bare aiohttp loop"
NAMES: dict[Variant, str] = {
    "identical": "worker, identical bodies",
    "differs": "worker, one field differs",
    "authorization": "worker, sealed Authorization",
}

EXCHANGES = 20_000
SMALL_SHARE = 10
"""The small recording has this part of the large one's exchanges."""

QUICK_EXCHANGES = 6_000
MEMORY_EXCHANGES = 200_000
FLAT = Target(at_most=1.10)
"""Resident memory at the end against a quarter of the way: above this it is not called flat."""

IN_FLIGHT = CandidateSettings(name="bench", url="http://127.0.0.1").max_in_flight

NOTES = (
    "pairs/s: the difference of two drains (all exchanges, and a tenth), so without start-up.",
    "Every exchange has to end as a pair, equal or different as it was made, or the run fails.",
    f"The peer has the same {IN_FLIGHT} requests in flight and reads each body; nothing else.",
)
MEMORY_NOTES = (
    "One field differs in every pair, so samples and counts are kept all the time.",
    "Progress is what the candidate has answered; memory is VmRSS of the worker from /proc.",
    "A quarter of the way the reservoirs, caches and pools are full: from there it has to be flat.",
)


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What all variants share.

    Attributes:
        candidate: Who is asked.
        folder: For recordings and state folders.
        cores: Who runs where.
        exchanges: In the large recording.
    """

    candidate: Nginx
    folder: Path
    cores: Cores
    exchanges: int

    @property
    def small(self) -> int:
        """Exchanges in the small recording."""
        return max(1, self.exchanges // SMALL_SHARE)

    def recorded(self, variant: Variant, count: int) -> Path:
        """The state folder with that recording, written when first asked for."""
        folder = self.folder / f"{variant}-{count}"
        if not folder.exists():
            write_recording(folder, variant, count)
        return folder


def figures(measured: Measured) -> Iterator[Figure]:
    """The lines of the table."""
    for variant in VARIANTS:
        yield measured.absolute(
            NAMES[variant],
            "per_s",
            name=NAMES[variant],
            unit="pairs/s",
            target=Target(at_least=3000),
        )
    yield measured.absolute(PEER, "per_s", name=f"peer: {PEER}", unit="requests/s")
    for variant in VARIANTS:
        name = NAMES[variant]
        yield measured.ratio(
            name, PEER, "per_s", name=f"throughput: {name}", target=Target(at_least=0.4)
        )
    for variant in VARIANTS:
        name = NAMES[variant]
        yield measured.absolute(name, "cpu_us_per_pair", name=f"CPU: {name}", unit="us/pair")
    yield measured.absolute(
        NAMES["identical"], "start_and_stop_s", name="start-up and shutdown, taken off", unit="s"
    )


def measure(arguments: Sequence[str]) -> tuple[Result, ...]:
    """Run the benchmark."""
    parser = harness.options(__doc__ or "")
    parser.add_argument("--exchanges", type=int, help=f"default {EXCHANGES}, {MEMORY_EXCHANGES}")
    parser.add_argument("--memory", action="store_true", help="memory over a long recording")
    given = parser.parse_args(arguments)
    default = MEMORY_EXCHANGES if given.memory else EXCHANGES
    exchanges = given.exchanges or (QUICK_EXCHANGES if given.quick else default)
    run = harness.Run("worker-memory" if given.memory else "worker", quick=given.quick)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        bench = Bench(
            candidate=stack.enter_context(nginx(folder / "nginx", core=run.cores.others)),
            folder=folder,
            cores=run.cores,
            exchanges=exchanges,
        )
        if given.memory:
            return (_memory(bench, run),)
        return (_throughput(bench, run, rounds=1 if given.quick else given.rounds),)


def _throughput(bench: Bench, run: harness.Run, *, rounds: int) -> Result:
    variants: dict[str, Callable[[], Measurement]] = {
        NAMES[variant]: functools.partial(_pairs, bench, variant) for variant in VARIANTS
    }
    variants[PEER] = functools.partial(_peer, bench)
    for variant in VARIANTS:
        bench.recorded(variant, bench.small)
        bench.recorded(variant, bench.exchanges)
    measured = harness.interleave(variants, rounds)
    return run.finish(
        measured,
        tuple(figures(Measured(measured))),
        settings={
            "exchanges": bench.exchanges,
            "exchanges-small": bench.small,
            "in-flight": IN_FLIGHT,
            "rounds": rounds,
        },
        notes=NOTES,
    )


def _pairs(bench: Bench, variant: Variant) -> Measurement:
    """Drain a tenth and the whole; what the second has more is what is measured."""
    less = _drained(bench, variant, bench.small)
    more = _drained(bench, variant, bench.exchanges)
    pairs = bench.exchanges - bench.small
    seconds = more.seconds - less.seconds
    if seconds <= 0:
        raise BenchmarkError("the whole took no longer than a tenth of it: use more --exchanges")
    return {
        "per_s": pairs / seconds,
        "cpu_us_per_pair": (more.cpu_seconds - less.cpu_seconds) / pairs * 1_000_000,
        "start_and_stop_s": max(0.0, less.seconds - bench.small * seconds / pairs),
    }


def _drained(bench: Bench, variant: Variant, count: int) -> Ran:
    state = bench.folder / "state"
    fresh_copy(bench.recorded(variant, count), state)
    done = drain(state, bench.candidate.url, count=count, core=bench.cores.measured)
    check(state, count=count, differs=variant == "differs")
    return done


def _peer(bench: Bench) -> Measurement:
    command = [sys.executable, "-m", "benchmarks.peer_aiohttp_loop", bench.candidate.url]
    command += ["--requests", str(bench.exchanges), "--in-flight", str(IN_FLIGHT)]
    done = subprocess.run(
        pinned(command, bench.cores.measured),
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=60 + bench.exchanges / 100,
    )
    if done.returncode != 0:
        raise BenchmarkError(f"the aiohttp loop failed:\n{done.stderr.decode()}")
    said = orjson.loads(done.stdout)
    return {"per_s": said["requests"] / said["seconds"]}


def _memory(bench: Bench, run: harness.Run) -> Result:
    count = bench.exchanges
    state = bench.recorded("differs", count)
    watch = Watch(bench.candidate)
    done = drain(
        state, bench.candidate.url, count=count, core=bench.cores.measured, watch=watch.look
    )
    check(state, count=count, differs=True)
    quarter, end = growth(watch.samples, count)
    measured = {
        "pairs_per_s": round(count / done.seconds, 1),
        "resident_mib_at_quarter": _mib(quarter),
        "resident_mib_at_end": _mib(end),
        "resident_mib_highest": max(map(_mib, watch.samples)),
    }
    shown = (
        figure((_mib(quarter),), name="resident memory at 25 %", unit="MiB"),
        figure((_mib(end),), name="resident memory at 100 %", unit="MiB"),
        figure(
            (round(end.resident_kib / quarter.resident_kib, 4),),
            name="memory at 100 %",
            unit="x at 25 %",
            target=FLAT,
        ),
    )
    return run.finish(
        ({"worker": measured, **_curve(watch.samples)},),
        shown,
        settings={"exchanges": count, "in-flight": IN_FLIGHT, "rounds": 1},
        notes=MEMORY_NOTES,
    )


def _curve(samples: Sequence[Sample], points: int = 40) -> dict[str, Measurement]:
    """A readable part of the samples, for whoever wants to draw them."""
    step = max(1, len(samples) // points)
    return {
        f"at {sample.seconds:07.2f} s": {
            "pairs": float(sample.pairs),
            "resident_mib": _mib(sample),
        }
        for sample in samples[::step]
    }


def _mib(sample: Sample) -> float:
    return round(sample.resident_kib / 1024, 1)


if __name__ == "__main__":
    harness.main(measure)
