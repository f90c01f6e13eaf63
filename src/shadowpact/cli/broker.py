"""``shadowpact broker``: a Pact Broker as the place where pacts and results meet."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from shadowpact.cli.lines import print_lines
from shadowpact.cli.options import AsFormat, Format
from shadowpact.contracts import files
from shadowpact.contracts.broker import present, results, tool
from shadowpact.contracts.broker.access import access
from shadowpact.contracts.broker.connection import Broker
from shadowpact.contracts.broker.fetch import fetch as fetch_pacts
from shadowpact.contracts.broker.selectors import selector
from shadowpact.contracts.printing import to_json
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, NoEvidenceError, UsageError

app = typer.Typer(
    help="Publish pacts to a Pact Broker, fetch them, publish results, ask whether to deploy.\n\n"
    "Credentials come from the environment alone: PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and "
    "PACT_BROKER_PASSWORD.",
    no_args_is_help=True,
)

Contracts = Annotated[Path, typer.Argument(help="A pact file, or a folder of them.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--broker-base-url",
        help="The broker; PACT_BROKER_BASE_URL where it is not given.",
        show_default=False,
    ),
]
Provider = Annotated[str, typer.Option("--provider", help="Only pacts of this provider.")]
Branch = Annotated[str | None, typer.Option("--branch", help="Its branch.", show_default=False)]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", help="A tag of the version; may be repeated.", show_default=False),
]
BuildUrl = Annotated[
    str | None,
    typer.Option("--build-url", help="The build that did this.", show_default=False),
]
Pacticipant = Annotated[
    str, typer.Option("--pacticipant", help="The service, provider or consumer.")
]
Version = Annotated[str, typer.Option("--version", help="Its version, usually the commit.")]


def _broker(url: str | None) -> Broker:
    return Broker(access(os.environ, url=url))


def _print(document: Any, lines: Iterable[tuple[str, str]], as_format: Format) -> None:
    if as_format is Format.JSON:
        typer.echo(to_json(document), nl=False)
    else:
        print_lines(lines)


@app.command()
def publish(
    contracts: Contracts,
    *,
    version: Annotated[
        str,
        typer.Option("--consumer-app-version", help="Version of the pacts, usually the commit."),
    ],
    provider: Annotated[
        str | None,
        typer.Option("--provider", help="Only pacts of this provider.", show_default=False),
    ] = None,
    consumer: Annotated[
        str | None,
        typer.Option("--consumer", help="Only pacts of this consumer.", show_default=False),
    ] = None,
    branch: Branch = None,
    tag: Tags = None,
    build_url: BuildUrl = None,
    broker_base_url: Url = None,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Publish the pacts in CONTRACTS; several files of one pair become one pact.

    Exit status: 0 published, 2 bad usage, credentials, or other content under this version,
    3 there is no pact to publish, 4 the broker cannot be reached.
    """
    pacts = [
        file
        for file in files.pact_files(contracts)
        if _is_of(files.read(file), provider=provider, consumer=consumer)
    ]
    if not pacts:
        raise NoEvidenceError(f"{contracts}: there is no such pact to publish")
    with _broker(broker_base_url) as broker:
        notices = tool.publish(
            broker, pacts, version=version, branch=branch, tags=tag or (), build_url=build_url
        )
    _print(
        present.published_document(pacts, version, notices),
        present.published_lines(pacts, version, notices),
        as_format,
    )


def _is_of(pact: dict[str, Any], *, provider: str | None, consumer: str | None) -> bool:
    return provider in {None, pact["provider"]["name"]} and consumer in {
        None,
        pact["consumer"]["name"],
    }


