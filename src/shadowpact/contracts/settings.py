"""What the contracts stage can be told."""

import msgspec


class ContractSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of contract building.

    Attributes:
        consumer_header: Its value names the consumer; without it everyone is ``default``.
    """

    consumer_header: str | None = None
