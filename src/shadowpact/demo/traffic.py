"""The demo's traffic: a few hundred requests of two clients, the same in every run."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Sequence

import aiohttp
import msgspec
import orjson
import yarl

from shadowpact.demo import data
from shadowpact.demo.baseline import TOKEN
from shadowpact.routes.typed import generalise

CONSUMER_HEADER = "X-Consumer"
SEED = 2
CONNECTIONS = 8
TIMEOUT_S = 30


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a client.

    Attributes:
        method: ``GET``.
        target: Path and query as they go on the wire.
        consumer: Who asks.
        headers: Beside those that every client sends.
        body: Sent as JSON when not empty.
    """

    method: str = "GET"
    target: str
    consumer: str = "web"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def requests() -> tuple[Ask, ...]:
    """All requests, shuffled as clients do, but the same way every time."""
    asks = [*_orders(), *_customers(), *_products(), *_reports(), *_me(), *_left_alone()]
    random.Random(SEED).shuffle(asks)  # noqa: S311 an order, not a secret
    return tuple(asks)


def route(ask: Ask) -> str:
    """What shadowpact calls the route of a request."""
    return f"{ask.method} {generalise(ask.target.partition('?')[0])}"


async def drive(url: str, asks: Sequence[Ask]) -> Counter[int]:
    """Send the requests over a few connections, each connection one after the other.

    Args:
        url: Where the proxy listens.
        asks: What to send.

    Returns:
        How often each status came back.

    Raises:
        aiohttp.ClientError: The proxy gave no answer.
        TimeoutError: An answer took longer than ``TIMEOUT_S``.
    """
    statuses: Counter[int] = Counter()
    queue = iter(asks)
    async with (
        aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
        ) as session,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(CONNECTIONS):
            group.create_task(_send(session, url, queue, statuses))
    return statuses


async def _send(
    session: aiohttp.ClientSession, url: str, queue: Iterable[Ask], statuses: Counter[int]
) -> None:
    for ask in queue:
        headers = {CONSUMER_HEADER: ask.consumer, "Accept": "application/json", **dict(ask.headers)}
        if ask.body:
            headers["Content-Type"] = "application/json"
        target = yarl.URL(url + ask.target, encoded=True)
        async with session.request(
            ask.method, target, headers=headers, data=ask.body or None, allow_redirects=False
        ) as response:
            await response.read()
            statuses[response.status] += 1


def _orders() -> Iterable[Ask]:
    for number in data.orders():
        yield Ask(target=f"/orders/{number}", consumer="web" if number % 3 else "mobile")
    for number in range(9001, 9013):
        yield Ask(target=f"/orders/{number}")
    for after in range(0, 30, 3):
        for status in data.STATUSES:
            yield Ask(target=f"/orders?status={status}&after={after}")


def _customers() -> Iterable[Ask]:
    for _ in range(3):
        for customer in data.CUSTOMER_IDS:
            yield Ask(target=f"/customers/{customer}", consumer="mobile")
            yield Ask(target=f"/customers/{customer}/orders")


def _products() -> Iterable[Ask]:
    gzip = (("Accept-Encoding", "gzip"),)
    for number in data.products():
        yield Ask(target=f"/products/{number}")
        yield Ask(method="HEAD", target=f"/products/{number}", consumer="mobile")
    for page in range(1, 5):
        for consumer in ("web", "mobile") * 4:
            yield Ask(target=f"/products?page={page}", consumer=consumer, headers=gzip)
    for word in ("lamp", "rug", "clock", "old%20oak"):
        for tags in ("", "&tag=oak", "&tag=blue&tag=wood", "&tag=wood&tag=blue", "&tag=", "&tag=x"):
            yield Ask(target=f"/search?q={word}{tags}")


def _reports() -> Iterable[Ask]:
    for _ in range(3):
        for day in data.days():
            yield Ask(target=f"/reports/{day}")


def _me() -> Iterable[Ask]:
    token = (("Authorization", f"Bearer {TOKEN}"),)
    return (Ask(target="/me", consumer="mobile", headers=token) for _ in range(24))


def _left_alone() -> Iterable[Ask]:
    for number in range(16):
        body = orjson.dumps({"customer": data.CUSTOMER_IDS[number % 3], "lines": []})
        yield Ask(method="POST", target="/orders", body=body)
    for _ in range(8):
        yield Ask(target="/health")
        yield Ask(target="/wishlist")  # 404 on both sides, and too few for a verdict
