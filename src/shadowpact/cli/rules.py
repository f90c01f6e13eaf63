"""``shadowpact rules``: list and check."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.compare.kinds import COVERS
from shadowpact.compare.settings import Rule
from shadowpact.compare.volatile import BUILTIN_RULES, TRANSFER, VOLATILE
from shadowpact.config import Settings
from shadowpact.errors import EXIT_FINDINGS
from shadowpact.model.clock import SystemClock
from shadowpact.model.evidence import RuleHits
from shadowpact.report.documents import to_json
from shadowpact.routes import covers
from shadowpact.state import open_store, store_file

SCHEMA = "shadowpact/rules/1"
BUILTIN = "builtin:"

_BY_MEANING = {
    "set-cookie": "builtin:cookie-value",
    "etag": "builtin:etag",
    "retry-after": "builtin:retry-after",
}
"""Headers of which a built-in rule covers a part only."""
_SHOWN = 3
"""Headers of a built-in rule that a line for a person names."""

app = typer.Typer(no_args_is_help=True, help="Which differences do not matter, and what rules did.")


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What the store says of rules.

    Attributes:
        pairs: Compared so far.
        hits: By rule.
        routes: Seen so far.
    """

    pairs: int = 0
    hits: Mapping[str, RuleHits] = {}
    routes: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One rule and what it did.

    Attributes:
        id: Of the rule.
        kind: What it does.
        where: Where it applies, for a person.
        reason: Why.
        builtin: Whether it comes with shadowpact.
        source: File and line; empty for a built-in one.
        differences: What it covered, by kind of difference; ``None`` without evidence.
        errors: Times it raised and hid nothing; ``None`` without evidence.
        unused: Whether it covered nothing; ``None`` where that cannot be told.
    """

    id: str
    kind: str
    where: str
    reason: str
    builtin: bool
    source: str
    differences: Mapping[str, int] | None
    errors: int | None
    unused: bool | None


@app.command("list")
def list_(
    *, config_file: Config = None, state: State = DEFAULT_STATE, as_format: AsFormat = Format.TEXT
) -> None:
    """List the rules, declared and built in, with what each has covered so far.

    Exit status: 0, 2 the configuration is wrong.
    """
    settings, stored = config.load(config_file), _stored(state)
    rows = list(_rows(settings, stored))
    if as_format is Format.JSON:
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "pairs": stored.pairs,
            "rules": [msgspec.structs.asdict(row) for row in rows],
        }
        typer.echo(to_json(document), nl=False)
        return
    for row in rows:
        where = _shortened(row.where) if row.builtin else row.where
        typer.echo(f"{row.id}  ({row.kind}, {where}): {_did(row)}")
        typer.echo(f"    {row.reason}")


@app.command()
def check(
    *, config_file: Config = None, state: State = DEFAULT_STATE, as_format: AsFormat = Format.TEXT
) -> None:
    """Check that every rule can work, and over the stored evidence that every one does.

    Exit status: 0 nothing to say, 1 a rule is unused, expired or raised, 2 one cannot work.
    """
    settings, stored = config.load(config_file), _stored(state)
    today = date.fromtimestamp(SystemClock().now_us() / 1_000_000)  # noqa: DTZ012 - the user's day
    problems = list(_problems(settings, stored, today))
    if as_format is Format.JSON:
        found = [{"rule": rule, "problem": text} for rule, text in problems]
        document: dict[str, Any] = {"schema": SCHEMA, "pairs": stored.pairs, "problems": found}
        typer.echo(to_json(document), nl=False)
    else:
        for rule, text in problems:
            typer.echo(f"{rule}: {text}")
        seen = f"over {stored.pairs} pairs" if stored.pairs else "nothing was compared yet"
        typer.echo(f"{len(settings.rules)} rules checked, {seen}, {len(problems)} problems")
    if problems:
        raise typer.Exit(EXIT_FINDINGS)


def _stored(state: Path) -> Stored:
    if not store_file(state).exists():
        return Stored()
    store = open_store(state)
    try:
        return Stored(
            pairs=store.evidence().pairs,
            hits={hits.rule: hits for hits in store.rule_hits()},
            routes=tuple(sorted({one.route for one in store.routes() if one.pairs})),
        )
    finally:
        store.close()


def _rows(settings: Settings, stored: Stored) -> Iterator[Row]:
    for rule in settings.rules:
        yield _row(rule.id, rule.kind, _where(rule), rule.reason, rule.source, stored)
    if settings.compare.builtin_rules:
        for name, reason in BUILTIN_RULES.items():
            yield _row(name, "ignore", _builtin_where(name), reason, "", stored)


def _row(name: str, kind: str, where: str, reason: str, source: str, stored: Stored) -> Row:
    hits = stored.hits.get(name, RuleHits(rule=name))
    is_known = stored.pairs > 0
    can_be_unused = is_known and kind in COVERS
    return Row(
        id=name,
        kind=kind,
        where=where,
        reason=reason,
        builtin=name.startswith(BUILTIN),
        source=source,
        differences=dict(hits.differences) if is_known else None,
        errors=hits.errors if is_known else None,
        unused=not hits.differences if can_be_unused else None,
    )


def _where(rule: Rule) -> str:
    """``$.updated_at on GET /orders/{id}, status 200``."""
    place = rule.path or (f"header {rule.header}" if rule.header else f"the {rule.location}")
    limits = (
        ("on ", rule.route),
        ("status ", rule.status),
        ("media type ", rule.media_type),
        ("candidate ", rule.candidate),
    )
    said = ", ".join(f"{word}{value}" for word, value in limits if value is not None)
    return f"{place} {said}".rstrip()


def _builtin_where(name: str) -> str:
    by_name = {**VOLATILE, **TRANSFER, **_BY_MEANING}
    return "header " + ", ".join(header for header, rule in by_name.items() if rule == name)


def _shortened(where: str) -> str:
    names = where.split(", ")
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _did(row: Row) -> str:
    if row.differences is None:
        return "nothing was compared yet"
    text = ", ".join(f"{count} {kind}" for kind, count in row.differences.items())
    raised = f", raised {row.errors} times" if row.errors else ""
    return (text or ("unused" if row.unused else "covers no differences by itself")) + raised


def _problems(settings: Settings, stored: Stored, today: date) -> Iterator[tuple[str, str]]:
    """What is wrong with the declared rules, and with none of the built-in ones."""
    for row, rule in zip(_rows(settings, stored), settings.rules, strict=False):
        if row.errors:
            yield rule.id, f"raised {row.errors} times, and hid nothing there ({rule.source})"
        if rule.expires and date.fromisoformat(rule.expires) < today:
            yield rule.id, f"expired on {rule.expires} ({rule.source})"
        if row.unused and rule.route and not any(covers(rule.route, r) for r in stored.routes):
            yield rule.id, f"unused: no pair on {rule.route} so far ({rule.source})"
        elif row.unused:
            yield rule.id, f"unused: covered none of {stored.pairs} pairs ({rule.source})"
    declared = {rule.id for rule in settings.rules}
    for name, hits in stored.hits.items():
        if name not in declared and not name.startswith(BUILTIN):
            count = sum(hits.differences.values())
            yield name, f"is not declared any more, and {count} differences in the store carry it"
