"""The recorded request as a side gets it: recorded ids and tokens replaced by the side's."""

from collections.abc import Container
from typing import Any

import msgspec

from shadowpact.aliases.classes import is_number, is_strong, is_word, text_of
from shadowpact.aliases.messages import edit_body, edit_headers
from shadowpact.aliases.names import HARD, NO
from shadowpact.aliases.places import Where, edit_target
from shadowpact.aliases.state import State, keys
from shadowpact.aliases.table import ANY, Binding
from shadowpact.aliases.walk import written_where
from shadowpact.model.alias import TOKEN, Replacement, Rewritten, Scalar, UnknownAlias
from shadowpact.model.exchange import Request


class Rewriter:
    """Replaces what is bound, and says what is not."""

    def __init__(self, state: State, session: str) -> None:
        self.state = state
        self.session = session
        may_be_more = state.lost or state.expected or state.proposals
        self.known: Container[Scalar] = _Known(state) if may_be_more else state.table.texts
        self.replacements: list[Replacement] = []
        self.unknown: list[UnknownAlias] = []

    def value(
        self,
        kinds: tuple[str, ...],
        level: int,
        value: Scalar,
        where: Where,
        twin: Any,  # noqa: ARG002  a request stands alone
    ) -> Scalar | None:
        """The side's value, as it is to stand there."""
        text = text_of(value)
        kinds = self.state.with_synonyms(kinds)
        binding = self.state.table.find(kinds, text, self.session)
        if binding is None:
            binding = self._accepted(kinds, level, text, is_path=where[0] == "path")
        if binding is None:
            self._note_unknown(kinds, level, value, where)
            return None
        self.state.table.touch(binding)
        sent = _as_sent(value, binding)
        self.replacements.append(
            Replacement(
                where=written_where(where),
                kind=binding.kind,
                recorded=value,
                sent=sent,
                learnt_from=binding.learnt_from,
            )
        )
        return sent

    def _accepted(
        self, kinds: tuple[str, ...], level: int, text: str, *, is_path: bool
    ) -> Binding | None:
        """A proposal becomes a binding by its use, and its place one that gives ids."""
        if level == NO and not is_strong(text) and is_word(text):
            return None
        proposal = self.state.proposed(kinds, text, self.session)
        if proposal is None or proposal.side is None:
            return None
        if proposal.kind == ANY and not is_strong(text):
            # whatever it is, it must be an id here, and none that both sides have
            is_id = bool(kinds) and (level == HARD or is_path)
            if not is_id or self.state.same.holds(kinds[0], text):
                return None
        kind = proposal.kind or (kinds[0] if kinds else "id")
        self.state.paths[proposal.place] = kind
        return self.state.bind(
            kind,
            proposal.recorded,
            proposal.side,
            proposal.session or self.session,
            proposal.exchange_id,
            proposal.now_us,
        )

    def _note_unknown(
        self, kinds: tuple[str, ...], level: int, value: Scalar, where: Where
    ) -> None:
        reason = self._reason(kinds, level, text_of(value), is_path=where[0] == "path")
        if reason:
            self.unknown.append(
                UnknownAlias(
                    where=written_where(where),
                    kind=kinds[0] if kinds else "",
                    recorded=value,
                    is_certain=reason != "never-seen",
                    differs=any(kind in self.state.table.kinds for kind in kinds),
                    reason=reason,
                )
            )

    def _reason(self, kinds: tuple[str, ...], level: int, text: str, *, is_path: bool) -> str:
        """Why the side's value is not known; empty when there is no reason to think of one."""
        state = self.state
        ways = [way for kind in (kinds or (ANY,)) for way in keys(kind, text)]
        if level or is_path or is_strong(text):
            for way in ways:
                if way in state.expected:
                    return "awaited"
                if way in state.lost:
                    return "failed" if state.lost[way].is_mirrored else "not-mirrored"
            if state.table.knows(kinds, text):
                return "conflict"
        if TOKEN in kinds or not (level == HARD or (is_path and is_strong(text))):
            return ""
        if is_word(text):
            return ""
        if any(way in state.unnamed for way in ways):
            return "never-seen"
        if not any(kind in state.table.kinds for kind in kinds):
            return ""
        return "" if any(state.same.holds(*way) for way in ways) else "never-seen"


class _Known:
    """Values worth asking for: bound, proposed, lost or under way."""

    def __init__(self, state: State) -> None:
        self._texts = state.table.texts
        self._lost = state.lost
        self._proposals = state.proposals
        self._expected = state.expected

    def __contains__(self, value: object) -> bool:
        if value in self._texts:
            return True
        if not isinstance(value, str) or not is_strong(value):
            return False
        way = (ANY, value)
        return way in self._lost or way in self._expected or (ANY, value, ANY) in self._proposals


def rewrite(state: State, request: Request, session: str, route: str) -> Rewritten:
    """See :meth:`.aliases.Aliases.rewrite`."""
    rewriter = Rewriter(state, session)
    target = edit_target(request.target, route, rewriter)
    headers = edit_headers(request, rewriter, state.etags)
    changed = request
    if target != request.target or headers is not request.headers:
        changed = msgspec.structs.replace(request, target=target, headers=headers)
    changed, is_reformatted = edit_body(changed, route, rewriter)
    state.unknown += len(rewriter.unknown)
    return Rewritten(
        request=changed,
        replacements=tuple(rewriter.replacements),
        unknown=tuple(rewriter.unknown),
        is_reformatted=is_reformatted,
    )


def _as_sent(value: Scalar, binding: Binding) -> Scalar:
    """The side's value, in the type that the side has for it.

    Where both are numbers, the request's own spelling stays: ``"12"`` becomes ``"17"``.
    """
    side = binding.side
    if value.__class__ is side.__class__ or value.__class__ is binding.recorded.__class__:
        if isinstance(side, str) and isinstance(value, int) and is_number(side):
            return int(side)
        return side
    text = text_of(side)
    return int(text) if isinstance(value, int) and is_number(text) else text
