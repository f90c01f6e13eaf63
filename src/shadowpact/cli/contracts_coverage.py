"""``shadowpact contracts coverage``."""

from typing import Annotated

import typer

from shadowpact.cli.lines import print_lines
from shadowpact.cli.opening import reading
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Format, OnlyProvider, State
from shadowpact.cli.verify_options import Consumer, Contracts
from shadowpact.contracts.coverage import coverage as cover
from shadowpact.contracts.present import to_json
from shadowpact.contracts.present_coverage import coverage_document, coverage_lines
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS


def coverage(
    contracts: Contracts,
    *,
    state: State = DEFAULT_STATE,
    provider: OnlyProvider = None,
    consumer: Consumer = None,
    min_rate: Annotated[
        float,
        typer.Option("--min-rate", help="Share of exchanges to be covered.", min=0, max=1),
    ] = 1.0,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Say which traffic no interaction in CONTRACTS covers, and which of them no traffic exercises.

    Exit status: 0 enough is covered, 1 it is not, 2 bad usage, 3 there is no traffic in the store.
    """
    with reading(state) as store:
        behaviours, findings = store.behaviours(), store.findings()
    found = cover(contracts, behaviours, findings, provider=provider, consumer=consumer)
    if as_format is Format.JSON:
        typer.echo(to_json(coverage_document(found)), nl=False)
    else:
        print_lines(coverage_lines(found))
    if found.rate is None:
        raise typer.Exit(EXIT_NO_EVIDENCE)
    raise typer.Exit(EXIT_PASS if found.rate >= min_rate else EXIT_FINDINGS)
