"""What a reader of somebody else's format found and left out, with its reason."""

import msgspec

TORN = "torn"
"""Ends early, or its beginning is gone."""


class Skipped(msgspec.Struct, frozen=True):
    """An entry of a file that became no exchange.

    Attributes:
        reason: A few words; the key under which it is counted.
    """

    reason: str
