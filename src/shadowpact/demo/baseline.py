"""The demo's monolith: orders, customers, products and a report, over HTTP.

``python -m shadowpact.demo.baseline [PORT]`` serves it on loopback; without a port on a free one.
"""

import gzip
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
from aiohttp import web

from shadowpact.demo import data
from shadowpact.demo.serving import serve

TOKEN = "demo-token-that-opens-nothing"  # noqa: S105 made up: the demo shows that it is sealed
PAGE = 10


def read_clock() -> str:
    """Now, RFC 3339: differs between any two answers."""
    return datetime.now(UTC).isoformat()  # noqa: TID251 the demo's noise has to be real


def make_id() -> str:
    """An id that nobody else makes."""
    return f"req_{secrets.token_hex(8)}"


class Monolith:
    """The shop as it is; its answers count as right.

    Args:
        clock: What the report's ``generated_at`` says.
        new_id: Makes an order's ``request_id``.
    """

    def __init__(
        self, *, clock: Callable[[], str] = read_clock, new_id: Callable[[], str] = make_id
    ) -> None:
        self._clock = clock
        self._new_id = new_id
        self.customers = data.customers()
        self.products = data.products()
        self.orders = data.orders()

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/health", self.health),
                web.get("/orders", self.list_orders),
                web.post("/orders", self.create_order),
                web.get("/orders/{id}", self.read_order),
                web.get("/customers/{id}", self.read_customer),
                web.get("/customers/{id}/orders", self.read_history),
                web.get("/products", self.list_products),
                web.get("/products/{id}", self.read_product),
                web.get("/search", self.search),
                web.get("/reports/{date}", self.read_report),
                web.get("/me", self.read_me),
            ]
        )
        return app

    async def health(self, _request: web.Request) -> web.Response:
        """Whether the service is up."""
        return answer({"status": "ok"})

    async def list_orders(self, request: web.Request) -> web.Response:
        """Orders of a status, a page of them."""
        status = request.query.get("status")
        after = int(request.query.get("after", "0"))
        chosen = [o for o in self.orders.values() if status in {None, o["status"]}]
        page = [o for o in chosen if o["id"] > after][:PAGE]
        items = [{"id": o["id"], "total": o["total"], "placed_on": o["placed_on"]} for o in page]
        return answer({"items": items, "count": len(chosen)})

    async def create_order(self, request: web.Request) -> web.Response:
        """Take an order (and forget it: the data is the same in every run)."""
        document = await request.json()
        return answer({**document, "id": len(self.orders) + 1, "status": "open"}, status=201)

    async def read_order(self, request: web.Request) -> web.Response:
        """One order."""
        order = self.orders.get(number(request.match_info["id"]))
        if order is None:
            return missing("order")
        return answer({**self.show_order(order), "request_id": self._new_id()})

    async def read_customer(self, request: web.Request) -> web.Response:
        """One customer."""
        customer = self.customers.get(request.match_info["id"])
        return missing("customer") if customer is None else answer(self.show_customer(customer))

    async def read_history(self, request: web.Request) -> web.Response:
        """A customer's orders."""
        customer = request.match_info["id"]
        if customer not in self.customers:
            return missing("customer")
        placed = [o["id"] for o in self.orders.values() if o["customer"] == customer]
        return answer({"customer": customer, "orders": placed, "last": self.last(placed)})

    async def list_products(self, request: web.Request) -> web.Response:
        """A page of products, compressed when the client can read that."""
        page = int(request.query.get("page", "1"))
        chosen = list(self.products.values())[(page - 1) * PAGE : page * PAGE]
        body = orjson.dumps({"items": chosen, "page": page})
        headers = {"Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body = self.compress(body)
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, content_type="application/json", headers=headers)

    async def read_product(self, request: web.Request) -> web.Response:
        """One product."""
        product = self.products.get(number(request.match_info["id"]))
        return missing("product") if product is None else answer(self.show_product(product))

    async def search(self, request: web.Request) -> web.Response:
        """Products by a word of their name and all the tags asked for."""
        word, tags = request.query.get("q", ""), set(request.query.getall("tag", []))
        found = [p for p in self.products.values() if word in p["name"] and tags <= {*p["tags"]}]
        return answer({"q": word, "tags": sorted(tags), "found": [p["id"] for p in found]})

    async def read_report(self, request: web.Request) -> web.Response:
        """What a day's orders come to."""
        day = request.match_info["date"]
        totals = [Decimal(str(o["total"])) for o in self.orders.values() if o["placed_on"] == day]
        if not totals:
            return missing("report")
        return answer(
            {
                "day": day,
                "orders": len(totals),
                "revenue": float(sum(totals)),
                "average": self.average(totals),
                "generated_at": self._clock(),
            }
        )

    async def read_me(self, request: web.Request) -> web.Response:
        """Who asks, by their token."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return answer({"error": "who are you?"}, status=401)
        return answer({"name": "Ada", "role": "buyer", "since": "2025-01-01"})

    def show_order(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """An order as clients see it."""
        return order

    def show_customer(self, customer: Mapping[str, Any]) -> Mapping[str, Any]:
        """A customer as clients see it."""
        return customer

    def show_product(self, product: Mapping[str, Any]) -> Mapping[str, Any]:
        """A product as clients see it."""
        return product

    def last(self, placed: list[int]) -> int:
        """The latest order; 0 for who never ordered."""
        return max(placed, default=0)

    def average(self, totals: list[Decimal]) -> float:
        """The mean to the cent, half a cent rounded up."""
        mean = sum(totals, Decimal()) / len(totals)
        return float(mean.quantize(Decimal("0.01"), ROUND_HALF_UP))

    def compress(self, body: bytes) -> bytes:
        """As small as it gets."""
        return gzip.compress(body, compresslevel=9, mtime=0)


def answer(document: Mapping[str, Any], *, status: int = 200) -> web.Response:
    """A JSON response."""
    body = orjson.dumps(document)
    return web.Response(body=body, status=status, content_type="application/json")


def missing(what: str) -> web.Response:
    """404, said the same way everywhere."""
    return answer({"error": f"no such {what}"}, status=404)


def number(segment: str) -> int:
    """A path segment as an id; 0, which nothing has, when it is none."""
    return int(segment) if segment.isascii() and segment.isdigit() else 0


if __name__ == "__main__":
    serve(Monolith().app())
