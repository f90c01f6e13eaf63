"""When a recorded request is due in a replay: its gaps, scaled, with long pauses cut on demand."""

from collections import OrderedDict

from shadowpact.model.exchange import Exchange

SESSIONS_KEPT = 100_000
"""Sessions whose last request is remembered; an older one begins anew at its place in time."""


class Pace:
    """Turns recorded times into times on the monotonic clock.

    Args:
        speed: 1 for the recorded speed, 10 for ten times as fast; above 0.
        longest_gap_s: Longest pause between two requests of a session, in recorded seconds, and
            between any two of the recording; ``None`` keeps them.
        start_s: When the first request is due, on the monotonic clock.
    """

    def __init__(self, *, speed: float, longest_gap_s: float | None, start_s: float) -> None:
        self._speed = speed
        self._longest_gap_us = None if longest_gap_s is None else longest_gap_s * 1_000_000
        self._start_s = start_s
        self._last_us: int | None = None
        self._at_us: float = 0.0
        self._sessions: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def due_s(self, exchange: Exchange, session: str | None) -> float:
        """When to send it, on the monotonic clock."""
        at_us = self._along(exchange.started_us)
        if self._longest_gap_us is not None and session is not None:
            at_us = self._within(session, exchange.started_us, at_us, self._longest_gap_us)
        return self._start_s + at_us / 1_000_000 / self._speed

    def _along(self, started_us: int) -> float:
        """Microseconds since the first request, without pauses of everybody."""
        if self._last_us is None:
            self._last_us = started_us
        gap_us: float = started_us - self._last_us
        if gap_us < 0:  # recorded when it ended, later than one that began after it
            return max(0.0, self._at_us + gap_us)
        if self._longest_gap_us is not None:
            gap_us = min(gap_us, self._longest_gap_us)
        self._last_us = started_us
        self._at_us += gap_us
        return self._at_us

    def _within(self, session: str, started_us: int, at_us: float, longest_gap_us: float) -> float:
        """Not later than the longest pause after the session's last request."""
        last = self._sessions.pop(session, None)
        if last is not None:
            gap_us = max(0, started_us - last[0])
            at_us = last[1] + min(gap_us, longest_gap_us)
        self._sessions[session] = (started_us, at_us)
        if len(self._sessions) > SESSIONS_KEPT:
            self._sessions.popitem(last=False)
        return at_us
