"""``shadowpact contracts promote``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from shadowpact.cli import verify_options
from shadowpact.cli.lines import print_lines
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.contracts.ledger import read_ledger, write_ledger
from shadowpact.contracts.outcomes import Outcome, Verdict, Verification
from shadowpact.contracts.present_promote import Waiting, promote_document, promote_lines
from shadowpact.contracts.printing import to_json
from shadowpact.contracts.promote import Results, count, promote, results_of
from shadowpact.contracts.verify import today_by
from shadowpact.contracts.wanted import root_of, wanted_in
from shadowpact.errors import EXIT_NO_EVIDENCE, EXIT_PASS, UsageError
from shadowpact.model.clock import SystemClock
from shadowpact.verifying import Wishes


class _Interaction(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    description: str
    outcome: Outcome


class _Results(msgspec.Struct, frozen=True, kw_only=True):
    """What ``verify --format json`` printed, as far as it is needed."""

    provider: str
    verdict: Verdict
    interactions: tuple[_Interaction, ...] = ()


def command(  # noqa: PLR0913  every option of the command, declared once
    contracts: verify_options.Contracts,
    *,
    provider: verify_options.Provider,
    url: verify_options.Url = None,
    results: Annotated[
        list[Path] | None,
        typer.Option(
            "--results",
            help="Ask nobody; take what 'verify --format json' printed, oldest first.",
            show_default=False,
        ),
    ] = None,
    passes: Annotated[
        int, typer.Option("--passes", help="How often in a row it has to pass.", min=1)
    ] = 1,
    consumer: verify_options.Consumer = None,
    header: verify_options.Header = None,
    states: verify_options.States = None,
    sessions: verify_options.Sessions = None,
    reset: verify_options.Reset = None,
    start: verify_options.Start = None,
    ready: verify_options.Ready = None,
    ready_timeout: verify_options.ReadyTimeout = verify_options.READY_S,
    timeout: verify_options.Timeout = None,
    workers: verify_options.Workers = None,
    insecure: verify_options.Insecure = False,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Verify CONTRACTS, and make the pending interactions that pass binding.

    With --passes above 1 the passes of earlier runs count, as ratchet.jsonl beside the contracts
    has them; a failure begins the count anew.

    Exit status: as of verify; with --results 0, or 3 when they say nothing.
    """
    verification: Verification | None = None
    if results:
        runs = list(_read(results, provider))
        status = EXIT_PASS if any(runs) else EXIT_NO_EVIDENCE
    else:
        wishes = Wishes(
            provider=provider,
            url=url,
            headers=header or (),
            states=states,
            sessions=sessions,
            reset=reset,
            timeout_s=timeout,
            workers=workers,
            is_insecure=insecure,
        )
        verification = verify_options.verified(
            contracts,
            wishes,
            verify_options.Readiness(start=start, ready=ready, timeout_s=ready_timeout),
            consumer=consumer,
            config_file=config_file,
            state=state,
        )
        runs = [results_of(verification)]
        status = verify_options.EXITS[verification.verdict]
    promoted, waiting = _turn(contracts, provider, runs, passes)
    if as_format is Format.JSON:
        typer.echo(to_json(promote_document(verification, promoted, waiting)), nl=False)
    else:
        print_lines(promote_lines(verification, promoted, waiting, passes=passes))
    raise typer.Exit(status)


def _turn(
    contracts: Path, provider: str, runs: Sequence[Results], passes: int
) -> tuple[dict[Path, list[str]], list[Waiting]]:
    """Count, promote and write the ledger; what was promoted, and what is on its way."""
    wanted = wanted_in(contracts, provider=provider)
    root = root_of(contracts, wanted)
    ledger = count(read_ledger(root), runs)
    today = today_by(SystemClock()).isoformat()
    promoted, ledger = promote(wanted, ledger, passes=passes, today=today)
    write_ledger(root, ledger)
    pending = {one.name for one in wanted if one.is_pending}
    waiting = [
        Waiting(name=key, passes=entry.passes)
        for key, entry in sorted(ledger.entries.items())
        if key in pending and entry.passes
    ]
    return promoted, waiting


def _read(files: Sequence[Path], provider: str) -> Iterator[Results]:
    for file in files:
        try:
            told = msgspec.json.decode(file.read_bytes(), type=_Results)
        except OSError as error:
            raise UsageError(f"--results {file}: cannot be read: {error.strerror}") from error
        except msgspec.DecodeError as error:
            raise UsageError(
                f"--results {file}: is not what 'shadowpact verify --format json' prints: {error}"
            ) from error
        if told.provider != provider:
            raise UsageError(f"--results {file}: is of {told.provider!r}, not of {provider!r}")
        if told.verdict != "no-evidence":
            yield tuple(
                (one.key or one.description, one.outcome == "passed") for one in told.interactions
            )
