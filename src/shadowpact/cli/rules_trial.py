"""``shadowpact rules test``."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.rules_evidence import stored_evidence, today
from shadowpact.compare.expiry import active_rules
from shadowpact.compare.kinds import COVERS
from shadowpact.compare.review import too_broad, what_it_hid
from shadowpact.compare.rules import is_same_route
from shadowpact.compare.settings import Rule
from shadowpact.compare.trial import Kept, Trial, removes_unnamed, try_rules
from shadowpact.comparing import comparer_of
from shadowpact.config import Settings
from shadowpact.errors import EXIT_FINDINGS, NoEvidenceError, UsageError
from shadowpact.model.evidence import IgnoredDifferences
from shadowpact.report.documents import to_json
from shadowpact.report.wording import amount

SCHEMA = "shadowpact/rules-test/1"
_SUFFIX = ".toml"
_HEADS = {
    "covered": "would be covered",
    "already": "is covered already by another rule, which comes first",
    "gone": "would not be found any more, and no rule would say so",
    "new": "would be open that is not now",
    "remaining": "would stay open",
}


def try_out(
    rule: Annotated[str, typer.Argument(help="A rule's id, or a TOML file with [[rules]].")],
    *,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Try rules on the stored samples: what they would cover, and what would remain.

    Exit status: 0 as meant, 1 something to look at, 2 wrong rule, 3 no samples to try it on.
    """
    settings, stored = config.load(config_file), stored_evidence(state)
    rules, on_trial = _rules(rule, settings)
    comparer = partial(comparer_of, settings)
    trial = try_rules(stored.samples, rules, on_trial, comparer)
    if not trial.samples:
        raise NoEvidenceError(
            f"rules test: {state} has no samples that could be compared. Compare some traffic "
            "first, with a worker or with shadowpact replay."
        )
    problems = list(_problems(trial, on_trial, stored.samples))
    if as_format is Format.JSON:
        document: dict[str, Any] = {"schema": SCHEMA, "rules": [one.id for one in on_trial]}
        document |= {**msgspec.to_builtins(trial), "problems": problems}
        typer.echo(to_json(document), nl=False)
    else:
        typer.echo("\n".join(_lines(trial, on_trial, problems)))
    if problems:
        raise typer.Exit(EXIT_FINDINGS)


def _rules(name: str, settings: Settings) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """All rules that apply, and those on trial; one on trial is tried even if it has expired."""
    active = active_rules(settings.rules, today())
    on_trial = tuple(one for one in settings.rules if one.id == name)
    if on_trial:
        tried = {name}
        kept = [one for one in settings.rules if one in active or one.id in tried]
        return tuple(kept), on_trial
    if not name.endswith(_SUFFIX):
        known = ", ".join(one.id for one in settings.rules) or "none is declared"
        raise UsageError(f"rules test: no rule {name!r}, and no {_SUFFIX} file. Known: {known}.")
    on_trial = config.load_rules(Path(name))
    if not on_trial:
        raise UsageError(f"rules test: {name} has no [[rules]]")
    tried = {one.id for one in on_trial}
    return (*(one for one in active if one.id not in tried), *on_trial), on_trial


def _problems(trial: Trial, on_trial: Sequence[Rule], samples: Sequence[Kept]) -> Iterator[str]:
    if removes_unnamed(trial, on_trial):
        yield "it changes more than the differences it names; such a rule must not go in"
    for rule in on_trial:
        covered = [row for row in trial.covered if row.rule == rule.id]
        bodies = (
            kept.sample.baseline.body
            for kept in samples
            if kept.sample.baseline.cut is None and is_same_route(rule.route, kept.route)
        )
        for reason in too_broad(rule, covered, bodies):
            yield f"{rule.id}: too broad: {reason}"
        if rule.kind in COVERS and not covered:
            rest = " that no other rule covers" if trial.already else ""
            yield f"{rule.id}: covers nothing in the samples{rest}"
        if rule.id in trial.errors:
            yield f"{rule.id}: raised and hid nothing: {trial.errors[rule.id]}"


def _lines(trial: Trial, on_trial: Sequence[Rule], problems: Sequence[str]) -> Iterator[str]:
    skipped = ", ".join(f"{count} {reason}" for reason, count in trial.skipped.items())
    tried = ", ".join(rule.id for rule in on_trial)
    yield f"{tried}: tried on {amount(trial.samples, 'sample')}" + (
        f"; skipped: {skipped}" if skipped else ""
    )
    for name, head in _HEADS.items():
        rows: tuple[IgnoredDifferences, ...] = getattr(trial, name)
        if rows or name in ("covered", "remaining"):
            yield f"{head}: {what_it_hid(rows)}"
        for row in rows:
            place = f"{row.location} {row.path}".rstrip()
            is_said = name != "already" and len(on_trial) == 1
            by = f"  ({row.rule})" if row.rule and not is_said else ""
            yield f"    {row.count}  {row.route}  {place}  {row.kind}{by}"
    yield from (f"problem: {problem}" for problem in problems)
