"""The shop written anew: UUIDs, a table of functions, and a fault if it is asked for one.

``python -m support.shop.candidate`` serves it on loopback and says where.
"""

from argparse import ArgumentParser
from collections.abc import Mapping
from functools import partial

import msgspec
from aiohttp import web

import support.shop.candidate_accounts  # noqa: F401  enters its actions in the table
from support.shop import goods
from support.shop.candidate_call import ACTIONS, Action, Call, Cart, Order, Shop, on, reply, tagged
from support.shop.faults import FAULTS
from support.shop.goods import PRODUCTS, TAX_PER_MILLE
from support.shop.serving import serve_forever
from support.shop.wire import Document, RefusedError, answer_refusals, read_document, refuse


def app(shop: Shop) -> web.Application:
    """The routes, on what a shop stores."""
    made = web.Application(middlewares=[answer_refusals])
    for method, path, action in ACTIONS:
        made.router.add_route(method, path, partial(_act, shop, action))
        if method == "GET":
            made.router.add_route("HEAD", path, partial(_act, shop, action))
    return made


async def _act(shop: Shop, action: Action, request: web.Request) -> web.Response:
    return await action(Call(shop, request))


@on("POST", "/carts")
async def _open_cart(call: Call) -> web.Response:
    owner, shop = call.user, call.shop
    cart = Cart(id=shop.new_id(), owner=owner, created_at=shop.now())
    shop.carts[cart.id] = cart
    return call.made(_cart(cart), f"/carts/{cart.id}")


@on("GET", "/carts/{id}")
async def _read_cart(call: Call) -> web.Response:
    shown = _cart(call.cart(call.segment))
    if call.shop.fault == "quantity-as-text":
        shown["items"] = [{**one, "quantity": str(one["quantity"])} for one in shown["items"]]
    return tagged(shown)


@on("PUT", "/carts/{id}/items/{product_id}")
async def _put_item(call: Call) -> web.Response:
    cart, product = call.cart(call.segment), call.product("product_id")
    asked = await read_document(call.request)
    refuse(goods.quantity_problems(asked))
    _still_open(cart)
    status = 200 if product.id in cart.pieces else 201
    if status == 201 or call.shop.fault != "second-quantity-lost":
        cart.pieces[product.id] = asked["quantity"]
    return reply({"cart_id": cart.id, **_line(product.id, cart.pieces)}, status)


@on("DELETE", "/carts/{id}/items/{product_id}")
async def _remove_item(call: Call) -> web.Response:
    cart, wanted = call.cart(call.segment), call.request.match_info["product_id"]
    kept = {product: pieces for product, pieces in cart.pieces.items() if str(product) != wanted}
    if len(kept) == len(cart.pieces):
        raise RefusedError(404, "no such item")
    _still_open(cart)
    cart.pieces = kept
    return web.Response(status=204)


@on("POST", "/orders")
async def _place_order(call: Call) -> web.Response:
    user, shop = call.user, call.shop
    asked = await read_document(call.request)
    missing = {} if "cart_id" in asked else {"cart_id": "is required"}
    refuse({**goods.order_problems(asked), **missing})
    cart = call.cart(str(asked["cart_id"]))
    _still_open(cart)
    refuse({} if cart.pieces else {"cart_id": "has nothing in it"})
    cart.is_ordered = True
    id_ = shop.first_order_id if shop.fault == "one-order-id" else shop.new_id()
    chosen = _chosen(asked, "note", "gift")
    order = Order(id=id_, owner=user, cart=cart, created_at=shop.now(), **chosen)
    shop.orders[id_] = order
    return call.made(_order(shop, order), f"/orders/{id_}")


@on("GET", "/orders")
async def _list_orders(call: Call) -> web.Response:
    user, cart_id = call.user, call.request.query.get("cart_id")
    found = [one for one in call.shop.orders.values() if one.owner is user]
    if cart_id is not None:
        found = [one for one in found if one.cart.id == cart_id]
    if call.shop.fault == "list-reversed":
        found.reverse()
    shown = [_order(call.shop, one) for one in found]
    listed = [_chosen(one, "id", "status", "total", "self") for one in shown]
    return reply({"count": len(listed), "orders": listed})


