"""Whether the shop's two sides say the same, each with its own ids: the plainest check there is.

It knows what every member of the shop's documents means, and keeps one list of pairs for each kind
of id. It shares nothing with the product but the words for what differs.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from shadowpact.model.difference import Kind
from shadowpact.model.exchange import Exchange, Headers, Response, header
from support.shop.faults import Place

MEMBERS = {
    "customer_id": "users",
    "owner_id": "users",
    "author_id": "users",
    "user_id": "users",
    "cart_id": "carts",
    "order_id": "orders",
    "slug": "reviews",
    "token": "tokens",
    "csrf": "csrf",
}
HREFS = frozenset({"self", "reviews"})
OWN_HEADERS = frozenset(
    {b"date", b"server", b"content-length", b"etag", b"location", b"set-cookie"}
)
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")

type Found = tuple[str, Kind]


class Renaming:
    """The candidate's name for each name of the baseline's, as found so far.

    Args:
        tenant_carts: A cart's number is one of its session, not of the shop.
    """

    def __init__(self, *, tenant_carts: bool = False) -> None:
        self._tenant_carts = tenant_carts
        self._ours: dict[tuple[str, str], str] = {}
        self._theirs: dict[str, tuple[str, str]] = {}
        self._client, self._kind = "", ""  # of the exchange that is looked at

    def places(self, ones: Sequence[Exchange], others: Sequence[Exchange]) -> set[Place]:
        """Where the answers to the same requests, in the same order, do not say the same."""
        return {
            place
            for one, other in zip(ones, others, strict=True)
            for place in self._places(one, other)
        }

    def _places(self, one: Exchange, other: Exchange) -> Iterator[Place]:
        assert (one.client, one.started_us) == (other.client, other.started_us)
        assert one.response is not None
        assert other.response is not None
        named = route(one)
        if one.response.status != other.response.status:
            yield Place(route=named, location="status", path="", kind="value-changed")
            return
        self._client, self._kind = one.client[:-1], _collection(one)
        for name in self._headers(one.response, other.response):
            yield Place(route=named, location="header", path=name, kind="value-changed")
        if one.response.body or other.response.body:
            documents = (orjson.loads(one.response.body), orjson.loads(other.response.body))
            for path, kind in self._walk(*documents, "$", ""):
                yield Place(route=named, location="body", path=path, kind=kind)

    def _headers(self, one: Response, other: Response) -> Iterator[str]:
        if _shared(one.headers) != _shared(other.headers):
            yield "one of those that are compared as they are"
        if (header(one.headers, b"etag") is None) != (header(other.headers, b"etag") is None):
            yield "etag"
        hrefs = header(one.headers, b"location") or "", header(other.headers, b"location") or ""
        if not self._is_same_href(*hrefs):
            yield "location"
        cookies = header(one.headers, b"set-cookie"), header(other.headers, b"set-cookie")
        if cookies != (None, None) and not self._is_same_cookie(*cookies):
            yield "set-cookie"

    def _is_same_cookie(self, one: str | None, other: str | None) -> bool:
        if one is None or other is None:
            return False
        values = [text.partition(";")[0].partition("=")[2] for text in (one, other)]
        flags = [{part.strip() for part in text.split(";")[1:]} for text in (one, other)]
        return flags[0] == flags[1] and self._is_same("cookies", *values)

    def _walk(self, one: Any, other: Any, path: str, member: str) -> Iterator[Found]:
        if isinstance(one, dict) and isinstance(other, dict):
            for name in one.keys() | other.keys():
                below = f"{path}.{name}"
                if name not in other:
                    yield below, "missing"
                elif name not in one:
                    yield below, "added"
                else:
                    yield from self._walk(one[name], other[name], below, name)
        elif isinstance(one, list) and isinstance(other, list):
            yield from self._walk_list(one, other, path)
        else:
            yield from self._leaf(one, other, path, member)

    def _walk_list(self, ones: list[Any], others: list[Any], path: str) -> Iterator[Found]:
        if len(ones) != len(others):
            yield path, "length-changed"
            return
        found = [self._items(pair, path) for pair in zip(ones, others, strict=True)]
        backwards = zip(ones, reversed(others), strict=True)
        if any(found) and not any(self._items(pair, path) for pair in backwards):
            yield path, "order-changed"
            return
        for some in found:
            yield from some

    def _items(self, pair: tuple[Any, Any], path: str) -> list[Found]:
        return list(self._walk(*pair, f"{path}[*]", ""))

    def _leaf(self, one: Any, other: Any, path: str, member: str) -> Iterator[Found]:
        kind = self._kind if member == "id" else MEMBERS.get(member)
        if path.startswith("$.fields."):  # what is wrong with a member, not what it holds
            kind = None
        if kind is not None and kind != "products":
            if not self._is_same(kind, str(one), str(other)):
                yield path, "value-changed"
        elif type(one) is not type(other):
            yield path, "type-changed"
        elif member in HREFS:
            if not self._is_same_href(one, other):
                yield path, "value-changed"
        elif member == "created_at":
            if not (MOMENT.fullmatch(one) and MOMENT.fullmatch(other)):
                yield path, "value-changed"
        elif one != other:
            yield path, "value-changed"

    def _is_same_href(self, one: str, other: str) -> bool:
        """Whether ``/orders/5001`` and ``http://shop.example/orders/<uuid>`` are the same order."""
        ones, others = (re.sub(r"^http://[^/]+", "", text).split("/") for text in (one, other))
        if ones[:2] != others[:2] or len(ones) != len(others):
            return False
        if ones[:2] == ["", "products"] or len(ones) < 3:
            return ones == others
        return ones[3:] == others[3:] and self._is_same(ones[1], ones[2], others[2])

    def _is_same(self, kind: str, one: str, other: str) -> bool:
        """Whether two names are of the same thing; taken for granted at the first meeting."""
        scope = self._client if self._tenant_carts and kind == "carts" else ""
        ours, theirs = (f"{kind} {scope}", one), f"{kind} {other}"
        return (
            self._ours.setdefault(ours, other) == other
            and self._theirs.setdefault(theirs, ours) == ours
        )


def route(exchange: Exchange) -> str:
    """The route of a request, named as :data:`faults.FAULTS` does."""
    path = re.sub(r"/(\d+|[0-9a-f]{8}-[0-9a-f-]{27})(?=/|$)", "/{id}", exchange.request.path)
    path = re.sub(r"^/reviews/.+", "/reviews/{slug}", path)
    return f"{exchange.request.method} {path}"


def _collection(exchange: Exchange) -> str:
    first = exchange.request.path.split("/")[1]
    return "users" if first == "me" else first


def _shared(headers: Headers) -> set[tuple[bytes, bytes]]:
    pairs = {(name.lower(), value) for name, value in headers}
    return {(name, value) for name, value in pairs if name not in OWN_HEADERS}
