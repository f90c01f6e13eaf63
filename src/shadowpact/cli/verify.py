"""``shadowpact verify``."""

from pathlib import Path
from typing import Annotated

import typer

from shadowpact.cli.lines import print_lines
from shadowpact.cli.options import AsFormat, Format
from shadowpact.contracts.execute import Target
from shadowpact.contracts.present import junit, to_json, verify_document, verify_lines
from shadowpact.contracts.verify import verify
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS, UsageError

EXITS = {"pass": EXIT_PASS, "fail": EXIT_FINDINGS, "no-evidence": EXIT_NO_EVIDENCE}

Contracts = Annotated[Path, typer.Argument(help="A pact file, or a folder of them.")]
Provider = Annotated[str, typer.Option("--provider", help="Only pacts of this provider.")]
Url = Annotated[str, typer.Option("--url", help="Where the provider answers.")]
Consumer = Annotated[
    str | None,
    typer.Option("--consumer", help="Only pacts of this consumer.", show_default=False),
]
Header = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        help="Added to every request, 'Authorization: Bearer ...'; may be repeated.",
        show_default=False,
    ),
]
StateUrl = Annotated[
    str | None,
    typer.Option("--state-url", help="Handler of provider states.", show_default=False),
]
Timeout = Annotated[float, typer.Option("--timeout", help="Seconds for one request.", min=0.001)]


def target_of(url: str, header: list[str] | None, state_url: str | None, timeout: float) -> Target:
    """The provider that the options describe.

    Raises:
        UsageError: A header has no name.
    """
    headers: dict[str, str] = {}
    for text in header or ():
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise UsageError(f"--header {text!r} is not like 'Authorization: Bearer ...'")
        headers[name.strip()] = value.strip()
    return Target(
        url=url, headers=headers, state_url=state_url, timeout_ms=max(1, round(timeout * 1000))
    )


def command(
    contracts: Contracts,
    *,
    provider: Provider,
    url: Url,
    consumer: Consumer = None,
    header: Header = None,
    state_url: StateUrl = None,
    timeout: Timeout = 5.0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Pending interactions may not fail either.")
    ] = False,
    junit_file: Annotated[
        Path | None,
        typer.Option("--junit", help="Write a JUnit file, too.", show_default=False),
    ] = None,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Verify CONTRACTS against a provider.

    A pending interaction may fail; one that passes is reported as fixed. An interaction that could
    not be verified (no answer, provider state) blocks, pending or not.

    Exit status: 0 pass, 1 an interaction blocks, 2 bad usage, 3 there was nothing to verify.
    """
    verification = verify(
        contracts,
        provider=provider,
        target=target_of(url, header, state_url, timeout),
        consumer=consumer,
        is_strict=strict,
    )
    if junit_file is not None:
        _write(junit_file, junit(verification))
    if as_format is Format.JSON:
        typer.echo(to_json(verify_document(verification)), nl=False)
    else:
        print_lines(verify_lines(verification))
    raise typer.Exit(EXITS[verification.verdict])


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise UsageError(f"--junit {file}: cannot be written: {error.strerror}") from error
