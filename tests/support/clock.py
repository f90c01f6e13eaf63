"""A clock that moves when it is told to."""

from support.build import STARTED_US


class ManualClock:
    """Starts a little after the builders' exchanges."""

    def __init__(self, *, now_us: int = STARTED_US + 1_000_000, monotonic_s: float = 100.0) -> None:
        self._now_us = now_us
        self._monotonic_s = monotonic_s

    def now_us(self) -> int:
        return self._now_us

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        self._now_us += round(seconds * 1_000_000)
        self._monotonic_s += seconds
