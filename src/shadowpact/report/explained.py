"""What is rewritten in a request for the candidate, and why, for a person."""

from typing import Protocol

from rich.console import Console
from rich.text import Text

from shadowpact.model.alias import Replacement, UnknownAlias
from shadowpact.report.plain import plain
from shadowpact.report.text import heading

REASONS = {
    "awaited": "the answer that gives it was not there in time",
    "failed": "the candidate did not give it when it should have",
    "not-mirrored": "the request that created it was not sent to the candidate",
    "conflict": "what was learnt of it is contradictory, so it is not used",
    "never-seen": "other ids of this kind differ on the candidate, and this one was never given",
}


class Explanation(Protocol):
    """A request and what becomes of it."""

    @property
    def sequence(self) -> int:
        """Its number in the recording, from 0."""
        ...

    @property
    def route(self) -> str:
        """``GET /orders/{id}``."""
        ...

    @property
    def candidate(self) -> str | None:
        """Who gets it."""
        ...

    @property
    def session(self) -> str:
        """Whose it is."""
        ...

    @property
    def refused(self) -> str:
        """Why it is not sent; empty when it is."""
        ...

    @property
    def recorded(self) -> str:
        """Method and target as recorded."""
        ...

    @property
    def sent(self) -> str:
        """Method and target as the candidate gets them."""
        ...

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """What is replaced."""
        ...

    @property
    def unknown(self) -> tuple[UnknownAlias, ...]:
        """Ids whose counterpart is not known."""
        ...


def print_explained(out: Console, explained: Explanation) -> None:
    """The request, what replaces what in it, and what could not be replaced."""
    out.print(Text(f"Request {explained.sequence}: {plain(explained.recorded)}", "bold"))
    out.print(f"route      {plain(explained.route)}")
    out.print(f"session    {plain(explained.session)}")
    if explained.refused:
        out.print(Text(f"not sent   {explained.refused}", "yellow"))
        return
    out.print(f"sent to    {plain(explained.candidate or '-')} as {plain(explained.sent)}")
    if not explained.replacements and not explained.unknown:
        out.print("Nothing is rewritten: no alias is known for what it holds.")
        return
    if explained.replacements:
        heading(out, "Rewritten")
    for one in explained.replacements:
        out.print(
            f"  {plain(one.where)}: {plain(str(one.recorded))} → {plain(str(one.sent))}   "
            f"the candidate's id of this {plain(one.kind)}, learnt from {plain(one.learnt_from)}"
        )
    if explained.unknown:
        heading(out, "Unknown")
    for use in explained.unknown:
        sure = "" if use.is_certain else " (perhaps it is the same there)"
        out.print(
            f"  {plain(use.where)}: {plain(str(use.recorded))}, a {plain(use.kind)}: "
            f"{REASONS.get(use.reason, use.reason)}{sure}"
        )
