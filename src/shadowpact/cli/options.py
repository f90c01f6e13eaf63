"""Options that several commands share, spelled once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
