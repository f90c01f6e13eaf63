"""``shadowpact rules check``."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.rules_evidence import BUILTIN, Stored, stored_evidence, today
from shadowpact.compare.expiry import active_rules, is_expired
from shadowpact.compare.kinds import COVERS
from shadowpact.compare.review import (
    is_known_route,
    nearest_route,
    overlapping,
    too_broad,
    what_it_hid,
)
from shadowpact.compare.rules import is_same_route
from shadowpact.compare.settings import Rule
from shadowpact.config import Settings
from shadowpact.contracts.waivers import Waiver, read_waivers
from shadowpact.errors import EXIT_FINDINGS
from shadowpact.report.documents import to_json
from shadowpact.report.wording import amount
from shadowpact.routes import covers

SCHEMA = "shadowpact/rules-check/1"


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something to look at.

    Attributes:
        rule: Its id; of a waiver the interaction's key.
        problem: ``raised``, ``expired``, ``unknown-route``, ``unused``, ``too-broad``, ``overlap``,
            ``undeclared`` or ``expired-waiver``.
        text: In words.
        source: File and line; empty for a rule that is not declared.
        hid: ``412 differences, 9 of them type changes``.
    """

    rule: str
    problem: str
    text: str
    source: str
    hid: str


Contracts = Annotated[
    Path | None,
    typer.Option(
        "--contracts",
        help="Folder of contracts, whose waivers.toml counts too; contracts when it is there.",
        show_default=False,
    ),
]
_CONTRACTS = Path("contracts")


