"""Replaying a recording: reading it, sending it, comparing and committing; its timing and memory.

Each round replays a recording with ``shadowpact replay --speed max`` into a fresh state folder,
once whole and once a tenth of it: the difference in pairs over the difference in time is the rate,
free of start-up and shutdown. The peer is mitmproxy's own client replay, ``mitmdump -n -C``, which
compares nothing. At ``1x`` a candidate notes when each request came.

``--memory`` instead replays a long recording once and watches the resident memory.
"""

import contextlib
import functools
import gc
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from mitmproxy.io import FlowWriter
from mitmproxy.test.tflow import tflow

from benchmarks import harness
from benchmarks.arrivals import arrivals
from benchmarks.documents import Variant, targets
from benchmarks.drain import Ran, timed_run, write_recording
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, Measured, Measurement, Result, Target, figure
from benchmarks.har import write_har
from benchmarks.machine import Cores, script
from benchmarks.memory import Watch, growth
from benchmarks.nginx import Nginx, nginx
from benchmarks.processes import running
from shadowpact.recording.formats import open_recording
from shadowpact.state import recording_folder

READ, READ_HAR = "read, own format", "read, HAR as a browser writes it"
EQUAL, DIFFERS = "replay, identical bodies", "replay, one field differs"
TWO_WORKERS, ONE_WORKER = "replay, --workers 2", "replay, --workers 1, not pinned"
TWO_REPLAYS = "two replays at once"
PEER = "mitmdump -n -C"
TIMING = "replay, --speed 1x"

EXCHANGES, PEER_FLOWS, HAR_ENTRIES, TIMED = 60_000, 1_000, 10_000, 4_000
QUICK_EXCHANGES, QUICK_FLOWS, QUICK_HAR, QUICK_TIMED = 4_000, 600, 1_000, 200
SMALL_SHARE = 10
"""The small recording has this part of the large one's exchanges."""

PER_S = 200
"""Requests a second of the timed recording."""

MEMORY_EXCHANGES = 1_000_000
SLOWEST_PER_S = 50

