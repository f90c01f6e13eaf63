"""``shadowpact findings``: list, show and decide."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from shadowpact import config
from shadowpact.cli.narrowing import remark_unseen
from shadowpact.cli.opening import open_recorded, reading
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS, UsageError
from shadowpact.evidence import evidence
from shadowpact.model.clock import SystemClock
from shadowpact.model.finding import Finding, Triage
from shadowpact.report.documents import finding_document, findings_document, to_json
from shadowpact.report.full_text import print_finding
from shadowpact.report.text import console, print_findings
from shadowpact.store.sql import SqlStore

app = typer.Typer(invoke_without_command=True, help="List what differs, and say what was decided.")

LEAST_DIGITS = 4
"""Digits that an abbreviated id has at least."""

Id = Annotated[
    str, typer.Argument(metavar="ID", help="fnd_... as the list has it; its first digits will do.")
]


@app.callback()
def listing(
    context: typer.Context,
    *,
    config_file: Config = None,
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
        context.obj = state
        return
    config.load(config_file)  # a wrong one is said here too, before anybody trusts the list
    with reading(state) as store:
        seen = evidence(state, store, SystemClock())
        all_routes = store.routes()
        found = [one for one in store.findings() if route in {None, one.route}]
        ignored = [one for one in store.ignored() if route in {None, one.route}]
        aliases = store.alias_counts()
    routes = [one for one in all_routes if route in {None, one.route}]
    remark_unseen("--route", route, (one.route for one in all_routes))
    if as_format is Format.JSON:
        typer.echo(to_json(findings_document(seen, routes, found, aliases)), nl=False)
    else:
        print_findings(console(), seen, routes, found, ignored, aliases)
    if not any(one.pairs for one in routes):
        raise typer.Exit(EXIT_NO_EVIDENCE)
    is_open = any(one.state == "open" and one.verdict != "noise" for one in found)
    raise typer.Exit(EXIT_FINDINGS if is_open else EXIT_PASS)


@app.command()
def show(
    context: typer.Context,
    finding: Id,
    *,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Show a finding in full: counts, the request as a curl command, and both answers.

    Exit status: 0 shown, 2 there is no such finding.
    """
    store = open_recorded(_state(context, state))
    try:
        _tell(_named(store, finding), as_format)
    finally:
        store.close()


def _decision(name: str, triage: Triage, about: str) -> None:
    """Add a command that decides on a finding; all of them take the same."""

    @app.command(name, help=f"{about}\n\nExit status: 0 done, 2 there is no such finding.")
    def decide(
        context: typer.Context,
        finding: Id,
        *,
        state: State = DEFAULT_STATE,
        as_format: AsFormat = Format.TEXT,
    ) -> None:
        _decide(_state(context, state), finding, triage, as_format)


_decision(
    "accept",
    "accepted",
    "Accept a finding as an intended change: it no longer counts against its route.",
)
_decision(
    "fixed",
    "fixed",
    "Say that a finding is fixed in the candidate: it no longer counts against its route, until it "
    "is seen again.",
)
_decision("reopen", "open", "Take a decision back: the finding is open again.")


def _state(context: typer.Context, state: Path) -> Path:
    """The folder given after the subcommand, else the one given before it."""
    before = context.obj
    return before if state == DEFAULT_STATE and isinstance(before, Path) else state


def _decide(state: Path, name: str, triage: Triage, as_format: Format) -> None:
    store = open_recorded(state)
    try:
        found = _named(store, name)
        store.triage(found[0].id, triage)
        after = _named(store, found[0].id)
    finally:
        store.close()
    if as_format is Format.JSON:
        typer.echo(to_json(finding_document(after)), nl=False)
        return
    for one, before in zip(after, found, strict=True):
        typer.echo(f"{one.id}: {one.state} (was {before.state})")


def _tell(findings: Sequence[Finding], as_format: Format) -> None:
    if as_format is Format.JSON:
        typer.echo(to_json(finding_document(findings)), nl=False)
        return
    out = console()
    for number, one in enumerate(findings):
        if number:
            out.print()
        print_finding(out, one)


def _named(store: SqlStore, name: str) -> list[Finding]:
    """The finding that an id or its first digits name: one for each candidate that has it.

    Raises:
        UsageError: There is none, or more than one.
    """
    digits = name.strip().lower().removeprefix("fnd_")
    found = [one for one in store.findings() if one.fingerprint.startswith(digits)]
    if len(digits) < LEAST_DIGITS or not found:
        raise UsageError(
            f"findings: no finding {name!r}; expected an id such as fnd_123456789abc, or its first "
            f"{LEAST_DIGITS} digits or more. List them with: shadowpact findings"
        )
    names = sorted({one.id for one in found})
    if len(names) > 1:
        raise UsageError(f"findings: {name!r} fits {', '.join(names[:5])}; give more digits")
    return found
