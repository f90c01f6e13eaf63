"""Aliases: the baseline's id and another side's id for the same thing.

One :class:`Aliases` for each side that is asked. Its methods, in the order of an exchange::

    expect(exchange, session, route, exchange_id)      handed out, its answer delivers ids
    awaits(request, session, route) -> frozenset[str]   exchanges to wait for before sending
    rewrite(request, session, route) -> Rewritten       as this side gets it
    learn(exchange, answer, session, route, exchange_id)
    settle(exchange_id, is_mirrored=)                     done, whatever came of it
    release(exchange_id)                                  done by another process
    translate(answer, baseline, session, route) -> Response   for the comparison
    dirty() -> Unsaved, saved(mark), load(rows)           for the store
    counts() -> AliasCounts

``may_deliver(exchange)`` says whether there is anything to expect of an exchange at all.
"""

from shadowpact.aliases.aliases import Aliases
from shadowpact.aliases.table import MAX_BINDINGS, Unsaved
from shadowpact.aliases.waiting import may_deliver

__all__ = ["MAX_BINDINGS", "Aliases", "Unsaved", "may_deliver"]
