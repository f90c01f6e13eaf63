"""What the client sees: throughput and latency through the proxy, with and without shadowpact.

Eight kept-alive connections ask for 0.9 KB of JSON through a reverse proxy in front of nginx.
Each variant is a fresh process on a core of its own; nginx, wrk and the worker share the other.
"""

import contextlib
import functools
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks import harness
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, Measured, Measurement, Result, Target
from benchmarks.load import CONNECTIONS, wrk
from benchmarks.machine import ROOT, Cores, script
from benchmarks.nginx import Nginx, nginx, served
from benchmarks.processes import await_port, descendants, free_port, keep_on, running, tail
from shadowpact.recording.reader import read
from shadowpact.state import recording_folder

BARE = "bare mitmdump"
BARE_AGAIN = "bare mitmdump again"
IDLE = "addon, worker idle"
MIRRORING = "addon, worker mirroring"
HTTPX = "peer: httpx in the event loop"
STREAM_FILE = "peer: save_stream_file"
OWN_PROXY = "shadowpact proxy"

ADDON = ROOT / "addons" / "shadowpact.py"
HTTPX_ADDON = Path(__file__).with_name("peer_httpx_addon.py")

CONFIGURATION = """
[baseline]
url = "{baseline}"

[candidates.bench]
url = "{candidate}"
routes = ["/**"]
"""

THROUGHPUT = {
    BARE_AGAIN: None,
    IDLE: Target(at_least=0.90),
    MIRRORING: Target(at_least=0.75),
    OWN_PROXY: Target(at_least=1.3),
    STREAM_FILE: None,
    HTTPX: None,
}
P99 = {
    BARE_AGAIN: None,
    IDLE: Target(at_most=1.3),
    MIRRORING: Target(at_most=1.3),
    OWN_PROXY: None,
    STREAM_FILE: None,
    HTTPX: None,
}

NOTES = (
    f"`{BARE_AGAIN}` is the same variant twice a round: its distance from 1 is this run's noise.",
    "The load is closed (eight clients, each asks when answered): latency is at saturation.",
    "mirrored share: requests the candidate saw while the client asked, over the client's.",
    "What was not mirrored by then waits: in the recording (worker), or in memory (httpx).",
)


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """What all variants share.

    Attributes:
        baseline: Answers the client's requests.
        candidate: Answers the mirrored ones.
        folder: For state, logs and mitmproxy's certificates.
        cores: Who runs where.
        seconds: Length of one measurement.
        warm_up_s: Load before it, not counted.
    """

    baseline: Nginx
    candidate: Nginx
    folder: Path
    cores: Cores
    seconds: int
    warm_up_s: int


def mitmdump(bench: Bench, port: int, *extra: str) -> list[str]:
    """The same flags for every variant that is mitmdump."""
    return [
        script("mitmdump"),
        "-q",
        *("--mode", f"reverse:{bench.baseline.url}"),
        *("--listen-host", "127.0.0.1"),
        *("--listen-port", str(port)),
        *("--set", "flow_detail=0"),
        *("--set", f"confdir={bench.folder / 'mitmproxy'}"),
        *extra,
    ]


def with_addon(bench: Bench, port: int, state: Path, *, worker: str) -> list[str]:
    """``mitmdump -s addons/shadowpact.py``."""
    return mitmdump(
        bench,
        port,
        *("-s", str(ADDON)),
        *("--set", f"shadowpact_config={_configuration(bench, state)}"),
        *("--set", f"shadowpact_state={state}"),
        *("--set", f"shadowpact_worker={worker}"),
    )


def own_proxy(bench: Bench, port: int, state: Path) -> list[str]:
    """``shadowpact proxy``, recording, without a worker."""
    return [
        script("shadowpact"),
        "proxy",
        *("--config", str(_configuration(bench, state))),
        *("--state", str(state)),
        *("--listen", f"127.0.0.1:{port}"),
        *("--worker", "external"),
        *("--set", f"confdir={bench.folder / 'mitmproxy'}"),
    ]


def variants(bench: Bench) -> dict[str, Callable[[], Measurement]]:
    """How each variant is started, in the order of a round."""

    def plain(port: int, _: Path) -> list[str]:
        return mitmdump(bench, port)

    def idle(port: int, state: Path) -> list[str]:
        return with_addon(bench, port, state, worker="external")

    def mirroring(port: int, state: Path) -> list[str]:
        return with_addon(bench, port, state, worker="supervised")

    def own(port: int, state: Path) -> list[str]:
        return own_proxy(bench, port, state)

    def stream_file(port: int, state: Path) -> list[str]:
        return mitmdump(bench, port, "--set", f"save_stream_file={state / 'flows.mitm'}")

    def httpx(port: int, _: Path) -> list[str]:
        return mitmdump(
            bench, port, "-s", str(HTTPX_ADDON), "--set", f"mirror_to={bench.candidate.url}"
        )

    measure = functools.partial(_measure, bench)
    return {
        BARE: functools.partial(measure, plain),
        IDLE: functools.partial(measure, idle, records=True),
        MIRRORING: functools.partial(measure, mirroring, records=True, mirrors=True),
        OWN_PROXY: functools.partial(measure, own, records=True),
        STREAM_FILE: functools.partial(measure, stream_file),
        HTTPX: functools.partial(measure, httpx, mirrors=True),
        BARE_AGAIN: functools.partial(measure, plain),
    }


