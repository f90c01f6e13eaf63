"""What is on disk against what is known today: the least change that makes both agree.

An interaction on disk stays. Only where the population contradicts one of its rules is the rule
made anew, and where it asks for no more than a type and the population says more, it is refined.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any, Final

from shadowpact.contracts import paths
from shadowpact.contracts.floor import Known, without_place
from shadowpact.contracts.formats import FORMATS, Format
from shadowpact.model.profile import FieldStats

type Rule = Mapping[str, Any]

_PLAIN: Final = frozenset({"type", "integer", "decimal", "number", "boolean", "null", "values"})
_ENUM: Final = re.compile(r"\^\(\?:(?P<values>(?:\\.|[^\\.^$|?*+()\[\]{}]|\|)+)\)\$")


def reconciled(on_disk: Mapping[str, Any], fresh: Mapping[str, Any], known: Known) -> Any:
    """The expected answer on disk with what the population says now.

    Args:
        on_disk: ``response`` of the interaction on disk.
        fresh: The one that would be made today.
        known: What all answers of the baseline hold.
    """
    answer: dict[str, Any] = copy.deepcopy(dict(on_disk))
    for path in sorted(_body_rules(answer)):
        steps = paths.place(path)
        held = _body_rules(answer).get(path)
        if held is None:  # went with a place above
            continue
        if steps and isinstance(steps[-1], str) and known.is_optional(steps[:-1], steps[-1]):
            answer = without_place(answer, steps)
            continue
        wanted = _body_rules(fresh).get(path)
        if held == wanted:
            continue
        if _has_variants(held) or _has_variants(wanted):
            answer = _taken_over(answer, fresh, steps)
        elif _is_contradicted(held, known.stats(steps)):
            if wanted is None:
                answer = without_place(answer, steps)
            else:
                _replace(answer, fresh, path, steps)
        elif wanted is not None and is_plain(held) and not is_plain(wanted):
            _replace(answer, fresh, path, steps)
    return answer


def _body_rules(answer: Mapping[str, Any]) -> dict[str, Any]:
    rules = answer.get("matchingRules", {}).get("body", {})
    return rules if isinstance(rules, dict) else {}


def _has_variants(rule: Rule | None) -> bool:
    return rule is not None and any(m.get("match") == "arrayContains" for m in _matchers(rule))


def _taken_over(
    answer: dict[str, Any], fresh: Mapping[str, Any], steps: paths.Steps
) -> dict[str, Any]:
    """The answer with a place and all below it as they would be made today."""
    theirs = paths.values_at(fresh.get("body", {}).get("content"), steps)
    if not theirs or theirs[0] is paths.MISSING:
        return without_place(answer, steps)
    rules = _body_rules(answer)
    for path in [p for p in rules if paths.is_within(paths.place(p), steps)]:
        del rules[path]
    fresh_rules = _body_rules(fresh)
    rules |= {p: r for p, r in fresh_rules.items() if paths.is_within(paths.place(p), steps)}
    if steps:
        _set(answer["body"]["content"], steps, theirs[0])
    else:
        answer["body"]["content"] = theirs[0]
    return answer


def _replace(
    answer: dict[str, Any], fresh: Mapping[str, Any], path: str, steps: paths.Steps
) -> None:
    """Take a rule over; the example stays where it satisfies the rule."""
    rule = _body_rules(fresh)[path]
    content = answer.get("body", {}).get("content")
    shown = paths.values_at(content, steps)
    if any(not accepts(rule, value) for value in shown):
        theirs = paths.values_at(fresh.get("body", {}).get("content"), steps)
        _set(content, steps, next((it for it in theirs if it is not paths.MISSING), None))
    _body_rules(answer)[path] = rule


def _set(node: Any, steps: paths.Steps, value: Any) -> None:
    *above, last = steps or (None,)
    for parent in paths.values_at(node, tuple(s for s in above if s is not None)):
        if isinstance(parent, dict) and last in parent:
            parent[last] = value
        elif isinstance(parent, list) and parent:
            parent[:] = [value]


def _matchers(rule: Rule) -> list[dict[str, Any]]:
    found = rule.get("matchers")
    return found if isinstance(found, list) else []


def is_plain(rule: Rule) -> bool:
    """Whether a rule asks for no more than a type."""
    matchers = _matchers(rule)
    return bool(matchers) and all(set(m) == {"match"} and m["match"] in _PLAIN for m in matchers)


def accepts(rule: Rule, value: Any) -> bool:
    """Whether a value satisfies those matchers of a rule that are ours; others are not asked."""
    told = [_one_accepts(matcher, value) for matcher in _matchers(rule)]
    return any(told) if rule.get("combine") == "OR" else all(told)


def _one_accepts(matcher: Rule, value: Any) -> bool:
    match matcher.get("match"):
        case "null":
            return value is None
        case "regex" if isinstance(value, str):
            return re.fullmatch(str(matcher.get("regex")), value) is not None
        case "regex":
            return False
        case "type" if "min" in matcher:
            return isinstance(value, list) and len(value) >= matcher["min"]
        case "date" | "datetime":
            wanted = _format(matcher)
            return wanted is None or wanted.accepts(value)
        case _:
            return value is not None


def _format(matcher: Rule) -> Format | None:
    """The format that a matcher asks for; ``None`` where it is none of ours."""
    for one in FORMATS:
        if one.pact is None and matcher.get("regex") == f"^(?:{one.pattern})$":
            return one
        if one.pact is not None and one.pact == (matcher.get("match"), matcher.get("format")):
            return one
    return None


def _is_contradicted(rule: Rule, stats: FieldStats | None) -> bool:
    """Whether an answer of the baseline would fail a rule."""
    if stats is None:
        return False
    kinds = stats.kinds.keys() - {"null"}
    if len(kinds) > 1 and not kinds <= {"integer", "decimal"}:
        return True
    matchers = _matchers(rule)
    names = {matcher.get("match") for matcher in matchers}
    if stats.of("null") and not names & {"null", "values", "notEmpty"}:
        return True
    if names & {"integer"} and stats.of("decimal"):
        return True
    if names & {"decimal"} and stats.of("integer"):
        return True
    return any(_is_text_contradicted(matcher, stats) for matcher in matchers)


def _is_text_contradicted(matcher: Rule, stats: FieldStats) -> bool:
    if wanted := _format(matcher):
        return stats.formats.get(wanted.name, 0) < stats.of("string")
    regex = str(matcher.get("regex", ""))
    if matcher.get("match") == "regex" and _ENUM.fullmatch(regex):
        return stats.has_many or any(not re.fullmatch(regex, text) for text in stats.values)
    return bool(matcher.get("min") and stats.empty)
