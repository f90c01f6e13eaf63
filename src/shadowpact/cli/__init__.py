"""The command line: one module a command, thin; this one finds and starts them.

A module named after its command defines ``command`` (one command) or ``app`` (a group). Only the
module of the command that was asked for is imported, so ``shadowpact --version`` stays quick.
"""

import errno
import importlib
import io
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from shadowpact import __version__
from shadowpact.errors import EXIT_BROKEN, ShadowpactError

COMMANDS = (
    "demo",
    "init",
    "proxy",
    "worker",
    "replay",
    "diff",
    "findings",
    "rules",
    "recordings",
    "contracts",
    "verify",
    "broker",
    "gate",
    "status",
    "report",
)
"""In the order in which a newcomer meets them."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What a write may end with; it names no file."""


class ReaderGoneError(Exception):
    """Whoever read our output has seen enough."""


class _Root(TyperGroup):
    """All commands; without it a closed pipe would end them with 1, as if there were findings."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """Read the command line, which may ask for help."""
        with _noticing_a_closed_pipe():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with _noticing_a_closed_pipe():
            return super().invoke(ctx)


@contextmanager
def _noticing_a_closed_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error


def build_app(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """The application with the commands named."""
    app = typer.Typer(
        name="shadowpact",
        cls=_Root,
        help="Prove on real traffic that the new service answers like the monolith.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    for name in names:
        module = importlib.import_module(f"shadowpact.cli.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(module.command)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"shadowpact {__version__}")
        raise typer.Exit


def _root(
    *,
    version: bool = typer.Option(
        False,
        "--version",
        help="Print the version and exit.",
        is_eager=True,
        callback=_version,
    ),
) -> None:
    del version


def _wanted(given: Sequence[str]) -> Sequence[str]:
    """The commands to import: the one that was asked for, none for the version, else all."""
    if given and given[0] in COMMANDS:
        return (given[0],)
    return () if list(given) == ["--version"] else COMMANDS


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its status (see ``errors``)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _print_whatever_comes()
    try:
        build_app(_wanted(given))(given, prog_name="shadowpact")
    except ShadowpactError as error:
        typer.echo(f"shadowpact: {error}", err=True)
        sys.exit(error.exit_status)
    except ReaderGoneError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_BROKEN)
    except OSError as error:
        if error.filename is None and error.errno not in _FULL:
            _tell_bug()
        else:
            where = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
            typer.echo(f"shadowpact: {where}{error.strerror}", err=True)
        sys.exit(EXIT_BROKEN)
    except Exception:  # noqa: BLE001  a crash must not look like the answer "findings"
        _tell_bug()
        sys.exit(EXIT_BROKEN)


def _print_whatever_comes() -> None:
    """A terminal of another encoding, or a name in none, must not end a command in its middle."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _tell_bug() -> None:
    traceback.print_exc()
    typer.echo("shadowpact: this is a bug in shadowpact; the lines above say where.", err=True)
