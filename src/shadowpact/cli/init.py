"""``shadowpact init``."""

import shlex
from typing import Annotated

import typer

from shadowpact import config
from shadowpact.cli.options import Config
from shadowpact.config.example import example
from shadowpact.errors import UsageError


def command(
    *,
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="URL", help="Where the monolith answers.")
    ],
    candidate: Annotated[
        list[str],
        typer.Option("--candidate", metavar="NAME=URL", help="A new service; may be repeated."),
    ],
    config_file: Config = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if it is there.")
    ] = False,
) -> None:
    """Write a commented shadowpact.toml for a baseline and its candidates.

    Exit status: 0 written, 2 bad usage, or the file is there already.
    """
    file = config_file or config.DEFAULT_FILE
    candidates = dict(_named(text) for text in candidate)
    if len(candidates) != len(candidate):
        raise UsageError("init: a candidate is named twice; every NAME of --candidate is its own")
    text = example(baseline, candidates)
    config.loads(text, file, environ={})
    try:
        with file.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UsageError(f"{file}: exists already; add --force to replace it") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from error
    option = f" --config {shlex.quote(str(file))}" if config_file else ""
    typer.echo(f"{file} written. Next:")
    typer.echo(f"  shadowpact proxy{option}      then send traffic to 127.0.0.1:8080")
    typer.echo("  shadowpact findings   what differs so far")


def _named(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    if not equals or not name or "://" in name:
        raise UsageError(f"--candidate {text!r}: expected NAME=URL, orders=http://127.0.0.1:9001")
    return name, url
