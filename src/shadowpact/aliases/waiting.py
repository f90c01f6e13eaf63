"""Who waits for whose answer: ids that a recorded answer is to deliver, and their uses."""

from collections.abc import Iterator

from shadowpact.aliases.names import cookie_kind
from shadowpact.aliases.state import MAX_LOST, Lost, State, Way, keep, keys
from shadowpact.aliases.table import ANY
from shadowpact.aliases.uses import CREATES, cookies_set, given_by, uses_of
from shadowpact.model.alias import COOKIE, TOKEN
from shadowpact.model.exchange import Exchange, Request, Response, header

_CURSOR = b"ursor"
"""In the names of what an answer gives for the next read: ``next_cursor``, ``endCursor``."""
NOBODY: frozenset[str] = frozenset()


def may_deliver(exchange: Exchange) -> bool:
    """Whether an answer may give ids or tokens that others wait for; cheap, asked of each."""
    if exchange.response is None:
        return False
    if exchange.request.method in CREATES or _CURSOR in exchange.response.body:
        return True
    return header(exchange.response.headers, b"set-cookie") is not None


def expect(state: State, exchange: Exchange, session: str, route: str, exchange_id: str) -> None:
    """See :meth:`.aliases.Aliases.expect`."""
    response = exchange.response
    if response is None or exchange_id in state.by_exchange or not may_deliver(exchange):
        return
    ways = tuple(dict.fromkeys(_delivered(state, exchange.request, response, route)))
    if not ways:
        return
    state.by_exchange[exchange_id] = ways
    for way in ways:
        state.expected.setdefault(way, {})[exchange_id] = session


def settle(state: State, exchange_id: str, *, is_mirrored: bool) -> None:
    """See :meth:`.aliases.Aliases.settle`."""
    ways = state.by_exchange.pop(exchange_id, None)
    if ways is None:
        return
    is_learnt = exchange_id in state.learnt
    state.learnt.discard(exchange_id)
    for way in ways:
        session = _settled(state, way, exchange_id)
        if state.table.knows_way(way) or state.same.holds(*way):
            continue
        if not is_learnt:
            keep(state.lost, way, Lost(session, is_mirrored), MAX_LOST)
        elif _is_id(way) and (*way, session) not in state.proposals:
            keep(state.unnamed, way, None, MAX_LOST)


def _is_id(way: Way) -> bool:
    return way[0] not in {ANY, TOKEN} and not way[0].startswith(COOKIE)


def release(state: State, exchange_id: str) -> None:
    """See :meth:`.aliases.Aliases.release`."""
    for way in state.by_exchange.pop(exchange_id, ()):
        _settled(state, way, exchange_id)


def _settled(state: State, way: Way, exchange_id: str) -> str:
    waited = state.expected[way]
    session = waited.pop(exchange_id)
    if not waited:
        del state.expected[way]
    return session


def awaits(state: State, request: Request, session: str, route: str) -> frozenset[str]:
    """See :meth:`.aliases.Aliases.awaits`."""
    if not state.expected:
        return NOBODY
    used = uses_of(request, route)
    found = [way for way in used if way in state.expected]
    if not found:
        return NOBODY
    return frozenset(
        exchange_id
        for way in found
        for exchange_id, owner in state.expected[way].items()
        if owner == session or way[0] == ANY or state.table.find(way[:1], way[1], session) is None
    )


def _delivered(state: State, request: Request, response: Response, route: str) -> Iterator[Way]:
    """The ids and tokens that this answer gives for the first time."""
    for name, value in cookies_set(response.headers).items():
        if value:
            yield from keys(cookie_kind(name), value)
    is_creating = request.method in CREATES
    if not (is_creating or _CURSOR in response.body) or not 200 <= response.status < 400:
        return
    given = given_by(response, route)
    if not is_creating:
        given = {way for way in given if way[0] == TOKEN}
    if not given:
        return
    brought = uses_of(request, route)
    for way in sorted(given - brought):
        if not state.table.knows_way(way) and not state.same.holds(*way):
            yield way
