"""nginx on a free loopback port, giving every path the same JSON document."""

import contextlib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.documents import DOCUMENT
from benchmarks.errors import BenchmarkError
from benchmarks.machine import tool
from benchmarks.processes import await_port, free_port, running

ATTEMPTS = 3

CONFIGURATION = """
daemon off;
worker_processes 1;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  server_tokens off;
  keepalive_timeout 3600s;
  keepalive_requests 1000000000;
  client_body_temp_path {prefix}/body;
  fastcgi_temp_path {prefix}/fastcgi;
  proxy_temp_path {prefix}/proxy;
  scgi_temp_path {prefix}/scgi;
  uwsgi_temp_path {prefix}/uwsgi;
  server {{
    listen 127.0.0.1:{port};
    location = /-/status {{ stub_status; }}
    location / {{ default_type application/json; return 200 '{document}'; }}
  }}
}}
"""


class Nginx(msgspec.Struct, frozen=True, kw_only=True):
    """A running server.

    Attributes:
        port: On 127.0.0.1.
    """

    port: int

    @property
    def url(self) -> str:
        """Without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def requests(self) -> int:
        """Requests so far, this one included; :func:`served` makes sense of two such counts."""
        with urllib.request.urlopen(f"{self.url}/-/status", timeout=10) as answer:
            return int(answer.read().split()[9])


def served(before: int, after: int) -> int:
    """Requests between two counts, without the one that took the second count."""
    return after - before - 1


@contextlib.contextmanager
def nginx(folder: Path, *, core: int | None) -> Iterator[Nginx]:
    """Start nginx with one worker process in a folder of its own.

    Raises:
        MissingToolError: It is not installed.
        BenchmarkError: It does not start.
    """
    program = tool("nginx")
    folder.mkdir(parents=True)
    log = folder / "output.log"
    for attempt in range(1, ATTEMPTS + 1):
        port = free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(prefix=folder, port=port, document=DOCUMENT.decode())
        )
        command = [program, "-p", str(folder), "-c", str(configuration), "-e", str(log)]
        with contextlib.ExitStack() as stack:
            process = stack.enter_context(running(command, log=log, core=core, cwd=folder))
            try:
                await_port(process, port, log=log, limit_s=10)
            except BenchmarkError:
                if attempt == ATTEMPTS:
                    raise
                continue
            yield Nginx(port=port)
            return
