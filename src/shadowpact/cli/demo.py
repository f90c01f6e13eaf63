"""``shadowpact demo``."""

import signal
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from shadowpact import config
from shadowpact.demo.show import Ignored, Story
from shadowpact.demo.stage import CONFIG, STATE, Stage, find_addon
from shadowpact.errors import UsageError
from shadowpact.model.evidence import IgnoredDifferences
from shadowpact.report.text import console
from shadowpact.state import open_store

EXIT_INTERRUPTED = 130
"""What a shell says of a command that Ctrl-C ended."""


def command(
    *,
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            metavar="DIR",
            help="Use this new folder and leave it; otherwise a temporary one is used and removed.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show everything at work on a small monolith and its half-right replacement.

    Starts both, and real mitmdump with the addon before the monolith; sends a few hundred requests
    through it; then shows what differs, what was ignored, the contracts, how the replacement fails
    and the monolith passes them, and which routes may be switched. Needs no network and no
    configuration; everything it starts has ended when it ends.

    Exit status: 0 shown, 2 bad usage or mitmproxy is missing, 4 something broke, 130 interrupted.
    """
    addon = find_addon()
    try:
        with _terminable(), _folder(keep) as folder, Stage(folder, addon=addon) as stage:
            Story(console(), stage, read_ignored=_read_ignored, is_kept=keep is not None).tell()
    except KeyboardInterrupt:
        typer.echo("shadowpact demo: interrupted; everything it started has ended", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The folder to work in; a kept one must be new, for state of an older run would mix in."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="shadowpact-demo-") as temporary:
            yield Path(temporary).resolve()
        return
    if keep.exists() and not (keep.is_dir() and not any(keep.iterdir())):
        raise UsageError(f"--keep {keep}: it exists and is not an empty folder; name a new one")
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--keep {keep}: cannot make this folder: {error.strerror}") from error
    yield keep.resolve()


def _read_ignored(folder: Path) -> Sequence[Ignored]:
    """What each rule of the configuration covered, from the store."""
    reasons = {rule.id: rule.reason for rule in config.load(folder / CONFIG).rules}
    store = open_store(folder / STATE)
    try:
        found = store.ignored()
    finally:
        store.close()
    places: dict[str, dict[str, list[IgnoredDifferences]]] = defaultdict(lambda: defaultdict(list))
    for hit in found:
        places[hit.rule][f"{hit.location} {hit.path}".rstrip()].append(hit)
    return [
        Ignored(
            rule=rule,
            reason=reasons.get(rule, "volatile by nature"),
            places=tuple(_place(what, hits) for what, hits in sorted(places[rule].items())),
        )
        for rule in sorted(places, key=lambda rule: (rule not in reasons, rule))
    ]


def _place(what: str, hits: Sequence[IgnoredDifferences]) -> tuple[str, int]:
    routes = {hit.route for hit in hits}
    where = f"{len(routes)} routes" if len(routes) > 1 else hits[0].route
    return f"{where}, {what}", sum(hit.count for hit in hits)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends us like Ctrl-C does, so that nothing we started is left behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
