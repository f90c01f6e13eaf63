"""How many requests a candidate gets at once, and when it is down rather than different."""

from collections import deque

STEPS = (0.3, 0.5, 0.7, 1.0)
"""Shares of the most that may be under way, from gentle to full; one step up or down at a time."""

UP_AFTER = 20
"""Answers in a row without an error before the next step up."""

UP_AFTER_ERROR = 100
"""The same once there was an error."""

DOWN_AFTER = 40
"""Errors in a row after which a candidate counts as down."""

WINDOW = 200
"""Answers over which the share of errors is taken; fewer say too little."""


class Limiter:
    """Ramps up while all goes well, and backs off on errors.

    An error is no answer (refused, reset, time-out), or one that says that the candidate is
    overloaded or unavailable (429, 502, 503, 504) where the baseline was not.

    Args:
        most: Requests under way at full load.
        stop_error_rate: Share of errors, 0 to 1, above which the candidate counts as down.
    """

    def __init__(self, most: int, *, stop_error_rate: float = 0.5) -> None:
        self._most = most
        self._stop_error_rate = stop_error_rate
        self._step = 0
        self._good_in_a_row = 0
        self._errors_in_a_row = 0
        self._up_after = UP_AFTER
        self._blind = 0
        self._last: deque[bool] = deque(maxlen=WINDOW)
        self._errors = 0

    @property
    def limit(self) -> int:
        """Requests that may be under way now, at least 1."""
        return max(1, int(self._most * STEPS[self._step]))

    def succeeded(self) -> None:
        """An answer came."""
        self._note(is_error=False)
        self._errors_in_a_row = 0
        self._good_in_a_row += 1
        if self._good_in_a_row >= self._up_after and self._step < len(STEPS) - 1:
            self._step += 1
            self._good_in_a_row = 0

    def failed(self) -> None:
        """None came, or one that asks for less."""
        self._note(is_error=True)
        self._errors_in_a_row += 1
        self._good_in_a_row = 0
        self._up_after = UP_AFTER_ERROR
        if self._blind <= 0:
            # what is under way already knows nothing of the new limit: its errors say no more
            self._blind = self.limit
            self._step = max(0, self._step - 1)

    @property
    def down(self) -> str | None:
        """Why the candidate counts as down; ``None`` while it does not."""
        if self._errors_in_a_row >= DOWN_AFTER:
            return f"{self._errors_in_a_row} errors in a row"
        if len(self._last) == WINDOW and self._errors > self._stop_error_rate * WINDOW:
            return (
                f"{self._errors} errors in the last {WINDOW} requests "
                f"(more than {self._stop_error_rate:.0%})"
            )
        return None

    def _note(self, *, is_error: bool) -> None:
        self._blind -= 1
        if len(self._last) == WINDOW:
            self._errors -= self._last[0]
        self._last.append(is_error)
        self._errors += is_error
