"""``shadowpact replay``."""

from pathlib import Path
from typing import Annotated

import typer

from shadowpact import config, replay
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS, UsageError
from shadowpact.model.clock import SystemClock
from shadowpact.report.documents import findings_document, to_json
from shadowpact.report.text import console, print_findings
from shadowpact.secrets import existing_key
from shadowpact.state import open_store


def command(
    recording: Annotated[
        Path, typer.Argument(help="A folder of segments, a .rec file, or a .har file.")
    ],
    *,
    to: Annotated[
        str | None, typer.Option("--to", metavar="URL", help="The candidate to ask.")
    ] = None,
    baseline: Annotated[
        str,
        typer.Option("--baseline", metavar="recorded|URL", help="Recorded answers, or ask anew."),
    ] = replay.RECORDED,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Send a recording's requests to a candidate and compare the answers.

    Needs no configuration with --to; rules and routes of shadowpact.toml apply when it is there.
    Nothing is kept: the result is the document that it prints.

    Exit status: 0 equal, 1 findings, 2 bad usage, 3 nothing was compared, 4 something broke.
    """
    if baseline != replay.RECORDED and "://" not in baseline:
        raise UsageError(f"--baseline {baseline!r}: expected 'recorded' or a URL, http://HOST:PORT")
    if to is not None and "://" not in to:
        raise UsageError(f"--to {to!r}: expected a URL, http://HOST:PORT")
    settings = replay.settings_for(config.load(config_file), to=to)
    store = open_store(None)
    try:
        replay.run(
            recording,
            settings,
            store,
            key=existing_key(state),
            baseline=baseline,
            clock=SystemClock(),
            warn=lambda message: typer.echo(f"shadowpact replay: {message}", err=True),
        )
        seen, routes, findings = store.evidence(), store.routes(), store.findings()
        ignored = store.ignored()
    finally:
        store.close()
    if as_format is Format.JSON:
        typer.echo(to_json(findings_document(seen, routes, findings)), nl=False)
    else:
        print_findings(console(), seen, routes, findings, ignored)
    if not seen.pairs:
        raise typer.Exit(EXIT_NO_EVIDENCE)
    raise typer.Exit(EXIT_FINDINGS if findings else EXIT_PASS)
