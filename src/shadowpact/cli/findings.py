"""``shadowpact findings``."""

from typing import Annotated

import typer

from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Format, State
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS, UsageError
from shadowpact.evidence import evidence
from shadowpact.model.clock import SystemClock
from shadowpact.report.documents import findings_document, to_json
from shadowpact.report.text import console, print_findings
from shadowpact.state import open_store, recording_folder, store_file

app = typer.Typer(invoke_without_command=True, help="List what differs, and say what was decided.")


@app.callback()
def listing(
    context: typer.Context,
    *,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
    route: Annotated[
        str | None, typer.Option("--route", help="Only this route, GET /orders/{id}.")
    ] = None,
) -> None:
    """List the findings with their evidence.

    Exit status: 0 none open, 1 there are open findings, 2 bad usage, 3 nothing was compared.
    """
    if context.invoked_subcommand is not None:
        return
    is_worked_on = store_file(state).exists()
    if not is_worked_on and not recording_folder(state).exists():
        raise UsageError(
            f"{state}: nothing was recorded in this folder yet. Start the proxy (shadowpact proxy, "
            "or mitmdump with addons/shadowpact.py) and send traffic through it."
        )
    store = open_store(state if is_worked_on else None)
    try:
        seen = evidence(state, store, SystemClock())
        routes = [one for one in store.routes() if route in {None, one.route}]
        found = [one for one in store.findings() if route in {None, one.route}]
        ignored = [one for one in store.ignored() if route in {None, one.route}]
    finally:
        store.close()
    if as_format is Format.JSON:
        typer.echo(to_json(findings_document(seen, routes, found)), nl=False)
    else:
        print_findings(console(), seen, routes, found, ignored)
    if not seen.pairs:
        raise typer.Exit(EXIT_NO_EVIDENCE)
    is_open = any(one.state == "open" and one.verdict != "noise" for one in found)
    raise typer.Exit(EXIT_FINDINGS if is_open else EXIT_PASS)
