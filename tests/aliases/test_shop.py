"""Two shops that give other ids for the same things: nothing differs but what is at fault."""

import random
import uuid
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import orjson
import pytest

from shadowpact.aliases import Aliases
from shadowpact.model.alias import AliasCounts
from shadowpact.model.exchange import Request, Response
from support.build import JSON, exchange, request, response
from support.sides import post, route_of

type Ids = Callable[[], Any]


class Shop:
    """Users, carts and orders in memory; ids, slugs and tokens as the arguments make them."""

    def __init__(self, ids: dict[str, Ids], seed: int, fault: str = "") -> None:
        self._ids = ids
        self._random = random.Random(seed)  # noqa: S311  made-up words
        self._fault = fault
        self.users: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self.carts: dict[str, dict[str, Any]] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.products = [
            {"slug": f"{name}-{self._word(6)}", "name": name, "price": price}
            for name, price in (("mug", 8.5), ("tea", 4.0), ("pot", 21.25))
        ]

    def _word(self, length: int) -> str:
        letters = "abcdefghjkmnpqrstuvwxyz"
        return self._random.choice("23456789") + "".join(
            self._random.choice(letters + "23456789") for _ in range(length - 1)
        )

    def answers(self, asked: Request) -> Response:
        body = orjson.loads(asked.body) if asked.body else {}
        sent = {name.lower(): value.decode() for name, value in asked.headers}
        path = asked.path.strip("/").split("/")
        token = sent.get(b"authorization", "").removeprefix("Bearer ")
        user = self.tokens.get(token)
        if asked.method == "POST" and path == ["users"]:
            return self._register(body)
        if asked.method == "POST" and path == ["login"]:
            return self._login(body)
        if user is None or (sent.get(b"x-csrf-token", user["csrf"]) != user["csrf"]):
            return response({"error": "who are you?"}, 401)
        return self._for_user(asked.method, path, body, user)

    def _register(self, body: dict[str, Any]) -> Response:
        user = {"id": self._ids["user"](), "email": body["email"]}
        self.users[body["email"]] = user
        return self._made("users", user)

    def _login(self, body: dict[str, Any]) -> Response:
        user = self.users.get(body["email"])
        if user is None:
            return response({"error": "unknown"}, 401)
        token, sid = self._word(24), self._word(16)
        self.tokens[token] = {"user": user, "csrf": self._word(20)}
        given = {"access_token": token, "expires_in": 3600, "user": user}
        return response(given, headers=(*JSON, (b"set-cookie", f"sid={sid}; Path=/".encode())))

    def _for_user(
        self, method: str, path: list[str], body: dict[str, Any], session: dict[str, Any]
    ) -> Response:
        user = session["user"]
        match (method, path):
            case "GET", ["me"]:
                return response({**user, "csrf_token": session["csrf"]})
            case "GET", ["products"]:
                return response({"items": self.products, "total": len(self.products)})
            case "POST", ["carts"]:
                cart = {"id": self._ids["cart"](), "user_id": user["id"], "items": []}
                self.carts[str(cart["id"])] = cart
                return self._made("carts", cart)
            case _, ["carts", number, *rest] if number in self.carts:
                return self._cart(method, self.carts[number], rest, body, user)
            case "GET", ["orders"]:
                own = [o for o in self.orders.values() if o["user"]["id"] == user["id"]]
                return response({"data": own, "count": len(own)})
            case "GET", ["orders", number] if number in self.orders:
                return self._order(self.orders[number])
            case "POST", ["orders", number, "cancel"] if number in self.orders:
                if self._fault != "cancel":
                    self.orders[number]["status"] = "cancelled"
                return response(self.orders[number])
            case _:
                return response({"error": "not found"}, 404)

    def _cart(
        self,
        method: str,
        cart: dict[str, Any],
        rest: list[str],
        body: dict[str, Any],
        user: dict[str, Any],
    ) -> Response:
        items = cart["items"]
        match (method, rest):
            case "GET", []:
                return response(cart)
            case "POST", ["items"]:
                if all(p["slug"] != body["product"] for p in self.products):
                    return response({"error": "no such product"}, 422)
                quantity = body["quantity"] + (self._fault == "quantity")
                item = {"id": self._ids["item"](), "product": body["product"], "quantity": quantity}
                items.append(item)
                return response({**item, "cart_id": cart["id"]}, 201)
            case "DELETE", ["items", number]:
                left = [item for item in items if str(item["id"]) != number]
                found = len(left) < len(items)
                cart["items"] = items if self._fault == "delete" else left
                return response(body=b"", status=204 if found else 404, headers=())
            case "POST", ["checkout"]:
                return self._checkout(cart, user)
            case _:
                return response({"error": "not found"}, 404)

    def _checkout(self, cart: dict[str, Any], user: dict[str, Any]) -> Response:
        number = self._ids["order"]()
        order = {
            "id": number,
            "reference": f"ORD-{self._word(8)}",
            "user": dict(user),
            "status": "open",
            "lines": [dict(item) for item in cart["items"]],
            "links": {"self": f"/orders/{number}", "user": f"/users/{user['id']}"},
        }
        if self._fault == "owner":
            order["user"] = dict(next(iter(self.users.values())))
        self.orders[str(number)] = order
        return self._made("orders", order)

    def _order(self, order: dict[str, Any]) -> Response:
        if self._fault == "first":
            order = next(iter(self.orders.values()))
        return response(order)

    def _made(self, collection: str, thing: dict[str, Any]) -> Response:
        where = f"/{collection}/{thing['id']}"
        return response(thing, 201, headers=(*JSON, (b"location", where.encode())))


