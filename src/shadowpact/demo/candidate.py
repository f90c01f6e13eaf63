"""The demo's replacement of the monolith: half right; ``faults.FAULTS`` says which half is not.

``python -m shadowpact.demo.candidate [PORT]`` serves it on loopback; without a port on a free one.
"""

import asyncio
import gzip
from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from aiohttp import web

from shadowpact.demo.baseline import Monolith
from shadowpact.demo.serving import serve

SEARCH_DELAY_S = 0.06


class Replacement(Monolith):
    """The same shop, written anew."""

    def show_order(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Wrong type, renamed enum value."""
        lines = [{**line, "quantity": str(line["quantity"])} for line in order["lines"]]
        status = "canceled" if order["status"] == "cancelled" else order["status"]
        return {**order, "lines": lines, "status": status}

    def show_customer(self, customer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Missing field."""
        return {name: value for name, value in customer.items() if name != "phone"}

    def show_product(self, product: Mapping[str, Any]) -> Mapping[str, Any]:
        """Reordered list."""
        return {**product, "tags": sorted(product["tags"])}

    async def search(self, request: web.Request) -> web.Response:
        """Slow route."""
        await asyncio.sleep(SEARCH_DELAY_S)
        return await super().search(request)

    def last(self, placed: list[int]) -> int:
        """500 on an edge case."""
        return placed[-1]

    def average(self, totals: list[Decimal]) -> float:
        """Changed rounding."""
        mean = sum(totals, Decimal()) / len(totals)
        return float(mean.quantize(Decimal("0.01"), ROUND_DOWN))

    def compress(self, body: bytes) -> bytes:
        """Other bytes that say the same: no fault."""
        return gzip.compress(body, compresslevel=1, mtime=0)


if __name__ == "__main__":
    serve(Replacement().app())
