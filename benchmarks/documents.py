"""The traffic of every benchmark: one JSON document of 0.9 KB and the exchanges around it."""

from collections.abc import Iterator
from typing import Any, Literal

import orjson

from shadowpact.model.exchange import Exchange, Headers, Request, Response

type Variant = Literal["identical", "differs", "authorization"]

VARIANTS: tuple[Variant, ...] = ("identical", "differs", "authorization")
"""Bodies all equal; one field differs in every pair; equal, with a credential to seal and send."""

CLIENTS = 64
"""Connections that the traffic came over, and so sessions: each keeps its order in a replay."""

STARTED_US = 1_750_000_000_000_000
"""Start of the first recorded exchange, microseconds since the epoch."""


def _document() -> dict[str, Any]:
    """An order as a shop's API answers it: nested, with text, numbers, booleans and a null."""
    items = [
        {
            "sku": f"SKU-{4200 + n}",
            "name": name,
            "quantity": n + 1,
            "price": 4.95 + 7.5 * n,
            "tax_rate": 0.19,
            "in_stock": n % 2 == 0,
        }
        for n, name in enumerate(
            ("Garden hose, 20 m", "Watering can", "Pruning shears", "Seed tray (12)")
        )
    ]
    address = {
        "name": "A. Example",
        "street": "1 Sample Street",
        "city": "Exampleton",
        "zip": "00000",
        "country": "XX",
    }
    return {
        "id": 1,
        "number": "2025-000001",
        "status": "shipped",
        "revision": 100000,
        "currency": "EUR",
        "total": 87.3,
        "discount": None,
        "gift": False,
        "created_at": "2025-06-15T15:06:40Z",
        "customer": {"id": 77, "email": "a@shop.example", "address": address},
        "items": items,
        "note": "Leave it with the neighbour at number 3 when nobody is home, please; ring twice.",
        "links": {"self": "/orders/1", "invoice": "/orders/1/invoice"},
    }


DOCUMENT: bytes = orjson.dumps(_document())
"""What nginx answers to everything."""

_REVISION = b'"revision":100000'


def targets(count: int) -> Iterator[str]:
    """Paths of one route, numbered."""
    return (f"/orders/{number}" for number in range(1, count + 1))


def request_headers(variant: Variant) -> Headers:
    """What a client's library sends."""
    headers: Headers = (
        (b"Host", b"shop.example"),
        (b"User-Agent", b"benchmark/1"),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"identity"),
        (b"X-Request-Id", b"00000000-0000-4000-8000-000000000000"),
    )
    if variant != "authorization":
        return headers
    return (*headers, (b"Authorization", b"Bearer not-a-real-token-only-as-long-as-one-0123456789"))


def baseline_body(variant: Variant, number: int) -> bytes:
    """What the baseline answered; ``differs`` gives each exchange another ``revision``."""
    if variant != "differs":
        return DOCUMENT
    return DOCUMENT.replace(_REVISION, b'"revision":%d' % (200_000 + number % 700_000))


def exchange(variant: Variant, number: int, target: str) -> Exchange:
    """One exchange as capture would hand it over, credentials still open."""
    body = baseline_body(variant, number)
    return Exchange(
        started_us=STARTED_US + number * 1000,
        client=f"c{number % CLIENTS}",
        request=Request(
            method="GET",
            scheme="http",
            authority="shop.example",
            target=target,
            http_version="HTTP/1.1",
            headers=request_headers(variant),
        ),
        response=Response(
            status=200,
            headers=(
                (b"Server", b"nginx"),
                (b"Date", b"Sun, 15 Jun 2025 15:06:40 GMT"),
                (b"Content-Type", b"application/json"),
                (b"Content-Length", b"%d" % len(body)),
                (b"Connection", b"keep-alive"),
            ),
            body=body,
            elapsed_ms=1.5,
        ),
    )


def exchanges(variant: Variant, count: int) -> Iterator[Exchange]:
    """Exchanges 1 to ``count``, the same in every run."""
    return (
        exchange(variant, number, target) for number, target in enumerate(targets(count), start=1)
    )
