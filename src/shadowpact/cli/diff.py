"""``shadowpact diff``."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.diffing import Diffed, diff_paths
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS
from shadowpact.model.difference import Difference
from shadowpact.report.documents import difference_document, to_json
from shadowpact.report.plain import clip, plain, shown
from shadowpact.report.text import console
from shadowpact.secrets import existing_key

SCHEMA = "shadowpact/diff/1"
EXITS = {"equal": EXIT_PASS, "differs": EXIT_FINDINGS, "no-evidence": EXIT_NO_EVIDENCE}
MAX_VALUE = 200
"""Characters of a value in the table."""
_STYLES = {"breaking": "bold red", "changed": "yellow", "additive": "cyan", "cosmetic": "dim"}


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
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Compare two bodies, two HTTP responses, or two recordings.

    Recordings (a folder, a .rec or a .har file) are paired by equal requests, in their order.
    The rules of shadowpact.toml apply when it is there; it is not needed.

    Exit status: 0 equal, 1 something differs, 2 bad usage, 3 nothing was compared.
    """
    diffed = diff_paths(
        baseline,
        candidate,
        config.load(config_file),
        content_type=content_type,
        route=route,
        key=existing_key(state),
    )
    if as_format is Format.JSON:
        typer.echo(to_json(_document(diffed)), nl=False)
    else:
        _print(console(), diffed)
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


def _print(out: Console, diffed: Diffed) -> None:
    if diffed.differences:
        out.print(_table(diffed))
    out.print(_summary(diffed))
    for line in _losses(diffed):
        out.print(line)


def _table(diffed: Diffed) -> Table:
    """One line a difference, the two values side by side."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    has_routes = any(route for route, _ in diffed.differences)
    for name in (*(["route"] if has_routes else []), "where", "kind"):
        table.add_column(name, overflow="fold")
    table.add_column("baseline", overflow="fold", ratio=1)
    table.add_column("candidate", overflow="fold", ratio=1)
    table.add_column("", overflow="fold")
    for route, difference in diffed.differences:
        cells = _cells(difference)
        row = [Text(plain(route or "")), *cells] if has_routes else cells
        table.add_row(*row, style="dim" if difference.ignored_by else None)
    return table


def _cells(difference: Difference) -> list[Text]:
    ignored = difference.ignored_by
    style = "" if ignored else _STYLES[difference.severity]
    one = (
        ""
        if difference.kind in {"added", "undecodable"}
        else clip(shown(difference.baseline), MAX_VALUE)
    )
    other = (
        ""
        if difference.kind in {"missing", "undecodable"}
        else clip(shown(difference.candidate), MAX_VALUE)
    )
    note = "; ".join(
        text for text in (f"ignored by {ignored}" if ignored else "", difference.message) if text
    )
    where = [difference.path if difference.location == "body" else difference.location]
    if difference.label:
        where.append(difference.label)
    if difference.location == "header":
        where = [f"header {difference.path}"]
    return [
        Text("\n".join(plain(line) for line in where)),
        Text(f"{difference.kind} ({difference.severity})", style=style),
        Text(one, style="" if ignored else "red"),
        Text(other, style="" if ignored else "green"),
        Text(plain(note)),
    ]


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
