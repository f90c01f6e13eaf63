"""How far the reading of a recording is, on a terminal."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from shadowpact.recordings_reading import OnBytes, size_of
from shadowpact.report.text import console


@contextmanager
def reading(paths: Iterable[Path]) -> Iterator[OnBytes | None]:
    """Show on stderr how much of some recordings is read, while it is a terminal.

    Yields:
        What to tell how many more bytes are read; ``None`` where nobody looks.
    """
    out = console(to_stderr=True)
    if not out.is_terminal:
        yield None
        return
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task("", total=sum(map(size_of, paths)))

        def tell(count: int) -> None:
            progress.update(task, advance=count)

        yield tell
