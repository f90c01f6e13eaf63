"""What both sides do alike with HTTP: refuse, read a JSON body, find the credential, sign a JWT."""

import base64
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

COOKIE = "shop_session"

type Document = dict[str, Any]
type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status = status
        self.document = {"error": error, **more}


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What was refused, as a JSON answer."""
    try:
        return await handler(request)
    except RefusedError as refused:
        answer = web.json_response(refused.document, status=refused.status)
        if refused.status == 401:
            answer.headers["WWW-Authenticate"] = 'Bearer realm="shop"'
        return answer


def refuse(problems: dict[str, str]) -> None:
    """Refuse a body with these fields wrong; nothing happens when there are none."""
    if problems:
        raise RefusedError(422, "invalid", fields=problems)


async def read_document(request: web.Request) -> Document:
    """The JSON object in a body."""
    try:
        document = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise RefusedError(400, "malformed body")
    return document


def credential(request: web.Request) -> tuple[str, bool]:
    """The token of a request (empty without one), and whether it is a cookie's."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        return token, False
    return request.cookies.get(COOKIE, ""), True


def jwt(claims: Document, key: bytes) -> str:
    """A token signed with HS256."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    text = b".".join(_base64(orjson.dumps(part)) for part in parts)
    return b".".join((text, _base64(hmac.digest(key, text, "sha256")))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
