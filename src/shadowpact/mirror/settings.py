"""What the mirror stage can be told, per candidate."""

from typing import Literal

import msgspec

from shadowpact.credentials.settings import CredentialSettings

type Writes = Literal["off", "on"]


class RouteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a candidate's ``routes``.

    Attributes:
        pattern: ``/orders/**`` or ``GET /customers/{id}/orders``.
        writes: Overrides the candidate's; ``None`` keeps it.
    """

    pattern: str
    writes: Writes | None = None


class RewriteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a candidate's ``rewrite-path``.

    Attributes:
        source: ``from`` in the file: a pattern such as ``/api/v1/orders/{id}``; may name a method.
        target: ``to``: the new path, ``/v2/orders/{id}``, of parameters that ``source`` names.
    """

    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")


class CandidateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one candidate.

    Attributes:
        name: Pact's provider name.
        url: Where it answers, ``http://127.0.0.1:9001``; a path is put before every target.
        routes: What goes to it.
        writes: ``on`` mirrors POST, PUT, PATCH, DELETE and the rest too.
        timeout_ms: For one whole request.
        max_in_flight: Requests under way at once.
        host: ``preserve`` sends the client's Host, ``candidate`` the URL's own.
        breaker_failures: Consecutive failures that open the breaker.
        breaker_pause_ms: How long it stays open before one request probes.
        rewrite_path: Of each request's path, the first that fits.
        remove_headers: Lower-case names; the candidate does not get them.
        set_headers: Lower-case names with the value that it gets instead of the client's.
        credentials: What it gets instead of the client's, in the order of the file.
    """

    name: str
    url: str
    routes: tuple[RouteSettings, ...] = (RouteSettings(pattern="/**"),)
    writes: Writes = "off"
    timeout_ms: int = 5000
    max_in_flight: int = 16
    host: Literal["preserve", "candidate"] = "preserve"
    breaker_failures: int = 10
    breaker_pause_ms: int = 5000
    rewrite_path: tuple[RewriteSettings, ...] = ()
    remove_headers: tuple[str, ...] = ()
    set_headers: tuple[tuple[str, str], ...] = ()
    credentials: tuple[CredentialSettings, ...] = ()


class MirrorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of mirroring.

    Attributes:
        candidates: By order of the file; the most specific pattern wins.
        max_lag_ms: An older exchange is incomparable (lag); ``None`` means 300,000 while
            following live traffic and no limit while draining.
    """

    candidates: tuple[CandidateSettings, ...] = ()
    max_lag_ms: int | None = None
