"""``shadowpact recordings``: look into recordings, take them in, hand them on, and make others."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from shadowpact import config, recordings
from shadowpact.cli import recordings_dedupe, recordings_redact
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.recordings_making import SessionBy, cut, export, import_, merge, print_json
from shadowpact.cli.recordings_progress import reading
from shadowpact.config import Settings
from shadowpact.errors import EXIT_BROKEN, EXIT_NO_EVIDENCE, RecordingError, UsageError
from shadowpact.planning import route_table
from shadowpact.recordings import Summary
from shadowpact.recordings_reading import check_there, counts
from shadowpact.report.text import console
from shadowpact.secrets import Sealer, existing_key
from shadowpact.state import recording_folder

CHECKED_IN = Path("recordings")
SHOWN_SESSIONS = 20

app = typer.Typer(
    no_args_is_help=True, help="Look into recordings, take them in, hand them on, make others."
)


@app.command()
def info(
    recording: Annotated[
        Path,
        typer.Argument(help="A folder of segments, or a .rec, HAR, .mitm, .gor or cassette file."),
    ],
    *,
    sessions: Annotated[
        bool, typer.Option("--sessions", help="Count its sessions too; cut takes their names.")
    ] = False,
    session_by: SessionBy = None,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Say what a recording of any format holds: counts, time span, methods, statuses, routes.

    Exit status: 0 it holds exchanges, 2 bad usage, 3 it holds none, 4 it cannot be read.
    """
    settings = config.load(config_file)
    summary = _summarise(recording, settings, state, session_by, with_sessions=sessions)
    if as_format is Format.JSON:
        _echo_json([summary])
    else:
        _print_one(summary)
    if not summary.exchanges:
        raise typer.Exit(EXIT_NO_EVIDENCE)


app.command("show", hidden=True)(info)  # as it was called before there were so many formats


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
        check_there(folder)
    for folder in folders or [recording_folder(state), CHECKED_IN]:
        for path in [folder] if folder.is_file() else recordings.find(folder):
            try:
                found.append(_summarise(path, settings, state))
            except (RecordingError, UsageError) as error:
                is_broken = True
                typer.echo(f"shadowpact recordings: {error}", err=True)
    if as_format is Format.JSON:
        _echo_json(found)
    else:
        _print_table(found)
    if is_broken:
        raise typer.Exit(EXIT_BROKEN)


app.command("import")(import_)
app.command("export")(export)
app.command("merge")(merge)
app.command("cut")(cut)
app.command("dedupe")(recordings_dedupe.command)
app.command("redact")(recordings_redact.command)


def _summarise(
    path: Path,
    settings: Settings,
    state: Path,
    session_by: str | None = None,
    *,
    with_sessions: bool = False,
) -> Summary:
    sealer = Sealer(existing_key(state), settings.secrets)
    with reading([path]) as on_bytes:
        return recordings.summarise(
            path,
            routes=route_table(settings),
            sealer=sealer,
            session_by=session_by,
            with_sessions=with_sessions,
            on_bytes=on_bytes,
        )


def _echo_json(summaries: list[Summary]) -> None:
    documents: list[dict[str, Any]] = [msgspec.structs.asdict(one) for one in summaries]
    for document in documents:
        if not document["sessions"]:
            del document["sessions"]
    print_json("recordings", documents)


def _print_one(summary: Summary) -> None:
    answers = {key: value for key, value in summary.statuses.items() if key.isdigit()}
    typer.echo(f"{summary.path}: {summary.kind}, {summary.bytes:,} bytes")
    typer.echo(f"{summary.exchanges} exchanges, {sum(answers.values())} with an answer")
    typer.echo(f"time      {_span(summary)}")
    for name, counted in (
        ("unreadable", summary.unreadable),
        ("unanswered", summary.unanswered),
        ("cut bodies", summary.cut_bodies),
    ):
        if counted:
            typer.echo(f"{name} {counts(counted)}")
    typer.echo(f"methods   {_listed(summary.methods)}")
    typer.echo(f"statuses  {_listed(summary.statuses)}")
    for number, (route, count) in enumerate(summary.routes.items()):
        typer.echo(f"{'' if number else 'routes':<9} {count:>6}  {route}")
    for number, (session, count) in enumerate(summary.sessions.items()):
        if number == SHOWN_SESSIONS:
            typer.echo(f"{'':<9} {'':>6}  and {len(summary.sessions) - number} more")
            break
        typer.echo(f"{'' if number else 'sessions':<9} {count:>6}  {session}")


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
