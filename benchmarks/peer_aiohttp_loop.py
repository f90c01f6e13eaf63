"""Peer for ``benchmarks.worker``: aiohttp asking as fast as it can, and doing nothing else.

Sends the same GET requests as the worker with the same number in flight, reads each body, throws
it away. No recording, no comparing, no store: the ceiling for anything that sends with aiohttp.
Prints one line of JSON; the clock runs from the first measured request to the last answer, after
a warm-up.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from benchmarks.documents import request_headers, targets


async def ask(url: str, count: int, in_flight: int) -> float:
    """Send ``count`` requests, ``in_flight`` at once.

    Returns:
        Seconds from the first request to the last answer.
    """
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        await _all(session, url, min(count, 500), in_flight)
        started = time.monotonic()
        await _all(session, url, count, in_flight)
        return time.monotonic() - started


async def _all(session: aiohttp.ClientSession, url: str, count: int, in_flight: int) -> None:
    waiting = targets(count)
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(_one_after_another(session, url, waiting))


async def _one_after_another(
    session: aiohttp.ClientSession, url: str, waiting: Iterator[str]
) -> None:
    headers = CIMultiDict(
        (name.decode().lower(), value.decode()) for name, value in request_headers("identical")
    )
    for target in waiting:
        async with session.get(
            URL(url + target, encoded=True), headers=headers, allow_redirects=False
        ) as answer:
            await answer.read()
            if answer.status != 200:
                raise RuntimeError(f"expected 200, got {answer.status}")


def main(arguments: Sequence[str]) -> None:
    """Ask, and print ``{"requests": n, "seconds": s}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    given = parser.parse_args(arguments)
    seconds = asyncio.run(ask(given.url, given.requests, given.in_flight))
    print(json.dumps({"requests": given.requests, "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1:])
