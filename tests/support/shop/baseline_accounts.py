"""The monolith's users, their sessions, and its clock."""

import datetime as dt
import hashlib
import random
from itertools import count
from typing import Any

from aiohttp import web

from support.shop.goods import name_problems, user_problems
from support.shop.wire import COOKIE, RefusedError, credential, jwt, read_document, refuse

JWT_KEY = b"the key of the baseline in tests"
LIFE_S = 86_400

type Row = dict[str, Any]


class Clock:
    """The monolith's own time: it moves by a few seconds whenever something is made."""

    def __init__(self, random_: random.Random) -> None:
        self._random = random_
        self.now = dt.datetime(2025, 3, 1, 8, tzinfo=dt.UTC)

    def tick(self) -> str:
        self.now += dt.timedelta(seconds=self._random.randint(1, 9))
        return self.now.strftime("%Y-%m-%dT%H:%M:%SZ")

    async def sign(self, _request: web.Request, answer: web.StreamResponse) -> None:
        """Say time and name in the headers, the same in every run."""
        answer.headers["Date"] = self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")
        answer.headers["Server"] = "monolith/9"


class Accounts:
    """Users count up from 1000; a session is a random hex token, or a JWT for ``Bearer``."""

    def __init__(self, random_: random.Random, clock: Clock, *, jwt_tokens: bool) -> None:
        self._random, self._clock, self._jwt_tokens = random_, clock, jwt_tokens
        self._ids = count(1000)
        self._users: dict[int, Row] = {}
        self._sessions: dict[str, Row] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/users", self.register),
            web.get("/users/{id}", self.read_user),
            web.post("/login", self.login),
            web.post("/logout", self.logout),
            web.get("/me", self.read_me),
            web.patch("/me", self.change_me),
            web.get("/csrf", self.give_csrf),
        ]

    def user(self, request: web.Request) -> Row:
        """Who asks; refused when nobody does, or when a write comes without its CSRF token."""
        token, is_cookie = credential(request)
        session = self._sessions.get(token)
        if session is None:
            raise RefusedError(401, "log in first")
        if is_cookie and request.method not in {"GET", "HEAD"}:
            given = request.headers.get("X-CSRF-Token")
            if given is None or given != session["csrf"]:
                raise RefusedError(403, "csrf token missing or wrong")
        return self._users[session["user_id"]]

    async def register(self, request: web.Request) -> web.Response:
        asked = await read_document(request)
        refuse(user_problems(asked))
        if any(user["email"] == asked["email"] for user in self._users.values()):
            raise RefusedError(409, "email already registered")
        user = {"id": next(self._ids), **{key: asked[key] for key in ("email", "name", "password")}}
        user["created_at"] = self._clock.tick()
        self._users[user["id"]] = user
        return created(request, f"/users/{user['id']}", _shown(user))

    async def read_user(self, request: web.Request) -> web.Response:
        user = self.user(request)
        found = self._users.get(number(request.match_info["id"]))
        if found is None:
            raise RefusedError(404, "no such user")
        own(found["id"], user)
        return tagged(_shown(found))

    async def login(self, request: web.Request) -> web.Response:
        asked = await read_document(request)
        given = (asked.get("email"), asked.get("password"))
        users = self._users.values()
        user = next((one for one in users if (one["email"], one["password"]) == given), None)
        if user is None:
            raise RefusedError(401, "wrong email or password")
        session = {"user_id": user["id"], "csrf": None}
        if asked.get("remember") == "cookie":
            token = self._random.randbytes(16).hex()
            answer = web.json_response({"user_id": user["id"]})
            answer.set_cookie(COOKIE, token, httponly=True, samesite="Lax")
        else:
            token = self._jwt(user) if self._jwt_tokens else self._random.randbytes(20).hex()
            more = {"token_type": "Bearer", "expires_in": LIFE_S}
            answer = web.json_response({"user_id": user["id"], "token": token, **more})
        self._sessions[token] = session
        return answer

    async def logout(self, request: web.Request) -> web.Response:
        self.user(request)
        token, is_cookie = credential(request)
        del self._sessions[token]
        answer = web.Response(status=204)
        if is_cookie:
            answer.del_cookie(COOKIE)
        return answer

    async def read_me(self, request: web.Request) -> web.Response:
        return tagged(_shown(self.user(request)))

    async def change_me(self, request: web.Request) -> web.Response:
        user, asked = self.user(request), await read_document(request)
        refuse(name_problems(asked))
        user["name"] = asked["name"]
        return web.json_response(_shown(user))

    async def give_csrf(self, request: web.Request) -> web.Response:
        self.user(request)
        token, is_cookie = credential(request)
        if not is_cookie:
            raise RefusedError(400, "only for sessions with a cookie")
        self._sessions[token]["csrf"] = csrf = self._random.randbytes(12).hex()
        return web.json_response({"csrf": csrf})

    def _jwt(self, user: Row) -> str:
        issued = int(self._clock.now.timestamp())
        claims = {"sub": str(user["id"]), "jti": self._random.randbytes(8).hex()}
        return jwt({**claims, "iat": issued, "exp": issued + LIFE_S}, JWT_KEY)


def own(owner: int, user: Row) -> None:
    """Refuse to whom it does not belong."""
    if owner != user["id"]:
        raise RefusedError(403, "not yours")


def number(segment: str) -> int:
    """A segment as an id; 0, which nothing has, when it is none."""
    is_id = segment.isascii() and segment.isdigit() and segment[0] != "0"
    return int(segment) if is_id else 0


def created(request: web.Request, path: str, document: Row) -> web.Response:
    """201, with the absolute URL of what was made."""
    location = {"Location": f"http://{request.host}{path}"}
    return web.json_response(document, status=201, headers=location)


def tagged(document: Row) -> web.Response:
    """200, with a tag made of the content."""
    answer = web.json_response(document)
    digest = hashlib.sha256(repr(document).encode()).hexdigest()
    answer.headers["ETag"] = f'"{digest[:16]}"'
    return answer


def _shown(user: Row) -> Row:
    shown = {key: user[key] for key in ("id", "email", "name", "created_at")}
    return {**shown, "self": f"/users/{user['id']}"}
