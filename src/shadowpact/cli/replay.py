"""``shadowpact replay``."""

import re
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from shadowpact import config, replay
from shadowpact.cli.options import (
    DEFAULT_STATE,
    AsFormat,
    Config,
    Format,
    Routes,
    SampleRate,
    Since,
    State,
    Until,
    selection,
)
from shadowpact.cli.replay_progress import following
from shadowpact.config import Settings
from shadowpact.errors import (
    EXIT_BROKEN,
    EXIT_FINDINGS,
    EXIT_NO_EVIDENCE,
    EXIT_PASS,
    UsageError,
)
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.model.clock import SystemClock
from shadowpact.replay import Ended, ReplayOptions
from shadowpact.replay.explain import Explained, explain
from shadowpact.replay.kept import Kept, keep, look
from shadowpact.replay.workers import run_workers
from shadowpact.report.documents import findings_document, to_json
from shadowpact.report.explained import print_explained
from shadowpact.report.text import console, print_findings
from shadowpact.secrets import existing_key, load_key
from shadowpact.selection import when

MAX_SPEED = "max"
EXPLAINED_SCHEMA = "shadowpact/explained/1"


class Writes(StrEnum):
    """Whether requests that write are sent."""

    OFF = "off"
    ON = "on"


def _say(message: str) -> None:
    typer.echo(f"shadowpact replay: {message}", err=True)


