"""``shadowpact status``."""

from typing import Any

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.errors import EXIT_NO_EVIDENCE, UsageError
from shadowpact.evidence import evidence
from shadowpact.model.clock import SystemClock
from shadowpact.report.documents import to_json
from shadowpact.report.text import console, evidence_line
from shadowpact.state import open_store, store_file
from shadowpact.worker import is_running

SCHEMA = "shadowpact/status/1"


def command(
    *,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Say whether the worker keeps up, and what was lost so far.

    Exit status: 0 something was compared, 2 there is no state folder, 3 nothing was compared yet.
    """
    config.load(config_file)  # a wrong one would keep the worker from starting: said here too
    if not state.is_dir():
        raise UsageError(
            f"{state}: no such state folder. Start the proxy first (shadowpact proxy, or mitmdump "
            "with addons/shadowpact.py), or name the folder with --state."
        )
    is_at_work = is_running(state)
    store = open_store(state if store_file(state).exists() else None)
    try:
        with store.snapshot():
            seen = evidence(state, store, SystemClock())
            findings = store.findings()
    finally:
        store.close()
    counts = {
        verdict: sum(1 for one in findings if one.verdict == verdict and one.state == "open")
        for verdict in ("real", "undecided", "noise")
    }
    if as_format is Format.JSON:
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "worker": "running" if is_at_work else "stopped",
            "evidence": msgspec.structs.asdict(seen),
            "open_findings": counts,
        }
        typer.echo(to_json(document), nl=False)
    else:
        out = console()
        out.print(f"worker {'running' if is_at_work else 'not running'}")
        out.print(evidence_line(seen))
        out.print("open findings: " + ", ".join(f"{n} {name}" for name, n in counts.items()))
    if not seen.pairs:
        raise typer.Exit(EXIT_NO_EVIDENCE)
