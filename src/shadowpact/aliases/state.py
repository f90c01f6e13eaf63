"""What is known of one side's ids: bindings, and what may become one."""

from collections import deque
from typing import Any

import msgspec

from shadowpact.aliases.classes import is_strong, text_of
from shadowpact.aliases.seen import Seen
from shadowpact.aliases.table import ANY, Binding, Table
from shadowpact.model.alias import Scalar

MAX_PROPOSALS = 20_000
"""Pairs of ids seen in answers to reads and not used since; about 0.4 KB each."""
MAX_LOST = 20_000
"""Ids whose creation failed on the side."""
_NO_WORD = frozenset({"", "root", "id"})
"""Kinds of what has no name; they mean something else on every route."""
MAX_ETAGS = 4096
MAX_ASLEEP = 256
MAX_ASLEEP_BYTES = 16 * 1024
MAX_INDEXED = 4096
MAX_LANDINGS = 4096
MAX_PATHS = 4096
"""Places in answers that are known to give ids."""


type Way = tuple[str, str]
"""Kind and text of an id; ``ANY`` as its kind where the text alone names it."""


class Proposal(msgspec.Struct, eq=False):
    """Two ids that stood for each other once, where a fault could have put them there.

    Attributes:
        kind: What sort of thing.
        recorded: The recorded value.
        side: The side's; ``None`` once there were several.
        session: Where it was seen.
        place: ``(route, general path)`` of the answer.
        exchange_id: The exchange it was seen in.
        now_us: When that started.
    """

    kind: str
    recorded: Scalar
    side: Scalar | None
    session: str
    place: tuple[str, str]
    exchange_id: str
    now_us: int


class Lost(msgspec.Struct, eq=False):
    """An id that the side does not have, or not under this name.

    Attributes:
        session: Where it was to be created.
        is_mirrored: Whether the side was asked to.
    """

    session: str
    is_mirrored: bool


class State:
    """One side."""

    def __init__(self, max_bindings: int) -> None:
        self.table = Table(max_bindings)
        self.seen = Seen()
        """Recorded ids that went by, whatever the side said."""
        self.same = Seen()
        """Ids that both sides gave alike."""
        self.proposals: dict[tuple[str, str, str], Proposal] = {}
        """By kind (``ANY`` when only the value counts), text and session."""
        self.paths: dict[tuple[str, str], str] = {}
        """Places that give ids, and of which kind."""
        self.lost: dict[Way, Lost] = {}
        self.unnamed: dict[Way, None] = {}
        """Ids for which the side's answer, good as it was, gave nothing."""
        self.expected: dict[Way, dict[str, str]] = {}
        """Ids under way, and the exchanges that deliver them with their sessions."""
        self.by_exchange: dict[str, tuple[Way, ...]] = {}
        self.learnt: set[str] = set()
        """Exchanges under way whose answer was good on both sides."""
        self.etags: dict[tuple[str, str], str] = {}
        """``(target, recorded ETag)`` to the side's."""
        self.is_awake = False
        """Whether ids of the sides ever differed, or anything was written."""
        self.asleep: deque[tuple[bytes, str, str]] = deque(maxlen=MAX_ASLEEP)
        """Bodies that both sides gave, with session and route, while nothing differed."""
        self.indexed: dict[tuple[int, int], None] = {}
        """Such bodies that were looked into, by hash and session."""
        self.landings: dict[int, bool] = {}
        """Pages that answers to writes sent the client to, by session and target."""
        self._matched: dict[tuple[str, str], str] = {}
        self.synonyms: dict[str, str] = {}
        """Kinds that turned out to be another word for a kind: ``owner`` for ``user``."""
        self.unknown = 0

    @property
    def is_idle(self) -> bool:
        """Whether no id or token in a request is anything to us; validators may be."""
        known = self.table.texts or self.proposals or self.lost or self.unnamed
        return not (known or self.expected)

    def bind(
        self,
        kind: str,
        recorded: Scalar,
        side: Scalar,
        session: str,
        learnt_from: str,
        now_us: int,
    ) -> Binding:
        """Take two values for the same thing; a binding of the same name is replaced."""
        binding = Binding(
            kind=kind,
            session=session,
            recorded=recorded,
            side=side,
            learnt_from=learnt_from,
            last_seen_us=now_us,
        )
        self.table.add(binding)
        self.table.changed(binding)
        for key in keys(kind, text_of(recorded)):
            self.lost.pop(key, None)
        return binding

    def propose(self, proposal: Proposal) -> None:
        """Remember two ids until a request uses the recorded one."""
        key = (proposal.kind, text_of(proposal.recorded), proposal.session)
        known = self.proposals.pop(key, None)
        if known is not None and known.side != proposal.side:
            proposal.side = None
        keep(self.proposals, key, proposal, MAX_PROPOSALS)

    def note_synonym(self, word: str, binding: Binding) -> None:
        """Ids of a binding's kind stood where another kind was named.

        An unmistakable id proves it; of others it takes two, as small numbers may meet.
        """
        text = text_of(binding.recorded)
        if word in _NO_WORD or word == binding.kind or word in self.synonyms:
            return
        first = self._matched.get((word, binding.kind))
        if is_strong(text) or is_strong(text_of(binding.side)) or first not in {None, text}:
            keep(self.synonyms, word, binding.kind, MAX_PATHS)
        elif first is None:
            keep(self._matched, (word, binding.kind), text, MAX_PATHS)

    def with_synonyms(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """The kinds, and what they are another word for."""
        if not self.synonyms:
            return kinds
        meant = tuple(self.synonyms[kind] for kind in kinds if kind in self.synonyms)
        return (*kinds, *meant) if meant else kinds

    def proposed(self, kinds: tuple[str, ...], text: str, session: str) -> Proposal | None:
        """What was proposed for a recorded value, unless it was several things."""
        if not self.proposals:
            return None
        for kind in (*kinds, ANY):
            found = self.proposals.get((kind, text, session)) or (
                self.proposals.get((kind, text, ANY)) if is_strong(text) else None
            )
            if found is not None:
                return found if found.side is not None else None
        return None


def keys(kind: str, text: str) -> tuple[Way, ...]:
    """Under which an id is remembered: a strong one by its value alone as well."""
    return ((kind, text), (ANY, text)) if is_strong(text) else ((kind, text),)


def keep[K](held: dict[K, Any], key: K, value: Any, most: int) -> None:
    """Add to a bounded dictionary; the oldest entries make room."""
    while len(held) >= most:
        del held[next(iter(held))]
    held[key] = value
