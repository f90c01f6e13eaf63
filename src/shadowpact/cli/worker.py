"""``shadowpact worker``."""

from typing import Annotated

import typer

from shadowpact import config, worker
from shadowpact.cli.options import DEFAULT_STATE, Config, State
from shadowpact.errors import UsageError
from shadowpact.model.clock import SystemClock
from shadowpact.state import recording_folder


def command(
    *,
    state: State = DEFAULT_STATE,
    config_file: Config = None,
    drain: Annotated[
        bool, typer.Option("--drain", help="Work through what is recorded, commit, and exit.")
    ] = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", hidden=True, help="End when standard input ends.")
    ] = False,
) -> None:
    """Mirror, compare and count what the addon records.

    Follows the recording in the state folder until it is stopped (SIGTERM or Ctrl-C); what is in
    flight is then finished and committed. The addon starts a worker by itself; run one by hand with
    --set shadowpact_worker=external, or with --drain after the fact.

    Exit status: 0 done or stopped, 2 bad usage or configuration, 4 something broke.
    """
    settings = config.load(config_file)
    if drain and not recording_folder(state).exists():
        raise UsageError(f"--drain: {state}: nothing was recorded in this folder yet")
    worker.run(
        state,
        settings,
        SystemClock(),
        drain=drain,
        until_eof=until_eof,
        warn=lambda message: typer.echo(f"shadowpact worker: {message}", err=True),
    )
