"""What the contracts stage can be told."""

from collections.abc import Mapping
from typing import Literal

import msgspec

type ConsumerSource = Literal[
    "header", "api-key", "client-certificate", "bearer-claim", "user-agent"
]

CLIENT_CLAIMS = ("azp", "client_id")

ALLOWED_HEADERS = (
    "content-type",
    "location",
    "cache-control",
    "content-disposition",
    "content-language",
    "etag",
    "retry-after",
    "www-authenticate",
)
"""Headers of an answer that clients act on."""


class ConsumerRule(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a request that may say who asks.

    Attributes:
        kind: What is there.
        header: Its header; ``None`` for the usual one of the kind.
        query: Of an API key: the query parameter that may hold it instead.
        claims: Of a bearer token: the first of these that it has.
        names: What is found there to the consumer's name; of an API key its digest
            (``key-...``) does as well.
    """

    kind: ConsumerSource
    header: str | None = None
    query: str | None = None
    claims: tuple[str, ...] = CLIENT_CLAIMS
    names: Mapping[str, str] = {}


class ContractSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of contract building.

    Attributes:
        consumer_header: Its value names the consumer; asked before ``consumers``.
        consumers: Where else a consumer's name may be, the first that says something wins; when
            none does it is ``default``.
        headers: Headers of answers that a contract may ask for, lower or upper case.
    """

    consumer_header: str | None = None
    consumers: tuple[ConsumerRule, ...] = ()
    headers: tuple[str, ...] = ALLOWED_HEADERS
