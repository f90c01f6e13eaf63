"""The recording: frames appended and read a second, and how soon the worker notices a new one.

The peer is mitmproxy's own flow file (FlowWriter, FlowReader) with the same 0.9 KB exchanges, in
the same rounds. Latency is taken end to end: from before the append until the candidate has the
mirrored request in its hands, with a real ``shadowpact worker`` between. The worker's share of a
core while nothing happens shows that it does not pay for that by polling hard.
"""

import contextlib
import functools
import gc
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from mitmproxy import http
from mitmproxy.io import FlowReader, FlowWriter
from mitmproxy.test.tflow import tflow

from benchmarks import harness
from benchmarks.arrivals import Arrivals, arrivals
from benchmarks.documents import exchanges
from benchmarks.drain import CONFIGURATION
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, Measured, Measurement, Result, Target
from benchmarks.machine import Cores, script
from benchmarks.processes import cpu_seconds, running, tail
from shadowpact.capture.flow import to_exchange
from shadowpact.model.exchange import Exchange
from shadowpact.recording.reader import read
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recording.writer import Writer
from shadowpact.secrets import Sealer, load_key
from shadowpact.state import recording_folder

APPEND = "append, Writer"
FROM_FLOW = "flow to exchange, seal, append"
READ = "read, reader"
PEER_APPEND = "append, mitmproxy FlowWriter"
PEER_READ = "read, mitmproxy FlowReader"
FOLLOW = "worker following"

CAP_BYTES = 5 * 1024 * 1024
FRAMES = 50_000
PEER_FRAMES = 5_000
"""Fewer for the slow peer: both are rates."""

APPENDS = 200
IDLE_S = 5.0

NOTES = (
    f"`{FROM_FLOW}` is the addon's work for a flow; FlowWriter starts from a flow as well.",
    "Latency: from before an append until the candidate has read the mirrored request.",
    "Pauses between appends are 5 to 60 ms, so the worker waits for most of them.",
    "Idle CPU: the worker's processor time while nothing is appended, over wall time.",
)


def figures(measured: Measured) -> Iterator[Figure]:
    """The lines of the table."""
    for name in (APPEND, FROM_FLOW, PEER_APPEND, READ, PEER_READ):
        yield measured.absolute(name, "frames_per_s", name=name, unit="frames/s")
    yield measured.ratio(APPEND, PEER_APPEND, "frames_per_s", name=f"throughput: {APPEND}")
    yield measured.ratio(FROM_FLOW, PEER_APPEND, "frames_per_s", name=f"throughput: {FROM_FLOW}")
    yield measured.ratio(READ, PEER_READ, "frames_per_s", name=f"throughput: {READ}")
    yield measured.absolute(
        FOLLOW,
        "p50_ms",
        name="append to candidate, median",
        unit="ms",
        target=Target(at_most=20),
    )
    yield measured.absolute(FOLLOW, "p99_ms", name="append to candidate, p99", unit="ms")
    yield measured.absolute(
        FOLLOW,
        "idle_share",
        name="idle worker's CPU",
        unit="of a core",
        target=Target(at_most=0.05),
    )


def measure(arguments: Sequence[str]) -> tuple[Result, ...]:
    """Run the benchmark."""
    parser = harness.options(__doc__ or "")
    parser.add_argument("--frames", type=int, default=FRAMES, help="(default: %(default)s)")
    given = parser.parse_args(arguments)
    rounds, count, appends, idle_s = given.rounds, given.frames, APPENDS, IDLE_S
    if given.quick:
        rounds, count, appends, idle_s = 1, 2000, 20, 1.0
    few = min(count, PEER_FRAMES)
    run = harness.Run("recording", quick=given.quick)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        frames = tuple(exchanges("authorization", count))
        flows = [_flow(exchange) for exchange in frames[:few]]
        variants: dict[str, Callable[[], Measurement]] = {
            APPEND: functools.partial(_append, folder / "frames", frames),
            PEER_APPEND: functools.partial(_peer_append, folder / "flows.mitm", flows),
            FROM_FLOW: functools.partial(_append_flows, folder / "addon", flows),
            READ: functools.partial(_read, folder / "frames", count),
            PEER_READ: functools.partial(_peer_read, folder / "flows.mitm", few),
            FOLLOW: functools.partial(_follow, folder / "follow", run.cores, appends, idle_s),
        }
        measured = harness.interleave(variants, rounds)
    result = run.finish(
        measured,
        tuple(figures(Measured(measured))),
        settings={
            "appends": appends,
            "frames": count,
            "frames-peer": few,
            "idle-seconds": idle_s,
            "rounds": rounds,
        },
        notes=NOTES,
    )
    return (result,)


