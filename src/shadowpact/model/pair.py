"""A baseline exchange with the candidate's answer, and what may be kept of it."""

import msgspec

from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Exchange, Failure, Request, Response


class Pair(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One exchange and what the candidate answered to the same request.

    Attributes:
        exchange_id: ``exc_<recording>_<sequence>``.
        exchange: The baseline's, with ``response`` set.
        candidate: Name of the candidate.
        route: ``GET /orders/{id}``.
        answer: The candidate's response, or why there is none.
    """

    exchange_id: str
    exchange: Exchange
    candidate: str
    route: str
    answer: Response | Failure


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A redacted pair, small enough to keep: what a report shows and a contract is built from.

    Attributes:
        exchange_id: Where it came from.
        consumer: Who asked (``default`` when nobody says).
        request: Credentials replaced by ``[redacted]``.
        baseline: The baseline's answer, redacted.
        candidate: The candidate's answer, redacted; ``None`` when it gave none.
        differences: All that was found in the pair, ignored ones with their rule.
        started_us: When it was asked, microseconds since the epoch, UTC; 0 where nobody knows.
    """

    exchange_id: str
    consumer: str
    request: Request
    baseline: Response
    candidate: Response | None
    differences: tuple[Difference, ...] = ()
    started_us: int = 0
