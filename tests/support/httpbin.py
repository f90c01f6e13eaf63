"""httpbin and httpbinx from their own venvs (``scripts/httpbin``), and the traffic for them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import msgspec
import yarl

from support.corpora import corpora, missing
from support.servers import GUNICORN_READY, UVICORN_READY, serving

_CACHE = Path(__file__).resolve().parents[2] / ".cache"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One request of the traffic file."""

    method: str
    target: str
    body: bytes | None


def traffic() -> tuple[Line, ...]:
    """``METHOD target [json body]``, one a line."""
    lines = corpora("traffic/httpbin.txt").read_text("utf-8").splitlines()
    parts = [line.split(" ", 2) for line in lines if line.strip()]
    return tuple(
        Line(method=method, target=target, body=rest[0].encode() if rest else None)
        for method, target, *rest in parts
    )


@contextmanager
def both(folder: Path) -> Iterator[tuple[str, str]]:
    """URLs of httpbin under gunicorn and httpbinx under uvicorn, each on a port of the kernel."""
    gunicorn = (
        *(_program("httpbin", "gunicorn"), "--bind", "127.0.0.1:0", "--no-control-socket"),
        *("--worker-class", "gthread", "--threads", "4", "httpbin:app"),
    )
    uvicorn = (
        *(_program("httpbinx", "uvicorn"), "--host", "127.0.0.1", "--port", "0"),
        "httpbinx.main:app",
    )
    with ExitStack() as stack:
        baseline = serving("httpbin", gunicorn, folder=folder, ready=GUNICORN_READY)
        candidate = serving("httpbinx", uvicorn, folder=folder, ready=UVICORN_READY)
        yield stack.enter_context(baseline), stack.enter_context(candidate)


def ask_all(url: str, lines: Sequence[Line]) -> tuple[int, ...]:
    """The statuses that a server answers with, one request after the other."""
    return asyncio.run(_ask_all(url, lines))


def read_json(url: str) -> Any:
    """A JSON answer, whatever it is compressed with (httpx decodes gzip, deflate and br)."""
    return httpx.get(url, headers={"Accept-Encoding": "gzip, deflate, br"}).json()


async def _ask_all(url: str, lines: Sequence[Line]) -> tuple[int, ...]:
    statuses = []
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        for line in lines:
            target = yarl.URL(url + line.target, encoded=True)
            headers = {"Content-Type": "application/json"} if line.body is not None else {}
            async with session.request(
                line.method, target, data=line.body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                statuses.append(answer.status)
            session.cookie_jar.clear()
    return tuple(statuses)


def _program(venv: str, name: str) -> str:
    program = _CACHE / venv / "bin" / name
    if not program.exists():
        missing(f"{program} is not there; run scripts/httpbin")
    return str(program)
