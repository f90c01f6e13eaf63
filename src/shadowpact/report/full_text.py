"""A finding in full, and the whole report, for a terminal."""

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from shadowpact.model.finding import Finding
from shadowpact.report.aligned import Cell, Row, side_by_side
from shadowpact.report.curl import curl_command
from shadowpact.report.markdown import diff_lines
from shadowpact.report.picture import Picture, RouteView, headline, summary
from shadowpact.report.plain import plain
from shadowpact.report.steps import next_steps
from shadowpact.report.tables import VERDICT_STYLES, Trimmed, findings_table, plain_table
from shadowpact.report.text import PIPED_WIDTH, evidence_line, heading
from shadowpact.report.wording import (
    KINDS,
    amount,
    listed,
    moment,
    percent,
    route_name,
    shown_difference,
    times,
    values,
    where,
)

NUMBERS = 52
"""Columns that verdict and numbers of a route need."""

NARROWEST_PAIR = 110
"""Columns from which on both answers stand side by side."""

_SIDES = {
    "this": ("bold red", "bold green"),
    "other": ("yellow", "yellow"),
    "ignored": ("dim", "dim"),
}
_VERDICTS = {
    "pass": ("may switch", "green"),
    "fail": ("fails", "bold red"),
    "no-evidence": ("not known yet", "yellow"),
}


def print_finding(out: Console, finding: Finding) -> None:
    """A finding with both values, its counts, the request and both answers."""
    out.print(
        Text.assemble(
            (finding.id, "bold"),
            "  ",
            (finding.verdict, VERDICT_STYLES[finding.verdict]),
            f"  {finding.state}  {finding.severity}",
        )
    )
    out.print(Text(f"{route_name(finding.route)} → {plain(finding.candidate)}"))
    out.print(Text(f"{where(finding.location, finding.path)}: {KINDS[finding.kind]}"))
    out.print()
    for name, value in _facts(finding):
        out.print(Text.assemble((f"{name:<13}", "dim"), value))
    if not finding.samples:
        return
    sample = finding.samples[0]
    heading(out, "The request of the smallest pair that shows it")
    out.print(Text(curl_command(sample.request)))
    heading(out, "Both answers")
    rows = side_by_side(finding, sample, all_headers=True)
    if NARROWEST_PAIR <= out.width < PIPED_WIDTH:
        out.print(_pair_table(rows, out.width))
    else:
        out.print(_pair_diff(rows))


def _facts(finding: Finding) -> list[tuple[str, str]]:
    difference = shown_difference(finding)
    facts = []
    if difference is not None:
        baseline, candidate = values(difference)
        facts += [("baseline", baseline), ("candidate", candidate)]
        if difference.message:
            facts = [("because", plain(difference.message))]
    share = percent(finding.pairs, finding.route_pairs)
    facts += [
        ("what", f"{finding.kind}, {finding.severity}"),
        ("pairs", f"{finding.pairs:,} of {finding.route_pairs:,} ({share})"),
        ("count", amount(finding.count, "difference")),
        ("first seen", moment(finding.first_seen_at)),
        ("last seen", moment(finding.last_seen_at)),
        ("samples", str(len(finding.samples))),
        ("fingerprint", finding.fingerprint),
    ]
    return facts


def _pair_table(rows: Sequence[Row], width: int) -> Trimmed:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold", expand=True)
    side = (width - 4) // 2
    table.add_column("baseline", overflow="fold", width=side)
    table.add_column("candidate", overflow="fold", width=side)
    for row in rows:
        if row.baseline is None and row.candidate is None:
            table.add_row(Text(f"  … {row.note}", "dim"))
            continue
        left, right = _SIDES.get(row.state, ("", ""))
        note = f"  ({row.note})" if row.note else ""
        table.add_row(
            _cell(row.baseline, "" if row.state == "equal" else "-", left, note),
            _cell(row.candidate, "" if row.state == "equal" else "+", right, note),
        )
    return Trimmed(table)


