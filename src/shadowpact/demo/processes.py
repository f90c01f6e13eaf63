"""Starts a child process that serves, waits until it does, and ends it and what it started."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from shadowpact.errors import ShadowpactError

POLL_S = 0.02
READY_S = 30.0
STOP_S = 10.0
TAIL_LINES = 15


class ProcessError(ShadowpactError):
    """A child process did not do what it was started for; the text ends with its log's tail."""


class Child:
    """A server in a process group of its own, its output in a log file.

    Use it as a context manager, or call :meth:`stop`: whatever happened, nothing of the group runs
    afterwards. A group of its own keeps a terminal's Ctrl-C for us, who then end it in order.

    Args:
        name: For messages.
        command: Program and arguments.
        log: Where stdout and stderr go; created, or emptied.
        cwd: Folder to run in.
        environment: Set in addition to ours.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._is_over = False
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 the command is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the process itself, which is also its group's."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_for(self, pattern: str, *, within_s: float = READY_S) -> str:
        """The first group of ``pattern`` once the log holds it.

        Raises:
            ProcessError: The process ended before, or took longer than ``within_s``.
        """
        deadline = time.monotonic() + within_s
        while True:
            ended = self._process.poll()
            if found := re.search(pattern, self.read_log()):
                return found[1]
            if ended is not None:
                raise self.error(f"ended with status {ended} before it was ready")
            if time.monotonic() > deadline:
                raise self.error(f"was not ready within {within_s:g} s")
            time.sleep(POLL_S)

    def check(self, *, within_s: float = 0.0) -> None:
        """Make sure that it runs; ``within_s`` gives it time to end, for when it looks like it.

        Raises:
            ProcessError: It does not run any more.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise self.error(f"ended with status {self._process.wait(timeout=within_s)}")

    def stop(self, *, within_s: float = STOP_S) -> int:
        """Ask it to end, insist after ``within_s``, and leave nothing of its group behind.

        Returns:
            Its exit status, negative for the signal that ended it; asking twice is harmless.
        """
        try:
            if self._process.poll() is None:
                self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=within_s)
        finally:
            self._kill_group()
        return self._process.wait()

    def read_log(self) -> str:
        """What it has printed so far."""
        return self.log.read_text("utf-8", "replace")

    def error(self, what: str) -> ProcessError:
        """An error about this process, with the end of its log."""
        return ProcessError(f"{self.name} {what}. The end of {self.log}:\n{tail(self.read_log())}")

    def _kill_group(self) -> None:
        if self._is_over:
            return  # the number may belong to somebody else by now
        self._is_over = True
        with contextlib.suppress(
            ProcessLookupError, PermissionError
        ):  # macOS: the latter of a zombie
            os.killpg(self.pid, signal.SIGKILL)


def tail(text: str, lines: int = TAIL_LINES) -> str:
    """The last lines of a text, indented; says so when there are none."""
    kept = text.rstrip().splitlines()[-lines:]
    return "\n".join(f"  {line}" for line in kept) or "  (it printed nothing)"
