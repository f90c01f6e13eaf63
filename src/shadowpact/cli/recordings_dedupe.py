"""``shadowpact recordings dedupe``."""

from typing import Annotated, Any

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.recordings_making import Out, Recording, SessionBy, print_json
from shadowpact.cli.recordings_progress import reading
from shadowpact.errors import EXIT_NO_EVIDENCE
from shadowpact.planning import route_table
from shadowpact.recordings_dedupe import Deduped, dedupe
from shadowpact.recordings_reading import check_there, counts
from shadowpact.secrets import Sealer, load_key


def command(
    recording: Recording,
    *,
    out: Out,
    keep: Annotated[
        int | None,
        typer.Option(
            "--keep",
            min=1,
            help="Exchanges of each shape, besides the smallest: at most so many, 5 without it. "
            "With --sessions at least so many, 1 without it.",
            show_default=False,
        ),
    ] = None,
    sessions: Annotated[
        bool,
        typer.Option(
            "--sessions",
            help="Keep sessions whole, as few as have every shape: for a replay with state.",
        ),
    ] = False,
    session_by: SessionBy = None,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Leave out exchanges of a shape that is there often enough; every shape stays.

    A shape is route, status, parameters, media types, and the classes of values in JSON bodies.
    Writes stay when a kept exchange names what they made.

    Exit status: 0 written, 2 bad usage, 3 there was no exchange, 4 it cannot be read.
    """
    check_there(recording)
    settings = config.load(config_file)
    with reading([recording]) as on_bytes:
        done = dedupe(
            recording,
            out,
            routes=route_table(settings),
            sealer=Sealer(load_key(state), settings.secrets),
            keep=keep,
            whole_sessions=sessions,
            session_by=session_by,
            segment_bytes=settings.recording.segment_bytes,
            on_bytes=on_bytes,
        )
    if as_format is Format.JSON:
        print_json("deduped", _document(done))
    else:
        _print(done)
    if not done.exchanges:
        raise typer.Exit(EXIT_NO_EVIDENCE)


def _document(done: Deduped) -> dict[str, Any]:
    document = msgspec.structs.asdict(done)
    if done.sessions is not None:
        document["sessions"] = {"kept": done.sessions[0], "all": done.sessions[1]}
    document["routes"] = [
        {"route": route, "exchanges": count, "kept": kept}
        for route, (count, kept) in done.routes.items()
    ]
    return document


def _print(done: Deduped) -> None:
    if not done.exchanges:
        typer.echo(f"0 exchanges, {counts(done.skipped)} could not be read; nothing was written")
        return
    skipped = f", {counts(done.skipped)} could not be read" if done.skipped else ""
    typer.echo(
        f"{done.exchanges} of {done.exchanges + done.left_out} exchanges in {done.out}, "
        f"{done.shapes} of {done.shapes} shapes{skipped}"
    )
    if done.for_others:
        typer.echo(f"{done.for_others} of them are writes on which others depend")
    if done.sessions is not None:
        typer.echo(f"{done.sessions[0]} of {done.sessions[1]} sessions, each whole")
    for route, (count, kept) in done.routes.items():
        typer.echo(f"{kept:>8} of {count:>8}  {route}")
