"""What two answers to the same request say about the ids of the two sides."""

from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property
from urllib.parse import urljoin

from shadowpact.aliases.align import Alignment, Back, Found, urls
from shadowpact.aliases.classes import text_of
from shadowpact.aliases.conclude import Conclusions
from shadowpact.aliases.documents import NO_DOCUMENT, kind_of_body, parse, plain_body
from shadowpact.aliases.names import (
    cookie_kind,
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
    State,
    keep,
    keys,
)
from shadowpact.aliases.uses import CREATES, UsesNoted, cookies_sent, cookies_set, given_by
from shadowpact.model.alias import Scalar
from shadowpact.model.exchange import Exchange, Headers, Response, header, names_of
from shadowpact.model.sharing import parse_both


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
        self.is_write = exchange.request.method in CREATES
        state.table.now_us = exchange.started_us
        self.is_landing = bool(state.landings) and state.landings.pop(
            self._landing(exchange.request.target), False
        )

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
        if found:
            self.conclusions.draw(found)

    @cached_property
    def conclusions(self) -> Conclusions:
        """Made when there is something to conclude from."""
        return Conclusions(
            self.state,
            self.exchange,
            self.session,
            self.route,
            self.exchange_id,
            is_landing=self.is_landing,
        )

    def _cookies(self, recorded: Headers, side: Headers) -> None:
        ours, theirs = cookies_set(recorded), cookies_set(side)
        sent = cookies_sent(self.exchange.request)
        table = self.state.table
        for name, value in theirs.items():
            old = ours.get(name) or sent.get(name)
            if not value or not old or (old == value and name not in ours):
                continue
            if old != value or table.get(cookie_kind(name), old, self.session):
                self.conclusions.bind(cookie_kind(name), old, value)
        for name, value in ours.items():
            known = table.find((cookie_kind(name),), sent.get(name, ""), self.session)
            if value and name not in theirs and known is not None:
                self.conclusions.bind(cookie_kind(name), value, known.side)

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
        back = Back(self.state.table.side_texts, self._recorded_of)
        alignment = Alignment(self.conclusions.note_same, back)
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
            Alignment(self.conclusions.note_same).same(document, resource(self.route))

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

    def _recorded_of(self, kinds: tuple[str, ...], value: Scalar) -> Scalar:
        """The recorded id where the side refers to one that is bound, else the value itself."""
        state = self.state
        if not kinds or value.__class__ is float:
            return value
        known = state.table.find_back(state.with_synonyms(kinds), text_of(value), self.session)
        return value if known is None else known.recorded


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
