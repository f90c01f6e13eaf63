"""``shadowpact verify``."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from shadowpact.cli.lines import print_lines
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.verify_options import (
    EXITS,
    READY_S,
    Consumer,
    Contracts,
    Header,
    Insecure,
    Provider,
    Readiness,
    Ready,
    ReadyTimeout,
    Reset,
    Sessions,
    Start,
    States,
    Timeout,
    Url,
    Workers,
    prepared,
)
from shadowpact.contracts.outcomes import Verification
from shadowpact.contracts.present_verify import verify_document, verify_lines
from shadowpact.contracts.printing import to_json
from shadowpact.contracts.verify import verify
from shadowpact.errors import UsageError
from shadowpact.verifying import Wishes

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


def command(  # noqa: PLR0913  every option of the command, declared once
    contracts: Contracts,
    *,
    provider: Provider,
    url: Url = None,
    consumer: Consumer = None,
    header: Header = None,
    states: States = None,
    sessions: Sessions = None,
    reset: Reset = None,
    start: Start = None,
    ready: Ready = None,
    ready_timeout: ReadyTimeout = READY_S,
    timeout: Timeout = None,
    workers: Workers = None,
    insecure: Insecure = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Pending and waived interactions may not fail either."),
    ] = False,
    junit_file: Annotated[
        Path | None,
        typer.Option("--junit", help="Write a JUnit file, too.", show_default=False),
    ] = None,
    markdown_file: Annotated[
        Path | None,
        typer.Option(
            "--markdown", help="Write Markdown for a merge request, too.", show_default=False
        ),
    ] = None,
    github: Annotated[
        bool,
        typer.Option("--github", help="Annotate files and write the step's summary, in Actions."),
    ] = False,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Verify CONTRACTS against a provider.

    A pending interaction may fail; one that passes is reported as fixed. An interaction that could
    not be verified (no answer, provider state) blocks, pending or not.

    Exit status: 0 pass, 1 an interaction blocks, 2 bad usage, 3 there was nothing to verify or the
    provider cannot be reached, 4 the provider did not start or the verifier broke.
    """
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
    readiness = Readiness(start=start, ready=ready, timeout_s=ready_timeout)
    with prepared(contracts, wishes, readiness, config_file, state) as given:
        verification = verify(
            contracts,
            provider=provider,
            target=given.target,
            consumer=consumer,
            is_strict=strict,
            means=given.means,
            waivers=given.waivers,
        )
        if given.started is not None and (status := given.started.ended) is not None:
            typer.echo(
                f"shadowpact: {given.started.error(f'ended with status {status}')}", err=True
            )
    if junit_file or markdown_file or github:
        _tell_others(verification, junit_file, markdown_file, github=github, as_format=as_format)
    if as_format is Format.JSON:
        typer.echo(to_json(verify_document(verification)), nl=False)
    else:
        print_lines(verify_lines(verification))
    raise typer.Exit(EXITS[verification.verdict])


def _tell_others(
    verification: Verification,
    junit_file: Path | None,
    markdown_file: Path | None,
    *,
    github: bool,
    as_format: Format,
) -> None:
    from shadowpact.contracts.present_junit import junit  # noqa: PLC0415 - slow to load
    from shadowpact.contracts.present_markdown import markdown  # noqa: PLC0415 - likewise

    _write("--junit", junit_file, junit(verification))
    _write("--markdown", markdown_file, markdown(verification).encode())
    if github:
        _tell_github(verification, to_stderr=as_format is Format.JSON)


def _tell_github(verification: Verification, *, to_stderr: bool) -> None:
    """Annotations go where they do not end up in a document; Actions reads both streams."""
    from shadowpact.contracts.present_github import annotations  # noqa: PLC0415 - slow to load
    from shadowpact.contracts.present_markdown import markdown  # noqa: PLC0415 - likewise

    for line in annotations(verification, Path.cwd().resolve()):
        typer.echo(line, err=to_stderr)
    summary = os.environ.get(SUMMARY_VARIABLE)
    if summary is None:
        return
    try:
        with Path(summary).open("a", encoding="utf-8") as out:
            out.write(markdown(verification) + "\n")
    except OSError as error:
        sys.stderr.write(f"shadowpact: {SUMMARY_VARIABLE}: {error.strerror}\n")


def _write(option: str, file: Path | None, content: bytes) -> None:
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{option} {file}: cannot be written: {error.strerror}") from error
