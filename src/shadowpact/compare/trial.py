"""Rules tried on stored samples before they go in: what they would cover, and what else happens."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from shadowpact.compare.comparer import Comparer
from shadowpact.compare.comparison import Comparison
from shadowpact.compare.kinds import COVERS
from shadowpact.compare.rules import EXACT
from shadowpact.compare.settings import Rule
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.difference import Difference
from shadowpact.model.evidence import IgnoredDifferences
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample

_PARTS = ("covered", "already", "gone", "new", "remaining")

type _Counts = Counter[tuple[str, str, str, str, str]]
"""By rule, route, location, generalised path and kind."""


class Kept(msgspec.Struct, frozen=True):
    """A sample, and what it is one of."""

    route: str
    candidate: str
    sample: Sample


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What trying rules gave; places are generalised, in a stated order.

    Attributes:
        samples: Compared twice.
        skipped: Samples that could not be, by reason.
        covered: What the rules on trial cover, by rule and place.
        already: What they would cover if no other rule did, by the rule that does.
        gone: Open without them and, though none of them covers it, not open with them.
        new: Open only with them.
        remaining: Open with them.
        errors: Rules that raised and hid nothing, with what went wrong.
    """

    samples: int
    skipped: Mapping[str, int]
    covered: tuple[IgnoredDifferences, ...]
    already: tuple[IgnoredDifferences, ...]
    gone: tuple[IgnoredDifferences, ...]
    new: tuple[IgnoredDifferences, ...]
    remaining: tuple[IgnoredDifferences, ...]
    errors: Mapping[str, str]


def kept_samples(findings: Iterable[Finding], behaviours: Iterable[Behaviour]) -> tuple[Kept, ...]:
    """Every stored sample once, in the order of route, candidate and exchange."""
    owners: list[Finding | Behaviour] = [*findings, *behaviours]
    found = {
        (owner.route, owner.candidate, sample.exchange_id): sample
        for owner in owners
        for sample in owner.samples
    }
    return tuple(Kept(route, name, found[route, name, id_]) for route, name, id_ in sorted(found))


def try_rules(
    samples: Iterable[Kept],
    rules: Sequence[Rule],
    on_trial: Sequence[Rule],
    comparer: Callable[[Sequence[Rule]], Comparer],
) -> Trial:
    """Compare every sample without and with the rules on trial.

    Args:
        samples: Redacted; what redaction made equal is not seen here.
        rules: All that apply, those on trial among them, in their order.
        on_trial: Some of ``rules``.
        comparer: Makes one for some rules.
    """
    tried = {rule.id for rule in on_trial}
    before = comparer([rule for rule in rules if rule.id not in tried])
    after, alone = comparer(rules), comparer(on_trial)
    sums: dict[str, _Counts] = {n: Counter() for n in _PARTS}
    skipped: Counter[str] = Counter()
    errors: dict[str, str] = {}
    compared = 0
    for kept in samples:
        one, other = _compared(before, kept), _compared(after, kept)
        reason = one if isinstance(one, str) else other if isinstance(other, str) else None
        if isinstance(one, str) or isinstance(other, str):
            skipped[str(reason)] += 1
            continue
        compared += 1
        errors.update({name: text for name, text in other.rule_errors if name in tried})
        _add(sums, kept.route, one.differences, other.differences, tried)
        by_themselves = _compared(alone, kept)
        if not isinstance(by_themselves, str):
            by_another = [one for one in other.differences if one.ignored_by not in {None, *tried}]
            _add_already(sums["already"], kept.route, by_themselves.differences, by_another)
    return Trial(
        samples=compared,
        skipped=dict(sorted(skipped.items())),
        errors=errors,
        **{name: _rows(counts) for name, counts in sums.items()},
    )


def removes_unnamed(trial: Trial, on_trial: Iterable[Rule]) -> bool:
    """Whether rules that may only mark made differences go away that they do not name.

    Rules that align lists or assert a relation change what is found; that is what they are for.
    """
    only_mark = all(rule.kind in COVERS and rule.kind != EXACT for rule in on_trial)
    return only_mark and bool(trial.gone or trial.new)


def _compared(comparer: Comparer, kept: Kept) -> Comparison | str:
    """What was found, or why nothing can be said."""
    sample = kept.sample
    if sample.candidate is None:
        return "no-answer"
    if sample.baseline.cut is not None or sample.candidate.cut is not None:
        return "cut"
    comparison = comparer.compare(
        sample.baseline,
        sample.candidate,
        method=sample.request.method,
        route=kept.route,
        candidate_name=kept.candidate,
        requests=(sample.request, sample.request),
    )
    return "truncated" if comparison.truncated else comparison.incomparable or comparison


def _add(
    sums: dict[str, _Counts],
    route: str,
    before: Iterable[Difference],
    after: Iterable[Difference],
    tried: set[str],
) -> None:
    open_before = Counter(_exact(one) for one in before if one.ignored_by is None)
    places = {_exact(one): one for one in (*before, *after)}
    open_after, named = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for one in after:
        if one.ignored_by is None:
            open_after[_exact(one)] += 1
            sums["remaining"][_key("", route, one)] += 1
        elif one.ignored_by in tried:
            named[_exact(one)] += 1
            sums["covered"][_key(one.ignored_by, route, one)] += 1
    for exact, count in (open_before - open_after - named).items():
        sums["gone"][_key("", route, places[exact])] += count
    for exact, count in (open_after - open_before).items():
        sums["new"][_key("", route, places[exact])] += count


def _add_already(
    sums: _Counts, route: str, alone: Iterable[Difference], by_another: Iterable[Difference]
) -> None:
    """Count what a rule on trial covers by itself, and another one where all apply."""
    covered = {
        _exact(one)
        for one in alone
        if one.ignored_by is not None and not one.ignored_by.startswith("builtin:")
    }
    for one in by_another:
        if _exact(one) in covered:
            sums[_key(one.ignored_by or "", route, one)] += 1


def _exact(one: Difference) -> tuple[str, str, str]:
    return one.location, one.path, one.kind


def _key(rule: str, route: str, one: Difference) -> tuple[str, str, str, str, str]:
    return rule, route, one.location, one.general_path, one.kind


def _rows(counts: _Counts) -> tuple[IgnoredDifferences, ...]:
    return tuple(
        IgnoredDifferences(rule=rule, route=route, location=where, path=path, kind=kind, count=n)
        for (rule, route, where, path, kind), n in sorted(counts.items())
    )