def check(
    *,
    contracts: Contracts = None,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Check that every rule can work and does, and that none blinds more than it should.

    Waivers of contracts are listed too; one that has expired is something to look at.

    Exit status: 0 nothing to say, 1 something to look at, 2 the configuration is wrong.
    """
    settings, stored = config.load(config_file), stored_evidence(state)
    waivers = _waivers(settings, contracts)
    remarks = [*remarks_on(settings, stored, today()), *_expired(waivers, today())]
    if as_format is Format.JSON:
        typer.echo(to_json(_document(settings, stored, waivers, remarks)), nl=False)
    else:
        for remark in remarks:
            where = f" ({remark.source})" if remark.source else ""
            hid = f"; it hid {remark.hid}" if remark.hid else ""
            typer.echo(f"{remark.rule}: {remark.problem}: {remark.text}{hid}{where}")
        for waiver in waivers:
            if not waiver.has_expired(today()):
                typer.echo(f"{waiver.interaction}: {waiver}")
        seen = f"over {stored.pairs} pairs" if stored.pairs else "nothing was compared yet"
        typer.echo(
            f"{len(settings.rules)} rules checked, {seen}, {amount(len(remarks), 'problem')}"
        )
    if remarks:
        raise typer.Exit(EXIT_FINDINGS)


def _waivers(settings: Settings, contracts: Path | None) -> tuple[Waiver, ...]:
    """Those of the configuration, then those beside the contracts."""
    root = contracts or (_CONTRACTS if _CONTRACTS.is_dir() else None)
    return (*settings.waivers, *(read_waivers(root) if root is not None else ()))


def _expired(waivers: Sequence[Waiver], day: date) -> Iterator[Remark]:
    for waiver in waivers:
        if waiver.has_expired(day):
            text = f"the waiver of {waiver.who} ended on {waiver.until}; a failure blocks again"
            yield Remark(
                rule=waiver.interaction, problem="expired-waiver", text=text, source="", hid=""
            )


def _document(
    settings: Settings, stored: Stored, waivers: Sequence[Waiver], remarks: list[Remark]
) -> dict[str, Any]:
    counts: dict[str, Counter[str]] = {rule.id: Counter() for rule in settings.rules}
    for row in stored.ignored:
        counts.get(row.rule, Counter[str]())[row.kind] += row.count
    return {
        "schema": SCHEMA,
        "pairs": stored.pairs,
        "rules": [
            {
                "rule": rule.id,
                "source": rule.source,
                "hidden": dict(sorted(counts[rule.id].items())),
            }
            for rule in settings.rules
        ],
        "waivers": [
            {**msgspec.structs.asdict(waiver), "until": waiver.until.isoformat()}
            for waiver in waivers
        ],
        "problems": [msgspec.structs.asdict(remark) for remark in remarks],
    }


def remarks_on(settings: Settings, stored: Stored, day: date) -> Iterator[Remark]:
    """What there is to say of the declared rules, rule by rule."""
    overlaps = list(overlapping(active_rules(settings.rules, day), stored.ignored))
    for rule in settings.rules:
        hidden = [row for row in stored.ignored if row.rule == rule.id]
        hid = what_it_hid(hidden) if hidden else ""
        for problem, text in _problems(rule, settings, stored, day):
            yield Remark(rule=rule.id, problem=problem, text=text, source=rule.source, hid=hid)
        for first, second, where in overlaps:
            if second is rule:
                text = f"with {first.id!r}, which comes first: {where}"
                yield Remark(
                    rule=rule.id, problem="overlap", text=text, source=rule.source, hid=hid
                )
    declared = {rule.id for rule in settings.rules}
    for name, hits in stored.hits.items():
        if name not in declared and not name.startswith(BUILTIN) and hits.differences:
            hid = what_it_hid(row for row in stored.ignored if row.rule == name)
            text = "is not declared any more, and the store has what it covered"
            yield Remark(rule=name, problem="undeclared", text=text, source="", hid=hid)


def _problems(
    rule: Rule, settings: Settings, stored: Stored, day: date
) -> Iterator[tuple[str, str]]:
    hits = stored.hits.get(rule.id)
    if hits is not None and hits.errors:
        yield "raised", f"{hits.errors} times, and hid nothing there"
    has_expired = is_expired(rule, day)
    if has_expired:
        yield "expired", f"its last day was {rule.expires}; it hides nothing any more"
    declared = [r.pattern for one in settings.mirror.candidates for r in one.routes]
    if rule.route and (stored.routes or declared) and not _is_known(rule.route, declared, stored):
        near = nearest_route(rule.route, stored.routes or declared)
        hint = f"; did you mean {near}?" if near else ""
        yield "unknown-route", f"no pair on {rule.route}, and no candidate has it{hint}"
    elif _is_unused(rule, stored) and not has_expired:
        yield "unused", _why_unused(rule, stored)
    hidden = [row for row in stored.ignored if row.rule == rule.id]
    if reasons := too_broad(rule, hidden, _bodies(rule, stored)):
        yield "too-broad", "; ".join(reasons)


def _is_unused(rule: Rule, stored: Stored) -> bool:
    hits = stored.hits.get(rule.id)
    return bool(stored.pairs) and rule.kind in COVERS and not (hits and hits.differences)


def _is_known(route: str, declared: list[str], stored: Stored) -> bool:
    if is_known_route(route, stored.routes):
        return True
    for pattern in declared:
        method = pattern.partition(" ")[0] if not pattern.startswith("/") else "GET"
        if covers(pattern, route if " " in route else f"{method} {route}"):
            return True
    return False


def _why_unused(rule: Rule, stored: Stored) -> str:
    if rule.route and not is_known_route(rule.route, stored.routes):
        near = nearest_route(rule.route, stored.routes)
        return f"no pair on {rule.route} so far{f'; did you mean {near}?' if near else ''}"
    return f"covered none of {stored.pairs} pairs"


def _bodies(rule: Rule, stored: Stored) -> Iterator[bytes]:
    for kept in stored.samples:
        sample = kept.sample
        is_meant = rule.status in (None, sample.baseline.status) and rule.candidate in (
            None,
            kept.candidate,
        )
        if is_meant and sample.baseline.cut is None and is_same_route(rule.route, kept.route):
            yield sample.baseline.body
