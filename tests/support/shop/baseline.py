"""The shop's monolith: integer ids, counted up for each kind.

``python -m support.shop.baseline`` serves it on loopback and says where.
"""

import random
from argparse import ArgumentParser
from decimal import ROUND_HALF_UP, Decimal
from itertools import count

from aiohttp import web

from support.shop.baseline_accounts import Accounts, Clock, Row, created, number, own, tagged
from support.shop.goods import (
    PRODUCTS,
    TAX_PER_MILLE,
    Product,
    order_problems,
    quantity_problems,
    review_problems,
)
from support.shop.serving import serve_forever
from support.shop.wire import RefusedError, answer_refusals, read_document, refuse

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class Baseline:
    """The shop's tables and its handlers.

    Args:
        seed: Of tokens, slugs and the clock.
        jwt: Bearer tokens are JWT; opaque hex otherwise.
        tenant_carts: Carts are numbered from 1 for each user; from 1 for all otherwise.
    """

    def __init__(self, seed: int = 1, *, jwt: bool = False, tenant_carts: bool = False) -> None:
        self._random = random.Random(seed)  # noqa: S311 the same tokens in every run
        self._clock = Clock(self._random)
        self._accounts = Accounts(self._random, self._clock, jwt_tokens=jwt)
        self._tenant_carts = tenant_carts
        self._order_ids = count(5000)
        self._carts: dict[tuple[int, int], Row] = {}
        self._orders: dict[int, Row] = {}
        self._reviews: dict[str, Row] = {}

    def app(self) -> web.Application:
        app = web.Application(middlewares=[answer_refusals])
        app.on_response_prepare.append(self._clock.sign)
        app.add_routes(self._accounts.routes())
        app.add_routes(
            [
                web.get("/products", self.list_products),
                web.get("/products/{id}", self.read_product),
                web.post("/products/{id}/reviews", self.write_review),
                web.get("/reviews/{slug}", self.read_review),
                web.post("/carts", self.open_cart),
                web.get("/carts/{id}", self.read_cart),
                web.put("/carts/{id}/items/{product_id}", self.put_item),
                web.delete("/carts/{id}/items/{product_id}", self.remove_item),
                web.post("/orders", self.place_order),
                web.get("/orders", self.list_orders),
                web.get("/orders/{id}", self.read_order),
                web.patch("/orders/{id}", self.change_order),
                web.delete("/orders/{id}", self.delete_order),
                web.post("/orders/{id}/notes", self.add_note),
            ]
        )
        return app

    async def list_products(self, _request: web.Request) -> web.Response:
        return web.json_response({"products": [_listed(one) for one in PRODUCTS.values()]})

    async def read_product(self, request: web.Request) -> web.Response:
        product = _product(request.match_info["id"])
        more = {"stock": product.stock, "reviews": f"/products/{product.id}/reviews"}
        return tagged({**_listed(product), **more})

    async def write_review(self, request: web.Request) -> web.Response:
        user, product = self._accounts.user(request), _product(request.match_info["id"])
        asked = await read_document(request)
        refuse(review_problems(asked))
        ending = "".join(self._random.choices(ALPHABET, k=6))
        slug = f"{product.name.lower().replace(' ', '-')}-{ending}"
        review = {"slug": slug, "product_id": product.id, "author_id": user["id"]}
        review |= {"rating": asked["rating"], "text": asked["text"]}
        review |= {"created_at": self._clock.tick(), "self": f"/reviews/{slug}"}
        self._reviews[slug] = review
        return created(request, review["self"], review)

    async def read_review(self, request: web.Request) -> web.Response:
        review = self._reviews.get(request.match_info["slug"])
        if review is None:
            raise RefusedError(404, "no such review")
        return tagged(review)

    async def open_cart(self, request: web.Request) -> web.Response:
        tenant = self._tenant(user := self._accounts.user(request))
        id_ = 1 + sum(key[0] == tenant for key in self._carts)
        cart = {"id": id_, "owner_id": user["id"], "status": "open", "items": {}}
        self._carts[tenant, id_] = cart
        cart["created_at"] = self._clock.tick()
        return created(request, f"/carts/{id_}", _cart(cart))

    async def read_cart(self, request: web.Request) -> web.Response:
        return tagged(_cart(self._cart(request)))

    async def put_item(self, request: web.Request) -> web.Response:
        cart, product = self._cart(request), _product(request.match_info["product_id"])
        asked = await read_document(request)
        refuse(quantity_problems(asked))
        if cart["status"] == "ordered":
            raise RefusedError(409, "cart already ordered")
        status = 200 if product.id in cart["items"] else 201
        cart["items"][product.id] = asked["quantity"]
        shown = {"cart_id": cart["id"], **_item(product.id, asked["quantity"])}
        return web.json_response(shown, status=status)

    async def remove_item(self, request: web.Request) -> web.Response:
        cart, product_id = self._cart(request), number(request.match_info["product_id"])
        if product_id not in cart["items"]:
            raise RefusedError(404, "no such item")
        if cart["status"] == "ordered":
            raise RefusedError(409, "cart already ordered")
        del cart["items"][product_id]
        return web.Response(status=204)

    async def place_order(self, request: web.Request) -> web.Response:
        user, asked = self._accounts.user(request), await read_document(request)
        refuse(order_problems(asked) | ({} if "cart_id" in asked else {"cart_id": "is required"}))
        cart = self._own_cart(str(asked["cart_id"]), user)
        if cart["status"] == "ordered":
            raise RefusedError(409, "cart already ordered")
        if not cart["items"]:
            refuse({"cart_id": "has nothing in it"})
        cart["status"] = "ordered"
        id_, items = next(self._order_ids), [_item(*one) for one in cart["items"].items()]
        order = {"id": id_, "customer_id": user["id"], "cart_id": cart["id"], "items": items}
        order |= {**_amounts(items), "status": "open", "notes": []}
        order |= {"note": asked.get("note", ""), "gift": asked.get("gift", False)}
        order |= {"created_at": self._clock.tick(), "self": f"/orders/{id_}"}
        self._orders[id_] = order
        return created(request, order["self"], order)

    async def list_orders(self, request: web.Request) -> web.Response:
        user, cart = self._accounts.user(request), request.query.get("cart_id")
        listed = [
            {key: order[key] for key in ("id", "status", "total", "self")}
            for order in self._orders.values()
            if order["customer_id"] == user["id"] and cart in {None, str(order["cart_id"])}
        ]
        return web.json_response({"orders": listed, "count": len(listed)})

    async def read_order(self, request: web.Request) -> web.Response:
        return tagged(self._order(request))

    async def change_order(self, request: web.Request) -> web.Response:
        order, asked = self._order(request), await read_document(request)
        refuse(order_problems(asked))
        order.update({key: asked[key] for key in ("note", "gift", "status") if key in asked})
        return web.json_response(order)

    async def delete_order(self, request: web.Request) -> web.Response:
        del self._orders[self._order(request)["id"]]
        return web.Response(status=204)

    async def add_note(self, request: web.Request) -> web.Response:
        order, form = self._order(request), await request.post()
        if form.get("order_id") != str(order["id"]):
            refuse({"order_id": "is that of another order"})
        if not (text := str(form.get("text", "")).strip()):
            refuse({"text": "must not be empty"})
        order["notes"].append({"text": text, "important": form.get("important") == "on"})
        shown = {"order_id": order["id"], "number": len(order["notes"]), **order["notes"][-1]}
        return created(request, order["self"], shown)

    def _tenant(self, user: Row) -> int:
        """Whose numbers a cart's id is one of; 0 when all share them."""
        return int(user["id"]) if self._tenant_carts else 0

    def _cart(self, request: web.Request) -> Row:
        return self._own_cart(request.match_info["id"], self._accounts.user(request))

    def _own_cart(self, segment: str, user: Row) -> Row:
        cart = self._carts.get((self._tenant(user), number(segment)))
        if cart is None:
            raise RefusedError(404, "no such cart")
        own(cart["owner_id"], user)
        return cart

    def _order(self, request: web.Request) -> Row:
        user, order = self._accounts.user(request), self._orders.get(_id(request))
        if order is None:
            raise RefusedError(404, "no such order")
        own(order["customer_id"], user)
        return order


