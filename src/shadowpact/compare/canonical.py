"""One form for every value that is equal: members in order of their names, types kept apart."""

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="deterministic")


def canonical(value: Any) -> bytes:
    """The value as JSON with sorted names; 1, 1.0 and true stay different.

    Two values with one form may still differ where one has a ``Number`` and the other an array of
    one string; no two others.

    Raises:
        RecursionError: The value is nested deeper than the encoder goes.
    """
    return _encoder.encode(value)
