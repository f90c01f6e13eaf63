"""The new shop's users, sessions, products and reviews."""

import msgspec
from aiohttp import web

from support.shop import goods
from support.shop.candidate_call import Call, Session, User, on, reply, tagged
from support.shop.goods import PRODUCTS, Product
from support.shop.wire import COOKIE, Document, RefusedError, jwt, read_document, refuse

JWT_KEY = b"the key of the candidate in tests"


@on("POST", "/users")
async def _register(call: Call) -> web.Response:
    asked = await read_document(call.request)
    refuse(goods.user_problems(asked))
    if asked["email"] in {user.email for user in call.shop.users.values()}:
        raise RefusedError(409, "email already registered")
    user = msgspec.convert({**asked, "id": call.shop.new_id(), "created_at": call.shop.now()}, User)
    call.shop.users[user.id] = user
    return call.made(_user(user), f"/users/{user.id}")


@on("GET", "/users/{id}")
async def _read_user(call: Call) -> web.Response:
    user = call.user
    if call.segment not in call.shop.users:
        raise RefusedError(404, "no such user")
    if call.segment != user.id:
        raise RefusedError(403, "not yours")
    return tagged(_user(user))


@on("POST", "/login")
async def _login(call: Call) -> web.Response:
    shop, asked = call.shop, await read_document(call.request)
    for user in shop.users.values():
        if user.email == asked.get("email") and user.password == asked.get("password"):
            break
    else:
        raise RefusedError(401, "wrong email or password")
    if asked.get("remember") == "cookie":
        token = shop.new_text(43)
        answer = reply({"user_id": user.id})
        answer.headers["Set-Cookie"] = f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax"
    else:
        times = {"iat": shop.epoch_s, "exp": shop.epoch_s + 86400}
        claims = {"sub": user.id, "jti": shop.random.randbytes(8).hex(), **times}
        token = jwt(claims, JWT_KEY) if shop.jwt else f"sh_{shop.new_text(36)}"
        shown = {"token": token, "token_type": "Bearer", "expires_in": 86400}
        answer = reply({"user_id": user.id, **shown})
    shop.sessions[token] = Session(user=user)
    return answer


@on("POST", "/logout")
async def _logout(call: Call) -> web.Response:
    if call.session:
        call.shop.sessions.pop(call.token)
    answer = web.Response(status=204)
    if call.by_cookie:
        answer.del_cookie(COOKIE)
    return answer


@on("GET", "/me")
async def _read_me(call: Call) -> web.Response:
    return tagged(_user(call.user))


@on("PATCH", "/me")
async def _change_me(call: Call) -> web.Response:
    user = call.user
    asked = await read_document(call.request)
    refuse(goods.name_problems(asked))
    user.name = asked["name"]
    return reply(_user(user))


@on("GET", "/csrf")
async def _give_csrf(call: Call) -> web.Response:
    session = call.session
    if not call.by_cookie:
        raise RefusedError(400, "only for sessions with a cookie")
    session.csrf = call.shop.new_text(32)
    return reply({"csrf": session.csrf})


@on("GET", "/products")
async def _list_products(_call: Call) -> web.Response:
    return reply({"products": [_product(product) for product in PRODUCTS.values()]})


@on("GET", "/products/{id}")
async def _read_product(call: Call) -> web.Response:
    product = call.product()
    reviews = f"/products/{product.id}/reviews"
    return tagged({**_product(product), "stock": product.stock, "reviews": reviews})


@on("POST", "/products/{id}/reviews")
async def _write_review(call: Call) -> web.Response:
    author, product = call.user, call.product()
    asked = await read_document(call.request)
    refuse(goods.review_problems(asked))
    ending = call.shop.new_text(6, "abcdefghjkmnpqrstuvwxyz23456789")
    slug = "-".join((*product.name.lower().split(), ending))
    review = {
        "self": f"/reviews/{slug}",
        "slug": slug,
        "product_id": product.id,
        "author_id": author.id,
        "rating": asked["rating"],
        "text": asked["text"],
        "created_at": call.shop.now(),
    }
    call.shop.reviews[slug] = review
    return call.made(review, review["self"])


@on("GET", "/reviews/{slug}")
async def _read_review(call: Call) -> web.Response:
    if call.segment not in call.shop.reviews:
        raise RefusedError(404, "no such review")
    return tagged(call.shop.reviews[call.segment])


def _user(user: User) -> Document:
    known = {"id": user.id, "email": user.email, "name": user.name}
    return {"self": f"/users/{user.id}", **known, "created_at": user.created_at}


def _product(product: Product) -> Document:
    known = {"id": product.id, "name": product.name, "self": f"/products/{product.id}"}
    return {**known, "price": product.cents / 100}