def command(  # noqa: PLR0913  every option of the command, declared once
    recording: Annotated[
        Path,
        typer.Argument(
            help="A folder of segments, a .rec, HAR, .mitm or GoReplay file, or a cassette."
        ),
    ],
    *,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="URL|TIME",
            help="The candidate to ask; a time ends what is replayed, like --until.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        str,
        typer.Option("--baseline", metavar="recorded|URL", help="Recorded answers, or ask anew."),
    ] = replay.RECORDED,
    twin: Annotated[
        bool,
        typer.Option(
            "--twin",
            help="Ask the baseline (once more) too, to measure noise; needs its URL, from "
            "--baseline or the configuration.",
        ),
    ] = False,
    twin_url: Annotated[
        str | None,
        typer.Option(
            "--twin-url",
            metavar="URL",
            help="A second baseline with data of its own, to measure noise.",
            show_default=False,
        ),
    ] = None,
    writes: Annotated[
        Writes | None,
        typer.Option(
            "--writes",
            help="on sends POST, PUT, PATCH and DELETE too; as configured without it.",
            show_default=False,
        ),
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(
            "--speed",
            metavar="1x|10x|max",
            help="How fast, against the recording; max without it.",
            show_default=False,
        ),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            help="Requests under way at once, at most, to each candidate.",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            min=0.001,
            help="Requests a second to each candidate, at most.",
            show_default=False,
        ),
    ] = None,
    max_gap: Annotated[
        float | None,
        typer.Option(
            "--max-gap",
            metavar="SECONDS",
            min=0,
            help="Cut longer pauses of the recording to this.",
            show_default=False,
        ),
    ] = None,
    route: Routes = None,
    sample: SampleRate = 1.0,
    session: Annotated[
        str | None,
        typer.Option(
            "--session",
            metavar="cookie:NAME|header:NAME|client",
            help="What makes a session; its requests keep their order.",
            show_default=False,
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            help="Requests to send, at most; with --resume, those of earlier runs included.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an earlier run of the same was stopped.")
    ] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes; each takes its share of sessions.")
    ] = 1,
    stop_error_rate: Annotated[
        float | None,
        typer.Option(
            "--stop-error-rate",
            min=0.0,
            max=1.0,
            help="Stop when more than this share of the requests gets no answer.",
            show_default=False,
        ),
    ] = None,
    explain_request: Annotated[
        str | None,
        typer.Option(
            "--explain",
            metavar="REQUEST",
            help="Send nothing; say what is rewritten in a request, and why. REQUEST is its number "
            "in the recording, or its id in a finding.",
            show_default=False,
        ),
    ] = None,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Send a recording's requests to a candidate and compare the answers.

    Needs no configuration with --to; rules and routes of shadowpact.toml apply when it is there.
    What it finds is kept in a folder of its own under the state folder, which other commands read
    with --state.

    Exit status: 0 equal, 1 findings, 2 bad usage, 3 nothing was compared, 4 something broke, the
    candidate is down, or it was interrupted before anything differed. Noise (--twin) is no finding.
    """
    url, until = _sorted_out(to, until)
    settings = replay.settings_for(
        config.load(config_file), to=url, writes=None if writes is None else writes.value
    )
    replaying = _replaying(
        settings.replay,
        speed=speed,
        concurrency=concurrency,
        rate=rate,
        longest_gap_s=max_gap,
        session=session,
        stop_error_rate=stop_error_rate,
    )
    options = ReplayOptions(
        recording=recording,
        baseline=_side(baseline, "--baseline", besides=replay.RECORDED),
        twin=_twin(settings, baseline, twin=twin, url=twin_url),
        is_twin_separate=twin_url is not None,
        replaying=replaying,
        selection=selection(since, until, route, sample),
        limit=limit,
    )
    if explain_request is not None:
        kept = look(options, settings, state, warn=_say)
        with closing(kept.store):
            explained = explain(options, settings, kept, explain_request, key=existing_key(state))
        _print_explained(explained, as_format)
        return
    replay.check(options)  # what an earlier run has found is not given up for nothing
    workers = min(workers, replaying.concurrency)
    kept = keep(options, settings, state, resume=resume, workers=workers, warn=_say)
    with closing(kept.store):
        key = load_key(state) if kept.folder is not None else existing_key(state)
        clock = SystemClock()
        started_s = clock.monotonic_s()
        ended = _replay(options, settings, kept, key=key)
        _report(kept, ended, as_format, took_s=clock.monotonic_s() - started_s)


def _replay(options: ReplayOptions, settings: Settings, kept: Kept, *, key: bytes) -> Ended:
    if kept.folder is None:
        return replay.run(options, settings, kept.store, key=key, clock=SystemClock(), warn=_say)
    with following(kept.store, options.recording, options.limit):
        if kept.workers > 1:
            return run_workers(kept.workers, options, settings, kept.folder, key=key, warn=_say)
        return replay.run(options, settings, kept.store, key=key, clock=SystemClock(), warn=_say)


def _print_explained(explained: Explained, as_format: Format) -> None:
    if as_format is Format.JSON:
        document = {"schema": EXPLAINED_SCHEMA, **msgspec.structs.asdict(explained)}
        typer.echo(to_json(document), nl=False)
    else:
        print_explained(console(), explained)


def _report(kept: Kept, ended: Ended, as_format: Format, *, took_s: float) -> None:
    store = kept.store
    seen, routes, findings = store.evidence(), store.routes(), store.findings()
    aliases, ignored = store.alias_counts(), store.ignored()
    if as_format is Format.JSON:
        document = findings_document(seen, routes, findings, aliases)
        document["replay"] = msgspec.structs.asdict(ended)
        typer.echo(to_json(document), nl=False)
    else:
        print_findings(console(), seen, routes, findings, ignored, aliases)
    _say_how_it_ended(kept, ended, took_s)
    if ended.how == "down":
        raise typer.Exit(EXIT_BROKEN if seen.pairs else EXIT_NO_EVIDENCE)
    if any(one.verdict != "noise" and one.state == "open" for one in findings):
        raise typer.Exit(EXIT_FINDINGS)
    if ended.how == "interrupted":
        raise typer.Exit(EXIT_BROKEN)
    raise typer.Exit(EXIT_PASS if seen.pairs else EXIT_NO_EVIDENCE)


def _say_how_it_ended(kept: Kept, ended: Ended, took_s: float) -> None:
    if ended.how == "down":
        _say(
            f"stopped: the candidate is down rather than different ({ended.why}). Start it and go "
            "on with --resume."
        )
    elif ended.how == "interrupted":
        _say("interrupted; what was compared is above. Go on with --resume.")
    late = ""
    if ended.late_ms is not None:
        median_ms, high_ms = ended.late_ms
        late = f"; requests left {median_ms:.1f} ms late in the median, {high_ms:.1f} ms at p99"
    _say(f"took {took_s:.1f} s{late}")
    if kept.folder is not None:
        _say(f"kept in {kept.folder}; see it with: shadowpact report --state {kept.folder}")


def _replaying(given: ReplaySettings, **options: object) -> ReplaySettings:
    """The settings with what was given on the command line."""
    told = {name: value for name, value in options.items() if value is not None}
    speed = told.pop("speed", None)
    if isinstance(speed, str):
        told["speed"] = _speed(speed)
    session = told.get("session")
    if isinstance(session, str) and not re.fullmatch(r"client|(cookie|header):\S+", session):
        raise UsageError(f"--session {session!r}: expected cookie:NAME, header:NAME or client")
    replaced: ReplaySettings = msgspec.structs.replace(given, **told)
    return replaced


def _speed(text: str) -> float | None:
    if text == MAX_SPEED:
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise UsageError(f"--speed {text!r}: expected 1x, 10x, 0.5x or max")
    return speed


def _sorted_out(to: list[str] | None, until: str | None) -> tuple[str | None, str | None]:
    """``--to`` names the candidate, and by a time the end of what is replayed."""
    urls = [text for text in to or () if "://" in text]
    times = [text for text in to or () if "://" not in text]
    for text in times:
        try:
            when(text, option="--to")
        except UsageError:
            raise UsageError(
                f"--to {text!r}: expected a URL, http://HOST:PORT, or a time"
            ) from None
    if len(urls) > 1 or len(times) + (until is not None) > 1:
        raise UsageError("--to: give one URL, and at most one time (or --until)")
    return (urls[0] if urls else None), (times[0] if times else until)


def _side(url: str, option: str, *, besides: str | None = None) -> str:
    if url != besides and "://" not in url:
        expected = f"{besides!r} or a URL" if besides else "a URL"
        raise UsageError(f"{option} {url!r}: expected {expected}, http://HOST:PORT")
    return url


def _twin(settings: Settings, baseline: str, *, twin: bool, url: str | None) -> str | None:
    if url is not None:
        return _side(url, "--twin-url")
    if not twin:
        return None
    if baseline != replay.RECORDED:
        return baseline
    if settings.baseline_url is None:
        raise UsageError(
            "--twin: where does the baseline answer? Pass --baseline URL or --twin-url URL, or set "
            "[baseline] url in shadowpact.toml."
        )
    return settings.baseline_url
