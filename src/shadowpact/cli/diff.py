"""``shadowpact diff``."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shadowpact import config
from shadowpact.beside import Pair, facing_rows
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.diffing import Diffed, diff_paths
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS
from shadowpact.model.difference import SEVERITIES, Difference
from shadowpact.report.columns import NARROWEST, Mark, alike, folded, legend, print_columns
from shadowpact.report.documents import difference_document, to_json
from shadowpact.report.plain import clip, clip_around, plain, shown
from shadowpact.report.text import console, heading
from shadowpact.secrets import existing_key

SCHEMA = "shadowpact/diff/1"
EXITS = {"equal": EXIT_PASS, "differs": EXIT_FINDINGS, "no-evidence": EXIT_NO_EVIDENCE}
MOST_PAIRS = 10
"""Differing pairs of two recordings that are shown side by side."""
PIPED_COLUMNS = 160
"""Columns of both sides where there is no terminal to say."""
MAX_VALUE = 200
"""Characters of a value in the list."""
MAX_VALUE_BESIDE = 60
"""The same, where both sides were shown already."""
_STYLES = {"breaking": "bold red", "changed": "yellow", "additive": "green", "cosmetic": "cyan"}


def command(
    baseline: Annotated[
        Path, typer.Argument(help="A body, an HTTP response (curl -i), or a recording.")
    ],
    candidate: Annotated[Path, typer.Argument(help="The same sort of thing, to compare with it.")],
    *,
    content_type: Annotated[
        str | None,
        typer.Option(
            "--content-type",
            help="Of two body files; by suffix and content when not given.",
            show_default=False,
        ),
    ] = None,
    route: Annotated[
        str | None,
        typer.Option(
            "--route",
            metavar="'GET /orders/{id}'",
            help="Of two files, so that the rules of this route apply.",
            show_default=False,
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show what is equal, too, and every row that differs.")
    ] = False,
    width: Annotated[
        int | None,
        typer.Option(
            "--width",
            min=NARROWEST,
            metavar="COLUMNS",
            help="Of the two sides together; those of the terminal when not given.",
            show_default=False,
        ),
    ] = None,
    pairs: Annotated[
        int,
        typer.Option(
            "--pairs", min=0, help="Differing pairs of two recordings that are shown side by side."
        ),
    ] = MOST_PAIRS,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Compare two bodies, two HTTP responses, or two recordings.

    Recordings (a folder, a .rec or a .har file) are paired by equal requests, in their order.
    The rules of shadowpact.toml apply when it is there; it is not needed.

    On a terminal, and wherever --width or --full is given, both sides stand beside each other, with
    what differs in colour. Below is the list of differences, which is all that a pipe gets; of
    recordings it has one line for each place, with the first of its differences.

    Exit status: 0 equal, 1 something differs, 2 bad usage, 3 nothing was compared.
    """
    out = console()
    is_beside = as_format is Format.TEXT and (out.is_terminal or full or width is not None)
    diffed = diff_paths(
        baseline,
        candidate,
        config.load(config_file),
        content_type=content_type,
        route=route,
        key=existing_key(state),
        most_shown=pairs if is_beside else 0,
    )
    if as_format is Format.JSON:
        typer.echo(to_json(_document(diffed)), nl=False)
    else:
        columns = width or (out.width if out.is_terminal else PIPED_COLUMNS)
        titles = baseline.name, candidate.name
        if titles[0] == titles[1]:
            titles = str(baseline), str(candidate)
        _print_beside(out, diffed, columns, titles, full=full)
        _print(out, diffed)
    raise typer.Exit(EXITS[diffed.verdict])


def _document(diffed: Diffed) -> dict[str, Any]:
    """``shadowpact/diff/1``; what was not compared is there only when there is some."""
    rest = {
        "truncated": diffed.truncated,
        "incomparable": diffed.incomparable,
        "unpaired": diffed.unpaired,
        "unreadable": diffed.unreadable,
        "rule_errors": diffed.rule_errors,
    }
    return {
        "schema": SCHEMA,
        "pairs": diffed.pairs,
        "verdict": diffed.verdict,
        "differences": [difference_document(d, route) for route, d in diffed.differences],
        **{name: value for name, value in rest.items() if value},
    }


def _print_beside(
    out: Console, diffed: Diffed, width: int, titles: tuple[str, str], *, full: bool
) -> None:
    """The pairs that are to be shown, and how many more there are."""
    seen: set[Mark] = set()
    for pair in diffed.shown:
        if pair.request:
            heading(out, _of_pair(pair), is_first=pair is diffed.shown[0])
        rows = facing_rows(pair)
        seen |= print_columns(out, rows if full else folded(rows), width, titles)
    if seen:
        out.print()
        out.print(legend(seen))
    rest = diffed.differing - sum(pair.differs for pair in diffed.shown)
    if diffed.shown and rest:
        more = f"{rest:,} more pairs differ" if rest > 1 else "1 more pair differs"
        out.print(f"{more} and {'are' if rest > 1 else 'is'} not shown (--pairs N shows more)")
    if diffed.shown:
        out.print()


