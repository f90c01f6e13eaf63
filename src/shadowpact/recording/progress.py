"""How far a recording is worked through when exchanges finish out of order."""

from shadowpact.model.batch import Cursor
from shadowpact.recording.reader import Recorded
from shadowpact.recording.segments import Position


class Progress:
    """The position before which everything is finished, and what is finished beyond it."""

    def __init__(self, cursor: Cursor | None = None) -> None:
        self._is_known = cursor is not None
        self._low = (
            Position(cursor.segment, cursor.offset, cursor.sequence) if cursor else Position()
        )
        self._before_restart = set(cursor.ahead) if cursor else set()
        self._ahead: dict[int, Position] = {}

    @property
    def position(self) -> Position:
        """Everything before it is finished."""
        return self._low

    def begin(self, recorded: Recorded) -> bool:
        """Take note of an exchange that was read; False when it is finished already.

        Every lane reads every exchange, so one that was finished before a restart comes by again.
        """
        if not self._is_known:
            self._low = Position(0, 0, recorded.sequence)
            self._is_known = True
        if recorded.sequence < self._low.sequence or recorded.sequence in self._ahead:
            return False
        if recorded.sequence not in self._before_restart:
            return True
        self._before_restart.discard(recorded.sequence)
        self.finish(recorded)
        return False

    def finish(self, recorded: Recorded) -> None:
        """Take note that an exchange has ended."""
        ahead = self._ahead
        if recorded.sequence != self._low.sequence:
            ahead[recorded.sequence] = recorded.after
            return
        low = recorded.after
        while low.sequence in ahead:
            low = ahead.pop(low.sequence)
        self._low = low

    def distance(self, recorded: Recorded) -> int:
        """How many exchanges lie between the first unfinished one and this."""
        return recorded.sequence - self._low.sequence

    def cursor(self, recording: str) -> Cursor:
        """What to store."""
        low = self._low
        return Cursor(
            recording=recording,
            segment=low.segment,
            offset=low.offset,
            sequence=low.sequence,
            ahead=tuple(self._ahead.keys() | self._before_restart),
        )
