"""Print styled lines: colour on a terminal, plain text elsewhere."""

import sys
from collections.abc import Iterable

import typer

_STYLES = {"good": "green", "bad": "bold red", "warning": "yellow", "dim": "dim", "plain": ""}


def print_lines(lines: Iterable[tuple[str, str]]) -> None:
    """Print (text, style) lines on stdout."""
    if not sys.stdout.isatty():
        typer.echo("".join(f"{text}\n" for text, _ in lines), nl=False)
        return
    from rich.text import Text  # noqa: PLC0415 - slow to load, and a pipe needs no colours

    from shadowpact.report.text import console  # noqa: PLC0415 - likewise

    out = console()
    for text, style in lines:
        out.print(Text(text, _STYLES[style]))
