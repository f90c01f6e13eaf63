"""``shadowpact gate``."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from shadowpact.cli.lines import print_lines
from shadowpact.cli.narrowing import remark_unseen
from shadowpact.cli.opening import reading
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.config import load
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS, UsageError
from shadowpact.evidence import evidence
from shadowpact.gate.decide import VerifiedProvider, decide
from shadowpact.gate.present import gate_document, gate_lines
from shadowpact.model.clock import SystemClock
from shadowpact.report.documents import to_json

_EXITS = {"pass": EXIT_PASS, "fail": EXIT_FINDINGS, "no-evidence": EXIT_NO_EVIDENCE}


def command(
    *,
    state: State = DEFAULT_STATE,
    config: Config = None,
    candidate: Annotated[
        str | None,
        typer.Option("--candidate", help="Only routes of this candidate.", show_default=False),
    ] = None,
    route: Annotated[
        str | None,
        typer.Option("--route", help="Only this route, GET /orders/{id}.", show_default=False),
    ] = None,
    verified: Annotated[
        list[Path] | None,
        typer.Option(
            "--verified",
            help="What 'shadowpact verify --format json' printed; may be repeated.",
            show_default=False,
        ),
    ] = None,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Say which routes may be switched to their candidate today.

    Exit status: 0 all that was mirrored may be switched, 1 something speaks against it, 2 bad
    usage, 3 there is not enough evidence.
    """
    settings = load(config).gate
    told = [_read(file) for file in verified or ()]
    with reading(state) as store:
        seen = evidence(state, store, SystemClock())
        all_routes = store.routes()
        found = store.findings()
    routes = [
        one
        for one in all_routes
        if candidate in {None, one.candidate} and route in {None, one.route}
    ]
    remark_unseen("--route", route, (one.route for one in all_routes))
    remark_unseen("--candidate", candidate, (one.candidate for one in all_routes))
    decision = decide(seen, routes, found, settings, told)
    if as_format is Format.JSON:
        typer.echo(to_json(gate_document(decision, seen, settings)), nl=False)
    else:
        print_lines(gate_lines(decision))
    raise typer.Exit(_EXITS[decision.verdict])


def _read(file: Path) -> VerifiedProvider:
    try:
        return msgspec.json.decode(file.read_bytes(), type=VerifiedProvider)
    except OSError as error:
        raise UsageError(f"--verified {file}: cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise UsageError(
            f"--verified {file}: is not what 'shadowpact verify --format json' prints: {error}"
        ) from error
