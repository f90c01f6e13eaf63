"""Stops asking a candidate that does not answer, and probes now and then whether it is back."""

from shadowpact.model.clock import Clock


class Breaker:
    """Closed, open after a row of failures, half-open for one probe after a pause."""

    def __init__(self, clock: Clock, *, failures: int, pause_ms: int) -> None:
        self._clock = clock
        self._limit = failures
        self._pause_s = pause_ms / 1000
        self._failures = 0
        self._open_until_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether requests are held back (a probe may still be due)."""
        return self._open_until_s is not None

    def wait_s(self) -> float:
        """Seconds until a request may be sent; 0 lets the caller send, as the probe if open."""
        if self._open_until_s is None:
            return 0.0
        now = self._clock.monotonic_s()
        if now < self._open_until_s:
            return self._open_until_s - now
        # a probe that never tells how it went must not be the last one
        self._open_until_s = now + self._pause_s
        return 0.0

    def succeeded(self) -> None:
        """The candidate answered, whatever it said."""
        self._failures = 0
        self._open_until_s = None

    def failed(self) -> None:
        """The candidate did not answer."""
        self._failures += 1
        if self._failures >= self._limit:
            self._open_until_s = self._clock.monotonic_s() + self._pause_s
