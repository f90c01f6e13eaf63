"""One side of a replay driven by hand: what was recorded, and what the side answers to it."""

from collections.abc import Container, Mapping
from typing import Any

import orjson

from shadowpact.aliases import Aliases
from shadowpact.aliases.places import Where
from shadowpact.model.alias import Rewritten, Scalar
from shadowpact.model.exchange import Exchange, Headers, Request, Response
from shadowpact.routes import RouteTable
from support.build import JSON, exchange, request, response

FORM = ((b"content-type", b"application/x-www-form-urlencoded"),)

ROUTES = RouteTable(())


def post(target: str, document: Any = None, *, headers: Headers = ()) -> Request:
    """A request with a JSON body."""
    body = b"" if document is None else orjson.dumps(document)
    return request("POST", target, headers=(*JSON, *headers), body=body)


def location(value: str) -> Headers:
    return (*JSON, (b"location", value.encode()))


def cookie(value: str) -> Headers:
    return (*JSON, (b"set-cookie", value.encode()))


class Side:
    """Takes exchanges one after the other, as a lane would."""

    def __init__(self, aliases: Aliases | None = None) -> None:
        self.aliases = aliases or Aliases("candidate")
        self._count = 0

    def takes(
        self, asked: Request, recorded: Response, answer: Response, *, session: str = "s"
    ) -> Response:
        """Learn from an exchange; the side's answer as the comparison gets it."""
        self._count += 1
        route = route_of(asked)
        taken = exchange(asked, recorded)
        self.aliases.learn(taken, answer, session, route, f"exc_{self._count}")
        return self.aliases.translate(answer, recorded, session, route)

    def creates(self, target: str, recorded: Any, given: Any, *, session: str = "s") -> Response:
        """``POST`` to a collection: the recorded id and the side's."""
        return self.takes(
            post(target), response({"id": recorded}, 201), response({"id": given}, 201),
            session=session,
        )  # fmt: skip

    def gets(self, asked: Request, *, session: str = "s") -> Rewritten:
        """The request as the side gets it."""
        return self.aliases.rewrite(asked, session, route_of(asked))

    def target(self, target: str, *, session: str = "s") -> str:
        """A GET's target as the side gets it."""
        return self.gets(request("GET", target), session=session).request.target

    def body(self, document: Any, *, session: str = "s", target: str = "/things") -> Any:
        """A POST's JSON document as the side gets it."""
        return orjson.loads(self.gets(post(target, document), session=session).request.body)


class Marks:
    """Replaces ``(kind, text)`` as told; strong values under no kind."""

    def __init__(self, marks: Mapping[tuple[str, str], object]) -> None:
        self.marks = marks
        texts = {text for _, text in marks}
        self.known: Container[Scalar] = texts | {int(text) for text in texts if text.isdecimal()}
        self.asked: list[tuple[tuple[str, ...], Scalar]] = []
        self.twins: list[Any] = []

    def value(
        self, kinds: tuple[str, ...], level: int, value: Scalar, where: Where, twin: Any
    ) -> Scalar | None:
        del level, where
        self.twins.append(twin)
        self.asked.append((kinds, value))
        for kind in (*kinds, ""):
            if (kind, str(value)) in self.marks:
                return self.marks[kind, str(value)]  # type: ignore[return-value]  # a scalar
        return None


def route_of(asked: Request) -> str:
    return ROUTES.match(asked.method, asked.path).route


def document(answer: Response) -> Any:
    return orjson.loads(answer.body)


__all__ = [
    "FORM",
    "Exchange",
    "Marks",
    "Side",
    "cookie",
    "document",
    "location",
    "post",
    "route_of",
]
