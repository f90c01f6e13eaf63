"""What two answers to the same request say about the ids of the two sides."""

import re
from collections.abc import Hashable, Iterable, Iterator
from urllib.parse import urljoin

from shadowpact.aliases.align import Alignment, Back, Found, urls
from shadowpact.aliases.classes import is_strong, is_unmistakable, is_word, may_be_id, text_of
from shadowpact.aliases.documents import NO_DOCUMENT, kind_of_body, parse, plain_body
from shadowpact.aliases.names import (
    HARD,
    NO,
    cookie_kind,
    is_loose,
    own_kinds,
    resource,
    segment_kinds,
)
from shadowpact.aliases.pages import MAX_PAGE_BYTES, ids, marks, tokens
from shadowpact.aliases.places import edit_url
from shadowpact.aliases.state import (
    MAX_ASLEEP_BYTES,
    MAX_ETAGS,
    MAX_INDEXED,
    MAX_LANDINGS,
    Proposal,
    State,
    Way,
    keep,
    keys,
)
from shadowpact.aliases.table import ANY, Binding
from shadowpact.aliases.uses import CREATES, UsesNoted, cookies_sent, cookies_set, given_by, uses_of
from shadowpact.model.alias import COOKIE, TOKEN, Scalar
from shadowpact.model.exchange import Exchange, Headers, Response, header, names_of
from shadowpact.model.sharing import parse_both

MOST_CONFLICTS = 2
"""Contradictions after which a binding that was never confirmed is given up."""

_LONG_TOKEN = re.compile(r"[\w+/=.~-]{16,}", re.ASCII)


