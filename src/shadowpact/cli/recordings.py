"""``shadowpact recordings``: import, export, list and show."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from shadowpact import config, recordings
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.config import Settings
from shadowpact.errors import EXIT_BROKEN, EXIT_NO_EVIDENCE, RecordingError
from shadowpact.pipeline import route_table
from shadowpact.recordings import Summary, counts
from shadowpact.report.documents import to_json
from shadowpact.report.text import console
from shadowpact.secrets import Sealer, existing_key, load_key
from shadowpact.state import recording_folder

SCHEMA = "shadowpact/recordings/1"
CHECKED_IN = Path("recordings")
LOCAL = CHECKED_IN / "local"

app = typer.Typer(no_args_is_help=True, help="Look into recordings, take HARs in, hand them on.")

Recording = Annotated[
    Path, typer.Argument(help="A folder of segments, a .rec file, or a .har file.")
]


@app.command("import")
def import_(
    har: Annotated[Path, typer.Argument(metavar="FILE.har", help="By whatever tool wrote it.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="A folder (added to when it is a recording already), a new .rec file, or a .har "
            "file; recordings/local/FILE without it.",
            show_default=False,
        ),
    ] = None,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Take the exchanges of a HAR in; credentials are sealed before they touch the disk.

    Exit status: 0 imported, 2 bad usage, 3 the HAR holds no exchange, 4 it cannot be read.
    """
    settings = config.load(config_file)
    done = recordings.import_har(
        har,
        out or LOCAL / har.stem,
        sealer=Sealer(load_key(state), settings.secrets),
        segment_bytes=settings.recording.segment_bytes,
    )
    if as_format is Format.JSON:
        typer.echo(to_json({"schema": SCHEMA, "imported": msgspec.structs.asdict(done)}), nl=False)
        return
    typer.echo(f"{done.exchanges} exchanges in {done.out}, {counts(done.skipped)} left out")


@app.command()
def export(
    recording: Recording,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.har", help="Replaced if there.")],
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Write a recording as a HAR; what is sealed in it stays sealed.

    Exit status: 0 written, 2 bad usage, 3 there was no exchange, 4 it cannot be read.
    """
    count, unreadable = recordings.export_har(recording, out)
    if as_format is Format.JSON:
        document = {"out": str(out), "exchanges": count, "unreadable": unreadable}
        typer.echo(to_json({"schema": SCHEMA, "exported": document}), nl=False)
    else:
        typer.echo(f"{count} exchanges in {out}, {counts(unreadable)} could not be read")
    if not count:
        raise typer.Exit(EXIT_NO_EVIDENCE)


@app.command()
def show(
    recording: Recording,
    *,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Say what a recording holds: counts, time span, methods, statuses, routes.

    Exit status: 0 it holds exchanges, 2 bad usage, 3 it holds none, 4 it cannot be read.
    """
    summary = _summarise(recording, config.load(config_file), state)
    if as_format is Format.JSON:
        _echo_json([summary])
    else:
        _print_one(summary)
    if not summary.exchanges:
        raise typer.Exit(EXIT_NO_EVIDENCE)


@app.command("list")
def list_(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FOLDER]...",
            help="Where to look; without it the live recording and recordings/.",
            show_default=False,
        ),
    ] = None,
    *,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """List the recordings in some folders.

    Exit status: 0, 2 bad usage, 4 one of them cannot be read.
    """
    settings = config.load(config_file)
    found, is_broken = [], False
    for folder in folders or []:
        recordings.kind_of(folder)
    for folder in folders or [recording_folder(state), CHECKED_IN]:
        for path in [folder] if folder.is_file() else recordings.find(folder):
            try:
                found.append(_summarise(path, settings, state))
            except RecordingError as error:
                is_broken = True
                typer.echo(f"shadowpact recordings: {error}", err=True)
    if as_format is Format.JSON:
        _echo_json(found)
    else:
        _print_table(found)
    if is_broken:
        raise typer.Exit(EXIT_BROKEN)


def _summarise(path: Path, settings: Settings, state: Path) -> Summary:
    sealer = Sealer(existing_key(state), settings.secrets)
    return recordings.summarise(path, routes=route_table(settings), sealer=sealer)


def _echo_json(summaries: list[Summary]) -> None:
    documents: list[dict[str, Any]] = [msgspec.structs.asdict(one) for one in summaries]
    typer.echo(to_json({"schema": SCHEMA, "recordings": documents}), nl=False)


def _print_one(summary: Summary) -> None:
    answers = {key: value for key, value in summary.statuses.items() if key.isdigit()}
    typer.echo(f"{summary.path}: {summary.kind}, {summary.bytes:,} bytes")
    typer.echo(f"{summary.exchanges} exchanges, {sum(answers.values())} with an answer")
    typer.echo(f"time      {_span(summary)}")
    if summary.unreadable:
        typer.echo(f"unreadable {counts(summary.unreadable)}")
    typer.echo(f"methods   {_listed(summary.methods)}")
    typer.echo(f"statuses  {_listed(summary.statuses)}")
    for number, (route, count) in enumerate(summary.routes.items()):
        typer.echo(f"{'' if number else 'routes':<9} {count:>6}  {route}")


def _print_table(summaries: list[Summary]) -> None:
    if not summaries:
        typer.echo("No recordings.")
        return
    out = console()
    for one in summaries:
        lost = f", {counts(one.unreadable)} unreadable" if one.unreadable else ""
        out.print(
            f"{escape(one.path)}: {one.kind}, {one.exchanges} exchanges on {len(one.routes)} "
            f"routes, {one.bytes:,} bytes, {_span(one)}{lost}"
        )


def _span(summary: Summary) -> str:
    if summary.first_at is None or summary.last_at is None:
        return "no time"
    return f"{summary.first_at:%Y-%m-%dT%H:%M:%SZ} to {summary.last_at:%Y-%m-%dT%H:%M:%SZ}"


def _listed(counted: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.items()) or "none"
