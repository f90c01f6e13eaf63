"""The bindings of one side, by kind, value and session."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from shadowpact.aliases.classes import is_strong, text_of
from shadowpact.model.alias import AliasRow, Scalar

MAX_BINDINGS = 20_000
"""Bindings kept for one side, at about 1.5 KB each: more than the sessions that are open at once
make. Beyond it the one that was not used for longest is forgotten; the store still has it."""

_MOST_ASKED = 64
"""Sessions that are asked whether they agree; enough to find out that they do not."""

_IN_WORDS = frozenset(b"-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
BLANKED = bytes(byte if byte in _IN_WORDS else 32 for byte in range(256))
"""Translates a body so that its words can be split off: far cheaper than to walk it."""

ANY = ""
"""Stands for every kind, where a value is strong."""


class Unsaved(msgspec.Struct, frozen=True, kw_only=True):
    """Rows to be stored.

    Attributes:
        mark: To be handed back when they are stored.
        rows: Each replaces the row of the same name.
    """

    mark: int
    rows: tuple[AliasRow, ...]


class Binding(msgspec.Struct, eq=False, kw_only=True):
    """What one recorded value is called on the side, as learnt in one session."""

    kind: str
    session: str
    recorded: Scalar
    side: Scalar
    learnt_from: str
    last_seen_us: int
    confirmations: int = 0
    conflicts: int = 0
    is_demoted: bool = False
    is_closed: bool = False
    touched: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What names it."""
        return self.kind, text_of(self.recorded), self.session


type Way = tuple[str, str]
"""Kind and text of a value; ``ANY`` as its kind where the text alone names it."""
type _Held = dict[Way, Binding | dict[str, Binding]]
"""The only binding of a value, or several by session (and kind, under ``ANY``)."""


class Table:
    """Bindings with their ways in from both sides; bounded, the least recently used go first."""

    def __init__(self, max_bindings: int) -> None:
        self._max = max_bindings
        self._all: dict[tuple[str, str, str], Binding] = {}
        self._forward: _Held = {}
        self._back: _Held = {}
        self._pairs: dict[tuple[str, str], Binding] = {}
        self._dirty: dict[tuple[str, str, str], tuple[int, Binding]] = {}
        self._mark = 0
        self._added = 0
        self.now_us = 0
        """When the exchange started from which something was learnt last."""
        self.demoted = 0
        """Bindings that are no longer used."""
        self.kinds: dict[str, int] = {}
        """Kinds whose ids differ, and in how many bindings."""
        self.texts: dict[Scalar, int] = {}
        """Recorded values that are bound, as text and, where they are one, as integer."""
        self.side_texts: dict[Scalar, int] = {}
        """Likewise the side's."""
        self.side_tokens: dict[bytes, int] = {}
        """A word of each of the side's values: without any of these a body holds none of them."""
        self.odd_side = 0
        """Bindings whose side's value has no such word (it may stand escaped in a body)."""

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Binding]:
        return iter(self._all.values())

    def get(self, kind: str, text: str, session: str) -> Binding | None:
        """The binding of exactly this session."""
        return self._all.get((kind, text, session))

    def add(self, binding: Binding) -> None:
        """Take a binding in; one of the same name is replaced."""
        self.drop(binding.key)
        while len(self._all) >= self._max:
            self.drop(next(iter(self._all)))
        self._added += 1
        binding.touched = self._added
        self._all[binding.key] = binding
        self.demoted += binding.is_demoted
        recorded, side = text_of(binding.recorded), text_of(binding.side)
        for kind in self._ways(binding.kind, recorded):
            _put(self._forward, (kind, recorded), binding)
        for kind in self._ways(binding.kind, side):
            _put(self._back, (kind, side), binding)
        self._pairs[recorded, side] = binding
        _count(self.kinds, (binding.kind,), 1)
        _count(self.texts, _spellings(recorded), 1)
        _count(self.side_texts, _spellings(side), 1)
        token = _token_of(side)
        _count(self.side_tokens, (token,) if token else (), 1)
        self.odd_side += not token

    def drop(self, key: tuple[str, str, str]) -> None:
        """Forget a binding, if it is there."""
        binding = self._all.pop(key, None)
        if binding is None:
            return
        self.demoted -= binding.is_demoted
        recorded, side = text_of(binding.recorded), text_of(binding.side)
        for kind in self._ways(binding.kind, recorded):
            _take(self._forward, (kind, recorded), binding)
        for kind in self._ways(binding.kind, side):
            _take(self._back, (kind, side), binding)
        if self._pairs.get((recorded, side)) is binding:
            del self._pairs[recorded, side]
        _count(self.kinds, (binding.kind,), -1)
        _count(self.texts, _spellings(recorded), -1)
        _count(self.side_texts, _spellings(side), -1)
        token = _token_of(side)
        _count(self.side_tokens, (token,) if token else (), -1)
        self.odd_side -= not token

    def find(self, kinds: Iterable[str], text: str, session: str) -> Binding | None:
        """What a recorded value is called on the side: as this session says, or all that know."""
        return self._find(self._forward, kinds, text, session, _side_of)

    def find_back(self, kinds: Iterable[str], text: str, session: str) -> Binding | None:
        """What a value of the side is called in the recording."""
        return self._find(self._back, kinds, text, session, _recorded_of)

    def _find(
        self,
        held: _Held,
        kinds: Iterable[str],
        text: str,
        session: str,
        what: Callable[[Binding], str],
    ) -> Binding | None:
        for kind in self._asked(kinds, text):
            found = held.get((kind, text))
            if isinstance(found, Binding):
                if not found.is_demoted:
                    return found
            elif found is not None:
                own = found.get(session)
                if own is not None and not own.is_demoted:
                    return own
                agreed = _agreed(found.values(), session, what)
                if agreed is not None:
                    return agreed
        return None

    def pair(self, recorded: str, side: str) -> Binding | None:
        """The newest binding of exactly these two values, of whatever kind."""
        found = self._pairs.get((recorded, side))
        return None if found is None or found.is_demoted else found

    def knows(self, kinds: Iterable[str], text: str) -> bool:
        """Whether a recorded value is bound in any session, demoted bindings included."""
        return any((kind, text) in self._forward for kind in self._asked(kinds, text))

    def knows_way(self, way: tuple[str, str]) -> bool:
        """Likewise for one kind and text."""
        return way in self._forward

    def holders(self, kind: str, side_text: str) -> Iterator[Binding]:
        """The bindings that have this value of the side."""
        found = self._back.get((kind, side_text))
        if isinstance(found, Binding):
            yield found
        elif found is not None:
            yield from found.values()

    def touch(self, binding: Binding) -> None:
        """It was used: it is forgotten later.

        Only additions push anything out, so what was moved to the end not many of them ago stays.
        """
        if self._added - binding.touched > self._max // 4:
            binding.touched = self._added
            if self._all.pop(binding.key, None) is not None:
                self._all[binding.key] = binding
        binding.last_seen_us = max(binding.last_seen_us, self.now_us)

    def demote(self, binding: Binding) -> None:
        """Evidence contradicts it: it is no longer used."""
        if not binding.is_demoted:
            binding.is_demoted = True
            self.demoted += binding.key in self._all
            self.changed(binding)

    def changed(self, binding: Binding) -> None:
        """It is to be stored."""
        self._mark += 1
        self._dirty.pop(binding.key, None)
        self._dirty[binding.key] = (self._mark, binding)
        if len(self._dirty) > 2 * self._max:  # nobody stores them
            del self._dirty[next(iter(self._dirty))]

    def dirty(self, side: str, since: int = 0) -> Unsaved:
        """What is to be stored, and has changed since a mark."""
        changed = (held for mark, held in self._dirty.values() if mark > since)
        return Unsaved(mark=self._mark, rows=tuple(_row(side, held) for held in changed))

    def saved(self, mark: int) -> None:
        """What was changed up to a mark is stored."""
        while self._dirty and next(iter(self._dirty.values()))[0] <= mark:
            del self._dirty[next(iter(self._dirty))]

    def _asked(self, kinds: Iterable[str], text: str) -> tuple[str, ...]:
        return (*kinds, ANY) if is_strong(text) else tuple(kinds)

    def _ways(self, kind: str, text: str) -> tuple[str, ...]:
        return (kind, ANY) if is_strong(text) else (kind,)