class Lesson:
    """One exchange and what the side answered to it."""

    def __init__(
        self, state: State, exchange: Exchange, session: str, route: str, exchange_id: str
    ) -> None:
        self.state = state
        self.exchange = exchange
        self.session = session
        self.route = route
        self.exchange_id = exchange_id
        self.now_us = state.table.now_us = exchange.started_us
        self.is_write = exchange.request.method in CREATES
        self.is_landing = bool(state.landings) and state.landings.pop(
            self._landing(exchange.request.target), False
        )
        self._used: set[Way] | None = None
        self._old: list[Way] = []

    def learn(self, baseline: Response, answer: Response) -> None:
        """Cookies, validators, tokens, ids."""
        ours, theirs = names_of(baseline.headers), names_of(answer.headers)
        if b"set-cookie" in ours or b"set-cookie" in theirs:
            self._cookies(baseline.headers, answer.headers)
        if not 200 <= baseline.status < 400:
            return
        if not 200 <= answer.status < 400:
            if self.is_write:  # what the side refused to create is not new later on
                for way in given_by(baseline, self.route):
                    self.state.seen.add(*way, self.session)
            return
        if self.exchange_id in self.state.by_exchange:
            self.state.learnt.add(self.exchange_id)
        if b"etag" in ours and b"etag" in theirs:
            self._etag(baseline.headers, answer.headers)
        if self.exchange.request.method == "DELETE":
            self._close()
        found = list(self._bodies(baseline, answer))  # first, for the types of JSON
        if b"location" in ours or b"content-location" in ours:
            found += self._locations(baseline.headers, answer.headers)
        for one in found:
            self._judge(one)
        for way in self._old:
            self.state.seen.add(*way, self.session)

    # what stands for what

    def _cookies(self, recorded: Headers, side: Headers) -> None:
        ours, theirs = cookies_set(recorded), cookies_set(side)
        sent = cookies_sent(self.exchange.request)
        table = self.state.table
        for name, value in theirs.items():
            old = ours.get(name) or sent.get(name)
            if not value or not old or (old == value and name not in ours):
                continue
            if old != value or table.get(cookie_kind(name), old, self.session):
                self._bind(cookie_kind(name), old, value)
        for name, value in ours.items():
            known = table.find((cookie_kind(name),), sent.get(name, ""), self.session)
            if value and name not in theirs and known is not None:
                self._bind(cookie_kind(name), value, known.side)

    def _etag(self, recorded: Headers, side: Headers) -> None:
        ours, theirs = header(recorded, b"etag"), header(side, b"etag")
        if not ours or not theirs or ours == theirs:
            return
        for target in {self.exchange.request.target, _location(recorded)} - {""}:
            keep(self.state.etags, (target, ours), theirs, MAX_ETAGS)

    def _close(self) -> None:
        """What was deleted may give its id to another."""
        request = self.exchange.request
        segments = request.path.rstrip("/").split("/")
        if len(segments) < 2:
            return
        text, kinds = segments[-1], segment_kinds(segments[-2], "")
        binding = self.state.table.find(kinds, text, self.session)
        if binding is not None and not binding.is_closed:
            binding.is_closed = True
            self.state.table.changed(binding)
        for kind in kinds:
            for way in keys(kind, text):
                self.state.seen.forget(*way)
                self.state.same.forget(*way)

    def _landing(self, target: str) -> int:
        return hash((self.session, target))

    def _locations(self, recorded: Headers, side: Headers) -> Iterator[Found]:
        if self.is_write and (target := _joined(self.exchange.request.target, recorded)):
            keep(self.state.landings, self._landing(target), True, MAX_LANDINGS)
        for name in (b"location", b"content-location"):
            ours, theirs = header(recorded, name), header(side, name)
            if ours and ours == theirs:
                self._same_url(ours)
            elif ours and theirs:
                yield from urls(ours, theirs, name.decode())

    def _bodies(self, baseline: Response, answer: Response) -> Iterable[Found]:
        kind = kind_of_body(baseline.headers)
        if not kind or not baseline.body or kind_of_body(answer.headers) != kind:
            return ()
        ours = plain_body(baseline)
        theirs = ours if answer.body == baseline.body else plain_body(answer)
        if not ours or not theirs:
            return ()
        if kind == "json":
            return self._documents(ours, theirs)
        return self._pages(ours, theirs) if kind == "html" and ours != theirs else ()

    def _pages(self, ours: bytes, theirs: bytes) -> list[Found]:
        page, other = ours.decode("utf-8", "replace"), theirs.decode("utf-8", "replace")
        found = list(tokens(page, other))
        if max(len(page), len(other)) > MAX_PAGE_BYTES:
            return found
        there = marks(page, [one.recorded for one in found])
        if there != marks(other, [one.side for one in found]) or self._is_first(there):
            found += ids(page, other, resource(self.route), self._same_url)
        if not all(one.is_token for one in found):
            self._wake()
        return found

    def _documents(self, ours: bytes, theirs: bytes) -> list[Found]:
        if ours == theirs:
            self._same_body(ours)
            return []
        self._wake()
        alignment = Alignment(self._same, Back(self.state.table.side_texts, self._recorded_of))
        document, other = parse_both(ours, theirs) or (parse(ours), parse(theirs))
        if document is not NO_DOCUMENT and other is not NO_DOCUMENT:
            alignment.documents(document, other, resource(self.route))
        return alignment.found

    def _same_body(self, body: bytes) -> None:
        """Both sides gave it; as long as all goes alike, it is looked into only when need be."""
        state = self.state
        if self.is_write:
            self._wake()
        if not state.is_awake:
            if len(body) <= MAX_ASLEEP_BYTES:
                state.asleep.append((body, self.session, self.route))
            return
        if self._is_first(body):
            self.index(body)

    def _is_first(self, given: Hashable) -> bool:
        """Whether this session was not given it yet, as far as is remembered."""
        known = (hash(given), hash(self.session))
        if known in self.state.indexed:
            return False
        keep(self.state.indexed, known, None, MAX_INDEXED)
        return True

    def index(self, body: bytes) -> None:
        """Take note of the ids in a body that both sides gave."""
        document = parse(body)
        if document is not NO_DOCUMENT:
            Alignment(self._same).same(document, resource(self.route))

    def _wake(self) -> None:
        state = self.state
        if not state.is_awake:
            state.is_awake = True
            while state.asleep:
                body, session, route = state.asleep.popleft()
                Lesson(state, self.exchange, session, route, self.exchange_id).index(body)

    def _same_url(self, url: str) -> None:
        """Both sides gave the same link."""
        if not self._is_first(url):
            return
        noted = UsesNoted(is_strict=True)
        edit_url(url, noted, ("path", ""))
        for kind, text in noted.used:
            self.state.same.add(kind, text, self.session)

    def _same(self, kinds: tuple[str, ...], value: Scalar) -> None:
        text = text_of(value)
        if kinds[0] == TOKEN and self.state.table.get(TOKEN, text, self.session):
            self._bind(TOKEN, value, value)  # the newest counts: a cursor is given many times
        add = self.state.same.add
        for kind in kinds:
            add(kind, text, self.session)
        if len(text) >= 8 and is_strong(text):
            add(ANY, text, self.session)

    def _recorded_of(self, kinds: tuple[str, ...], value: Scalar) -> Scalar:
        """The recorded id where the side refers to one that is bound, else the value itself."""
        state = self.state
        if not kinds or value.__class__ is float:
            return value
        known = state.table.find_back(state.with_synonyms(kinds), text_of(value), self.session)
        return value if known is None else known.recorded

    # what is to be made of it

    def _judge(self, one: Found) -> None:
        """Bind, propose, or take as evidence for or against what is bound."""
        if not self._is_pair(one):
            return
        recorded, side = text_of(one.recorded), text_of(one.side)
        if recorded == side:  # 12 and "12": the same id, written otherwise
            self._same(one.kinds, recorded)
            return
        if one.is_token:
            self._bind(TOKEN, one.recorded, one.side)
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
            self._bind(one.kinds[0], known.recorded, known.side)

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
            added = self._bind(one.kinds[0], one.recorded, one.side)
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
            self._bind(kind, one.recorded, one.side)
        if one.is_root and one.is_own and is_loose(self.route) and not is_strong(side):
            self._propose(one, kind=ANY)

    def _bind(self, kind: str, recorded: Scalar, side: Scalar) -> Binding:
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
                        way, one.recorded, one.side, session, place, self.exchange_id, self.now_us
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


def _joined(target: str, headers: Headers) -> str:
    """The target that a Location means; empty when there is none, or none that can be read."""
    location = _location(headers)
    try:
        return location and urljoin(target, location)
    except ValueError:
        return ""


def _location(headers: Headers) -> str:
    location = header(headers, b"location") or ""
    _, separator, rest = location.partition("://")
    return "/" + rest.partition("/")[2] if separator else location
