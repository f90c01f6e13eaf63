"""Options of the commands that verify, spelled once, and the verification they ask for."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from shadowpact.contracts.execute import Target
from shadowpact.contracts.outcomes import Verification
from shadowpact.contracts.verify import verify
from shadowpact.contracts.wanted import wanted_in
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS
from shadowpact.verifying import Wishes, means_for, target_for

if TYPE_CHECKING:
    from shadowpact.config.settings import Settings
    from shadowpact.contracts.started import Started

EXITS = {"pass": EXIT_PASS, "fail": EXIT_FINDINGS, "no-evidence": EXIT_NO_EVIDENCE}
READY_S = 60.0
STATE_VARIABLE = "SHADOWPACT_STATE"

_PREFIX = "SHADOWPACT_"
_DEFAULT_FILE = "shadowpact.toml"

Contracts = Annotated[Path, typer.Argument(help="A pact file, or a folder of them.")]
Provider = Annotated[str, typer.Option("--provider", help="Only pacts of this provider.")]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="Where the provider answers; the candidate's without it.", show_default=False
    ),
]
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
States = Annotated[
    str | None,
    typer.Option(
        "--states",
        "--state-url",
        metavar="URL|FILE|MODULE",
        help="Sets provider states up: a URL, states.py, or module:function.",
        show_default=False,
    ),
]
Sessions = Annotated[
    Path | None,
    typer.Option(
        "--sessions",
        metavar="RECORDING",
        help="What came before each interaction in this recording is replayed first.",
        show_default=False,
    ),
]
Reset = Annotated[
    str | None,
    typer.Option(
        "--reset",
        metavar="URL|COMMAND",
        help="Before each interaction: a URL that gets a POST, or a command.",
        show_default=False,
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start", metavar="COMMAND", help="Starts the provider, and ends it.", show_default=False
    ),
]
Ready = Annotated[
    str | None,
    typer.Option(
        "--ready",
        metavar="URL",
        help="Answers once the provider is ready; the provider's own URL with --start.",
        show_default=False,
    ),
]
ReadyTimeout = Annotated[
    float, typer.Option("--ready-timeout", help="Seconds to wait for that.", min=0.1)
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        help="Processes of the verifier; as many as fit, one with states or --reset.",
        min=1,
        show_default=False,
    ),
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Take any certificate of an https provider.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        help="Seconds for one request; the candidate's, else 5.",
        min=0.001,
        show_default=False,
    ),
]


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """How the provider comes up.

    Attributes:
        start: Command that starts it; ``None`` when it runs.
        ready: URL that answers once it is ready; ``None`` for its own, or not to wait.
        timeout_s: How long that may take.
    """

    start: str | None = None
    ready: str | None = None
    timeout_s: float = READY_S


def verified(
    contracts: Path,
    wishes: Wishes,
    readiness: Readiness,
    *,
    consumer: str | None,
    is_strict: bool = False,
    config_file: Path | None,
    state: Path,
) -> Verification:
    """Start what is to be started, verify, and end it again.

    Raises:
        UsageError: An option cannot work as given.
        StartError: The provider was not ready in time.
    """
    settings = _settings(config_file)
    target = target_for(wishes, settings)
    with ExitStack() as stack:
        stack.enter_context(_ending_on_sigterm())
        wanted = wanted_in(contracts, provider=wishes.provider) if wishes.sessions else ()
        interactions = [one.interaction for one in wanted if one.is_http]
        means = stack.enter_context(
            means_for(wishes, target, settings, interactions=interactions, state=state)
        )
        running = _up(stack, readiness, target)
        verification = verify(
            contracts,
            provider=wishes.provider,
            target=target,
            consumer=consumer,
            is_strict=is_strict,
            means=means,
            waivers=settings.waivers if settings is not None else (),
        )
        if running is not None and (status := running.ended) is not None:
            typer.echo(f"shadowpact: {running.error(f'ended with status {status}')}", err=True)
    return verification


def _up(stack: ExitStack, readiness: Readiness, target: Target) -> "Started | None":
    """The provider, once it is up; ``None`` where somebody else started it."""
    if readiness.start is None and readiness.ready is None:
        return None
    from shadowpact.contracts import started  # noqa: PLC0415 - slow to load

    timeout_s, url = readiness.timeout_s, readiness.ready or target.url
    if readiness.start is None:
        started.wait_until_ready(url, timeout_s=timeout_s)
        return None
    if started.not_ready(url) is None:
        raise started.StartError(
            f"--start: {url} answers already, so what answers there is not what would be started. "
            "End it first, or leave --start out to verify it as it is."
        )
    up = started.started(readiness.start, ready=url, timeout_s=timeout_s)
    return stack.enter_context(up)


def _settings(config_file: Path | None) -> "Settings | None":
    """The configuration; ``None`` where there is none, which spares loading what reads it."""
    said = any(name.startswith(_PREFIX) and name != STATE_VARIABLE for name in os.environ)
    if config_file is None and not said and not Path(_DEFAULT_FILE).exists():
        return None
    from shadowpact.config import load  # noqa: PLC0415 - slow to load

    return load(config_file)


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does: by an exception, so that what was started is ended."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not in the main thread: nobody sends us signals there
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
