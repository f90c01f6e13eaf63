"""``shadowpact verify``."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from shadowpact.cli import verify_options
from shadowpact.cli.lines import print_lines
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.contracts.outcomes import Verification
from shadowpact.contracts.present_verify import verify_document, verify_lines
from shadowpact.contracts.printing import to_json
from shadowpact.errors import UsageError
from shadowpact.verifying import Wishes

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


def command(  # noqa: PLR0913  every option of the command, declared once
    contracts: verify_options.Contracts,
    *,
    provider: verify_options.Provider,
    url: verify_options.Url = None,
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
    verification = verify_options.verified(
        contracts,
        wishes,
        verify_options.Readiness(start=start, ready=ready, timeout_s=ready_timeout),
        consumer=consumer,
        is_strict=strict,
        config_file=config_file,
        state=state,
    )
    if junit_file or markdown_file or github:
        _tell_others(verification, junit_file, markdown_file, github=github, as_format=as_format)
    if as_format is Format.JSON:
        typer.echo(to_json(verify_document(verification)), nl=False)
    else:
        print_lines(verify_lines(verification))
    raise typer.Exit(verify_options.EXITS[verification.verdict])


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
