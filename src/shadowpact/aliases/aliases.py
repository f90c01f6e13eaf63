"""All that is known of one side's ids, and what is done with it."""

from collections.abc import Iterable

from shadowpact.aliases import waiting
from shadowpact.aliases.learn import Lesson
from shadowpact.aliases.messages import has_conditions
from shadowpact.aliases.rewrite import rewrite
from shadowpact.aliases.state import State
from shadowpact.aliases.table import MAX_BINDINGS, Binding, Unsaved
from shadowpact.aliases.translate import translate
from shadowpact.model.alias import AliasCounts, AliasRow, Rewritten
from shadowpact.model.exchange import Exchange, Request, Response


class Aliases:
    """Learns which ids of one side stand for which ids of the recording, and translates.

    Args:
        side: Name of the candidate, or of the baseline that is asked anew.
        max_bindings: Bindings kept; beyond it the one that was not used for longest is forgotten.
    """

    def __init__(self, side: str, *, max_bindings: int = MAX_BINDINGS) -> None:
        self.side = side
        self._state = State(max_bindings)

    def expect(self, exchange: Exchange, session: str, route: str, exchange_id: str) -> None:
        """An exchange is handed out: its recorded answer gives ids that others may use.

        Call once before the request is sent, in the order of the recording, and :meth:`settle`
        when it is done.
        """
        waiting.expect(self._state, exchange, session, route, exchange_id)

    def awaits(self, request: Request, session: str, route: str) -> frozenset[str]:
        """Ids of the exchanges that are to deliver what the request uses; they are not settled."""
        return waiting.awaits(self._state, request, session, route)

    def settle(self, exchange_id: str, *, is_mirrored: bool = True) -> None:
        """An exchange is done, bound or not: nobody waits for it any longer.

        Args:
            exchange_id: As given to :meth:`expect`; others are ignored.
            is_mirrored: Whether the side was asked at all.
        """
        waiting.settle(self._state, exchange_id, is_mirrored=is_mirrored)

    def release(self, exchange_id: str) -> None:
        """Another process has seen an exchange through; what it bound was loaded before."""
        waiting.release(self._state, exchange_id)

    def rewrite(self, request: Request, session: str, route: str) -> Rewritten:
        """The recorded request as this side gets it."""
        state = self._state
        if state.is_idle and not (state.etags and has_conditions(request)):
            return Rewritten(request=request)
        return rewrite(state, request, session, route)

    def learn(
        self, exchange: Exchange, answer: Response, session: str, route: str, exchange_id: str
    ) -> None:
        """Take what the recorded answer and the side's answer say about each other.

        Args:
            exchange: As recorded, not rewritten.
            answer: The side's, not translated.
            session: What the exchange belongs to.
            route: ``GET /orders/{id}``.
            exchange_id: Kept with what is learnt.
        """
        if exchange.response is not None:
            lesson = Lesson(self._state, exchange, session, route, exchange_id)
            lesson.learn(exchange.response, answer)

    def translate(self, answer: Response, baseline: Response, session: str, route: str) -> Response:
        """The side's answer in the recording's ids, for the comparison.

        Returns:
            ``answer`` itself when there is nothing to replace.
        """
        if not self._state.table.side_texts:
            return answer
        return translate(self._state, answer, baseline, session, route)

    def dirty(self, since: int = 0) -> Unsaved:
        """What is new or changed since the last :meth:`saved`, and since an earlier mark."""
        return self._state.table.dirty(self.side, since)

    def saved(self, mark: int) -> None:
        """The rows of :meth:`dirty` with this mark are in the store."""
        self._state.table.saved(mark)

    def load(self, rows: Iterable[AliasRow]) -> None:
        """Take rows from the store, oldest first; those of other sides are passed over."""
        for row in rows:
            if row.candidate == self.side:
                self._state.table.add(
                    Binding(
                        kind=row.kind,
                        session=row.scope,
                        recorded=row.recorded,
                        side=row.side,
                        learnt_from=row.learnt_from,
                        last_seen_us=row.last_seen_us,
                        confirmations=row.confirmations,
                        conflicts=row.conflicts,
                        is_demoted=row.is_demoted,
                        is_closed=row.is_closed,
                    )
                )

    def counts(self) -> AliasCounts:
        """How the ids went so far."""
        table = self._state.table
        return AliasCounts(
            bound=len(table) - table.demoted, conflicts=table.demoted, unknown=self._state.unknown
        )
