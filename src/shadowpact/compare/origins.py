"""Whom a URL names: the baseline, the candidate, or somebody else.

Two services that answer alike each name themselves in ``Location`` and ``Link``. Their origins
(scheme, host and port) are known from the configuration and from the request, whose Host is the
name by which a client reached them.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from shadowpact.model.exchange import Request, header

OWN_ORIGIN: Final = "builtin:own-origin"
"""Built-in rule: each side names itself."""
HOSTS: Final = "builtin:hosts"
"""Built-in rule: the configuration says which host stands for which."""

type Side = Literal["baseline", "candidate"]
type Reason = Literal["same", "builtin:own-origin", "builtin:hosts"]

_PORTS = {"http": 80, "https": 443}


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Where the services answer.

    Attributes:
        baseline: Its URL; ``None`` when not known.
        candidates: URL by name.
        hosts: The baseline's host (and port), or origin, to the candidate's.
    """

    baseline: str | None = None
    candidates: dict[str, str] = {}
    hosts: dict[str, str] = {}


NOBODY = Services()
"""Nothing is known of the services."""


def origin_of(url: str) -> str | None:
    """``https://shop.test:8443``: lower case, without the port that the scheme implies.

    Returns:
        ``None`` where the URL has no scheme or host, or names a user.

    Raises:
        ValueError: It cannot be read.
    """
    parts = urlsplit(url)
    if not parts.scheme or not parts.hostname or "@" in parts.netloc:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_implied = parts.port is None or parts.port == _PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if is_implied else f"{parts.scheme}://{host}:{parts.port}"


class Origins:
    """The origins of one pair, worked out when a URL asks for them.

    Args:
        services: Where the services answer.
        candidate: Whose answer it is; ``None`` for any of them.
        requests: What each side was asked.
    """

    def __init__(
        self,
        services: Services = NOBODY,
        candidate: str | None = None,
        requests: tuple[Request, Request] | None = None,
    ) -> None:
        self._services = services
        self._candidate = candidate
        self._requests = requests

    def relation(self, one: str, other: str) -> Reason | None:
        """Why the candidate's origin stands for the baseline's; ``None`` when it does not."""
        if one == other:
            return "same"
        if other in self._mapped(one):
            return HOSTS
        if one.partition("://")[2] == other.partition("://")[2]:
            return None  # another scheme on one host leads a client elsewhere
        if one in self._own["baseline"] and other in self._own["candidate"]:
            return OWN_ORIGIN
        return None

    def is_foreign(self, side: Side, origin: str) -> bool:
        """Whether an origin is somebody else's; False where a side's own is not known."""
        own = self._own[side]
        return bool(own) and origin not in own

    def _mapped(self, origin: str) -> Iterator[str]:
        scheme, _, authority = origin.partition("://")
        for host, substitute in self._services.hosts.items():
            if "://" not in host and origin_of(f"{scheme}://{host}") == f"{scheme}://{authority}":
                yield origin_of(f"{scheme}://{substitute}") or ""
            elif "://" in host and origin_of(host) == origin:
                yield origin_of(substitute) or ""

    @cached_property
    def _own(self) -> dict[Side, frozenset[str]]:
        named = self._services.candidates
        if self._candidate is None:
            urls = [*named.values()]
        else:
            urls = [named[self._candidate]] if self._candidate in named else []
        baseline = [self._services.baseline] if self._services.baseline else []
        one, other = self._requests or (None, None)
        return {"baseline": _origins(baseline, one), "candidate": _origins(urls, other)}


def _origins(urls: list[str], request: Request | None) -> frozenset[str]:
    asked = [] if request is None else _names(request)
    found = set()
    for url in (*urls, *asked):
        try:
            found.add(origin_of(url))
        except ValueError:  # a client may send any Host
            continue
    return frozenset(origin for origin in found if origin is not None)


def _names(request: Request) -> Iterator[str]:
    """The origins by which a client may have reached a service, also behind another proxy."""
    schemes, hosts = {request.scheme}, {request.authority}
    for name, values in ((b"x-forwarded-proto", schemes), (b"x-forwarded-host", hosts)):
        values.add((header(request.headers, name) or "").partition(",")[0].strip().lower())
    for scheme in schemes & set(_PORTS):
        for host in hosts - {""}:
            yield f"{scheme}://{host}"
