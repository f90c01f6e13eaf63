"""A service that wants a token, and what issues its tokens: an OAuth 2 endpoint and a login."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer


class Issuer:
    """Issues ``token-1``, ``token-2``, ...; only the latest is accepted.

    Attributes:
        expires_in: Of the next token, in seconds.
        status: Of the next answers of the token endpoint.
        forms: What the token endpoint was sent.
        authorizations: The Authorization header of those requests, and of no others.
        sent: The headers of the requests to the service.
        targets: Where they went.
        bodies: What the login was sent.
    """

    def __init__(self) -> None:
        self.expires_in: object = 3600
        self.status = 200
        self.delay_s = 0.0
        self.issued = 0
        self.accepted = ""
        self.accepts_nothing = False
        self.forms: list[dict[str, object]] = []
        self.authorizations: list[str | None] = []
        self.sent: list[dict[str, str]] = []
        self.targets: list[str] = []
        self.bodies: list[str] = []
        self._server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("")).rstrip("/")

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    def revoke(self) -> None:
        """Accept nothing until another token is issued."""
        self.accepted = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        app = web.Application()
        app.router.add_post("/token", self._token)
        app.router.add_post("/login", self._login)
        app.router.add_get("/{rest:.*}", self._protected)
        self._server = TestServer(app)
        await self._server.start_server()
        try:
            yield self
        finally:
            await self._server.close()

    def _issue(self) -> str:
        self.issued += 1
        self.accepted = f"token-{self.issued}"
        return self.accepted

    async def _token(self, request: web.Request) -> web.Response:
        self.forms.append(dict(await request.post()))
        self.authorizations.append(request.headers.get("authorization"))
        await asyncio.sleep(self.delay_s)
        if self.status != 200:
            return web.json_response(
                {"error": "invalid_client", "error_description": "wrong secret"}, status=self.status
            )
        return web.json_response({"access_token": self._issue(), "expires_in": self.expires_in})

    async def _login(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.text())
        token = self._issue()
        answer = web.json_response({"session": {"token": token}})
        answer.set_cookie("sid", token, httponly=True)
        return answer

    async def _protected(self, request: web.Request) -> web.Response:
        self.sent.append({name.lower(): value for name, value in request.headers.items()})
        self.targets.append(request.path_qs)
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        cookie = request.cookies.get("sid")
        if self.accepts_nothing or not self.accepted or self.accepted not in {given, cookie}:
            return web.json_response({"error": "who are you?"}, status=401)
        return web.json_response({"id": 1, "you-sent": request.headers.get("authorization")})
