"""How far a replay is, on a terminal."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.text import Text

from shadowpact.errors import ShadowpactError
from shadowpact.model.evidence import Evidence
from shadowpact.recording.reader import recording_end
from shadowpact.report.text import console
from shadowpact.store.protocol import Store

EVERY_S = 0.5


@contextmanager
def following(store: Store, recording: Path, limit: int | None) -> Iterator[None]:
    """Show on stderr what the store holds so far, while it is a terminal."""
    out = console(to_stderr=True)
    if not out.is_terminal:
        yield
        return
    end = threading.Event()
    shown = threading.Thread(target=_show, args=(out, store, _total(recording, limit), end))
    shown.start()
    try:
        yield
    finally:
        end.set()
        shown.join()


def _show(out: Console, store: Store, total: int | None, end: threading.Event) -> None:
    before = _seen(store)
    started_s = time.monotonic()
    with Live(console=out, refresh_per_second=4, transient=True) as live:
        while not end.wait(EVERY_S):
            seen = _seen(store)
            elapsed_s = time.monotonic() - started_s
            live.update(line(seen, seen.exchanges - before.exchanges, total, elapsed_s))


def line(seen: Evidence, done: int, total: int | None, elapsed_s: float) -> Text:
    """Done, rate, equal, differing, incomparable, dropped, time left.

    Args:
        seen: Of all runs.
        done: Exchanges that ended in this run.
        total: Exchanges in the recording; ``None`` when nobody knows.
        elapsed_s: Since this run began.
    """
    rate = done / elapsed_s if elapsed_s else 0.0
    share = f" of {total:,}" if total else ""
    text = Text(f"{seen.exchanges:,}{share} done, {rate:,.0f}/s   ")
    text.append(f"{seen.equal:,} equal", "green").append("  ")
    differing = seen.pairs - seen.equal
    text.append(f"{differing:,} differing", "bold red" if differing else "dim").append("  ")
    lost = (("incomparable", seen.incomparable), ("dropped", seen.dropped))
    for word, reasons in lost:
        count = sum(reasons.values())
        text.append(f"{count:,} {word}", "yellow" if count else "dim").append("  ")
    if total and rate:
        text.append(f"{_clock(max(0, total - seen.exchanges) / rate)} left", "cyan")
    return text


def _seen(store: Store) -> Evidence:
    try:
        return store.evidence()
    except ShadowpactError:  # it is busy; shown with the next look
        return Evidence()


def _total(recording: Path, limit: int | None) -> int | None:
    """Exchanges to come, where that is quick to tell; a limit is on those that are sent alone."""
    if limit is not None or not recording.is_dir():
        return None
    try:
        return recording_end(recording).sequence
    except ShadowpactError:
        return None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
