"""Reading the exchanges of older versions of the recording format, one step after another.

An upgrade takes an exchange of its version as plain MessagePack values (an array, see
``docs/reference/recording-format.md``) and gives that of the next version. So each version needs
one function, written once, and a recording of any age goes through those behind it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Exchange
from shadowpact.recording import frames

type Upgrade = Callable[[Any], Any]

UPGRADES: dict[int, Upgrade] = {}
"""From the version that is the key to the one above it; none yet, as version 1 is the present."""

_decode_plain = msgspec.msgpack.Decoder().decode


def exchange_decoder(
    version: int, *, where: str, upgrades: Mapping[int, Upgrade] | None = None
) -> Callable[[memoryview], Exchange | None]:
    """What decodes the payload of a frame of a version; ``None`` comes back for what is none.

    Raises:
        RecordingError: There never was such a version.
    """
    if version == frames.VERSION:
        return frames.decode_exchange
    known = UPGRADES if upgrades is None else upgrades
    try:
        steps = [known[older] for older in range(version, frames.VERSION)]
    except KeyError:
        raise RecordingError(
            f"{where}: recording format {version} is unknown (this shadowpact reads "
            f"{min(known, default=frames.VERSION)} to {frames.VERSION})"
        ) from None

    def decode(payload: memoryview) -> Exchange | None:
        try:
            value = _decode_plain(payload)
            for step in steps:
                value = step(value)
            return msgspec.convert(value, Exchange)
        except (msgspec.DecodeError, msgspec.ValidationError, LookupError, TypeError, ValueError):
            return None

    return decode