def _id(request: web.Request) -> int:
    return number(request.match_info["id"])


def _product(segment: str) -> Product:
    product = PRODUCTS.get(number(segment))
    if product is None:
        raise RefusedError(404, "no such product")
    return product


def _listed(product: Product) -> Row:
    shown = {"id": product.id, "name": product.name, "price": product.cents / 100}
    return {**shown, "self": f"/products/{product.id}"}


def _cart(cart: Row) -> Row:
    items = [_item(*one) for one in cart["items"].items()]
    shown = {**cart, "items": items, "subtotal": _amounts(items)["subtotal"]}
    return {**shown, "self": f"/carts/{cart['id']}"}


def _item(product_id: int, quantity: int) -> Row:
    cents = PRODUCTS[product_id].cents
    amounts = {"price": cents / 100, "amount": cents * quantity / 100}
    return {"product_id": product_id, "quantity": quantity, **amounts}


def _amounts(items: list[Row]) -> Row:
    subtotal = sum((Decimal(str(item["amount"])) for item in items), Decimal())
    tax = (subtotal * TAX_PER_MILLE / 1000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    named = {"subtotal": subtotal, "tax": tax, "total": subtotal + tax}
    return {name: float(amount) for name, amount in named.items()}


def main() -> None:
    """Serve until told to stop."""
    parser = ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jwt", action="store_true")
    parser.add_argument("--tenant-carts", action="store_true")
    given = parser.parse_args()
    shop = Baseline(given.seed, jwt=given.jwt, tenant_carts=given.tenant_carts)
    serve_forever(shop.app(), port=given.port)


if __name__ == "__main__":
    main()
