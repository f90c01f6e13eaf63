"""What a recording of any format holds, as a whole."""

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from shadowpact.model.exchange import Exchange
from shadowpact.recording.formats import Reader, open_recording
from shadowpact.recording.skipped import Skipped


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Exchanges in their order, and what was skipped by reason."""

    exchanges: tuple[Exchange, ...]
    skipped: Mapping[str, int] = {}


def held(path: Path) -> Held:
    """All that a file or folder holds."""
    return _held(one.exchange or Skipped(one.reason) for one in open_recording(path))


def held_in(data: bytes, reader: Reader, where: str = "x") -> Held:
    """All that a reader finds in some bytes."""
    return _held(reader(io.BytesIO(data), where))


def _held(found: Iterable[Exchange | Skipped]) -> Held:
    exchanges: list[Exchange] = []
    skipped: Counter[str] = Counter()
    for one in found:
        if isinstance(one, Skipped):
            skipped[one.reason] += 1
        else:
            exchanges.append(one)
    return Held(exchanges=tuple(exchanges), skipped=dict(sorted(skipped.items())))
