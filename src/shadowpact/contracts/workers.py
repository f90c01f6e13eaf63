"""The verifier's processes: started, waited for, and ended whatever happens."""

import contextlib
import os
import subprocess  # the verifier's processes: see contracts.runner
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from shadowpact.contracts.runner import BatchResult, Job
from shadowpact.errors import ShadowpactError

_SHOWN_LINES = 3


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the processes said.

    Attributes:
        results: ``interactionResults`` of all.
        errors: Messages that belong to no interaction.
        ended: How a process ended before it was done; empty when all were.
    """

    results: list[dict[str, Any]]
    errors: list[str]
    ended: str = ""


class _Worker:
    """One process; it gets its job once it runs."""

    def __init__(self, log: Path) -> None:
        self.job: Job | None = None
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "shadowpact.contracts.runner"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=_environment(),
            )

    def give(self, job: Job) -> None:
        """Say what to verify; a process that has ended already is noticed later."""
        self.job = job
        file = Path(job.result).with_suffix(".job.json")
        file.write_bytes(msgspec.json.encode(job))
        self._say(f"{file}\n".encode())

    def _say(self, text: bytes) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.write(text)
                pipe.close()

    def wait(self, within_s: float) -> bool:
        """Whether it ended in time; a thread waits, as asking again and again takes longer."""
        waiting = threading.Thread(target=self._process.wait, daemon=True)
        waiting.start()
        waiting.join(within_s)
        return not waiting.is_alive()

    def end(self) -> None:
        """Make sure that it does not run any more."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    @property
    def batches(self) -> list[BatchResult]:
        """What it said, as far as it came."""
        if self.job is None:
            return []
        try:
            lines = Path(self.job.result).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        told = []
        for line in lines:
            with contextlib.suppress(msgspec.DecodeError):  # the last one may be cut off
                told.append(msgspec.json.decode(line, type=BatchResult))
        return told

    @property
    def how_it_ended(self) -> str:
        """Empty when it did what it was started for."""
        status = self._process.returncode
        asked = len(self.job.batches) if self.job is not None else 0
        if status == 0 and len(self.batches) == asked:
            return ""
        last = self._log.read_text("utf-8", "replace").strip().splitlines()[-_SHOWN_LINES:]
        return f"Pact's verifier ended with status {status}: {' | '.join(last)}"


class Workers:
    """The processes, which start while their jobs are being prepared.

    Args:
        count: How many.
        folder: For what they print.
    """

    def __init__(self, count: int, folder: Path) -> None:
        self._workers: list[_Worker] = []
        self._count = count
        self._folder = folder

    def __enter__(self) -> Self:
        try:
            for number in range(self._count):
                self._workers.append(_Worker(self._folder / f"worker-{number}.log"))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()

    def run(self, jobs: Sequence[Job], *, limit_s: float) -> Told:
        """Run every job in a process of its own, all at once; at most as many as there are.

        Raises:
            ShadowpactError: They did not end in time, or one failed before it said anything.
        """
        deadline = time.monotonic() + limit_s
        busy = self._workers[: len(jobs)]
        for worker, job in zip(busy, jobs, strict=True):
            worker.give(job)
        for worker in busy:
            if not worker.wait(max(0.0, deadline - time.monotonic())):
                raise ShadowpactError(f"Pact's verifier did not end within {limit_s:.0f} s")
        batches = [(worker, worker.batches) for worker in busy]
        ends = [ended for worker, _ in batches if (ended := worker.how_it_ended)]
        if ends and not any(told for _, told in batches):
            raise ShadowpactError(ends[0])
        return Told(
            results=[one for _, told in batches for batch in told for one in batch.results],
            errors=[one for _, told in batches for batch in told for one in batch.errors],
            ended=ends[0] if ends else "",
        )


def _environment() -> dict[str, str]:
    """Ours, without proxies between us and the provider: what is measured is the provider."""
    return {k: v for k, v in os.environ.items() if k.lower() not in {"http_proxy", "all_proxy"}}
