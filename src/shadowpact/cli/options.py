"""Options that several commands share, spelled once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from shadowpact.selection import Selection, when

DEFAULT_STATE = Path(".shadowpact")


class Format(StrEnum):
    """How a command reports."""

    TEXT = "text"
    JSON = "json"


State = Annotated[
    Path,
    typer.Option("--state", envvar="SHADOWPACT_STATE", help="Folder of recording, store and keys."),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="SHADOWPACT_CONFIG",
        help="Configuration file; shadowpact.toml of this folder when it is there.",
        show_default=False,
    ),
]
AsFormat = Annotated[
    Format, typer.Option("--format", help="text for a person, json for a program.")
]
Since = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="TIME",
        help="Leave out what began before: 2026-05-04T14:05:00Z, 14:05 or 14:05:30 (UTC, of the "
        "first day), or +10m after the start.",
        show_default=False,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Leave out what began then or later.",
        show_default=False,
    ),
]
Routes = Annotated[
    list[str] | None,
    typer.Option(
        "--route",
        metavar="PATTERN",
        help="Only these, 'GET /orders/**'; may be given again.",
        show_default=False,
    ),
]
SampleRate = Annotated[
    float,
    typer.Option(
        "--sample",
        metavar="RATE",
        min=0.0,
        max=1.0,
        help="Share of the sessions, 0 to 1; whole sessions, the same ones every time.",
    ),
]
OnlyProvider = Annotated[
    str | None, typer.Option("--provider", help="Only of this provider.", show_default=False)
]


def selection(
    since: str | None,
    until: str | None,
    routes: list[str] | None,
    sample_rate: float,
    sessions: list[str] | None = None,
) -> Selection:
    """What these options select.

    Raises:
        UsageError: A time is none.
    """
    return Selection(
        routes=tuple(routes or ()),
        sessions=tuple(sessions or ()),
        since=None if since is None else when(since, option="--from"),
        until=None if until is None else when(until, option="--until"),
        sample_rate=sample_rate,
    )
