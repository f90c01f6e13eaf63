"""What the new shop stores, and what its actions ask of a request."""

import datetime as dt
import random
import string
import uuid
import zlib
from collections.abc import Awaitable, Callable

import msgspec
import orjson
from aiohttp import web

from support.shop.goods import PRODUCTS, Product
from support.shop.wire import Document, RefusedError, credential

OPENED_S = 1_753_171_200


class User(msgspec.Struct, kw_only=True):
    id: str
    email: str
    name: str
    password: str
    created_at: str


class Session(msgspec.Struct, kw_only=True):
    user: User
    csrf: str = ""


class Cart(msgspec.Struct, kw_only=True):
    id: str
    owner: User
    created_at: str
    pieces: dict[int, int] = {}
    is_ordered: bool = False


class Order(msgspec.Struct, kw_only=True):
    id: str
    owner: User
    cart: Cart
    created_at: str
    note: str = ""
    gift: bool = False
    status: str = "open"
    notes: list[Document] = []


class Shop:
    """What is stored, and what makes ids, tokens and moments.

    Args:
        seed: Of all that is made.
        jwt: Bearer tokens are JWT; opaque otherwise.
        absolute: ``Location`` has scheme and host; it is a path otherwise.
        fault: A name of ``faults.FAULTS``; empty for none.
    """

    def __init__(
        self, seed: int = 2, *, jwt: bool = False, absolute: bool = False, fault: str = ""
    ) -> None:
        self.random = random.Random(seed)  # noqa: S311 the same tokens in every run
        self.jwt, self.absolute, self.fault = jwt, absolute, fault
        self.epoch_s = OPENED_S
        self.users: dict[str, User] = {}
        self.sessions: dict[str, Session] = {}
        self.carts: dict[str, Cart] = {}
        self.orders: dict[str, Order] = {}
        self.reviews: dict[str, Document] = {}
        self.first_order_id = self.new_id()

    def new_id(self) -> str:
        return str(uuid.UUID(bytes=self.random.randbytes(16), version=4))

    def new_text(self, length: int, letters: str = string.ascii_letters + string.digits) -> str:
        return "".join(self.random.choices(letters, k=length))

    def now(self) -> str:
        self.epoch_s += 2
        return f"{dt.datetime.fromtimestamp(self.epoch_s, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


class Call:
    """One request and what the actions ask about it."""

    def __init__(self, shop: Shop, request: web.Request) -> None:
        self.shop = shop
        self.request = request
        self.token, self.by_cookie = credential(request)
        self.segment: str = next(iter(request.match_info.values()), "")

    @property
    def session(self) -> Session:
        session = self.shop.sessions.get(self.token)
        if session is None:
            raise RefusedError(401, "log in first")
        if self.by_cookie and self.request.method in {"POST", "PUT", "PATCH", "DELETE"}:
            given = self.request.headers.get("X-CSRF-Token", "")
            if not given or session.csrf != given:
                raise RefusedError(403, "csrf token missing or wrong")
        return session

    @property
    def user(self) -> User:
        return self.session.user

    def cart(self, id_: str) -> Cart:
        return _owned(self.shop.carts.get(id_), "cart", self.user)

    def order(self) -> Order:
        user = self.user
        return _owned(self.shop.orders.get(self.segment), "order", user)

    def product(self, name: str = "id") -> Product:
        segment = self.request.match_info[name]
        for product in PRODUCTS.values():
            if str(product.id) == segment:
                return product
        raise RefusedError(404, "no such product")

    def made(self, document: Document, where: str) -> web.Response:
        origin = f"{self.request.scheme}://{self.request.host}" if self.shop.absolute else ""
        return reply(document, 201, Location=origin + where)


type Action = Callable[[Call], Awaitable[web.Response]]

ACTIONS: list[tuple[str, str, Action]] = []
"""Method, path and what answers."""


def on(method: str, path: str) -> Callable[[Action], Action]:
    """Enter an action in the table."""

    def enter(action: Action) -> Action:
        ACTIONS.append((method, path, action))
        return action

    return enter


def reply(document: Document, status: int = 200, **headers: str) -> web.Response:
    """A JSON answer."""
    fields = {"Content-Type": "application/json; charset=utf-8", **headers}
    return web.Response(body=orjson.dumps(document), status=status, headers=fields)


def tagged(document: Document) -> web.Response:
    """200, with a tag made of the content."""
    return reply(document, ETag=f'"{zlib.crc32(orjson.dumps(document)):08x}"')


def _owned[Thing: (Cart, Order)](thing: Thing | None, what: str, user: User) -> Thing:
    if thing is None:
        raise RefusedError(404, f"no such {what}")
    if thing.owner is not user:
        raise RefusedError(403, "not yours")
    return thing
