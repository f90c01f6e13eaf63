"""Reports for people in a terminal: tables that fit it, and plain when piped."""

import io
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from shadowpact.model.alias import AliasCounts
from shadowpact.model.evidence import Evidence, IgnoredDifferences, RouteEvidence
from shadowpact.model.finding import Finding
from shadowpact.report.plain import plain
from shadowpact.report.tables import findings_table, routes_table
from shadowpact.report.wording import evidence_sum, ignored_counts, losses

PIPED_WIDTH = 10_000
"""Columns when nobody looks: a line never wraps, so that it can be searched and cut."""


def console(*, to_stderr: bool = False) -> Console:
    """A console for stdout: colours on a terminal (unless ``NO_COLOR`` is set), plain elsewhere."""
    stream = sys.stderr if to_stderr else sys.stdout
    is_terminal = stream.isatty()
    return _Console(
        file=stream,
        width=None if is_terminal else PIPED_WIDTH,
        highlight=False,
        emoji=False,
        soft_wrap=not is_terminal,
    )


class _Console(Console):
    """Says that nobody reads any more, instead of ending with 1, as if there were findings."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise BrokenPipeError


def plain_text(tell: Callable[[Console], None]) -> str:
    """What is told to a console, as it would be piped."""
    out = io.StringIO()
    tell(
        Console(
            file=out,
            width=PIPED_WIDTH,
            highlight=False,
            emoji=False,
            soft_wrap=True,
            no_color=True,
            force_terminal=False,
        )
    )
    return out.getvalue()


def print_findings(
    out: Console,
    evidence: Evidence,
    routes: Sequence[RouteEvidence],
    findings: Sequence[Finding],
    ignored: Sequence[IgnoredDifferences] = (),
    aliases: AliasCounts | None = None,
) -> None:
    """Findings, what was ignored, routes, aliases and the loss line."""
    if findings:
        heading(out, "Findings", is_first=True)
        out.print(findings_table(findings, out.width))
        out.print()
    else:
        was_compared = evidence.pairs and any(one.pairs for one in routes)
        out.print("No findings." if was_compared else "No findings, as nothing was compared.")
    if ignored:
        out.print(ignored_line(ignored))
    if routes:
        heading(out, "Routes")
        out.print(routes_table(routes, out.width))
        out.print()
    if aliases is not None and aliases != AliasCounts():
        out.print(
            f"aliases: {aliases.bound} ids bound, {aliases.conflicts} in conflict, "
            f"{aliases.unknown} requests with an unknown one"
        )
    out.print(evidence_line(evidence))


def heading(out: Console, title: str, *, is_first: bool = False) -> None:
    """A heading, with an empty line before it."""
    if not is_first:
        out.print()
    out.print(Text(title, "bold"))


def evidence_line(evidence: Evidence) -> Text:
    """The counts, which add up, and what each loss was."""
    text = Text(evidence_sum(evidence))
    if evidence.backlog:
        waited = f", the oldest for {evidence.lag_ms / 1000:.1f} s" if evidence.lag_ms else ""
        text.append(f"\n{evidence.backlog} more are waiting{waited}", "yellow")
    for word, reason, count, meaning in losses(evidence):
        text.append(f"\n  {count} {word} ({plain(reason)}): {meaning}", "dim")
    if evidence.hook_errors:
        text.append(f"\n{evidence.hook_errors} errors inside shadowpact's hooks", "bold red")
    return text


def ignored_line(ignored: Sequence[IgnoredDifferences]) -> Text:
    """How much each rule covered."""
    totals = ignored_counts(ignored)
    parts = ", ".join(f"{plain(rule)} {count}" for rule, count in totals.items())
    return Text(f"{sum(totals.values())} differences ignored by rules: {parts}", "dim")
