"""Starts the worker as a child process, and again when it ends, with a growing pause."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0

CALM_AFTER_S = 60.0
"""A worker that ran this long starts the next pause from the beginning."""

STOP_S = 10.0
"""How long a worker may finish what is in flight before it is killed."""


def worker_command(state: Path, config: Path | None) -> tuple[str, ...]:
    """How the worker is started: by this interpreter, tied to our life by its standard input."""
    given = ("--config", str(config)) if config else ()
    return (
        sys.executable,
        "-m",
        "shadowpact",
        "worker",
        "--state",
        str(state),
        *given,
        "--until-eof",
    )


class Supervisor:
    """Keeps one worker running until :meth:`stop`."""

    def __init__(self, command: Sequence[str], log: Path, *, warn: Callable[[str], None]) -> None:
        self._command = tuple(command)
        self._log = log
        self._warn = warn
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running worker."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Begin; the running loop must stay until :meth:`stop`."""
        self._task = asyncio.get_running_loop().create_task(self._keep_running())

    async def stop(self) -> None:
        """Let the worker finish what is in flight, then end it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _keep_running(self) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE_S
        while True:
            started = loop.time()
            reason = await self._run_once()
            if loop.time() - started > CALM_AFTER_S:
                pause = FIRST_PAUSE_S
            self._warn(f"worker {reason}; starting it again in {pause:g} s (log: {self._log})")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _run_once(self) -> str:
        """Start the worker and wait for its end; says how it ended."""
        try:
            log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            return f"not started: {error}"
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log
            )
        except OSError as error:
            return f"not started: {error}"
        finally:
            os.close(log)
        return f"ended with status {await self._process.wait()}"
