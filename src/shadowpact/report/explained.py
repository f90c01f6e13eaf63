"""What is rewritten in a request for the candidate, and why, for a person."""

from collections.abc import Sequence
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


class Change(Protocol):
    """What the configuration changes."""

    @property
    def where(self) -> str:
        """``path``, ``header:NAME``."""
        ...

    @property
    def why(self) -> str:
        """The key of the candidate's table that says so."""
        ...


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

    @property
    def changes(self) -> Sequence[Change]:
        """What the configuration changes besides."""
        ...


def print_explained(out: Console, explained: Explanation) -> None:
    """The request, what replaces what in it, and what could not be replaced."""
    out.print(Text(f"Request {explained.sequence}: {plain(explained.recorded)}", "bold"))
    _line(out, f"route      {explained.route}")
    _line(out, f"session    {explained.session}")
    if explained.refused:
        out.print(Text(f"not sent   {plain(explained.refused)}", "yellow"))
        return
    _line(out, f"sent to    {explained.candidate or '-'} as {explained.sent}")
    if not (explained.replacements or explained.unknown or explained.changes):
        _line(out, "Nothing is rewritten: no alias is known for what it holds.")
    if explained.replacements:
        heading(out, "Rewritten")
    for one in explained.replacements:
        _line(
            out,
            f"  {one.where}: {one.recorded} → {one.sent}   "
            f"the candidate's own {one.kind}, learnt from {one.learnt_from}",
        )
    if explained.changes:
        heading(out, "Changed by the configuration")
    for change in explained.changes:
        _line(out, f"  {change.where}: {change.why}")
    if explained.unknown:
        heading(out, "Unknown")
    for use in explained.unknown:
        sure = "" if use.is_certain else " (perhaps it is the same there)"
        reason = REASONS.get(use.reason, use.reason)
        _line(out, f"  {use.where}: {use.recorded} ({use.kind}): {reason}{sure}")


def _line(out: Console, text: str) -> None:
    """A line as it is: brackets in it are no markup."""
    out.print(Text(plain(text)))
