"""What follows for the bindings from two values that stand for each other in two answers."""

import re
from collections.abc import Iterable

from shadowpact.aliases.align import Found
from shadowpact.aliases.classes import is_strong, is_unmistakable, is_word, may_be_id, text_of
from shadowpact.aliases.names import HARD, NO, is_loose, own_kinds
from shadowpact.aliases.state import Proposal, State, Way, keys
from shadowpact.aliases.table import ANY, Binding
from shadowpact.aliases.uses import CREATES, uses_of
from shadowpact.model.alias import COOKIE, TOKEN, Scalar
from shadowpact.model.exchange import Exchange

MOST_CONFLICTS = 2
"""Contradictions after which a binding that was never confirmed is given up."""

_LONG_TOKEN = re.compile(r"[\w+/=.~-]{16,}", re.ASCII)


class Conclusions:
    """Draws them for one exchange.

    Attributes:
        is_landing: It reads the page that a creation has led to.
    """

    def __init__(
        self,
        state: State,
        exchange: Exchange,
        session: str,
        route: str,
        exchange_id: str,
        *,
        is_landing: bool = False,
    ) -> None:
        """Begin with what is known before it."""
        self.state = state
        self.exchange = exchange
        self.session = session
        self.route = route
        self.exchange_id = exchange_id
        self.now_us = exchange.started_us
        self.is_write = exchange.request.method in CREATES
        self.is_landing = is_landing
        self._old: list[Way] = []
        self._used: set[Way] | None = None

    def note_same(self, kinds: tuple[str, ...], value: Scalar) -> None:
        """Both sides gave this value alike."""
        text = text_of(value)
        if kinds[0] == TOKEN and self.state.table.get(TOKEN, text, self.session):
            self.bind(TOKEN, value, value)  # the newest counts: a cursor is given many times
        add = self.state.same.add
        for kind in kinds:
            add(kind, text, self.session)
        if len(text) >= 8 and is_strong(text):
            add(ANY, text, self.session)

    def draw(self, found: Iterable[Found]) -> None:
        """Judge all that stands for each other; what is old counts as such afterwards."""
        for one in found:
            self._judge(one)
        for way in self._old:
            self.state.seen.add(*way, self.session)

    def _judge(self, one: Found) -> None:
        """Bind, propose, or take as evidence for or against what is bound."""
        if not self._is_pair(one):
            return
        recorded, side = text_of(one.recorded), text_of(one.side)
        if recorded == side:  # 12 and "12": the same id, written otherwise
            self.note_same(one.kinds, recorded)
            return
        if one.is_token:
            self.bind(TOKEN, one.recorded, one.side)
            return
        for kind in one.kinds:
            self._old += keys(kind, recorded)
        known = self._known(one, recorded, side)
        if known is not None and not self._may_be_other(known, one, side):
            if text_of(known.side) == side:
                self._bind_here(one, known, recorded, side)
            elif "[*]" not in one.path:
                self._contradict(known)
            return
        if not self._is_new(one, recorded) or not self._is_new_there(one, side):
            return
        if self._binds_at_once(one):
            self._bind_all(one, side)
        else:
            self._propose(one)

    def _known(self, one: Found, recorded: str, side: str) -> Binding | None:
        """What is bound already; two values of which one is strong, under whatever kind."""
        table = self.state.table
        known = table.find(one.kinds, recorded, self.session)
        if known is None and (is_strong(recorded) or is_strong(side)):
            return table.pair(recorded, side)
        return known

    def _bind_here(self, one: Found, known: Binding, recorded: str, side: str) -> None:
        """What is bound has this kind too, where a value is weak and so found by its kind alone."""
        if one.level != HARD or (is_strong(recorded) and is_strong(side)):
            return
        if one.kinds[0] != known.kind and one.kinds[0] != "root":
            self.bind(one.kinds[0], known.recorded, known.side)

    def _may_be_other(self, known: Binding, one: Found, side: str) -> bool:
        """Whether an id that is bound may name something new.

        The old one is deleted, or another tenant's, who counts for himself.
        """
        if not self.is_write or text_of(known.side) == side:
            return False
        return known.is_closed or (known.session != self.session and self._is_own(one))

    def _is_own(self, one: Found) -> bool:
        """Whether the ids name what the request made, not something else that it mentions."""
        return one.is_own and (one.is_root or one.kinds[0] in own_kinds(self.route))

    def _contradict(self, known: Binding) -> None:
        """Something else stood there: the side's fault, unless the binding never held."""
        known.conflicts += 1
        self.state.table.changed(known)
        if not known.confirmations and known.conflicts >= MOST_CONFLICTS:
            self.state.table.demote(known)

    def _is_pair(self, one: Found) -> bool:
        if one.is_token:
            return all(_is_random(value) for value in (one.recorded, one.side))
        if one.level == HARD:
            return may_be_id(one.recorded) and may_be_id(one.side)
        is_strong_pair = is_unmistakable(one.recorded) and is_unmistakable(one.side)
        if one.level == NO or not one.is_own:
            return is_strong_pair
        return is_strong_pair or (
            one.kinds[0] in own_kinds(self.route)
            and all(_is_numbered(value) for value in (one.recorded, one.side))
        )

    def _is_new(self, one: Found, recorded: str) -> bool:
        """Whether the recorded value turns up for the first time: what is old is a reference."""
        state = self.state
        is_own = one.kinds[0] in own_kinds(self.route) or one.is_root
        for kind in one.kinds:
            for way in keys(kind, recorded):
                if way in self.used:
                    return False
                if is_own and way[0] != ANY:
                    if state.seen.holds_in(*way, self.session) or state.same.holds_in(
                        *way, self.session
                    ):
                        return False
                elif state.seen.holds(*way) or state.same.holds(*way):
                    return False
        return True

    def _is_new_there(self, one: Found, side: str) -> bool:
        """Whether the side's value is new; one it gave before for something else is a conflict."""
        state = self.state
        clashing = [
            held
            for kind in one.kinds
            for way in keys(kind, side)
            for held in state.table.holders(*way)
            if not held.is_closed
            and (held.session == self.session or way[0] == ANY)
            and text_of(held.recorded) != text_of(one.recorded)
            and not held.kind.startswith(COOKIE)
            and held.kind != TOKEN
        ]
        if clashing and self.is_write and self._is_own(one):
            for held in clashing:
                held.conflicts += 1
                state.table.demote(held)
            added = self.bind(one.kinds[0], one.recorded, one.side)
            added.conflicts += 1
            state.table.demote(added)
        return not clashing and not any(
            state.same.holds_in(*way, self.session)
            for kind in one.kinds
            for way in keys(kind, side)
        )

    def _binds_at_once(self, one: Found) -> bool:
        is_strong_one = is_strong(text_of(one.recorded)) or is_strong(text_of(one.side))
        if (self.route, one.path) in self.state.paths:
            return True
        if not self.is_write:
            return one.is_alike and (is_strong_one or self.is_landing)
        if is_strong_one or one.is_alike:
            return True
        return self._is_own(one)

    def _bind_all(self, one: Found, side: str) -> None:
        learnt = self.state.paths.get((self.route, one.path))
        kinds = dict.fromkeys((*one.kinds, *((learnt,) if learnt else ())))
        for kind in kinds:
            self.bind(kind, one.recorded, one.side)
        if one.is_root and one.is_own and is_loose(self.route) and not is_strong(side):
            self._propose(one, kind=ANY)

    def bind(self, kind: str, recorded: Scalar, side: Scalar) -> Binding:
        """Bind two values, or confirm that they are."""
        state = self.state
        known = state.table.get(kind, text_of(recorded), self.session)
        if known is not None and text_of(known.side) == text_of(side) and not known.is_demoted:
            state.table.touch(known)
            return known
        bound = state.bind(kind, recorded, side, self.session, self.exchange_id, self.now_us)
        bound.confirmations = int(self.is_write)  # a creation leaves no doubt
        return bound

    def _propose(self, one: Found, kind: str | None = None) -> None:
        place = (self.route, one.path)
        for way in (kind,) if kind is not None else one.kinds:
            text = text_of(one.recorded)
            sessions = (self.session, ANY) if is_strong(text) else (self.session,)
            for session in sessions:
                self.state.propose(
                    Proposal(
                        way,
                        one.recorded,
                        one.side,
                        session,
                        place,
                        self.exchange_id,
                        self.now_us,
                    )
                )

    @property
    def used(self) -> set[Way]:
        """What the request brought along; looked up only when something is to be bound."""
        if self._used is None:
            self._used = uses_of(self.exchange.request, self.route)
        return self._used


def _is_random(value: Scalar) -> bool:
    """Whether a token's value is one; ``open`` for a session is not."""
    if not isinstance(value, str):
        return abs(value) >= 1000  # a code; what is smaller counts something
    if _LONG_TOKEN.fullmatch(value) and not (value.islower() or value.isupper()):
        return True  # one in a few hundred has no digit
    return is_strong(value) or (len(value) >= 4 and may_be_id(value) and not is_word(value))


def _is_numbered(value: Scalar) -> bool:
    text = text_of(value)
    return len(text) >= 4 and any(c.isdigit() for c in text) and may_be_id(value)
