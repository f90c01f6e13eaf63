"""A store as a worker leaves it behind a shop's traffic: several routes, consumers and faults.

Exchanges are judged as the worker judges them (compared, counted, looked into, sampled) and
committed in batches; only the network is missing.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.documents import STARTED_US
from shadowpact.config.settings import Settings
from shadowpact.contracts.settings import ContractSettings
from shadowpact.findings.tally import Tally
from shadowpact.judging import Judge
from shadowpact.model.clock import SystemClock
from shadowpact.model.exchange import Exchange, Headers, Request, Response
from shadowpact.model.pair import Pair
from shadowpact.secrets import Sealer, load_key
from shadowpact.state import open_store

RESOURCES = (
    "orders",
    "customers",
    "products",
    "invoices",
    "carts",
    "payments",
    "shipments",
    "returns",
    "reviews",
    "coupons",
)
CONSUMERS = ("web", "mobile", "partner")
COMMIT_EVERY = 5_000
SEED = 20_250_615

_JSON: Headers = ((b"Content-Type", b"application/json"), (b"ETag", b'"1"'))


def fill(state: Path, count: int) -> None:
    """Judge ``count`` exchanges into a new store."""
    state.mkdir(parents=True)
    settings = Settings(contracts=ContractSettings(consumer_header="X-Consumer"))
    tally = Tally()
    judge = Judge(settings, tally, Sealer(load_key(state, environ={})), SystemClock())
    store = open_store(state)
    try:
        for number, pair in enumerate(pairs(count), start=1):
            judge.judge(pair, pair.exchange.response, None)
            if number % COMMIT_EVERY == 0 or number == count:
                store.commit(tally.batch, None)
                tally.clear()
    finally:
        store.close()


def pairs(count: int, seed: int = SEED) -> Iterator[Pair]:
    """Reads of single things and of lists, one in twenty unknown, one in fifty answered wrong."""
    chance = random.Random(seed)  # noqa: S311  the same traffic every time
    for number in range(1, count + 1):
        resource, consumer = chance.choice(RESOURCES), chance.choice(CONSUMERS)
        identity = chance.randrange(1, 100_000)
        kind = chance.random()
        if kind < 0.05:
            route, target = f"GET /{resource}/{{id}}", f"/{resource}/{identity + 1_000_000}"
            ours = theirs = _response(404, {"error": f"no such thing: {identity}"})
        elif kind < 0.75:
            route, target = f"GET /{resource}/{{id}}", f"/{resource}/{identity}"
            document = thing(chance, identity)
            wrong = document | {"total": str(document["total"])} if kind < 0.07 else document
            ours, theirs = _response(200, document), _response(200, wrong)
        else:
            route, target = f"GET /{resource}", f"/{resource}?page={identity % 50}"
            page = [thing(chance, identity + n) for n in range(chance.randrange(4))]
            ours = theirs = _response(200, {"items": page, "next": identity % 3 or None})
        exchange = Exchange(
            started_us=STARTED_US + number * 1000,
            client=f"c{number % 8}",
            request=_request(target, consumer),
            response=ours,
        )
        name = f"exc_bench_{number}"
        yield Pair(
            exchange_id=name, exchange=exchange, candidate="shop", route=route, answer=theirs
        )


def thing(chance: random.Random, identity: int) -> dict[str, Any]:
    """A document with what contracts are made of: formats, few values, optional and null."""
    made: dict[str, Any] = {
        "id": identity,
        "key": f"{identity:08x}-6f0e-4c0a-9d5e-1f2a3b4c5d6e",
        "status": chance.choice(("open", "paid", "shipped")),
        "total": round(chance.random() * 500, 2),
        "created_at": f"2025-06-{identity % 28 + 1:02}T15:06:40Z",
        "note": chance.choice((None, "ring twice")),
        "address": {"street": f"{identity} Sample Street", "zip": f"{identity % 99999:05}"},
        "lines": [
            {"sku": f"SKU-{identity + n}", "quantity": n + 1, "price": 4.95 + n}
            for n in range(identity % 3 + 1)
        ],
    }
    if identity % 4 == 0:
        made["coupon"] = {"code": f"C{identity}", "percent": identity % 50}
    return made


def _request(target: str, consumer: str) -> Request:
    return Request(
        method="GET",
        scheme="http",
        authority="shop.example",
        target=target,
        http_version="HTTP/1.1",
        headers=((b"Accept", b"application/json"), (b"X-Consumer", consumer.encode())),
    )


def _response(status: int, document: Any) -> Response:
    return Response(status=status, headers=_JSON, body=orjson.dumps(document), elapsed_ms=1.5)
