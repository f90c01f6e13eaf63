"""``shadowpact contracts``: build, promote, list; the others are in modules of their own."""

from pathlib import Path
from typing import Annotated

import typer

from shadowpact.cli.contracts_coverage import coverage
from shadowpact.cli.contracts_promote import command as promote
from shadowpact.cli.contracts_schema import openapi, schema
from shadowpact.cli.lines import print_lines
from shadowpact.cli.opening import reading
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.verify_options import Contracts
from shadowpact.config import load
from shadowpact.contracts.build import build as build_contracts
from shadowpact.contracts.catalog import catalog
from shadowpact.contracts.present import (
    build_document,
    build_lines,
    catalog_document,
    catalog_lines,
    to_json,
)
from shadowpact.errors import EXIT_NO_EVIDENCE, EXIT_PASS, NoEvidenceError, UsageError

app = typer.Typer(no_args_is_help=True, help="Pact contracts out of what was observed and found.")
app.command()(coverage)
app.command("promote")(promote)
app.command()(schema)
app.command()(openapi)


@app.command()
def build(
    *,
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the contracts: CONSUMER/PROVIDER/*.json.")
    ] = Path("contracts"),
    state: State = DEFAULT_STATE,
    config: Config = None,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Build contracts from the store; what holds already stays as it is.

    Exit status: 0 built, 2 bad usage, 3 the store holds nothing to build from.
    """
    settings = load(config)  # a wrong one is reported before anything is written
    with reading(state) as store:
        behaviours, findings = store.behaviours(), store.findings()
        profiles, ignored = store.profiles(), store.ignored()
    if not behaviours and not findings:
        raise NoEvidenceError(f"{state}: the store holds no behaviour to build contracts from")
    try:
        outcome = build_contracts(
            behaviours,
            findings,
            out,
            profiles=profiles,
            headers=settings.contracts.headers,
            ignored=ignored,
        )
    except OSError as error:
        if error.filename is None:
            raise
        raise UsageError(f"--out {out}: cannot be written: {error.strerror}") from error
    if as_format is Format.JSON:
        typer.echo(to_json(build_document(outcome)), nl=False)
    else:
        print_lines(build_lines(outcome))


@app.command("list")
def listing(contracts: Contracts, *, as_format: AsFormat = Format.TEXT) -> None:
    """List the interactions in CONTRACTS.

    Exit status: 0 there are some, 2 bad usage, 3 there are none.
    """
    entries = catalog(contracts)
    if as_format is Format.JSON:
        typer.echo(to_json(catalog_document(entries)), nl=False)
    else:
        print_lines(catalog_lines(entries))
    raise typer.Exit(EXIT_PASS if entries else EXIT_NO_EVIDENCE)
