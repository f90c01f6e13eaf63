"""Orders that are made, read, changed and deleted: small, with a login, its ids from anywhere."""

import itertools
import json
from collections.abc import Callable
from typing import Any

from shadowpact.model.exchange import Exchange, Headers
from support.build import STARTED_US, exchange, request, response
from support.provider import Answers, Asked, Reply, json_reply

TOKEN = "first-token-of-the-recording-0001"


class Orders:
    """The service.

    Args:
        first_id: Of the first order.
        token: That a login gives.
        fault: Changes what reading an order answers.
    """

    def __init__(
        self,
        first_id: int = 17,
        *,
        token: str = TOKEN,
        fault: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    ) -> None:
        self.asked: list[tuple[str, str]] = []
        self.first_id = first_id
        self._token = token
        self._fault = fault
        self.reset()

    def reset(self) -> None:
        self._ids = itertools.count(self.first_id)
        self._orders: dict[int, dict[str, Any]] = {}

    @property
    def answers(self) -> Answers:
        return self._answer

    def _answer(self, asked: Asked) -> Reply:
        self.asked.append((asked.method, asked.target))
        if asked.target == "/reset":
            self.reset()
            return json_reply({})
        if asked.target == "/login":
            return json_reply({"token": self._token})
        if asked.headers.get("authorization") != f"Bearer {self._token}":
            return json_reply({"error": "who are you?"}, 401)
        if asked.target == "/orders":
            return self._all(asked)
        return self._one(asked)

    def _all(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return json_reply({"orders": list(self._orders.values())})
        order = {"id": next(self._ids), "note": "", **json.loads(asked.body)}
        self._orders[order["id"]] = order
        return json_reply(order, 201)

    def _one(self, asked: Asked) -> Reply:
        number = int(asked.target.rpartition("/")[2])
        if number not in self._orders:
            return json_reply({"error": "no such order"}, 404)
        if asked.method == "DELETE":
            del self._orders[number]
            return Reply(status=204, headers=())
        if asked.method == "PATCH":
            self._orders[number] |= json.loads(asked.body)
        return json_reply(self._fault(self._orders[number]))


def recorded(*asks: tuple[str, str, Any], orders: Orders | None = None) -> list[Exchange]:
    """What the service answers to these, one session over one connection, after a login."""
    service = orders or Orders()
    made = []
    for number, (method, target, document) in enumerate((("POST", "/login", {"u": 1}), *asks)):
        body = b"" if document is None else json.dumps(document).encode()
        headers: Headers = ((b"content-type", b"application/json"),) if body else ()
        if number:
            headers = (*headers, (b"authorization", f"Bearer {TOKEN}".encode()))
        told = service.answers(
            Asked(method, target, {k.decode(): v.decode() for k, v in headers}, body)
        )
        assert told is not None
        made.append(
            exchange(
                request(method, target, headers=headers, body=body),
                response(
                    status=told.status,
                    body=told.body,
                    headers=tuple((k.encode(), v.encode()) for k, v in told.headers),
                ),
                started_us=STARTED_US + number * 1_000_000,
            )
        )
    return made
