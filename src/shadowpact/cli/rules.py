"""``shadowpact rules``: list, check, explain, test and keys."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.rules_check import check
from shadowpact.cli.rules_evidence import (
    BUILTIN,
    BUILTIN_RULES_OF,
    Stored,
    rule_place,
    stored_evidence,
)
from shadowpact.cli.rules_explain import explain
from shadowpact.cli.rules_keys import keys
from shadowpact.cli.rules_trial import try_out
from shadowpact.compare.kinds import COVERS
from shadowpact.compare.origins import HOSTS
from shadowpact.compare.volatile import BUILTIN_RULES
from shadowpact.config import Settings
from shadowpact.model.evidence import RuleHits
from shadowpact.report.documents import to_json

SCHEMA = "shadowpact/rules/1"

_SHOWN = 3
"""Headers of a built-in rule that a line for a person names."""

app = typer.Typer(no_args_is_help=True, help="Which differences do not matter, and what rules did.")


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
    settings, stored = config.load(config_file), stored_evidence(state)
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


app.command("check")(check)
app.command("explain")(explain)
app.command("test")(try_out)
app.command("keys")(keys)


def _rows(settings: Settings, stored: Stored) -> Iterator[Row]:
    for rule in settings.rules:
        yield _row(rule.id, rule.kind, rule_place(rule), rule.reason, rule.source, stored)
    for name, reason in BUILTIN_RULES.items():
        # what [compare] hosts declares holds even where nothing built in does
        if settings.compare.hosts if name == HOSTS else settings.compare.builtin_rules:
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


def _builtin_where(name: str) -> str:
    return "header " + ", ".join(h for h, rules in BUILTIN_RULES_OF.items() if name in rules)


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
