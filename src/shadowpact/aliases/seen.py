"""Which ids went by already, so that what is old is never taken for new; bounded."""

GENERATION = 32_768
"""Ids in one generation; two are kept, so between this many and twice as many are remembered."""


class Seen:
    """Ids by kind, and the session that used each of them last.

    Only hashes are kept, about 130 bytes an id: a collision in 64 bits would at worst leave one
    alias unbound.
    """

    def __init__(self, generation: int = GENERATION) -> None:
        self._generation = generation
        self._young: dict[int, int] = {}
        self._old: dict[int, int] = {}

    def add(self, kind: str, text: str, session: str) -> None:
        """It went by in this session."""
        if len(self._young) >= self._generation:
            self._old, self._young = self._young, {}
        self._young[hash((kind, text))] = hash(session)

    def holds(self, kind: str, text: str) -> bool:
        """Whether it went by in any session."""
        key = hash((kind, text))
        return key in self._young or key in self._old

    def holds_in(self, kind: str, text: str, session: str) -> bool:
        """Whether this session was the last in which it went by."""
        key = hash((kind, text))
        last = self._young.get(key)
        return (self._old.get(key) if last is None else last) == hash(session)

    def forget(self, kind: str, text: str) -> None:
        """It was deleted, so it may be given anew."""
        key = hash((kind, text))
        self._young.pop(key, None)
        self._old.pop(key, None)
