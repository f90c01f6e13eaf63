"""A provider that the command starts itself: waited for, and ended with all that it started."""

import contextlib
import os
import signal
import subprocess  # the user's own command
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from shadowpact.errors import ShadowpactError

POLL_S: Final = 0.05
_STOP_S: Final = 10.0
_PROBE_S: Final = 2.0
_TAIL_LINES: Final = 15


class StartError(ShadowpactError):
    """The provider did not start, or was not ready in time; the text ends with what it printed."""


class Started:
    """A command in a process group of its own, its output kept."""

    def __init__(self, command: str, log: Path) -> None:
        """Start it; ends with :meth:`stop`."""
        self.command = command
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S602 - as the user would type it
                command,
                shell=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the shell, which is also its group's."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Its exit status once it has ended."""
        return self._process.poll()

    def wait_until_ready(self, url: str, *, timeout_s: float) -> None:
        """Wait until the URL answers below 500.

        Raises:
            StartError: The command ended before, or took longer.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            problem = not_ready(url)
            if problem is None:
                return
            if self.ended is not None:
                raise self.error(f"ended with status {self.ended} before {url} answered")
            if time.monotonic() > deadline:
                raise self.error(f"was not ready within {timeout_s:g} s: {problem}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Ask the group to end, and leave nothing of it behind."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_STOP_S)
        deadline = time.monotonic() + _STOP_S
        while _has_members(self.pid) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def tail(self) -> str:
        """The end of what it printed."""
        lines = self.log.read_text("utf-8", "replace").rstrip().splitlines()[-_TAIL_LINES:]
        return "\n".join(f"  {line}" for line in lines) or "  (it printed nothing)"

    def error(self, what: str) -> StartError:
        """An error about the command, with the end of its output."""
        return StartError(f"--start {self.command!r} {what}. It printed:\n{self.tail()}")


def _has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def not_ready(url: str) -> str | None:
    """Why a URL does not answer below 500; ``None`` when it does."""
    try:
        with urllib.request.urlopen(url, timeout=_PROBE_S) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        return f"{url} answers {error.code}" if error.code >= 500 else None
    except (OSError, ValueError) as error:
        return f"{url}: {getattr(error, 'reason', error)}"
    return None


@contextmanager
def started(command: str, *, ready: str, timeout_s: float) -> Iterator[Started]:
    """Start a command, wait until a URL answers, and end it whatever happens in the block.

    Args:
        command: For the shell.
        ready: The URL.
        timeout_s: How long it may take.

    Raises:
        StartError: It was not ready in time.
    """
    with tempfile.TemporaryDirectory(prefix="shadowpact-start-") as folder:
        running = Started(command, Path(folder, "output.txt"))
        try:
            running.wait_until_ready(ready, timeout_s=timeout_s)
            yield running
        finally:
            running.stop()


def wait_until_ready(url: str, *, timeout_s: float) -> None:
    """Wait until the URL of a provider that somebody else started answers below 500.

    Raises:
        StartError: It took longer.
    """
    deadline = time.monotonic() + timeout_s
    while (problem := not_ready(url)) is not None:
        if time.monotonic() > deadline:
            raise StartError(f"--ready: not ready within {timeout_s:g} s: {problem}")
        time.sleep(POLL_S)
