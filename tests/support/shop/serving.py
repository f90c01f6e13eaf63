"""Runs either side of the shop: as a process of its own, or in a thread of the test."""

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from aiohttp import web

from shadowpact.demo.processes import Child
from shadowpact.demo.serving import READY

type Side = Literal["baseline", "candidate"]

_TESTS = Path(__file__).resolve().parents[2]


@contextmanager
def process(side: Side, *options: str, folder: Path) -> Iterator[str]:
    """The URL of one side, in a process of its own.

    Args:
        side: Which implementation.
        options: Of its command line, ``--fault``, ``total-rounded-down``.
        folder: For its log.
    """
    command = (sys.executable, "-m", f"support.shop.{side}", *options)
    paths = {"PYTHONPATH": f"{_TESTS}{os.pathsep}{_TESTS.parent / 'src'}"}
    folder.mkdir(parents=True, exist_ok=True)
    with Child(side, command, log=folder / f"{side}.log", environment=paths) as child:
        yield child.wait_for(READY)


@contextmanager
def thread(app: web.Application) -> Iterator[str]:
    """The URL of an application, served by a thread of this process."""
    listener = _listener(0)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.SockSite(runner, listener).start())
    server = threading.Thread(target=loop.run_forever, daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        server.join()
        loop.run_until_complete(runner.cleanup())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def serve_forever(app: web.Application, *, port: int) -> None:
    """Listen on loopback (port 0: a free one), say where, and go on until told to stop."""
    listener = _listener(port)
    sys.stdout.write(f"listening on http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    web.run_app(app, sock=listener, print=None, access_log=None)


def _listener(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), backlog=256)
