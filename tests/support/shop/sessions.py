"""What the shop's customers do: scripts that ask, look at the answer, and ask again.

A script is a generator: it yields what to ask and gets the answer sent in. It looks at ids, slugs
and tokens alone, so that both sides are asked the same, each in its own words.
"""

import random
from collections.abc import Generator
from functools import partial
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
import orjson

type Headers = tuple[tuple[str, str], ...]
type Script = Generator[Ask, Answer, None]
type Step = Generator[Ask, Answer, Answer]
type Kind = Literal["token", "cookie"]

AGENTS: dict[Kind, str] = {
    "token": "ShopApp/4.1 (Android 15)",
    "cookie": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
TEXTS = ("soft and warm", "not as blue as shown", "as 12 others say: fine", "größer als gedacht")
PASSWORD = "correct horse 12"
STRANGE_TOKEN = "0123456789abcdef-of-nobody"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a customer.

    Attributes:
        method: ``GET``.
        target: Path and query as they go on the wire.
        headers: Beside Host and Content-Length.
        body: As it goes on the wire.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def document(self) -> Any:
        return orjson.loads(self.body)

    def field(self, name: str) -> str:
        """A header's value; empty without one."""
        wanted = name.lower().encode()
        values = (value.decode() for key, value in self.headers if key.lower() == wanted)
        return next(values, "")


class Board:
    """What customers show one another: it holds what stays as it is until the end.

    Attributes:
        slugs: Of reviews.
        order_ids: Of orders that nobody deletes.
    """

    def __init__(self) -> None:
        self.slugs: list[str] = []
        self.order_ids: list[str] = []


class Session:
    """One customer: a client of one kind with a plan of its own.

    Attributes:
        number: From 0; quantities come near to it, as ids of carts do.
        kind: Whether it keeps a bearer token or a cookie.
        random: For its choices and its pauses.
    """

    def __init__(self, seed: int, number: int, board: Board) -> None:
        self.number = number
        self.random = random.Random(f"{seed}/{number}")  # noqa: S311 the same in every run
        self.kind: Kind = "cookie" if self.random.random() < 0.45 else "token"
        self._board = board
        self._credential: Headers = ()
        self._csrf: Headers = ()
        self._self = ""

    def script(self) -> Script:
        """All that the customer does, from registering to leaving."""
        yield from self._arrive()
        plans = [self._buy, self._buy_and_delete, self._buy_twice]
        yield from self.random.choice(plans)()
        extras = [
            self._review,
            self._look_around,
            self._rename,
            self._read_review_of_another,
            self._read_order_of_another,
            self._err,
        ]
        for extra in self.random.sample(extras, k=self.random.randint(1, 2)):
            yield from extra()
        if self.random.random() < 0.3:
            yield from self._leave()

    def _arrive(self) -> Script:
        email = f"customer{self.number}@shop.example"
        person = {"email": email, "name": f"Customer {self.number}", "password": PASSWORD}
        self._self = (yield from self._send("POST", "/users", person)).document["self"]
        if self.random.random() < 0.1:
            yield from self._send("POST", "/users", person)
        if self.random.random() < 0.1:
            yield from self._send("GET", "/me")
        given = {"email": email, "password": PASSWORD, "remember": self.kind}
        answer = yield from self._send("POST", "/login", given)
        if self.kind == "cookie":
            cookie = answer.field("Set-Cookie").partition(";")[0]
            self._credential = (("Cookie", f"theme=dark; {cookie}"),)
            csrf = yield from self._send("GET", "/csrf")
            self._csrf = (("X-CSRF-Token", csrf.document["csrf"]),)
        else:
            self._credential = (("Authorization", f"Bearer {answer.document['token']}"),)

    def _leave(self) -> Script:
        yield from self._send("POST", "/logout")
        yield from self._send("GET", "/me")

    def _fill_cart(self) -> Step:
        """The cart, read after it got a product or two."""
        cart = (yield from self._send("POST", "/carts")).document
        products = self.random.sample(range(1, 41), k=self.random.randint(1, 2))
        for product in products:
            item = f"/carts/{cart['id']}/items/{product}"
            yield from self._send("PUT", item, {"quantity": self._quantity()})
        if self.random.random() < 0.5:
            yield from self._send("PUT", item, {"quantity": self._quantity()})
        if len(products) > 1 and self.random.random() < 0.3:
            yield from self._send("DELETE", item)
        return (yield from self._send("GET", f"/carts/{cart['id']}"))

    def _order(self) -> Step:
        cart = (yield from self._fill_cart()).document
        note = self.random.choice(("", f"call before {self.random.randint(8, 19)}"))
        asked = {"cart_id": cart["id"], "note": note, "gift": self.random.random() < 0.3}
        return (yield from self._send("POST", "/orders", asked))

    def _buy(self) -> Script:
        order = (yield from self._order()).document
        one = f"/orders/{order['id']}"
        self._board.order_ids.append(order["id"])
        yield from self._send("GET", one)
        yield from self._send("PATCH", one, {"note": f"ring {self.random.randint(2, 4)} times"})
        yield from self._send("GET", one)
        form = {"order_id": order["id"], "text": self.random.choice(TEXTS), "important": "on"}
        yield from self._send("POST", f"{one}/notes", form=form)
        yield from self._send("GET", f"/orders?{urlencode({'cart_id': order['cart_id']})}")

    def _buy_and_delete(self) -> Script:
        one = f"/orders/{(yield from self._order()).document['id']}"
        yield from self._send("GET", one)
        yield from self._send("DELETE", one)
        yield from self._send("GET", one)
        if self.random.random() < 0.5:
            yield from self._send("DELETE", one)
        yield from self._send("GET", "/orders")

    def _buy_twice(self) -> Script:
        first = (yield from self._order()).document
        second = (yield from self._order()).document
        self._board.order_ids += [first["id"], second["id"]]
        yield from self._send("GET", "/orders")
        yield from self._send("PATCH", f"/orders/{first['id']}", {"status": "cancelled"})
        again = {"cart_id": second["cart_id"]}
        yield from self._send("POST", "/orders", again)

    def _review(self) -> Script:
        asked = {"rating": self.random.randint(1, 5), "text": self.random.choice(TEXTS)}
        product = self.random.randint(1, 40)
        review = (yield from self._send("POST", f"/products/{product}/reviews", asked)).document
        self._board.slugs.append(review["slug"])
        yield from self._send("GET", review["self"])

    def _look_around(self) -> Script:
        yield from self._send("GET", "/products")
        yield from self._send("GET", f"/products/{self.random.randint(1, 44)}")

    def _rename(self) -> Script:
        yield from self._send("PATCH", "/me", {"name": f"Customer No. {self.number}"})
        yield from self._send("GET", self.random.choice(("/me", self._self)))

    def _read_review_of_another(self) -> Script:
        if self._board.slugs:
            yield from self._send("GET", f"/reviews/{self.random.choice(self._board.slugs)}")

    def _read_order_of_another(self) -> Script:
        """Refused, unless the customer happens to choose an order of their own."""
        if self._board.order_ids:
            yield from self._send("GET", f"/orders/{self.random.choice(self._board.order_ids)}")

    def _err(self) -> Script:
        """Input that is refused, or a token that nobody was given."""
        send, (csrf, credential) = self._send, (self._csrf, self._credential)
        mistakes: list[partial[Step]] = [
            partial(send, "POST", "/products/12/reviews", {"rating": 6, "text": ""}),
            partial(send, "POST", "/orders", {"note": "without a cart"}),
            partial(send, "PATCH", "/me", {"name": " "}),
        ]
        for mistake in self.random.sample(mistakes, k=1):
            yield from mistake()
        self._csrf, self._credential = (), (("Authorization", f"Bearer {STRANGE_TOKEN}"),)
        yield from self._send("GET", "/orders")
        self._credential = credential
        if self.kind == "cookie":
            yield from self._send("POST", "/carts")
        self._csrf = csrf

    def _quantity(self) -> int:
        """Often the number of a cart or an order that is about."""
        return self.random.choice((1, 2, 12, 1 + self.number, 5000 + self.number))

    def _send(
        self, method: str, target: str, document: Any = None, *, form: dict[str, Any] | None = None
    ) -> Step:
        headers: Headers = (("User-Agent", AGENTS[self.kind]), ("Accept", "application/json"))
        headers += self._credential
        if method != "GET":
            headers += self._csrf
        body = b""
        if form is not None:
            headers += (("Content-Type", "application/x-www-form-urlencoded"),)
            body = urlencode(form).encode()
        elif document is not None:
            headers += (("Content-Type", "application/json"),)
            body = orjson.dumps(document)
        return (yield Ask(method=method, target=target, headers=headers, body=body))


def sessions(seed: int, count: int) -> tuple[Session, ...]:
    """Customers with about 16 requests each, the same for the same seed.

    Their scripts can be run once, against one side; ask for them anew for the other.
    """
    board = Board()
    return tuple(Session(seed, number, board) for number in range(count))
