"""``shadowpact contracts schema | openapi``."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer

from shadowpact.cli.lines import print_lines
from shadowpact.cli.opening import reading
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, OnlyProvider, State
from shadowpact.config import load
from shadowpact.contracts.files import to_text
from shadowpact.contracts.openapi import left_out
from shadowpact.contracts.openapi import openapi as interface
from shadowpact.contracts.present import to_json
from shadowpact.contracts.present_schema import (
    body_document,
    body_lines,
    schemas_document,
    schemas_lines,
    written_lines,
)
from shadowpact.contracts.schemas import RouteSchema, Schemas, changes, draw, on_disk, write
from shadowpact.errors import EXIT_FINDINGS, EXIT_PASS, NoEvidenceError, UsageError
from shadowpact.model.behaviour import Behaviour


def schema(
    *,
    contracts: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder of contracts to take them from, not the store.",
            show_default=False,
        ),
    ] = None,
    provider: OnlyProvider = None,
    route: Annotated[
        str | None,
        typer.Option("--route", help="Only of this route, 'GET /orders/{id}'.", show_default=False),
    ] = None,
    status: Annotated[
        int | None, typer.Option("--status", help="Only of this status.", show_default=False)
    ] = None,
    body: Annotated[
        Path | None,
        typer.Option(
            "--body", help="JSON file to check against it, - for stdin.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of contracts to write them to.", show_default=False),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing, say what --out would.")
    ] = False,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Show, check or write the JSON Schemas of what each route answers.

    They come from the store, or with --from from a folder of contracts. One of them is printed as
    it is; several are listed, and --format json prints them all. With --body a document is checked.

    Exit status: 0 fine, 1 the body departs from its schema or --check found a file out of step,
    2 bad usage, 3 there is no such schema.
    """
    drawn = [
        one
        for one in (_drawn(state) if contracts is None else on_disk(contracts, provider))
        if provider in {None, one.provider}
        and route in {None, one.route}
        and status in {None, one.status}
    ]
    if not drawn:
        raise NoEvidenceError(
            f"{contracts or state}: there is no such schema. Leave --provider, --route and "
            "--status out to list all."
        )
    if body is not None:
        raise typer.Exit(_check_body(_only(drawn), body, as_format))
    if out is not None:
        raise typer.Exit(_write(out, drawn, is_check=check))
    if check:
        raise UsageError("--check needs --out: the folder to look at")
    if as_format is Format.JSON:
        typer.echo(to_json(schemas_document(drawn)), nl=False)
    elif len(drawn) == 1:
        typer.echo(to_text(drawn[0].to_document()), nl=False)
    else:
        print_lines(schemas_lines(drawn))


def _drawn(state: Path) -> list[RouteSchema]:
    with reading(state) as store:
        return draw(store.behaviours(), store.findings(), store.profiles(), store.ignored())


def _only(drawn: list[RouteSchema]) -> RouteSchema:
    if len(drawn) > 1:
        raise UsageError(
            f"--body: {len(drawn)} schemas fit; name one by --provider, --route and --status"
        )
    return drawn[0]


def _check_body(one: RouteSchema, file: Path, as_format: Format) -> int:
    content = _content(file)
    schemas = Schemas([one])
    found = schemas.problems(one.route, one.status, content)
    everything = schemas.problems(one.route, one.status, content, is_strict=True)
    pending = [it for it in everything if it not in found]
    if as_format is Format.JSON:
        typer.echo(to_json(body_document(found, pending, one)), nl=False)
    else:
        print_lines(body_lines(found, pending, one))
    return EXIT_FINDINGS if found else EXIT_PASS


def _content(file: Path) -> bytes:
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        orjson.loads(content)
    except OSError as error:
        raise UsageError(f"--body {file}: cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise UsageError(f"--body {file}: is no JSON: {error}") from error
    return content


def _write(out: Path, drawn: list[RouteSchema], *, is_check: bool) -> int:
    files = list(changes(out, drawn)) if is_check else write(out, drawn)
    print_lines(written_lines(files, is_check=is_check))
    return EXIT_FINDINGS if is_check and files else EXIT_PASS


def openapi(
    *,
    provider: OnlyProvider = None,
    title: Annotated[
        str | None,
        typer.Option(
            "--title", help="Of the document; else the provider's name.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File to write; else it is printed.", show_default=False),
    ] = None,
    state: State = DEFAULT_STATE,
    config: Config = None,
) -> None:
    """Print the interface that was observed as an OpenAPI 3.1 document.

    Exit status: 0 printed or written, 2 bad usage, 3 the store holds nothing to describe.
    """
    headers = load(config).contracts.headers
    with reading(state) as store:
        behaviours = store.behaviours()
        drawn = draw(behaviours, store.findings(), store.profiles(), store.ignored())
    name = _provider(provider, behaviours, state)
    text = to_text(interface(name, behaviours, drawn, title=title, headers=headers))
    if out is None:
        typer.echo(text, nl=False)
    else:
        _write_text(out, text)
    for missing in left_out(name, behaviours):
        typer.echo(f"left out, OpenAPI 3.1 has no such method: {missing}", err=True)


def _provider(asked: str | None, behaviours: Sequence[Behaviour], state: Path) -> str:
    """The provider to describe.

    Raises:
        NoEvidenceError: It was not seen.
        UsageError: Several were seen, and none was named.
    """
    seen = sorted({one.candidate for one in behaviours})
    if asked in seen:
        return str(asked)
    if not seen or asked is not None:
        whose = f" of {asked!r}; there is {', '.join(seen)}" if asked and seen else ""
        raise NoEvidenceError(f"{state}: the store holds no behaviour{whose}")
    if len(seen) > 1:
        raise UsageError(f"--provider is needed: the store knows {', '.join(seen)}")
    return seen[0]


def _write_text(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out {file}: cannot be written: {error.strerror}") from error