def integers(start: int) -> dict[str, Ids]:
    counters = {kind: count(start + i) for i, kind in enumerate(("user", "cart", "item", "order"))}
    return {kind: counter.__next__ for kind, counter in counters.items()}


def uuids(seed: int) -> dict[str, Ids]:
    source = random.Random(seed)  # noqa: S311  made-up ids
    one = lambda: str(uuid.UUID(int=source.getrandbits(128), version=4))  # noqa: E731
    return dict.fromkeys(("user", "cart", "item", "order"), one)


def constant() -> dict[str, Ids]:
    return {**uuids(3), "order": lambda: "00000000-0000-4000-8000-000000000001"}


SIDES: dict[str, tuple[Callable[[], dict[str, Ids]], Callable[[], dict[str, Ids]]]] = {
    "integers and uuids": (lambda: integers(1), lambda: uuids(2)),
    "uuids and integers": (lambda: uuids(1), lambda: integers(1)),
    "uuids and uuids": (lambda: uuids(1), lambda: uuids(2)),
    "integers and other integers": (lambda: integers(1), lambda: integers(500)),
    "integers and nearly the same integers": (lambda: integers(1), lambda: integers(3)),
}


def session_of(shop: Shop, number: int) -> Iterator[tuple[Request, Response]]:
    """What one person does, with the shop's own ids."""

    def ask(asked: Request) -> Iterator[tuple[Request, Response]]:
        answered.append(shop.answers(asked))
        yield asked, answered[-1]

    def said() -> Any:
        return orjson.loads(answered[-1].body)

    answered: list[Response] = []
    email = {"email": f"person{number}@example.com"}
    yield from ask(post("/users", email))
    yield from ask(post("/login", email))
    who = ((b"authorization", f"Bearer {said()['access_token']}".encode()),)
    yield from ask(request("GET", "/me", headers=who))
    safe = (*who, (b"x-csrf-token", said()["csrf_token"].encode()))
    yield from ask(request("GET", "/products", headers=who))
    products = said()["items"]
    yield from ask(post("/carts", {}, headers=safe))
    cart = said()["id"]
    items = []
    for i in range(1 + number % 3):
        chosen = {"product": products[(number + i) % 3]["slug"], "quantity": 1 + (number * 7) % 20}
        yield from ask(post(f"/carts/{cart}/items", chosen, headers=safe))
        items.append(said()["id"])
    yield from ask(request("GET", f"/carts/{cart}", headers=who))
    if len(items) > 1:
        yield from ask(request("DELETE", f"/carts/{cart}/items/{items[0]}", headers=safe))
        yield from ask(request("GET", f"/carts/{cart}", headers=who))
    yield from ask(post(f"/carts/{cart}/checkout", headers=safe))
    order = said()["id"]
    yield from ask(request("GET", f"/orders/{order}", headers=who))
    yield from ask(post(f"/orders/{order}/cancel", headers=safe))
    yield from ask(request("GET", "/orders?limit=20", headers=who))