NOTES = (
    "Rates of replays: the difference of two runs (all, and a tenth), so without start-up.",
    "Every exchange has to end as a pair, equal or different as it was made, or the run fails.",
    "The client replay of mitmdump, as it is when nothing is set, sends one request at a time.",
    "It compares nothing and keeps nothing. Told to send all at once, it lost some of them here.",
    "--workers: nothing is pinned; nginx has to share the cores with both workers.",
    "Two replays at once, each of half as much and a store of its own: the limit of two workers.",
    f"1x: {PER_S}/s; the error is how much later a request came than the most punctual one.",
)
MEMORY_NOTES = (
    "One field differs in every pair, so samples and counts are kept all the time.",
    "Progress is what the candidate has answered; memory is VmRSS of the replay from /proc.",
)


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What all variants share.

    Attributes:
        candidate: Who is asked.
        folder: For recordings and state folders.
        cores: Who runs where.
        exchanges: In the large recording.
        flows: In the large flow file of the peer.
    """

    candidate: Nginx
    folder: Path
    cores: Cores
    exchanges: int
    flows: int

    def recorded(self, variant: Variant, count: int) -> Path:
        """A folder of segments with that many exchanges, written when first asked for."""
        state = self.folder / f"{variant}-{count}"
        if not state.exists():
            write_recording(state, variant, count)
        return recording_folder(state)

    def flow_file(self, count: int) -> Path:
        """The same requests as mitmproxy keeps them, addressed to the candidate."""
        path = self.folder / f"{count}.mitm"
        if not path.exists():
            _write_flows(path, count, self.candidate.port)
        return path


def figures(measured: Measured) -> Iterator[Figure]:
    """The lines of the table."""
    for name, least in ((READ, 60_000), (READ_HAR, 5_000)):
        yield measured.absolute(
            name, "per_s", name=name, unit="exchanges/s", target=Target(at_least=least)
        )
    for name in (EQUAL, DIFFERS):
        yield measured.absolute(
            name, "per_s", name=name, unit="pairs/s", target=Target(at_least=3_000)
        )
    yield measured.absolute(PEER, "per_s", name=f"peer: {PEER}", unit="requests/s")
    for name in (EQUAL, DIFFERS):
        yield measured.ratio(name, PEER, "per_s", name=name, target=Target(at_least=10))
    yield measured.ratio(
        TWO_WORKERS, ONE_WORKER, "per_s", name=TWO_WORKERS, target=Target(at_least=1.5)
    )
    yield measured.ratio(TWO_REPLAYS, ONE_WORKER, "per_s", name=f"limit: {TWO_REPLAYS}")
    yield measured.ratio(TWO_WORKERS, TWO_REPLAYS, "per_s", name=TWO_WORKERS)
    for metric, most in (("p50_ms", 5), ("p99_ms", 50)):
        yield measured.absolute(
            TIMING,
            metric,
            name=f"send error at 1x, {PER_S}/s, {metric.removesuffix('_ms')}",
            unit="ms",
            target=Target(at_most=most),
        )


def measure(arguments: Sequence[str]) -> tuple[Result, ...]:
    """Run the benchmark."""
    parser = harness.options(__doc__ or "")
    parser.add_argument("--exchanges", type=int, help=f"default {EXCHANGES}, {MEMORY_EXCHANGES}")
    parser.add_argument("--memory", action="store_true", help="memory over a long recording")
    given = parser.parse_args(arguments)
    default = MEMORY_EXCHANGES if given.memory else EXCHANGES
    run = harness.Run("replay-memory" if given.memory else "replay", quick=given.quick)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        bench = Bench(
            candidate=stack.enter_context(nginx(folder / "nginx", core=run.cores.others)),
            folder=folder,
            cores=run.cores,
            exchanges=given.exchanges or (QUICK_EXCHANGES if given.quick else default),
            flows=QUICK_FLOWS if given.quick else PEER_FLOWS,
        )
        if given.memory:
            return (_memory(bench, run),)
        return (_rates(bench, run, quick=given.quick, rounds=1 if given.quick else given.rounds),)


def _rates(bench: Bench, run: harness.Run, *, quick: bool, rounds: int) -> Result:
    entries, timed = (QUICK_HAR, QUICK_TIMED) if quick else (HAR_ENTRIES, TIMED)
    har = bench.folder / "browser.har"
    write_har(har, entries)
    whole = bench.recorded("identical", bench.exchanges)
    bench.recorded("differs", bench.exchanges)
    measured = harness.interleave(
        {
            READ: functools.partial(_read, whole, bench.exchanges),
            READ_HAR: functools.partial(_read, har, entries),
            EQUAL: functools.partial(_replays, bench, "identical"),
            PEER: functools.partial(_peer, bench),
            DIFFERS: functools.partial(_replays, bench, "differs"),
            ONE_WORKER: functools.partial(_replays, bench, "identical", workers=1),
            TWO_WORKERS: functools.partial(_replays, bench, "identical", workers=2),
            TWO_REPLAYS: functools.partial(_two_replays, bench),
            TIMING: functools.partial(_timing, bench.folder, timed),
        },
        rounds,
    )
    return run.finish(
        measured,
        tuple(figures(Measured(measured))),
        settings={
            "exchanges": bench.exchanges,
            "exchanges-small": bench.exchanges // SMALL_SHARE,
            "flows-peer": bench.flows,
            "har-entries": entries,
            "rounds": rounds,
            "timed-exchanges": timed,
        },
        notes=NOTES,
    )


def _read(recording: Path, count: int) -> Measurement:
    """Exchanges a second, as a replay reads them."""
    gc.collect()
    started = time.perf_counter()
    found = sum(recorded.exchange is not None for recorded in open_recording(recording))
    seconds = time.perf_counter() - started
    if found != count:
        raise BenchmarkError(f"{recording.name}: expected {count} exchanges, read {found}")
    return {"per_s": count / seconds}


def _replays(bench: Bench, variant: Variant, workers: int | None = None) -> Measurement:
    """Replay a tenth and the whole; what the second has more is what is measured."""
    less, more = (
        _replay(bench, variant, count, workers)
        for count in (bench.exchanges // SMALL_SHARE, bench.exchanges)
    )
    return _rate(less, more, bench.exchanges - bench.exchanges // SMALL_SHARE)


def _two_replays(bench: Bench) -> Measurement:
    """Two replays at once, each of half as much, timed the same way."""
    less, more = (
        _at_once(bench, count // 2) for count in (bench.exchanges // SMALL_SHARE, bench.exchanges)
    )
    return _rate(less, more, bench.exchanges - bench.exchanges // SMALL_SHARE)


def _at_once(bench: Bench, count: int) -> Ran:
    bench.recorded("identical", count)
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: _replay(bench, "identical", count, workers=1), range(2)))
    return Ran(
        seconds=max(one.seconds for one in ran),
        cpu_seconds=sum(one.cpu_seconds for one in ran),
    )


def _rate(less: Ran, more: Ran, count: int) -> Measurement:
    seconds = more.seconds - less.seconds
    if seconds <= 0:
        raise BenchmarkError("the whole took no longer than a part of it: use more --exchanges")
    return {
        "per_s": count / seconds,
        "cpu_us_each": (more.cpu_seconds - less.cpu_seconds) / count * 1_000_000,
    }


def _replay(
    bench: Bench,
    variant: Variant,
    count: int,
    workers: int | None = None,
    watch: Callable[[int, float], None] = lambda _pid, _seconds: None,
) -> Ran:
    """One replay from start to end, pinned unless a number of workers is given."""
    recording = bench.recorded(variant, count)
    with tempfile.TemporaryDirectory(dir=bench.folder, prefix="state-") as state:
        ran = timed_run(
            _command(recording, bench.candidate.url, Path(state), "max", workers or 1),
            log=Path(state) / "replay.log",
            core=None if workers else bench.cores.measured,
            limit_s=60 + count / SLOWEST_PER_S,
            statuses={0 if variant == "identical" else 1},
            watch=watch,
        )
        _check(Path(state) / "replay.log", count, 0 if variant == "differs" else count)
    return ran


def _command(recording: Path, url: str, state: Path, speed: str, workers: int = 1) -> list[str]:
    return [
        *(script("shadowpact"), "replay", str(recording), "--to", url, "--state", str(state)),
        *("--speed", speed, "--workers", str(workers), "--format", "json"),
    ]


def _check(log: Path, count: int, equal: int) -> None:
    """See that every exchange became a pair, and was judged as it was made.

    Raises:
        BenchmarkError: They were not; the rate would be that of another job.
    """
    text = log.read_text()
    try:  # what it says to a person stands before the document
        evidence = json.JSONDecoder().raw_decode(text[text.index("{") :])[0]["evidence"]
    except (ValueError, KeyError) as error:
        raise BenchmarkError(f"no findings document ({error}):\n{text[-2000:]}") from error
    seen = (evidence["pairs"], evidence["equal"])
    if seen != (count, equal):
        raise BenchmarkError(f"expected (pairs, equal) = {(count, equal)}, got {seen}: {evidence}")


def _peer(bench: Bench) -> Measurement:
    """The client replay of mitmdump, timed the same way."""
    small = bench.flows // SMALL_SHARE
    less, more = (_played(bench, count) for count in (small, bench.flows))
    return _rate(less, more, bench.flows - small)


def _played(bench: Bench, count: int) -> Ran:
    before = bench.candidate.requests()
    ran = timed_run(
        [script("mitmdump"), "-q", "-n", "-C", str(bench.flow_file(count))],
        log=bench.folder / "mitmdump.log",
        core=bench.cores.measured,
        limit_s=60 + count / SLOWEST_PER_S,
        statuses={0},
    )
    sent = bench.candidate.requests() - before - 1
    if sent != count:
        raise BenchmarkError(f"mitmdump: expected {count} requests, nginx saw {sent}")
    return ran


def _write_flows(path: Path, count: int, port: int) -> None:
    with path.open("wb") as file:
        writer = FlowWriter(file)  # type: ignore[no-untyped-call]  # mitmproxy leaves it bare
        for target in targets(count):
            flow = tflow()
            flow.request.host, flow.request.port = "127.0.0.1", port
            flow.request.data.path = target.encode()
            flow.request.data.method = b"GET"
            flow.request.data.content = b""
            writer.add(flow)


def _timing(folder: Path, count: int) -> Measurement:
    """How far from its time each request of a 1x replay came to the candidate."""
    state = folder / "timed"
    step_us = 1_000_000 // PER_S
    if not state.exists():
        write_recording(state, "identical", count, step_us=step_us)
    with arrivals() as candidate, tempfile.TemporaryDirectory(dir=folder) as replayed:
        log = Path(replayed) / "replay.log"
        command = _command(recording_folder(state), candidate.url, Path(replayed), "1x")
        with running(command, log=log) as process:
            came = [candidate.next(limit_s=20) for _ in range(count)]
            process.wait(60)
        _check(log, count, count)
    late = [at - number * step_us / 1_000_000 for number, at in enumerate(came) if at is not None]
    errors_ms = [1000 * (each - min(late)) for each in late]
    return {
        "p50_ms": statistics.median(errors_ms),
        "p99_ms": statistics.quantiles(errors_ms, n=100, method="inclusive")[98],
    }


def _memory(bench: Bench, run: harness.Run) -> Result:
    count = bench.exchanges
    bench.recorded("differs", count)
    watch = Watch(bench.candidate)
    ran = _replay(bench, "differs", count, watch=watch.look)
    quarter, end = growth(watch.samples, count)
    highest = max(sample.resident_kib for sample in watch.samples) / 1024
    shown = (
        figure((round(highest, 1),), name="highest", unit="MiB", target=Target(at_most=200)),
        figure((round(quarter.resident_kib / 1024, 1),), name="at 25 %", unit="MiB"),
        figure((round(end.resident_kib / 1024, 1),), name="at 100 %", unit="MiB"),
        figure(
            (round(end.resident_kib / quarter.resident_kib, 4),),
            name="at 100 %",
            unit="x at 25 %",
            target=Target(at_most=1.10),
        ),
        figure((round(count / ran.seconds, 1),), name="start-up included", unit="pairs/s"),
    )
    step = max(1, len(watch.samples) // 40)
    curve = {
        f"at {sample.seconds:07.2f} s": {
            "pairs": float(sample.pairs),
            "resident_mib": round(sample.resident_kib / 1024, 1),
        }
        for sample in watch.samples[::step]
    }
    return run.finish(
        (curve,), shown, settings={"exchanges": count, "rounds": 1}, notes=MEMORY_NOTES
    )


if __name__ == "__main__":
    harness.main(measure)