@app.command()
def fetch(
    out: Annotated[Path, typer.Argument(help="Folder to write the pacts to.")],
    *,
    provider: Provider,
    selectors: Annotated[
        list[str] | None,
        typer.Option(
            "--selector",
            help="main-branch, deployed-or-released, branch=NAME, environment=NAME, tag=NAME, "
            "consumer=NAME, joined by commas, or Pact's JSON; may be repeated. "
            "main-branch and deployed-or-released where there is none.",
            show_default=False,
        ),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option("--provider-branch", help="The provider's branch.", show_default=False),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            "--provider-tag", help="The provider's tag; may be repeated.", show_default=False
        ),
    ] = None,
    include_pending: Annotated[
        bool,
        typer.Option("--include-pending", help="Let pacts that are new to the branch fail."),
    ] = False,
    include_wip_since: Annotated[
        str | None,
        typer.Option(
            "--include-wip-since",
            help="Also pacts in work since this day, 2026-01-31.",
            show_default=False,
        ),
    ] = None,
    broker_base_url: Url = None,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Fetch the pacts that a provider has to verify, as files for `shadowpact verify`.

    Exit status: 0 fetched, 2 bad usage or credentials, 3 the broker has no pact for the
    selectors, 4 the broker cannot be reached.
    """
    wanted = [selector(text) for text in selectors or ()]
    with _broker(broker_base_url) as broker:
        fetched = fetch_pacts(
            broker,
            provider=provider,
            out=out,
            selectors=wanted,
            branch=branch,
            tags=tag or (),
            has_pending=include_pending,
            wip_since=include_wip_since,
        )
    _print(present.fetched_document(fetched), present.fetched_lines(fetched), as_format)
    if not fetched:
        raise typer.Exit(EXIT_NO_EVIDENCE)


@app.command("publish-results")
def publish_results(
    contracts: Annotated[Path, typer.Argument(help="The folder of `shadowpact broker fetch`.")],
    verification: Annotated[
        Path, typer.Argument(help="What `shadowpact verify --format json` printed.")
    ],
    *,
    provider: Provider,
    version: Annotated[
        str, typer.Option("--provider-version", help="What was verified, usually the commit.")
    ],
    branch: Annotated[
        str | None, typer.Option("--provider-branch", help="Its branch.", show_default=False)
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--provider-tag", help="Its tag; may be repeated.", show_default=False),
    ] = None,
    build_url: BuildUrl = None,
    broker_base_url: Url = None,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Publish the results of a verification, successes and failures alike.

    Exit status: 0 published, 2 bad usage or credentials, 3 there is no result to publish,
    4 the broker cannot be reached.
    """
    with _broker(broker_base_url) as broker:
        published = results.publish_results(
            broker,
            contracts=contracts,
            verification=_document(verification),
            version=results.Version(
                provider=provider,
                number=version,
                branch=branch,
                tags=tuple(tag or ()),
                build_url=build_url,
            ),
        )
    _print(present.results_document(published), present.results_lines(published), as_format)


def _document(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{file}: is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{file}: is no document of 'shadowpact verify --format json'")
    return document


@app.command("record-deployment")
def record_deployment(
    *,
    pacticipant: Pacticipant,
    version: Version,
    environment: Annotated[
        str, typer.Option("--environment", help="Where it runs now, as the broker calls it.")
    ],
    application_instance: Annotated[
        str | None,
        typer.Option(
            "--application-instance",
            help="Which of several instances there.",
            show_default=False,
        ),
    ] = None,
    broker_base_url: Url = None,
) -> None:
    """Record that a version was deployed to an environment.

    Exit status: 0 recorded, 2 bad usage, credentials, or an unknown version or environment,
    4 the broker cannot be reached.
    """
    with _broker(broker_base_url) as broker:
        tool.record_deployment(
            broker,
            pacticipant=pacticipant,
            version=version,
            environment=environment,
            instance=application_instance,
        )
    print_lines([(f"{pacticipant} {version} is deployed to {environment}", "good")])


@app.command("can-i-deploy")
def can_i_deploy(
    *,
    pacticipant: Pacticipant,
    version: Version,
    to_environment: Annotated[
        str, typer.Option("--to-environment", help="Where it is to go, as the broker calls it.")
    ],
    broker_base_url: Url = None,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Ask the broker whether a version may be deployed.

    Exit status: 0 yes, 1 no, 2 bad usage, credentials, or an unknown pacticipant, 3 verifications
    are missing, 4 the broker cannot be reached.
    """
    with _broker(broker_base_url) as broker:
        answer = tool.can_i_deploy(
            broker, pacticipant=pacticipant, version=version, environment=to_environment
        )
    _print(
        present.deployment_document(answer, pacticipant, version),
        present.deployment_lines(answer, pacticipant, version, to_environment),
        as_format,
    )
    if answer.answer != "yes":
        raise typer.Exit(EXIT_FINDINGS if answer.answer == "no" else EXIT_NO_EVIDENCE)
