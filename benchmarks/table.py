"""The table of figures: on the terminal, and in the documentation.

``python -m benchmarks.table`` prints it, ``--write FILE`` puts it between the two markers of a
Markdown file, ``--check FILE`` ends with 1 when that file is not in step with the results.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.errors import BenchmarkError
from benchmarks.figures import RESULTS, Figure, Result, is_result, read

BEGIN = "<!-- figures: begin (python -m benchmarks.table --write) -->"
END = "<!-- figures: end -->"

PLAIN_WIDTH = 120
"""Of the table in a file or a pipe."""


def load(folder: Path = RESULTS) -> tuple[Result, ...]:
    """The results of a folder, by name; documents of another schema are passed over aloud."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if is_result(path):
            found.append(read(path))
        else:
            print(f"{path}: not a result of the harness, left out", file=sys.stderr)
    return tuple(found)


def number(value: float) -> str:
    """Three significant digits or whole thousands: more would claim what was not measured."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"


def spread(figure: Figure) -> str:
    """Lowest to highest round."""
    return f"{number(min(figure.per_round))} - {number(max(figure.per_round))}"


def show(results: Sequence[Result]) -> None:
    """Print results on stdout, one table each."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    for result in results:
        table = Table(title=f"{result.name}: {result.command}", title_justify="left")
        for heading, justify in (("figure", "left"), ("median", "right"), ("unit", "left")):
            table.add_column(heading, justify="right" if justify == "right" else "left")
        table.add_column("rounds", justify="right")
        table.add_column("target", justify="right")
        table.add_column("", justify="left")
        for figure in result.figures:
            colour = {"ok": "green", "missed": "bold red"}.get(figure.outcome or "", "")
            table.add_row(*_cells(figure), style=colour)
        console.print(table)
        for note in result.notes:
            console.print(f"  {note}", style="dim", markup=False, highlight=False)


def markdown(results: Sequence[Result]) -> str:
    """The same as Markdown, with command, commit and machine above each table."""
    if not results:
        return "No results are checked in.\n"
    return "\n".join(line for result in results for line in _section(result))


def between_markers(text: str, table: str) -> str:
    """The text with whatever stood between the markers replaced by the table.

    Raises:
        BenchmarkError: A marker is missing.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, foot = rest.partition(END)
    if not begin or not end:
        raise BenchmarkError(f"expected the lines {BEGIN!r} and {END!r}")
    return f"{head}{BEGIN}\n\n{table.strip()}\n\n{END}{foot}"


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        number(figure.value),
        figure.unit,
        spread(figure),
        figure.target or "",
        figure.outcome or "",
    )


def _section(result: Result) -> Iterator[str]:
    machine = result.machine
    yield f"### {result.name}"
    yield ""
    yield f"`{result.command}`, {result.measured_at[:10]}, commit {_short(result.commit)}."
    yield (
        f"{machine.get('cpu', 'unknown CPU')}, {machine.get('cores', '?')} cores, "
        f"{machine.get('python', 'unknown Python')}, mitmproxy {machine.get('mitmproxy', '?')}, "
        f"nginx {machine.get('nginx', '?')}; {result.settings.get('pinning', '')}; "
        f"load average before: {machine.get('load-average-before', '?')}."
    )
    yield ""
    yield "| figure | median | unit | lowest and highest round | target | |"
    yield "|---|---:|---|---:|---:|---|"
    yield from (f"| {' | '.join(_cells(figure))} |" for figure in result.figures)
    yield ""
    yield from (f"- {note}" for note in result.notes)
    yield ""


def _short(commit: str) -> str:
    head, space, rest = commit.partition(" ")
    return f"{head[:12]}{space}{rest}"


def main(arguments: Sequence[str]) -> int:
    """Print the table, write it into a file, or check that it is there."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of results")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into FILE")
    parser.add_argument("--check", type=Path, metavar="FILE", help="is the table of FILE current?")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    given = parser.parse_args(arguments)
    results = [each for each in load(given.results) if each.name in (given.names or [each.name])]
    path: Path | None = given.write or given.check
    if path is None:
        show(results)
        return 0
    present = path.read_text()
    wanted = between_markers(present, markdown(results))
    if given.write is not None:
        path.write_text(wanted)
    elif present != wanted:
        print(f"{path}: not in step with {given.results}: run with --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