def recorded(shop: Shop, sessions: int, seed: int) -> list[tuple[str, Request, Response]]:
    """The exchanges of many sessions, interleaved."""
    order = random.Random(seed)  # noqa: S311  any interleaving will do
    running = {f"s{i}": session_of(shop, i) for i in range(sessions)}
    taken = []
    while running:
        name = order.choice(sorted(running)[:8])
        one = next(running[name], None)
        if one is None:
            del running[name]
        else:
            taken.append((name, *one))
    return taken


def differing(
    traffic: list[tuple[str, Request, Response]], shop: Shop, aliases: Aliases
) -> list[tuple[str, Any, Any]]:
    """Replays the traffic against the other shop; what differs afterwards."""
    found = []
    for i, (session, asked, answered) in enumerate(traffic):
        route, name = route_of(asked), f"exc_{i}"
        taken = exchange(asked, answered)
        aliases.expect(taken, session, route, name)
        answer = shop.answers(aliases.rewrite(asked, session, route).request)
        aliases.learn(taken, answer, session, route, name)
        aliases.settle(name)
        compared = aliases.translate(answer, answered, session, route)
        ours, theirs = seen(answered), seen(compared)
        if ours != theirs:
            found.append((f"{asked.method} {asked.target}", ours, theirs))
    return found


def seen(answer: Response) -> tuple[Any, ...]:
    document = orjson.loads(answer.body) if answer.body else None
    headers = [h for h in answer.headers if h[0] != b"content-length"]
    return answer.status, headers, document


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_differs_between_shops_that_do_the_same(name: str, seed: int) -> None:
    baseline, candidate = SIDES[name]
    traffic = recorded(Shop(baseline(), 10), 60, seed)
    aliases = Aliases("candidate")

    found = differing(traffic, Shop(candidate(), 20), aliases)

    assert found == []
    assert aliases.counts().conflicts == 0
    assert aliases.counts().bound > 60 * 4


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("fault", ["quantity", "cancel", "delete", "owner", "first"])
def test_a_fault_is_not_hidden(name: str, fault: str) -> None:
    baseline, candidate = SIDES[name]
    traffic = recorded(Shop(baseline(), 10), 20, 1)
    aliases = Aliases("candidate")

    found = differing(traffic, Shop(candidate(), 20, fault), aliases)

    assert len(found) >= 10
    assert aliases.counts().conflicts == 0


@pytest.mark.parametrize("name", SIDES)
def test_a_session_may_get_another_name_when_someone_logs_in(name: str) -> None:
    baseline, candidate = SIDES[name]
    traffic = [
        (dict(asked.headers).get(b"authorization", b"address").decode(), asked, answered)
        for _, asked, answered in recorded(Shop(baseline(), 10), 40, 2)
    ]

    assert differing(traffic, Shop(candidate(), 20), Aliases("candidate")) == []


def test_a_shop_against_itself_binds_nothing() -> None:
    aliases = Aliases("candidate")

    found = differing(recorded(Shop(integers(1), 10), 20, 1), Shop(integers(1), 10), aliases)

    assert found == []
    assert aliases.counts() == AliasCounts()


def test_a_constant_id_is_not_hidden() -> None:
    traffic = recorded(Shop(integers(1), 10), 20, 1)
    aliases = Aliases("candidate")

    found = differing(traffic, Shop(constant(), 20), aliases)

    assert aliases.counts().conflicts >= 2
    assert len([one for one in found if "checkout" in one[0]]) >= 15
