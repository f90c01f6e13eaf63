"""What a route of the baseline was seen to do: the raw material of a contract."""

import msgspec

from shadowpact.model.pair import Sample


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """One way a route answers one consumer: a status and a body shape.

    Attributes:
        consumer: Who asked.
        candidate: Name of the candidate, Pact's provider.
        route: ``GET /orders/{id}``.
        status: The baseline's status.
        shape: Signature of the body's shape, see ``contracts.shape``.
        count: Exchanges that behaved so.
        samples: A bounded, deterministic reservoir; the smallest first.
    """

    consumer: str
    candidate: str
    route: str
    status: int
    shape: str
    count: int
    samples: tuple[Sample, ...] = ()
