"""``shadowpact report``."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shadowpact import config
from shadowpact.cli.opening import reading
from shadowpact.cli.options import DEFAULT_STATE, Config, State
from shadowpact.compare.kinds import COVERS
from shadowpact.compare.volatile import BUILTIN_RULES
from shadowpact.config import Settings
from shadowpact.errors import EXIT_NO_EVIDENCE, UsageError
from shadowpact.evidence import evidence
from shadowpact.gate.decide import RouteDecision, decide
from shadowpact.model.clock import SystemClock
from shadowpact.report.documents import report_document, to_json
from shadowpact.report.full_text import print_report
from shadowpact.report.junit import junit
from shadowpact.report.markdown import markdown
from shadowpact.report.page import html_page
from shadowpact.report.picture import Judgement, Picture, make_picture, rule_views
from shadowpact.report.text import console, plain_text


class ReportFormat(StrEnum):
    """What the report is for."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"


_RENDER: Mapping[ReportFormat, Callable[[Picture], str]] = {
    ReportFormat.JSON: lambda picture: to_json(report_document(picture)),
    ReportFormat.MARKDOWN: markdown,
    ReportFormat.HTML: html_page,
    ReportFormat.JUNIT: junit,
}


def command(
    *,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: Annotated[
        ReportFormat,
        typer.Option(
            "--format",
            help="text for a terminal, html to send, markdown for a pull request, junit for a CI "
            "server, json for a program.",
        ),
    ] = ReportFormat.TEXT,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write it there.", show_default=False),
    ] = None,
) -> None:
    """Show the whole picture: which routes may be switched, what differs, and on what evidence.

    The same store and configuration give the same bytes. The verdicts are those of the gate; the
    exit status is not: whoever wants CI to fail asks `shadowpact gate`.

    Exit status: 0 reported, 2 bad usage or configuration, 3 nothing was compared.
    """
    picture = read_picture(state, config.load(config_file))
    if as_format is ReportFormat.TEXT:
        _print_text(picture, out)
    elif out is None:
        typer.echo(_RENDER[as_format](picture), nl=False)
    else:
        _write(out, _RENDER[as_format](picture))
    if not picture.evidence.pairs:
        raise typer.Exit(EXIT_NO_EVIDENCE)


def read_picture(state: Path, settings: Settings) -> Picture:
    """What a state folder shows under a configuration.

    Raises:
        UsageError: Nothing was recorded in it.
    """
    with reading(state) as store:
        seen = evidence(state, store, SystemClock())
        routes, findings = store.routes(), store.findings()
        ignored, hits = store.ignored(), store.rule_hits()
    decision = decide(seen, routes, findings, settings.gate)
    return make_picture(
        seen,
        routes,
        findings,
        judgements={(one.route, one.candidate): _judgement(one) for one in decision.routes},
        rules=rule_views(
            ignored,
            hits,
            declared={rule.id: rule.reason for rule in settings.rules},
            builtin=BUILTIN_RULES,
            can_be_unused=[r.id for r in settings.rules if seen.pairs and r.kind in COVERS],
        ),
        verdict=decision.verdict,
        reasons=decision.reasons,
    )


def _judgement(decision: RouteDecision) -> Judgement:
    return Judgement(
        verdict=decision.verdict,
        reasons=decision.reasons,
        is_left_alone=decision.is_left_alone,
        max_mismatch_rate=decision.max_mismatch_rate,
    )


def _print_text(picture: Picture, out: Path | None) -> None:
    if out is None:
        print_report(console(), picture)
        return
    _write(out, plain_text(lambda told: print_report(told, picture)))


def _write(out: Path, text: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror}") from error
