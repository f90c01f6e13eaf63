"""wrk: closed-loop load over kept-alive connections, and what the client saw."""

import subprocess
from pathlib import Path

import msgspec

from benchmarks.errors import BenchmarkError
from benchmarks.machine import tool
from benchmarks.processes import pinned

SCRIPT = Path(__file__).with_name("report.lua")
CONNECTIONS = 8


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``report.lua`` prints.

    Attributes:
        requests: Answered.
        duration_us: Of the whole run.
        p50_us: Median latency.
        p99_us: 99th percentile.
        not_2xx_or_3xx: Answers with another status.
        broken: Connect, read, write errors and time-outs.
    """

    requests: int
    duration_us: int
    p50_us: int
    p99_us: int
    not_2xx_or_3xx: int
    broken: int


def parse(output: str) -> Report:
    """The report in wrk's output.

    Raises:
        BenchmarkError: There is none.
    """
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            return msgspec.json.decode(line, type=Report)
    raise BenchmarkError(f"wrk printed no report:\n{output}")


def measurement(report: Report) -> dict[str, float]:
    """Requests per second and latencies in milliseconds.

    Raises:
        BenchmarkError: Something was not answered well, so the figure would mean nothing.
    """
    if report.not_2xx_or_3xx or report.broken or not report.requests:
        raise BenchmarkError(
            f"wrk expected only good answers; got {report.requests} answers, "
            f"{report.not_2xx_or_3xx} of them with an error status, and {report.broken} broken"
        )
    return {
        "requests_per_s": report.requests / report.duration_us * 1_000_000,
        "p50_ms": report.p50_us / 1000,
        "p99_ms": report.p99_us / 1000,
    }


def wrk(url: str, *, seconds: int, core: int | None) -> dict[str, float]:
    """Run wrk with one thread and eight connections; see :func:`measurement`."""
    command = [
        tool("wrk"),
        "--threads=1",
        f"--connections={CONNECTIONS}",
        f"--duration={seconds}s",
        "--timeout=10s",
        f"--script={SCRIPT}",
        url,
    ]
    done = subprocess.run(
        pinned(command, core),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 60,
    )
    if done.returncode != 0:
        raise BenchmarkError(f"wrk ended with {done.returncode}: {done.stderr or done.stdout}")
    return measurement(parse(done.stdout))