def _append(folder: Path, frames: Sequence[Exchange]) -> Measurement:
    shutil.rmtree(folder, ignore_errors=True)
    writer = Writer(folder, RecordingSettings())
    with _timer(len(frames)) as measured:
        for exchange in frames:
            writer.append(exchange)
        writer.close()
    return measured


def _append_flows(state: Path, flows: Sequence[http.HTTPFlow]) -> Measurement:
    """What the addon does for each flow."""
    shutil.rmtree(state, ignore_errors=True)
    sealer = Sealer(load_key(state))
    writer = Writer(recording_folder(state), RecordingSettings())
    with _timer(len(flows)) as measured:
        for flow in flows:
            writer.append(sealer.seal(to_exchange(flow, cap_bytes=CAP_BYTES)))
        writer.close()
    return measured


def _peer_append(path: Path, flows: Sequence[http.HTTPFlow]) -> Measurement:
    with path.open("wb") as file, _timer(len(flows)) as measured:
        writer = FlowWriter(file)  # type: ignore[no-untyped-call]  # mitmproxy leaves it bare
        for flow in flows:
            writer.add(flow)
            file.flush()  # as save_stream_file does, and as our one write a frame
    return measured


def _read(folder: Path, count: int) -> Measurement:
    with _timer(count) as measured:
        found = sum(recorded.exchange is not None for recorded in read(folder))
    return _complete(measured, found, count)


def _peer_read(path: Path, count: int) -> Measurement:
    with path.open("rb") as file, _timer(count) as measured:
        found = sum(1 for _ in FlowReader(file).stream())
    return _complete(measured, found, count)


def _complete(measured: Measurement, found: int, expected: int) -> Measurement:
    if found != expected:
        raise BenchmarkError(f"expected {expected} exchanges in the file, read {found}")
    return measured


@contextlib.contextmanager
def _timer(count: int) -> Iterator[dict[str, float]]:
    """Frames per second of the block, filled in when it ends; garbage is collected before."""
    measured: dict[str, float] = {}
    gc.collect()
    started = time.perf_counter()
    yield measured
    measured["frames_per_s"] = count / (time.perf_counter() - started)


def _flow(exchange: Exchange) -> http.HTTPFlow:
    """The flow that capture would make this exchange of."""
    asked, answered = exchange.request, exchange.response
    flow = tflow(resp=True)
    if answered is None or flow.response is None:
        raise BenchmarkError("every exchange of a benchmark has an answer")
    flow.request.data.path = asked.target.encode()
    flow.request.data.headers = http.Headers(asked.headers)
    flow.request.data.content = asked.body
    flow.response.data.headers = http.Headers(answered.headers)
    flow.response.data.content = answered.body
    return flow


def _follow(state: Path, cores: Cores, appends: int, idle_s: float) -> Measurement:
    """Latency and idle cost of a real worker that follows a growing recording."""
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(mode=0o700)
    log = state / "follow.log"
    with arrivals() as candidate:
        configuration = state / "shadowpact.toml"
        configuration.write_text(CONFIGURATION.format(url=candidate.url))
        command = [script("shadowpact"), "worker", "--state", str(state)]
        command += ["--config", str(configuration)]
        writer = Writer(recording_folder(state), RecordingSettings())
        try:
            with running(command, log=log, core=cores.measured) as worker:
                _latencies(writer, candidate, 5, worker, log)  # the first ones wait for the start
                late = _latencies(writer, candidate, appends, worker, log)
                time.sleep(1)  # let the store settle before the quiet is measured
                before, started = cpu_seconds(worker.pid), time.monotonic()
                time.sleep(idle_s)
                idle = (cpu_seconds(worker.pid) - before) / (time.monotonic() - started)
        finally:
            writer.close()
    return {
        "p50_ms": statistics.median(late) * 1000,
        "p99_ms": statistics.quantiles(late, n=100, method="inclusive")[98] * 1000,
        "idle_share": idle,
    }


def _latencies(
    writer: Writer,
    candidate: Arrivals,
    count: int,
    worker: subprocess.Popen[bytes],
    log: Path,
) -> list[float]:
    """Append one exchange at a time and wait until the candidate has it; seconds each."""
    late = []
    for number, exchange in enumerate(exchanges("identical", count)):
        time.sleep(0.005 + (number * 37 % 56) / 1000)
        started = time.monotonic()
        writer.append(_now(exchange))
        arrived = candidate.next(limit_s=20)
        if arrived is None:
            raise BenchmarkError(f"nothing arrived in 20 s (worker: {worker.poll()}):\n{tail(log)}")
        late.append(arrived - started)
    return late


def _now(exchange: Exchange) -> Exchange:
    """The exchange as if it had just happened: an old one would be incomparable (lag)."""
    return msgspec.structs.replace(exchange, started_us=time.time_ns() // 1000)


if __name__ == "__main__":
    harness.main(measure)
