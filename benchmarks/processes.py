"""Processes a benchmark starts: pinned, watched, and ended by their pid."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.machine import ROOT

POLL_S = 0.05
STOP_S = 20.0
"""Longer than a supervised worker may take to finish what is in flight."""

_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A loopback port the kernel had free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pinned(command: Sequence[str], core: int | None) -> list[str]:
    """The command, kept on one core by ``taskset`` (which replaces itself, so the pid is ours)."""
    taskset = shutil.which("taskset")
    if core is None or taskset is None:
        return list(command)
    return [taskset, "--cpu-list", str(core), *command]


@contextlib.contextmanager
def running(
    command: Sequence[str], *, log: Path, core: int | None = None, cwd: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the block lasts, with whatever it started itself.

    Args:
        command: Program and arguments.
        log: Takes stdout and stderr; its tail is shown when the process fails.
        core: Where to keep it; ``None`` for anywhere.
        cwd: Its working folder.
    """
    with log.open("ab") as sink:
        process = subprocess.Popen(pinned(command, core), stdout=sink, stderr=sink, cwd=cwd)
    try:
        yield process
    finally:
        _stop(process)


def await_port(process: subprocess.Popen[bytes], port: int, *, log: Path, limit_s: float) -> None:
    """Wait until something listens on the port.

    Raises:
        BenchmarkError: The process ended, or the time is over.
    """
    deadline = time.monotonic() + limit_s
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), POLL_S):
            return
        if process.poll() is not None:
            raise BenchmarkError(f"{_said(process, log)}\nIt ended with {process.returncode}.")
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{_said(process, log)}\nNothing on port {port} in {limit_s} s.")
        time.sleep(POLL_S)


def descendants(pid: int) -> list[int]:
    """Children, their children and so on, as ``/proc`` knows them."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, listing.read_text().split()):
                found += [child, *descendants(child)]
    return found


def keep_on(pids: Sequence[int], core: int | None) -> None:
    """Move running processes, with all their threads, to one core."""
    if core is None:
        return
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*"):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), {core})


def resident_kib(pid: int) -> int:
    """Resident memory of a process and its children, KiB; 0 once it is gone."""
    return sum(_resident_kib(each) for each in (pid, *descendants(pid)))


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, for a message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


def _resident_kib(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def _said(process: subprocess.Popen[bytes], log: Path) -> str:
    return f"{process.args!r}\nsaid:\n{tail(log)}"


def _stop(process: subprocess.Popen[bytes]) -> None:
    children = {pid: _started(pid) for pid in descendants(process.pid)}
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pid, started in children.items():
        if started and _started(pid) == started:
            _end(pid, started)


def _end(pid: int, started: str) -> None:
    """End a process that outlived its parent: politely first."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        while _started(pid) == started and time.monotonic() < deadline:
            time.sleep(POLL_S)
        if _started(pid) == started:
            os.kill(pid, signal.SIGKILL)


def _started(pid: int) -> str:
    """Start time of a live process, to tell it from a later one with the same pid."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in {"Z", "X"} else fields[19]
    return ""
