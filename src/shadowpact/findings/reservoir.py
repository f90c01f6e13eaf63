"""Which samples are kept: the smallest pair, and a fixed few chosen by a hash.

Bottom-k sampling: the k exchanges whose ids hash lowest are kept. It needs no randomness, merges
over runs and replicas, and keeps the same samples for the same input.
"""

import bisect
import hashlib
from collections.abc import Hashable
from functools import lru_cache

from shadowpact.model.batch import SAMPLES_KEPT, SampleRank, Thresholds

_TIE_BITS = 24
"""Bits of the hash behind the size, so that of two equally small pairs always the same is kept."""

_LARGEST = (1 << 38) - 1


@lru_cache(16)  # asked for more than once of each exchange
def chance_of(exchange_id: str) -> int:
    """The 56 bits that decide whether an exchange is kept: as good as random, always the same."""
    return int.from_bytes(hashlib.blake2b(exchange_id.encode(), digest_size=7).digest())


class Reservoirs:
    """Remembers the ranks that are held, so that a sample is only made when it will be kept."""

    def __init__(self, held: Thresholds | None = None) -> None:
        self._held: dict[Hashable, dict[str, list[int]]] = {}
        for (owner, slot), ranks in (held or {}).items():
            self._of(owner)[slot] = list(ranks)

    def _of(self, owner: Hashable) -> dict[str, list[int]]:
        """The ranks that are held of an owner, by slot."""
        held = self._held.get(owner)
        if held is None:
            held = self._held[owner] = {slot: [] for slot in SAMPLES_KEPT}
        return held

    def offer(self, owner: Hashable, chance: int, size_bytes: int) -> tuple[SampleRank, ...]:
        """The places an exchange takes as a sample of ``owner``; none when it is not kept.

        Both slots are offered every exchange, and no rank depends on what came before, so the
        samples in the end are the same in whatever order exchanges arrive.

        Args:
            owner: A finding or a behaviour.
            chance: Of the exchange, see :func:`chance_of`.
            size_bytes: Of its bodies.
        """
        held = self._of(owner)
        smallest = min(size_bytes, _LARGEST) << _TIE_BITS | chance >> (56 - _TIE_BITS)
        taken: tuple[SampleRank, ...] = ()
        if _takes(held["min"], smallest, SAMPLES_KEPT["min"]):
            taken = (SampleRank("min", smallest),)
        if _takes(held["any"], chance, SAMPLES_KEPT["any"]):
            return (*taken, SampleRank("any", chance))
        return taken


def _takes(held: list[int], rank: int, most: int) -> bool:
    if len(held) >= most and rank >= held[-1]:
        return False
    if rank in held:
        return False
    bisect.insort(held, rank)
    del held[most:]
    return True
