"""``shadowpact recordings import``, ``export``, ``merge`` and ``cut``."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from shadowpact import config, recordings_making
from shadowpact.cli.options import (
    DEFAULT_STATE,
    AsFormat,
    Config,
    Format,
    Routes,
    SampleRate,
    Since,
    State,
    Until,
    selection,
)
from shadowpact.cli.recordings_progress import reading
from shadowpact.errors import EXIT_NO_EVIDENCE, NoEvidenceError, UsageError
from shadowpact.planning import route_table
from shadowpact.recording.destination import FLOW_SUFFIXES, HAR_SUFFIX
from shadowpact.recordings_making import Cutting, Made
from shadowpact.recordings_reading import check_there, counts
from shadowpact.report.documents import to_json
from shadowpact.secrets import Sealer, load_key

SCHEMA = "shadowpact/recordings/1"
LOCAL = Path("recordings") / "local"

_STATUS = re.compile(r"[1-9]\d\d|[1-9]xx|none")

Recording = Annotated[Path, typer.Argument(help="A recording of any format.")]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        help="A new folder, a new .rec file, or a .har or .mitm file, which is replaced if there.",
    ),
]
SessionBy = Annotated[
    str | None,
    typer.Option(
        "--session-by",
        metavar="cookie:NAME|header:NAME|client",
        help="What tells sessions apart; credential, session cookie, connection without it.",
        show_default=False,
    ),
]


class ExportFormat(StrEnum):
    """What an export writes, and how it reports."""

    HAR = "har"
    MITM = "mitm"
    TEXT = "text"
    JSON = "json"


def import_(
    recording: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="HAR, .mitm, GoReplay file or cassette, by whatever tool; or an own recording.",
        ),
    ],
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
    """Take exchanges of another tool in; credentials are sealed before they touch the disk.

    Exit status: 0 imported, 2 bad usage or a version that is not read, 3 there is no exchange, 4 it
    cannot be read.
    """
    check_there(recording)
    settings = config.load(config_file)
    with reading([recording]) as on_bytes:
        done = recordings_making.copy(
            recording,
            out or LOCAL / Path(recording.name.removesuffix(".gz")).stem,
            sealer=Sealer(load_key(state), settings.secrets),
            segment_bytes=settings.recording.segment_bytes,
            may_append=True,
            on_bytes=on_bytes,
        )
    if not done.exchanges:
        left_out = f" ({counts(done.skipped)} left out)" if done.skipped else ""
        raise NoEvidenceError(f"{recording}: holds no exchange{left_out}; nothing was imported")
    if as_format is Format.JSON:
        print_json("imported", _document(done, "left_out"))
        return
    typer.echo(
        f"{done.exchanges} exchanges in {done.out}, {counts(done.skipped)} left out{_notes(done)}"
    )


def export(
    recording: Recording,
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE", help="A .har or .mitm file; replaced if it is there."
        ),
    ],
    formats: Annotated[
        list[ExportFormat] | None,
        typer.Option(
            "--format",
            help="har or mitm: what to write, by the suffix without it. text or json: for a person "
            "or for a program. May be given for both.",
            show_default=False,
        ),
    ] = None,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Write a recording as a HAR or a mitmproxy flow dump; what is sealed in it stays sealed.

    Credentials that are not sealed yet are sealed.

    Exit status: 0 written, 2 bad usage, 3 there was no exchange, 4 it cannot be read.
    """
    check_there(recording)
    kind = _export_kind(out, formats or [])
    settings = config.load(config_file)
    sealer = Sealer(load_key(state), settings.secrets)
    with reading([recording]) as on_bytes:
        done = recordings_making.copy(recording, out, sealer=sealer, kind=kind, on_bytes=on_bytes)
    if ExportFormat.JSON in (formats or []):
        document = _document(done, "left_out")
        document["unreadable"] = document.pop("skipped")
        print_json("exported", document)
    elif done.exchanges:
        unreadable = counts(done.skipped)
        typer.echo(
            f"{done.exchanges} exchanges in {out}, {unreadable} could not be read{_notes(done)}"
        )
    else:
        typer.echo(f"0 exchanges, {counts(done.skipped)} could not be read; nothing was written")
    if not done.exchanges:
        raise typer.Exit(EXIT_NO_EVIDENCE)


