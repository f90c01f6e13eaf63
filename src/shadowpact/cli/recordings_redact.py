"""``shadowpact recordings redact``."""

import hashlib
import os
from typing import Annotated

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.recordings_making import Out, Recording, print_json
from shadowpact.cli.recordings_progress import reading
from shadowpact.errors import EXIT_NO_EVIDENCE, UsageError
from shadowpact.recordings_reading import check_there, counts
from shadowpact.recordings_redact import Redacted, redact
from shadowpact.secrets import Sealer, existing_key, load_key

SHORTEST_KEY = 16


def command(
    recording: Recording,
    *,
    out: Out,
    key_from: Annotated[
        str | None,
        typer.Option(
            "--key-from",
            metavar="VARIABLE",
            help="Environment variable with the key of the pseudonyms (any text of 16 characters "
            "or more); the key of the state folder without it.",
            show_default=False,
        ),
    ] = None,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Make a recording fit to be committed: secrets and personal data become pseudonyms.

    Equal values stay equal, in paths, queries, headers and bodies of any kind; [redact] in
    shadowpact.toml says what else is personal. Says what was replaced and where, never the values.

    Exit status: 0 written, 2 bad usage, 3 there was no exchange, 4 it cannot be read.
    """
    check_there(recording)
    settings = config.load(config_file)
    key = _key(key_from) if key_from else load_key(state)
    with reading([recording]) as on_bytes:
        done = redact(
            recording,
            out,
            sealer=Sealer(existing_key(state), settings.secrets),
            key=key,
            settings=settings.redact,
            segment_bytes=settings.recording.segment_bytes,
            on_bytes=on_bytes,
        )
    if as_format is Format.JSON:
        print_json("redacted", msgspec.structs.asdict(done))
    else:
        _print(done)
    if not done.exchanges:
        raise typer.Exit(EXIT_NO_EVIDENCE)


def _key(variable: str) -> bytes:
    given = os.environ.get(variable, "")
    if len(given) < SHORTEST_KEY:
        got = f"{len(given)} characters" if given else "nothing"
        raise UsageError(
            f"--key-from {variable}: got {got}, expected a secret of at least {SHORTEST_KEY} "
            f"characters in this environment variable"
        )
    return hashlib.sha512(given.encode("utf-8", "surrogateescape")).digest()


def _print(done: Redacted) -> None:
    if not done.exchanges:
        typer.echo(
            f"0 exchanges, {counts(done.skipped)} could not be read"
            f"{_removed(done)}; nothing was written"
        )
        return
    skipped = f", {counts(done.skipped)} could not be read" if done.skipped else ""
    typer.echo(f"{done.exchanges} exchanges in {done.out}{skipped}{_removed(done)}")
    for kind, places in done.replaced.items():
        typer.echo(f"{kind:<12}{sum(places.values()):>8}")
        for place, count in places.items():
            typer.echo(f"{'':<12}{count:>8}  {place}")
    if not done.replaced:
        typer.echo("nothing secret or personal was found")
    if done.left_alone:
        typer.echo(f"binary, not looked into: {counts(done.left_alone)}")


def _removed(done: Redacted) -> str:
    return f", removed: {counts(done.removed)}" if done.removed else ""
