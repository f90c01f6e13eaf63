"""Real servers for tests: started on a port the kernel chose, ended by pid whatever happens."""

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shadowpact.demo.processes import Child

READY_S = 30.0
POLL_S = 0.02

GUNICORN_READY = r"Listening at: (http://\S+)"
UVICORN_READY = r"Uvicorn running on (http://\S+)"


@contextmanager
def serving(name: str, command: Sequence[str], *, folder: Path, ready: str) -> Iterator[str]:
    """The URL of a server that says on its output where it listens (first group of ``ready``)."""
    folder.mkdir(parents=True, exist_ok=True)
    with Child(name, command, log=folder / f"{name}.log", cwd=folder) as child:
        yield child.wait_for(ready, within_s=READY_S)


@contextmanager
def serving_at(
    name: str, command: Sequence[str], *, folder: Path, port: int, within_s: float = READY_S
) -> Iterator[Child]:
    """A server that was told its port (see :func:`free_port`) and says nothing when it is up."""
    folder.mkdir(parents=True, exist_ok=True)
    with Child(name, command, log=folder / f"{name}.log", cwd=folder) as child:
        deadline = time.monotonic() + within_s
        while not is_open(port):
            child.check()
            if time.monotonic() > deadline:
                raise child.error(f"did not listen on port {port} within {within_s:g} s")
            time.sleep(POLL_S)
        yield child


def free_port() -> int:
    """A loopback port that nobody listens on now; for servers that cannot be given port 0."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def refusing_port() -> Iterator[int]:
    """A loopback port that refuses: it is held, so nobody else comes to listen there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def is_open(port: int) -> bool:
    """Whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_running(pid: int) -> bool:
    """Whether a process exists (one that ended and was not waited for counts)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
