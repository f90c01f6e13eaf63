"""What the replacement gets wrong, on purpose: the one table that demo, tests and docs read."""

from typing import Literal

import msgspec

from shadowpact.model.difference import Kind, Location


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One seeded fault.

    Attributes:
        name: What is wrong, in two or three words.
        route: Where.
        location: Part of the answer; ``latency`` opens no finding, it shows in the ratios.
        path: Generalised, as a finding names it.
        kind: As a finding names it.
        why: How such a fault comes about.
        follows: Name of the fault that this is only a consequence of.
    """

    name: str
    route: str
    location: Location
    path: str
    kind: Kind
    why: str
    follows: str = ""


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """What differs in every pair and means nothing; a rule of the demo's configuration covers it.

    Attributes:
        rule: Id of that rule.
        route: Where.
        path: Generalised.
    """

    rule: str
    route: str
    path: str


FAULTS = (
    Fault(
        name="wrong type",
        route="GET /orders/{id}",
        location="body",
        path="$.lines[*].quantity",
        kind="type-changed",
        why='quantities became strings: "17" for 17',
    ),
    Fault(
        name="renamed enum value",
        route="GET /orders/{id}",
        location="body",
        path="$.status",
        kind="value-changed",
        why="cancelled is spelled canceled",
    ),
    Fault(
        name="missing field",
        route="GET /customers/{id}",
        location="body",
        path="$.phone",
        kind="missing",
        why="nobody knew that a client reads it",
    ),
    Fault(
        name="500 on an edge case",
        route="GET /customers/{id}/orders",
        location="status",
        path="",
        kind="value-changed",
        why="the last order of who never ordered",
    ),
    Fault(
        name="error page, not JSON",
        route="GET /customers/{id}/orders",
        location="body",
        path="$",
        kind="type-changed",
        why="what the framework answers to an exception",
        follows="500 on an edge case",
    ),
    Fault(
        name="error page's type",
        route="GET /customers/{id}/orders",
        location="header",
        path="content-type",
        kind="value-changed",
        why="text/plain, as above",
        follows="500 on an edge case",
    ),
    Fault(
        name="error page's charset",
        route="GET /customers/{id}/orders",
        location="header",
        path="content-type",
        kind="representation-changed",
        why="said, where JSON leaves it out",
        follows="500 on an edge case",
    ),
    Fault(
        name="changed rounding",
        route="GET /reports/{date}",
        location="body",
        path="$.average",
        kind="value-changed",
        why="cut off after two places instead of rounded",
    ),
    Fault(
        name="reordered list",
        route="GET /products/{id}",
        location="body",
        path="$.tags",
        kind="order-changed",
        why="sorted by name instead of by weight",
    ),
    Fault(
        name="slow route",
        route="GET /search",
        location="latency",
        path="",
        kind="value-changed",
        why="a query without its index",
    ),
)

NOISE = (
    Noise(rule="request-id", route="GET /orders/{id}", path="$.request_id"),
    Noise(rule="generated-at", route="GET /reports/{date}", path="$.generated_at"),
)

type Ending = Literal["write-policy", "no-candidate"]

LEFT_ALONE: dict[str, Ending] = {
    "POST /orders": "write-policy",
    "GET /health": "no-candidate",
}
"""Routes whose exchanges are not mirrored, and the reason that the loss line gives."""