def _agreed(
    bindings: Iterable[Binding], session: str, what: Callable[[Binding], str]
) -> Binding | None:
    """The session's own, else what all say; none where they do not agree."""
    found: Binding | None = None
    for seen, binding in enumerate(bindings):
        if binding.is_demoted:
            continue
        if binding.session == session:
            return binding
        if found is None:
            found = binding
        elif what(found) != what(binding):
            return None
        if seen >= _MOST_ASKED:
            break
    return found


def _side_of(binding: Binding) -> str:
    return text_of(binding.side)


def _recorded_of(binding: Binding) -> str:
    return text_of(binding.recorded)


def _put(held: _Held, way: Way, binding: Binding) -> None:
    found = held.get(way)
    name = _name_there(way, binding)
    if isinstance(found, Binding):
        if _name_there(way, found) == name:
            held[way] = binding
        else:
            held[way] = {_name_there(way, found): found, name: binding}
    elif found is None:
        held[way] = binding
    else:
        found[name] = binding


def _take(held: _Held, way: Way, binding: Binding) -> None:
    found = held.get(way)
    if found is binding:
        del held[way]
    elif isinstance(found, dict):
        name = _name_there(way, binding)
        if found.get(name) is binding:
            del found[name]
        if not found:
            del held[way]


def _name_there(way: Way, binding: Binding) -> str:
    return binding.session if way[0] else f"{binding.kind}\0{binding.session}"


def _count[T](counts: dict[T, int], names: Iterable[T], step: int) -> None:
    for name in names:
        number = counts.get(name, 0) + step
        if number:
            counts[name] = number
        else:
            del counts[name]


def _spellings(text: str) -> tuple[Scalar, ...]:
    """As text, and as the integer whose canonical text it is."""
    if text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 40:
        number = int(text)
        return (text, number) if str(number) == text else (text,)
    return (text,)


def _token_of(text: str) -> bytes:
    """The longest word in a value, as a scan of a body would find it; empty when there is none."""
    return (
        max(text.encode().translate(BLANKED).split(), key=len, default=b"")
        if text.isascii()
        else b""
    )


def _row(side: str, binding: Binding) -> AliasRow:
    return AliasRow(
        candidate=side,
        kind=binding.kind,
        scope=binding.session,
        recorded=binding.recorded,
        side=binding.side,
        confirmations=binding.confirmations,
        conflicts=binding.conflicts,
        is_demoted=binding.is_demoted,
        is_closed=binding.is_closed,
        learnt_from=binding.learnt_from,
        last_seen_us=binding.last_seen_us,
    )