@on("GET", "/orders/{id}")
async def _read_order(call: Call) -> web.Response:
    if call.shop.fault == "foreign-order-visible" and call.user:
        found = call.shop.orders.get(call.segment)
    else:
        found = None
    shown = _order(call.shop, found or call.order())
    if call.shop.fault == "gift-missing":
        del shown["gift"]
    return tagged(shown)


@on("PATCH", "/orders/{id}")
async def _change_order(call: Call) -> web.Response:
    order = call.order()
    asked = await read_document(call.request)
    refuse(goods.order_problems(asked))
    changed = msgspec.structs.replace(order, **_chosen(asked, "note", "gift", "status"))
    if call.shop.fault != "patch-lost":
        call.shop.orders[order.id] = changed
    return reply(_order(call.shop, changed))


@on("DELETE", "/orders/{id}")
async def _delete_order(call: Call) -> web.Response:
    known = call.user and call.segment in call.shop.orders
    if known or call.shop.fault != "delete-of-missing":
        del call.shop.orders[call.order().id]
    return web.Response(status=204)


@on("POST", "/orders/{id}/notes")
async def _add_note(call: Call) -> web.Response:
    order = call.order()
    form = await call.request.post()
    if order.id != form.get("order_id"):
        raise RefusedError(422, "invalid", fields={"order_id": "is that of another order"})
    text = str(form.get("text", "")).strip()
    refuse({} if text else {"text": "must not be empty"})
    note = {"text": text, "important": form.get("important") == "on"}
    order.notes.append(note)
    shown = {**note, "number": len(order.notes), "order_id": order.id}
    return call.made(shown, f"/orders/{order.id}")


def _still_open(cart: Cart) -> None:
    if cart.is_ordered:
        raise RefusedError(409, "cart already ordered")


def _chosen(document: Mapping[str, object], *names: str) -> Document:
    return {name: document[name] for name in names if name in document}


def _cart(cart: Cart) -> Document:
    return {
        "id": cart.id,
        "self": f"/carts/{cart.id}",
        "owner_id": cart.owner.id,
        "status": "ordered" if cart.is_ordered else "open",
        "items": [_line(product, cart.pieces) for product in cart.pieces],
        "subtotal": _cents(cart) / 100,
        "created_at": cart.created_at,
    }


def _line(product: int, pieces: Mapping[int, int]) -> Document:
    price, quantity = PRODUCTS[product].cents, pieces[product]
    amount = {"price": price / 100, "amount": price * quantity / 100}
    return {"product_id": product, "quantity": quantity, **amount}


def _cents(cart: Cart) -> int:
    return sum(PRODUCTS[product].cents * quantity for product, quantity in cart.pieces.items())


def _order(shop: Shop, order: Order) -> Document:
    subtotal = _cents(order.cart)
    half = 0 if shop.fault == "total-rounded-down" else 500
    tax = (subtotal * TAX_PER_MILLE + half) // 1000
    customer = order.owner
    if shop.fault == "wrong-customer":
        customer = next(iter(shop.users.values()))
    return {
        "id": order.id,
        "self": f"/orders/{order.id}",
        "customer_id": customer.id,
        "cart_id": order.cart.id,
        "items": _cart(order.cart)["items"],
        "subtotal": subtotal / 100,
        "tax": tax / 100,
        "total": (subtotal + tax) / 100,
        "note": order.note,
        "gift": order.gift,
        "status": order.status,
        "notes": order.notes,
        "created_at": order.created_at,
    }


def main() -> None:
    """Serve until told to stop."""
    parser = ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--jwt", action="store_true")
    parser.add_argument("--absolute", action="store_true", help="Location with scheme and host")
    parser.add_argument("--fault", choices=("", *FAULTS), default="")
    given = parser.parse_args()
    shop = Shop(given.seed, jwt=given.jwt, absolute=given.absolute, fault=given.fault)
    serve_forever(app(shop), port=given.port)


if __name__ == "__main__":
    main()
