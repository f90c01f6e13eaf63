"""Matchers out of a population: what all answers seen say about one place, not only the samples."""

from collections.abc import Sequence
from typing import Any, Final

from shadowpact.contracts.formats import BY_NAME, DAY, KEY_FORMATS, TIME, Format
from shadowpact.contracts.infer import (
    ENUM_LIMIT,
    Matcher,
    floor_matcher,
    format_matcher,
    one_of,
    or_null,
)
from shadowpact.model.profile import FieldStats

FORMAT_MIN: Final = 10
"""So many texts, all of one format, make it the format of the place."""

ENUM_MIN: Final = 50
"""So many texts with few different values, none of them seen only once, are an enumeration: where
nothing was seen only once, hardly anything is left unseen (Good-Turing)."""

FILLED_MIN: Final = 20
"""So many lists, none of them empty, are never empty."""

_STAND_INS: Final[dict[str, Any]] = {
    "integer": 0,
    "decimal": 0.5,
    "string": "",
    "boolean": False,
    "null": None,
    "object": {},
    "list": [],
}
_MOMENT: Final = Format(
    name="moment",
    words="a date and time",
    pattern=rf"{DAY}T{TIME}(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?",
)


def scalar_matcher(
    values: Sequence[Any], stats: FieldStats | None, *, is_plain: bool
) -> Matcher | None:
    """The matcher of a scalar in a floor; ``None`` where there is nothing to ask for.

    Args:
        values: What the samples hold there, on both sides; the first that is not null is shown.
        stats: What all answers of the baseline hold there.
        is_plain: Ask for the type only, whatever the population says.
    """
    if stats is None:
        return floor_matcher(values)
    if all(value is None for value in values):
        return None
    plain = floor_matcher([*values, *(_STAND_INS[kind] for kind in stats.kinds)])
    texts = [value for value in values if value is not None]
    if plain is None or is_plain or not all(isinstance(value, str) for value in texts):
        return plain
    fine = _format(texts, stats) or _enumeration(texts, stats)
    if fine is None:
        return plain
    return or_null(fine) if None in values or stats.of("null") else fine


def format_in(stats: FieldStats) -> Format | None:
    """The format that all texts of a place have, when there were enough of them."""
    texts = stats.of("string")
    if texts < FORMAT_MIN or sum(stats.formats.values()) != texts:
        return None
    if len(stats.formats) == 1:
        return BY_NAME[next(iter(stats.formats))]
    return _MOMENT if all(name.startswith("datetime") for name in stats.formats) else None


def values_in(stats: FieldStats) -> tuple[str, ...]:
    """The values of an enumeration, sorted; none where it is not one."""
    counts = stats.values
    is_closed = (
        not stats.has_many
        and stats.of("string") >= ENUM_MIN
        and sum(counts.values()) == stats.of("string")
        and 2 <= len(counts) <= ENUM_LIMIT
        and min(counts.values()) > 1
    )
    return tuple(sorted(counts)) if is_closed else ()


def key_pattern(stats: FieldStats | None) -> str | None:
    """The pattern of all names of a map, when there were enough of them."""
    if stats is None or len(stats.keys) != 1 or sum(stats.keys.values()) < FORMAT_MIN:
        return None
    return KEY_FORMATS.get(next(iter(stats.keys)))


def is_never_empty(stats: FieldStats | None) -> bool:
    """Whether the lists of a place always had elements."""
    return stats is not None and stats.of("list") >= FILLED_MIN and not stats.empty


def _format(texts: Sequence[str], stats: FieldStats) -> Matcher | None:
    found = format_in(stats)
    if found is None or not all(map(found.accepts, texts)):
        return None
    return format_matcher(found, texts[0])


def _enumeration(texts: Sequence[str], stats: FieldStats) -> Matcher | None:
    values = values_in(stats)
    return one_of(values, texts[0]) if values and set(texts) <= set(values) else None


def key_rule(pattern: str) -> dict[str, Any]:
    """The rule that all names of a map look like this."""
    rules = [{"match": "regex", "regex": f"^(?:{pattern})$"}]
    return {"match": "eachKey", "value": "x", "rules": rules}