def _cell(cell: Cell | None, sign: str, style: str, note: str) -> Text:
    if cell is None:
        return Text()
    return Text.assemble(
        (f"{sign or ' '} ", style), cell.before, (cell.marked, style), cell.after, (note, "dim")
    )


def _pair_diff(rows: Sequence[Row]) -> Text:
    styles = {"-": "red", "+": "green", "~": "dim"}
    text = Text()
    for line in diff_lines(rows):
        text.append(f"{line}\n", styles.get(line[:1], ""))
    text.rstrip()
    return text


def print_report(out: Console, picture: Picture) -> None:
    """Everything a report shows; the pairs are in ``findings show`` and in the HTML."""
    out.print(Text(headline(picture), "bold"))
    out.print(Text(summary(picture)))
    for reason in picture.reasons:
        out.print(Text(plain(reason), "yellow"))
    if picture.routes:
        heading(out, "Routes")
        out.print(_routes(picture.routes, out.width))
    if picture.findings:
        heading(out, "Findings")
        out.print(findings_table(picture.findings, out.width))
    if picture.rules:
        heading(out, "What was ignored, and why")
        out.print(_rules(picture))
    heading(out, "Evidence")
    out.print(evidence_line(picture.evidence))
    heading(out, "Next")
    for number, step in enumerate(next_steps(picture), 1):
        out.print(Text(f"{number}. {step.text}"))
        if step.command:
            out.print(Text(f"   $ {step.command}", "cyan"))


def _routes(routes: Sequence[RouteView], width: int) -> RenderableType:
    has_many = len({view.evidence.candidate for view in routes} - {None}) > 1
    longest = max(len(_route(view, has_many=has_many)) for view in routes)
    if width < longest + NUMBERS:
        return Trimmed(Text("\n").join(_route_lines(view, has_many=has_many) for view in routes))
    table = plain_table()
    table.add_column("route", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for name in ("pairs", "equal", "p50", "p95"):
        table.add_column(name, justify="right", no_wrap=True)
    for view in routes:
        route = view.evidence
        table.add_row(
            Text(_route(view, has_many=has_many)),
            _verdict(view),
            str(route.pairs),
            percent(route.equal, route.pairs),
            Text(times(route.p50_ratio), "yellow" if view.is_slow else ""),
            times(route.p95_ratio),
        )
        if lost := listed({**route.dropped, **route.incomparable}):
            table.add_row(Text(f"  not compared: {lost}", "dim"))
    return Trimmed(table)


def _route(view: RouteView, *, has_many: bool) -> str:
    name = route_name(view.evidence.route)
    return f"{name} → {plain(view.evidence.candidate or '-')}" if has_many else name


def _route_lines(view: RouteView, *, has_many: bool) -> Text:
    route = view.evidence
    equal, p50, p95 = (
        percent(route.equal, route.pairs),
        times(route.p50_ratio),
        times(route.p95_ratio),
    )
    text = Text.assemble(f"{_route(view, has_many=has_many)}\n  ", _verdict(view))
    text.append(f": {route.pairs} pairs, {equal} equal, p50 {p50}, p95 {p95}")
    if lost := listed({**route.dropped, **route.incomparable}):
        text.append(f"\n  not compared: {lost}", "dim")
    return text


def _verdict(view: RouteView) -> Text:
    if view.judgement is None:
        return Text("no candidate", "dim")
    if view.judgement.is_left_alone:
        return Text("left alone", "dim")
    return Text(*_VERDICTS[view.judgement.verdict])


def _rules(picture: Picture) -> Trimmed:
    table = plain_table()
    table.add_column("rule", overflow="fold")
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for rule in picture.rules:
        raised = f" (raised {rule.errors} times, hid nothing there)" if rule.errors else ""
        count = "unused" if rule.is_unused else f"{rule.count:,}"
        table.add_row(Text(plain(rule.id)), count, Text(plain(rule.reason) + raised))
    return Trimmed(table)