def figures(measured: Measured) -> Iterator[Figure]:
    """The lines of the table for the variants that were measured."""
    for name in filter(measured.has, (BARE, *THROUGHPUT)):
        yield measured.absolute(name, "requests_per_s", name=name, unit="requests/s")
    for name in filter(measured.has, (MIRRORING, HTTPX)):
        yield measured.absolute(
            name, "mirrored_share", name=f"mirrored share: {name}", unit="of requests"
        )
    if not measured.has(BARE):
        return
    for metric, label, targets in (
        ("requests_per_s", "throughput", THROUGHPUT),
        ("p50_ms", "p50", dict.fromkeys(P99)),
        ("p99_ms", "p99", P99),
    ):
        for name, target in targets.items():
            if measured.has(name):
                yield measured.ratio(name, BARE, metric, name=f"{label}: {name}", target=target)


def measure(arguments: Sequence[str]) -> tuple[Result, ...]:
    """Run the benchmark."""
    parser = harness.options(__doc__ or "")
    parser.add_argument(
        "--seconds", type=int, default=6, help="length of a measurement (default: %(default)s)"
    )
    parser.add_argument(
        "--only", action="append", metavar="WORD", help="variants whose name contains WORD"
    )
    given = parser.parse_args(arguments)
    rounds, seconds = (1, 1) if given.quick else (given.rounds, given.seconds)
    run = harness.Run("proxy", quick=given.quick or bool(given.only))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        others = run.cores.others
        bench = Bench(
            baseline=stack.enter_context(nginx(folder / "baseline", core=others)),
            candidate=stack.enter_context(nginx(folder / "candidate", core=others)),
            folder=folder,
            cores=run.cores,
            seconds=seconds,
            warm_up_s=min(2, seconds),
        )
        chosen = {
            name: started
            for name, started in variants(bench).items()
            if not given.only or any(word in name for word in given.only)
        }
        if not chosen:
            raise BenchmarkError(f"--only: no variant of {', '.join(variants(bench))} fits")
        measured = harness.interleave(chosen, rounds)
    result = run.finish(
        measured,
        tuple(figures(Measured(measured))),
        settings={"connections": CONNECTIONS, "rounds": rounds, "seconds": seconds},
        notes=NOTES,
    )
    return (result,)


def _measure(
    bench: Bench,
    command: Callable[[int, Path], list[str]],
    *,
    records: bool = False,
    mirrors: bool = False,
) -> Measurement:
    """Start a proxy, warm it up, measure, and see that it did its work."""
    port = free_port()
    state = Path(tempfile.mkdtemp(prefix="state-", dir=bench.folder))
    log = state / "proxy.log"
    before = bench.baseline.requests()
    try:
        with running(command(port, state), log=log, core=bench.cores.measured) as process:
            await_port(process, port, log=log, limit_s=30)
            seen = _load(bench, f"http://127.0.0.1:{port}", process.pid, mirrors=mirrors)
        if records:
            _check_recorded(state, served(before, bench.baseline.requests()))
    except BenchmarkError as error:
        said = "\n".join(f"{each.name}: {tail(each)}" for each in sorted(state.glob("*.log")))
        raise BenchmarkError(f"{error}\n{said}") from error
    else:
        return seen
    finally:
        shutil.rmtree(state, ignore_errors=True)


def _load(bench: Bench, url: str, proxy: int, *, mirrors: bool) -> Measurement:
    """Warm the proxy up, see that its worker is at work on the other core, measure."""
    others = bench.cores.others
    keep_on(descendants(proxy), others)
    before = bench.candidate.requests()
    wrk(url, seconds=bench.warm_up_s, core=others)
    if mirrors:
        _await_mirror(bench.candidate, before)
    keep_on(descendants(proxy), others)
    before = bench.candidate.requests()
    seen = wrk(url, seconds=bench.seconds, core=others)
    mirrored = served(before, bench.candidate.requests())
    if not mirrors:
        return seen
    return {**seen, "mirrored_share": mirrored / (seen["requests_per_s"] * bench.seconds)}


def _check_recorded(state: Path, asked: int) -> None:
    """See that the capture whose cost was measured did happen, for every request.

    What was under way when wrk hung up may have ended as no exchange.
    """
    under_way = 2 * CONNECTIONS  # warm-up and measurement
    recorded = sum(each.exchange is not None for each in read(recording_folder(state)))
    if recorded < asked - under_way:
        raise BenchmarkError(f"expected {asked} recorded exchanges, found {recorded}")


def _await_mirror(candidate: Nginx, before: int, limit_s: float = 20) -> None:
    """Wait until the candidate has heard something since (its own status page aside)."""
    calls = 1
    deadline = time.monotonic() + limit_s
    while candidate.requests() - before <= calls:
        calls += 1
        if time.monotonic() > deadline:
            raise BenchmarkError(f"the candidate got no mirrored request in {limit_s:g} s")
        time.sleep(0.1)


def _configuration(bench: Bench, state: Path) -> Path:
    path = state / "shadowpact.toml"
    path.write_text(
        CONFIGURATION.format(baseline=bench.baseline.url, candidate=bench.candidate.url)
    )
    return path


if __name__ == "__main__":
    harness.main(measure)