def merge(
    recordings: Annotated[
        list[Path], typer.Argument(metavar="RECORDING...", help="Two or more, of any format.")
    ],
    *,
    out: Out,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Put recordings together in the order in which their requests began.

    Connections of different recordings stay apart. What is sealed stays sealed.

    Exit status: 0 written, 2 bad usage, 3 there was no exchange, 4 one cannot be read.
    """
    if len(recordings) < 2:
        raise UsageError("recordings merge: name two recordings or more")
    for recording in recordings:
        check_there(recording)
    settings = config.load(config_file)
    with reading(recordings) as on_bytes:
        done = recordings_making.merge(
            recordings,
            out,
            sealer=Sealer(load_key(state), settings.secrets),
            segment_bytes=settings.recording.segment_bytes,
            on_bytes=on_bytes,
        )
    _report("merged", done, as_format)


def cut(  # noqa: PLR0913  every option of the command, declared once
    recording: Recording,
    *,
    out: Out,
    since: Since = None,
    until: Until = None,
    route: Routes = None,
    session: Annotated[
        list[str] | None,
        typer.Option(
            "--session",
            metavar="KEY",
            help="Only these sessions, as info --sessions names them; may be given again.",
            show_default=False,
        ),
    ] = None,
    session_by: SessionBy = None,
    client: Annotated[
        list[str] | None,
        typer.Option(
            "--client",
            metavar="ID",
            help="Only these connections; may be given again.",
            show_default=False,
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="CODE",
            help="Only these answers: 200, 5xx, or none for no answer; may be given again.",
            show_default=False,
        ),
    ] = None,
    sample: SampleRate = 1.0,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="At most so many exchanges.", show_default=False),
    ] = None,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Write a part of a recording: what all the options given apply to, in its order.

    Exit status: 0 written, 2 bad usage, 3 nothing was left, 4 it cannot be read.
    """
    check_there(recording)
    cutting = Cutting(
        selection=selection(since, until, route, sample, session),
        session_by=session_by,
        clients=frozenset(client or ()),
        statuses=frozenset(map(_status, status or ())),
        limit=limit,
    )
    settings = config.load(config_file)
    with reading([recording]) as on_bytes:
        done = recordings_making.cut(
            recording,
            out,
            cutting,
            routes=route_table(settings),
            sealer=Sealer(load_key(state), settings.secrets),
            segment_bytes=settings.recording.segment_bytes,
            on_bytes=on_bytes,
        )
    _report("cut", done, as_format)


def print_json(what: str, document: Any) -> None:
    """Print the one thing that a command of ``recordings`` has to say."""
    typer.echo(to_json({"schema": SCHEMA, what: document}), nl=False)


def _status(text: str) -> str:
    if not _STATUS.fullmatch(text.lower()):
        raise UsageError(f"--status {text!r}: expected a code such as 200, a class 5xx, or none")
    return text.lower()


def _export_kind(out: Path, formats: list[ExportFormat]) -> str:
    wanted = {one for one in formats if one in {ExportFormat.HAR, ExportFormat.MITM}}
    if len(wanted) > 1:
        raise UsageError("--format: har and mitm are two files; export twice")
    if wanted:
        return str(wanted.pop())
    suffix = out.suffix.lower()
    if suffix == HAR_SUFFIX:
        return "har"
    if suffix in FLOW_SUFFIXES:
        return "mitm"
    raise UsageError(f"{out}: expected a name in .har or .mitm, or --format har or mitm")


def _report(what: str, done: Made, as_format: Format) -> None:
    if as_format is Format.JSON:
        print_json(what, _document(done))
    elif done.exchanges:
        skipped = f", {counts(done.skipped)} could not be read" if done.skipped else ""
        typer.echo(
            f"{done.exchanges} exchanges in {done.out}, {done.left_out} left out"
            f"{skipped}{_notes(done)}"
        )
    else:
        typer.echo(
            f"0 exchanges, {done.left_out} left out, {counts(done.skipped)} could not be read; "
            "nothing was written"
        )
    if not done.exchanges:
        raise typer.Exit(EXIT_NO_EVIDENCE)


def _notes(done: Made) -> str:
    """What a person should know of the exchanges that were read."""
    notes = ""
    if done.unanswered:
        notes += f"; {counts(done.unanswered)} without an answer"
    if done.cut_bodies:
        notes += f"; {counts(done.cut_bodies)} bodies not whole"
    return notes


def _document(done: Made, *without: str) -> dict[str, Any]:
    document = msgspec.structs.asdict(done)
    return {name: value for name, value in document.items() if name not in without}
