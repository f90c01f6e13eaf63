"""Many short lives of ``shadowpact worker``: real processes, forked after the imports.

Run as a program it reads one line for each life to start, forks, and says the life's pid.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from shadowpact import worker
from shadowpact.cli import main
from shadowpact.store.sql import SqlStore


class Lives:
    """Starts lives of a worker, one after the other; nothing of them is left at the end."""

    def __init__(self, state: Path, config: Path) -> None:
        command = (sys.executable, "-m", "support.lives", str(state), str(config))
        tests = Path(__file__).resolve().parents[1]
        with state.with_suffix(".log").open("wb") as log:
            self._parent = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent / 'src'}"},
                start_new_session=True,
                text=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.killpg(self._parent.pid, signal.SIGKILL)
        self._parent.communicate()

    def start(self, *arguments: str) -> int:
        """The pid of a new life.

        Args:
            arguments: Of the command; ``before:commit`` and ``after:commit`` have it kill itself
                around that method of the store.
        """
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(" ".join(arguments) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())


def _serve(state: str, config: str) -> None:
    assert worker.run is not None  # imported now, so that no life has to
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        pid = os.fork()
        if pid:
            print(pid, flush=True)  # noqa: T201  the answer
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        given = line.split()
        for point in (one for one in given if ":" in one):
            _die_at(*point.split(":"))
        options = [one for one in given if ":" not in one]
        main(["worker", "--state", state, "--config", config, *options])


def _die_at(when: str, method: str) -> None:
    """Have this process end when a method of the store is called, or has done its work."""
    work = getattr(SqlStore, method)

    def dying(*arguments: Any) -> None:
        if when == "after":
            work(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(SqlStore, method, dying)


if __name__ == "__main__":
    _serve(*sys.argv[1:])
