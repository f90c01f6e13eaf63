"""Tables for a terminal: as many columns as fit, and never at the price of an id or a route."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from shadowpact.model.evidence import RouteEvidence
from shadowpact.model.finding import Finding
from shadowpact.report.plain import clip, plain
from shadowpact.report.wording import example, listed, route_name, times, where

VERDICT_STYLES = {"real": "bold red", "undecided": "yellow", "noise": "dim"}

LONGEST_EXAMPLE = 72
"""Characters of an example in a table; ``findings show`` has it all."""

_ROOM = 20
"""Columns that what may wrap needs at least to be worth a column."""
_GAP = 3
"""Columns between two."""
_NUMBER = 9
"""Columns of a number and the gap before it."""


class Trimmed:
    """A renderable without the spaces that fill its lines, so that piped output has none."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in console.render_lines(self._inner, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                last = line.pop()
                yield from line
                yield Segment(last.text.rstrip(), last.style)
                yield Segment.line()


def findings_table(findings: Iterable[Finding], width: int) -> RenderableType:
    """One line a finding where the width allows it, else a few lines each.

    Args:
        findings: In the order to show.
        width: Columns there are.
    """
    listed_ = list(findings)
    fixed = sum(
        max((len(text) for text in column), default=0) + _GAP
        for column in zip(*(_fixed_cells(finding) for finding in listed_), strict=True)
    )
    return _wide(listed_) if width - fixed >= 2 * _ROOM else _narrow(listed_)


def _fixed_cells(finding: Finding) -> tuple[str, ...]:
    """What a line never wraps."""
    seen = f"{finding.pairs} of {finding.route_pairs}"
    return finding.id, _verdict(finding).plain, route_name(finding.route), finding.kind, seen


def _wide(findings: Sequence[Finding]) -> RenderableType:
    table = plain_table()
    for name in ("id", "verdict", "route"):
        table.add_column(name, no_wrap=True)
    table.add_column("where", overflow="fold")
    table.add_column("what", no_wrap=True)
    table.add_column("pairs", justify="right", no_wrap=True)
    table.add_column("baseline → candidate", overflow="fold")
    for finding in findings:
        table.add_row(
            finding.id,
            _verdict(finding),
            Text(route_name(finding.route)),
            Text(where(finding.location, finding.path)),
            finding.kind,
            f"{finding.pairs} of {finding.route_pairs}",
            Text(clip(example(finding), LONGEST_EXAMPLE)),
        )
    return Trimmed(table)


def _narrow(findings: Sequence[Finding]) -> RenderableType:
    text = Text()
    for finding in findings:
        text.append(finding.id, "bold").append("  ").append(_verdict(finding))
        text.append(f"  {finding.kind}, {finding.pairs} of {finding.route_pairs} pairs\n")
        text.append(f"  {route_name(finding.route)}\n")
        text.append(f"  {where(finding.location, finding.path)}")
        if said := example(finding):
            text.append(f": {clip(said, LONGEST_EXAMPLE)}")
        text.append("\n")
    text.rstrip()
    return Trimmed(text)


def _verdict(finding: Finding) -> Text:
    text = Text(finding.verdict, VERDICT_STYLES[finding.verdict])
    return text if finding.state == "open" else text + Text(f" ({finding.state})")


def routes_table(routes: Iterable[RouteEvidence], width: int) -> RenderableType:
    """One line a route; what was not compared below it where the width is small.

    Args:
        routes: In the order to show.
        width: Columns there are.
    """
    listed_ = list(routes)
    longest = max((len(route_name(r.route)) for r in listed_), default=0)
    named = max((len(plain(r.candidate or "-")) for r in listed_), default=0)
    rest = width - longest - max(named, len("candidate")) - 4 * _NUMBER - 2 * _GAP
    if rest < 0:
        return Trimmed(Text("\n").join(_route_lines(route) for route in listed_))
    is_wide = rest >= _ROOM
    table = plain_table()
    table.add_column("route", overflow="fold")
    table.add_column("candidate", no_wrap=True)
    for name in ("pairs", "equal", "p50", "p95"):
        table.add_column(name, justify="right", no_wrap=True)
    if is_wide:
        table.add_column("not compared", overflow="fold")
    for route in listed_:
        lost = listed({**route.dropped, **route.incomparable})
        cells = [Text(cell) for cell in _route_cells(route)]
        table.add_row(*cells, *([Text(lost)] if is_wide else []))
        if lost and not is_wide:
            table.add_row(Text(f"  not compared: {lost}", "dim"))
    return Trimmed(table)


def _route_cells(route: RouteEvidence) -> tuple[str, ...]:
    name, candidate = route_name(route.route), plain(route.candidate or "-")
    counts = (str(route.pairs), str(route.equal))
    return name, candidate, *counts, times(route.p50_ratio), times(route.p95_ratio)


def _route_lines(route: RouteEvidence) -> Text:
    name, candidate, pairs, equal, p50, p95 = _route_cells(route)
    text = Text(f"{name}\n  {candidate}: {pairs} pairs, {equal} equal, p50 {p50}, p95 {p95}")
    if lost := listed({**route.dropped, **route.incomparable}):
        text.append(f"\n  not compared: {lost}", "dim")
    return text


def plain_table() -> Table:
    """A table without lines at its sides."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
