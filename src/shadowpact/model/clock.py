"""Where time comes from: an argument everywhere, real only at the top."""

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time and monotonic time."""

    def now_us(self) -> int:
        """Microseconds since the epoch, UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never run backwards."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Microseconds since the epoch, UTC."""
        return time.time_ns() // 1000

    def monotonic_s(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()
