"""What the shop's candidate can be told to get wrong: ten faults, and where each one shows."""

import msgspec

from shadowpact.model.difference import Kind, Location

CARTS = ("GET /carts/{id}", "PUT /carts/{id}/items/{id}")
ONE_ORDER = ("GET /orders/{id}", "PATCH /orders/{id}")
ORDERS = ("POST /orders", *ONE_ORDER)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding says.

    Attributes:
        route: With the names that :data:`ROUTES` gives.
        location: Part of the answer.
        path: With list positions generalised; empty for the status.
        kind: What sort of difference.
    """

    route: str
    location: Location
    path: str
    kind: Kind


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One seeded fault.

    Attributes:
        why: How such a thing comes about.
        places: At least one of them has to be found.
        follows: Routes, besides those of ``places``, where its consequences show.
    """

    why: str
    places: tuple[Place, ...]
    follows: tuple[str, ...] = ()

    @property
    def routes(self) -> frozenset[str]:
        """Where differences may be found; on no other route."""
        return frozenset(place.route for place in self.places) | frozenset(self.follows)


ROUTES = ("GET /reviews/{slug}", "/**")
"""For a candidate's ``routes``: a slug is no id that could be told by its form."""

RULES = """
[[rules]]
id = "created-at"
kind = "shape"
path = "$..created_at"
reason = "each side has its own clock"

[[rules]]
id = "location"
kind = "url"
header = "location"
reason = "one side says it with its host, the other without"
"""
"""For a configuration: what differs and is neither a name nor a fault."""


def _body(path: str, kind: Kind, *routes: str) -> tuple[Place, ...]:
    return tuple(Place(route=route, location="body", path=path, kind=kind) for route in routes)


def _status(route: str) -> tuple[Place, ...]:
    return (Place(route=route, location="status", path="", kind="value-changed"),)


FAULTS: dict[str, Fault] = {
    "total-rounded-down": Fault(
        why="half a cent of tax is cut off instead of rounded up",
        places=(
            *_body("$.tax", "value-changed", *ORDERS),
            *_body("$.total", "value-changed", *ORDERS),
            *_body("$.orders[*].total", "value-changed", "GET /orders"),
        ),
    ),
    "gift-missing": Fault(
        why="reading an order leaves out what only the packing desk uses",
        places=_body("$.gift", "missing", "GET /orders/{id}"),
    ),
    "quantity-as-text": Fault(
        why="a cart is read from a store that knows text alone",
        places=_body("$.items[*].quantity", "type-changed", "GET /carts/{id}"),
    ),
    "delete-of-missing": Fault(
        why="deleting what is gone already is said to have worked",
        places=_status("DELETE /orders/{id}"),
    ),
    "foreign-order-visible": Fault(
        why="reading an order does not ask whose it is",
        places=_status("GET /orders/{id}"),
    ),
    "wrong-customer": Fault(
        why="orders refer to the first customer there is",
        places=_body("$.customer_id", "value-changed", *ORDERS),
    ),
    "list-reversed": Fault(
        why="the newest order comes first",
        places=_body("$.orders", "order-changed", "GET /orders"),
    ),
    "second-quantity-lost": Fault(
        why="an item that is in the cart keeps its quantity",
        places=(
            *_body("$.quantity", "value-changed", "PUT /carts/{id}/items/{id}"),
            *_body("$.items[*].quantity", "value-changed", "GET /carts/{id}", *ORDERS),
        ),
        follows=("GET /orders",),
    ),
    "patch-lost": Fault(
        why="a change is shown in the answer and never stored",
        places=_body("$.note", "value-changed", "GET /orders/{id}"),
        follows=("GET /orders", "PATCH /orders/{id}"),
    ),
    "one-order-id": Fault(
        why="an id is made when the service starts, not with each order",
        places=(
            *_body("$.id", "value-changed", *ORDERS),
            *_body("$.cart_id", "value-changed", *ORDERS),
            *_body("$.orders[*].id", "value-changed", "GET /orders"),
            *_body("$.count", "value-changed", "GET /orders"),
            *_status("GET /orders/{id}"),
        ),
        follows=("DELETE /orders/{id}", "POST /orders/{id}/notes"),
    ),
}
