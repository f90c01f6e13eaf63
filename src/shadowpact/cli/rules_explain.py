"""``shadowpact rules explain``."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.narrowing import remark_unseen
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.rules_evidence import (
    BUILTIN_RULES_OF,
    BY_MEANING,
    Stored,
    rule_place,
    stored_evidence,
    today,
)
from shadowpact.compare.expiry import is_expired
from shadowpact.compare.kinds import COVERS
from shadowpact.compare.origins import HOSTS
from shadowpact.compare.places import Spot, has_filter, parse_spot, reach, stored_spot
from shadowpact.compare.review import covered_kinds
from shadowpact.compare.rules import EXACT, is_same_route
from shadowpact.compare.settings import Rule
from shadowpact.compare.transforms import TRANSFORMS
from shadowpact.config import Settings
from shadowpact.report.documents import to_json

SCHEMA = "shadowpact/rules-explain/1"

type Effect = Literal["covers", "may cover", "says", "does not apply"]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One rule at the place.

    Attributes:
        rule: Its id.
        kind: What it does.
        where: Where it applies, for a person.
        effect: ``covers`` whatever is there, ``may cover`` what its kind allows, ``says`` how it is
            compared, or ``does not apply``.
        why: In words.
    """

    rule: str
    kind: str
    where: str
    effect: Effect
    why: str


def explain(
    route: Annotated[str, typer.Argument(help="The route: GET /orders/{id}.")],
    path: Annotated[str, typer.Argument(help="$.items[2].price, header:etag or status.")],
    *,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Say which rules apply to a place, in order, and what they have hidden there.

    Exit status: 0, 2 the place or the configuration is wrong.
    """
    settings, stored, spot = config.load(config_file), stored_evidence(state), parse_spot(path)
    rules = list(_explained(settings, route, spot, today()))
    hidden = [msgspec.structs.asdict(row) for row in stored.ignored if _is_at(row, route, spot)]
    found = [
        {
            "finding": one.id,
            "path": one.path,
            "kind": one.kind,
            "count": one.count,
            "state": one.state,
        }
        for one in stored.findings
        if _is_at(one, route, spot)
    ]
    if stored.pairs and not any(is_same_route(route, one) for one in stored.routes):
        remark_unseen("ROUTE", route, stored.routes)
    if as_format is Format.JSON:
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "route": route,
            "path": path,
            "pairs": stored.pairs,
            "rules": [msgspec.structs.asdict(one) for one in rules],
            "hidden": hidden,
            "findings": found,
        }
        typer.echo(to_json(document), nl=False)
        return
    for one in rules:
        typer.echo(f"{one.rule}  ({one.kind}, {one.where}): {one.effect}; {one.why}")
    for line in _lines(stored, hidden, found):
        typer.echo(line)


def _lines(
    stored: Stored, hidden: list[dict[str, Any]], found: list[dict[str, Any]]
) -> Iterator[str]:
    if not stored.pairs:
        yield "nothing was compared yet"
        return
    for row in hidden:
        place = row["path"] or row["location"]
        yield f"hidden by {row['rule']}: {row['count']} {row['kind']} at {place}"
    for one in found:
        yield f"{one['state']}: {one['count']} {one['kind']} at {one['path']} ({one['finding']})"
    if not hidden and not found:
        yield "no difference was seen there"


def _explained(settings: Settings, route: str, spot: Spot, day: date) -> Iterator[Explained]:
    first = ""
    for rule in settings.rules:
        why_not = _why_not(rule, route, spot, day)
        effect, why = _effect(rule, first)
        if why_not:
            effect, why = "does not apply", why_not
        if effect == "covers" and not first and not _conditions(rule):
            first = rule.id
        where = rule_place(rule)
        yield Explained(rule=rule.id, kind=rule.kind, where=where, effect=effect, why=why)
    if spot.location == "header":
        for name in BUILTIN_RULES_OF.get(spot.name, ()):
            is_on = settings.compare.hosts if name == HOSTS else settings.compare.builtin_rules
            if is_on:
                yield _builtin(name, spot.name, first)


def _builtin(name: str, header: str, first: str) -> Explained:
    effect: Effect = "may cover" if header in BY_MEANING else "covers"
    why = "what no declared rule covers"
    if first:
        effect, why = "does not apply", f"after {first!r}, which covers all"
    where = f"header {header}"
    return Explained(rule=name, kind="ignore", where=where, effect=effect, why=why)


def _why_not(rule: Rule, route: str, spot: Spot, day: date) -> str:
    """Why a rule has nothing to say here; empty when it has."""
    if is_expired(rule, day):
        return f"expired on {rule.expires}"
    if not is_same_route(rule.route, route):
        return f"only on {rule.route}"
    if has_filter(rule) and spot.location == "body":
        return ""
    reached = reach(rule, spot)
    if reached is None:
        return "its place is another"
    if reached == "above" and (rule.kind in (EXACT, "key") or rule.kind in TRANSFORMS):
        return "it speaks of the node at its path alone"
    return ""


def _effect(rule: Rule, first: str) -> tuple[Effect, str]:
    conditions = _conditions(rule)
    if rule.kind not in COVERS:
        what = "asserts a relation" if rule.kind in TRANSFORMS else "aligns the list"
        return "says", ", ".join([what, *conditions])
    if first:
        return "does not apply", f"after {first!r}, which covers all"
    kinds = covered_kinds(rule.kind)
    if kinds is None:
        return "covers", ", ".join(["every difference", *conditions])
    said = "/".join(sorted(kinds))
    return "may cover", ", ".join([f"{said} that kind {rule.kind!r} allows", *conditions])


def _conditions(rule: Rule) -> list[str]:
    given = (
        ("status", rule.status),
        ("media type", rule.media_type),
        ("candidate", rule.candidate),
    )
    said = [f"only for {name} {value}" for name, value in given if value is not None]
    return said + (["where its filter holds"] if has_filter(rule) else [])


def _is_at(row: Any, route: str, spot: Spot) -> bool:
    """Whether a stored difference is at the place, or below it."""
    if row.location != spot.location or not is_same_route(route, row.route):
        return False
    at = stored_spot(row.location, row.path)
    if at is None or at.name != spot.name or len(at.tokens) < len(spot.tokens):
        return False
    general = tuple(None if isinstance(token, int) else token for token in spot.tokens)
    return at.tokens[: len(general)] == general
