"""Faults that are put into the answers of a service, one by one or all together."""

import re
from collections.abc import Callable, Collection
from typing import Any

import msgspec
import orjson
from aiohttp import web

type Change = Callable[[Any], None]
type Handler = Callable[[web.Request], Any]


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """One fault.

    Attributes:
        name: Unique.
        method: Of the requests that show it.
        path: A regular expression for all of their path.
        status: Of the answers that it changes.
        change: Changes the answer's document in place.
        to_status: What the status becomes instead.
        place: Where it shows: a path in the body, or ``status``.
    """

    name: str
    method: str
    path: str
    status: int = 200
    change: Change | None = None
    to_status: int | None = None
    place: str

    def concerns(self, request: web.Request, status: int) -> bool:
        """Whether this answer shows it."""
        is_asked = request.method == self.method and re.fullmatch(self.path, request.path)
        return bool(is_asked) and status == self.status


def with_faults(app: web.Application, seeds: Collection[Seed]) -> web.Application:
    """The service with these faults in it."""

    @web.middleware
    async def put_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer: web.StreamResponse = await handler(request)
        assert isinstance(answer, web.Response)
        for seed in seeds:
            if seed.concerns(request, answer.status):
                answer = _changed(answer, seed)
        return answer

    app.middlewares.insert(0, put_in)
    return app


def _changed(answer: web.Response, seed: Seed) -> web.Response:
    body = answer.body
    assert body is None or isinstance(body, bytes)
    if seed.change is not None and body:
        document = orjson.loads(body)
        seed.change(document)
        body = orjson.dumps(document)
    kept = [(k, v) for k, v in answer.headers.items() if k.lower() != "content-length"]
    return web.Response(status=seed.to_status or answer.status, body=body, headers=kept)


def without(*names: str) -> Change:
    """Takes the last of the names away, below the others."""
    return lambda document: _parents(document, names, lambda it: it.pop(names[-1], None))


def as_text(*names: str) -> Change:
    """Makes a text of a value."""
    return lambda document: _parents(document, names, lambda it: _set(it, names[-1], str))


def becomes(value: Any, *names: str) -> Change:
    """Puts something else there."""
    return lambda document: _parents(
        document, names, lambda it: _set(it, names[-1], lambda _: value)
    )


def mapped(words: dict[str, str], *names: str) -> Change:
    """Calls some values otherwise."""
    return lambda document: _parents(
        document, names, lambda it: _set(it, names[-1], lambda value: words.get(value, value))
    )


def _set(parent: dict[str, Any], name: str, make: Callable[[Any], Any]) -> None:
    parent[name] = make(parent.get(name))


def _parents(document: Any, names: tuple[str, ...], do: Callable[[dict[str, Any]], Any]) -> None:
    """What holds the last name; a list on the way is every element of it."""
    held = [document]
    for name in names[:-1]:
        below = [one[name] for one in held]
        held = [e for one in below for e in (one if isinstance(one, list) else [one])]
    for one in held:
        do(one)


_ORDER, _UUID = r"/orders/\d+", r"/customers/[0-9a-f-]{36}"

DEMO = (
    Seed(
        name="order-total-as-text",
        method="GET",
        path=_ORDER,
        change=as_text("total"),
        place="$.total",
    ),
    Seed(
        name="lines-without-product",
        method="GET",
        path=_ORDER,
        change=without("lines", "product"),
        place="$.lines[*].product",
    ),
    Seed(
        name="date-of-another-land",
        method="GET",
        path=_ORDER,
        change=becomes("06.03.2025", "placed_on"),
        place="$.placed_on",
    ),
    Seed(
        name="no-such-order-is-gone",
        method="GET",
        path=_ORDER,
        status=404,
        to_status=410,
        place="status",
    ),
    Seed(
        name="phone-forgotten", method="GET", path=_UUID, change=without("phone"), place="$.phone"
    ),
    Seed(name="vip-as-number", method="GET", path=_UUID, change=becomes(1, "vip"), place="$.vip"),
    Seed(
        name="stock-forgotten",
        method="GET",
        path=r"/products/\d+",
        change=without("stock"),
        place="$.stock",
    ),
    Seed(
        name="list-without-totals",
        method="GET",
        path="/orders",
        change=without("items", "total"),
        place="$.items[*].total",
    ),
    Seed(
        name="no-revenue",
        method="GET",
        path=r"/reports/[0-9-]+",
        change=becomes(None, "revenue"),
        place="$.revenue",
    ),
    Seed(name="role-forgotten", method="GET", path="/me", change=without("role"), place="$.role"),
)
"""Ten faults of the demo's service."""

_ANY = "[^/]+"

SHOP = (
    Seed(
        name="gift-forgotten",
        method="GET",
        path=f"/orders/{_ANY}",
        change=without("gift"),
        place="$.gift",
    ),
    Seed(
        name="quantity-as-text",
        method="GET",
        path=f"/carts/{_ANY}",
        change=as_text("items", "quantity"),
        place="$.items[*].quantity",
    ),
    Seed(
        name="gone-twice",
        method="DELETE",
        path=f"/orders/{_ANY}",
        status=404,
        to_status=204,
        place="status",
    ),
    Seed(
        name="foreign-is-missing",
        method="GET",
        path=f"/orders/{_ANY}",
        status=403,
        to_status=404,
        place="status",
    ),
    Seed(
        name="total-as-text",
        method="POST",
        path="/orders",
        status=201,
        change=as_text("total"),
        place="$.total",
    ),
    Seed(
        name="status-forgotten",
        method="PATCH",
        path=f"/orders/{_ANY}",
        change=without("status"),
        place="$.status",
    ),
    Seed(
        name="count-as-text", method="GET", path="/orders", change=as_text("count"), place="$.count"
    ),
    Seed(
        name="rating-as-text",
        method="GET",
        path=f"/reviews/{_ANY}",
        change=as_text("rating"),
        place="$.rating",
    ),
    Seed(
        name="amount-forgotten",
        method="PUT",
        path=f"/carts/{_ANY}/items/{_ANY}",
        change=without("amount"),
        place="$.amount",
    ),
    Seed(
        name="name-forgotten",
        method="GET",
        path=f"/users/{_ANY}",
        change=without("name"),
        place="$.name",
    ),
)
"""Ten faults of the shop with state."""