def _of_pair(pair: Pair) -> str:
    """``GET /orders/7  (GET /orders/{id})``."""
    is_named = pair.route and pair.route != pair.request
    return plain(f"{pair.request}  ({pair.route})" if is_named else pair.request)


def _print(out: Console, diffed: Diffed) -> None:
    if diffed.differences:
        out.print(_table(diffed))
    out.print(_summary(diffed))
    for line in _losses(diffed):
        out.print(line)


def _table(diffed: Diffed) -> Table:
    """One line a difference, the two values side by side; over many pairs one line a place."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    is_one = diffed.pairs == 1
    places = [(1, *one) for one in diffed.differences] if is_one else _places(diffed)
    has_routes = any(route for _, route, _ in places)
    if not is_one:
        table.add_column("times", justify="right")
    for name in (*(["route"] if has_routes else []), "where", "kind"):
        table.add_column(name, overflow="fold")
    table.add_column("baseline", overflow="fold", ratio=1)
    table.add_column("candidate", overflow="fold", ratio=1)
    table.add_column("", overflow="fold")
    for count, route, difference in places:
        most = MAX_VALUE_BESIDE if diffed.shown else MAX_VALUE
        row = _cells(difference, most, is_general=not is_one)
        if has_routes:
            row = [Text(plain(route or "")), *row]
        if not is_one:
            row = [Text(f"{count:,}"), *row]
        table.add_row(*row, style="dim" if difference.ignored_by else None)
    return table


type _Place = tuple[int, str | None, Difference]
"""How many differences of one sort are at a place, its route, and the first of them."""


def _places(diffed: Diffed) -> list[_Place]:
    """What no rule covers first, the worst of it first, then what is there most often."""
    counts: Counter[tuple[object, ...]] = Counter()
    firsts: dict[tuple[object, ...], tuple[str | None, Difference]] = {}
    for route, one in diffed.differences:
        sort = (route, one.location, one.general_path, one.kind, one.severity, one.ignored_by)
        counts[sort] += 1
        firsts.setdefault(sort, (route, one))
    places = [(count, *firsts[sort]) for sort, count in counts.items()]
    return sorted(
        places,
        key=lambda p: (p[2].ignored_by is not None, SEVERITIES.index(p[2].severity), -p[0]),
    )


def _cells(difference: Difference, most: int, *, is_general: bool) -> list[Text]:
    ignored = difference.ignored_by
    style = "" if ignored else _STYLES[difference.severity]
    one, other = _values(difference, most)
    note = "; ".join(
        text for text in (f"ignored by {ignored}" if ignored else "", difference.message) if text
    )
    path = difference.general_path if is_general else difference.path
    where = [path if difference.location == "body" else difference.location]
    if difference.label and not is_general:
        where.append(difference.label)
    if difference.location == "header":
        where = [f"header {difference.path}"]
    return [
        Text("\n".join(plain(line) for line in where)),
        Text(f"{difference.kind} ({difference.severity})", style=style),
        Text(one),
        Text(other),
        Text(plain(note)),
    ]


def _values(difference: Difference, most: int) -> tuple[str, str]:
    """Both as JSON; of long ones what is around the place where they begin to differ."""
    if difference.kind == "undecodable":
        return "", ""
    one, other = shown(difference.baseline), shown(difference.candidate)
    if difference.kind == "added":
        return "", clip(other, most)
    if difference.kind == "missing":
        return clip(one, most), ""
    at = alike(one, other)
    if at < most * 2 // 3:
        return clip(one, most), clip(other, most)
    return clip_around(one, at, most)[0], clip_around(other, at, most)[0]


def _summary(diffed: Diffed) -> str:
    ignored = sum(d.ignored_by is not None for _, d in diffed.differences)
    ignored += diffed.truncated - diffed.truncated_open
    open_ = len(diffed.differences) + diffed.truncated - ignored
    pairs = f"{diffed.pairs} pair{'' if diffed.pairs == 1 else 's'} compared"
    found = f"{open_} difference{'' if open_ == 1 else 's'}" if open_ else "equal"
    if not diffed.pairs:
        found = "no evidence"
    return f"{pairs}: {found}{f', {ignored} ignored by rules' if ignored else ''}"


def _losses(diffed: Diffed) -> list[str]:
    lines = []
    if diffed.truncated:
        lines.append(f"{diffed.truncated} further differences are counted, not listed")
    for name, counts in (
        ("incomparable", diffed.incomparable),
        ("without an equal request on the other side", diffed.unpaired),
        ("unreadable", diffed.unreadable),
    ):
        if counts:
            lines.append(f"{name}: " + ", ".join(f"{k} {v}" for k, v in counts.items()))
    lines += [
        f"rule {rule!r} raised and hid nothing: {e}" for rule, e in diffed.rule_errors.items()
    ]
    return lines
