"""Print styled lines: colour on a terminal, plain text elsewhere."""

from collections.abc import Iterable

from rich.text import Text

from shadowpact.report.text import console

_STYLES = {"good": "green", "bad": "bold red", "warning": "yellow", "dim": "dim", "plain": ""}


def print_lines(lines: Iterable[tuple[str, str]]) -> None:
    """Print (text, style) lines on stdout."""
    out = console()
    for text, style in lines:
        out.print(Text(text, _STYLES[style]))
