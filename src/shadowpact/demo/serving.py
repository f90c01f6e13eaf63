"""Serves one of the demo's applications until it is told to stop."""

import socket
import sys

from aiohttp import web

READY = r"listening on (http://\S+)"
"""What the first line of output looks like; the group is the URL."""


def serve(app: web.Application) -> None:
    """Listen on loopback at the port given as the first argument, and say where."""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 0))
    sys.stdout.write(f"listening on http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    web.run_app(app, sock=listener, print=None, access_log=None)
