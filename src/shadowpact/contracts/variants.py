"""Elements of a list that are told apart by what one of their names says: ``"type": "card"``.

The name is one of the few that are used for that. What is known of the variants is what a profile
counted: how many elements of each, which names those had, and in how many lists each came.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from shadowpact.contracts.shape import is_data_name
from shadowpact.model.profile import FieldStats

NAMES: Final = ("type", "kind", "@type", "_type", "$type", "__typename", "object", "event")
"""Names that say what an object is; the first that an object has counts."""

VARIANTS_KEPT: Final = 12
"""Variants of one list; with more, the name is no discriminator."""

VARIANT_MIN: Final = 5
"""So many elements of each variant have to be there before anything is said about it."""

LISTS_MIN: Final = 20
"""So many lists, a variant in each of them, always have it."""

FORBIDDEN_MIN: Final = 50
"""So many elements of a variant, none with a name that others have, never have it."""

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ _./:-][A-Za-z0-9]+)*")
_WORD_LENGTH: Final = 40
_NAME_LENGTH: Final = 64
_SEPARATOR: Final = "\t"


def variant_of(element: Any) -> str:
    """The variant of one element, ``type=card``; empty when it has none."""
    if not isinstance(element, dict):
        return ""
    for name in NAMES:
        value = element.get(name)
        if isinstance(value, str):
            is_word = len(value) <= _WORD_LENGTH and _WORD.fullmatch(value) is not None
            return f"{name}={value}" if is_word else ""
    return ""


def facts_of_element(variant: str, kinds: Mapping[str, str]) -> list[str]:
    """The facts of one element, for its place: which variant, and which names of which kind."""
    parts = [
        f"of:{variant}{_SEPARATOR}{name}{_SEPARATOR}{kind}"
        for name, kind in kinds.items()
        if len(name) <= _NAME_LENGTH and _SEPARATOR not in name and not is_data_name(name)
    ]
    return [f"as:{variant}", *parts]


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of element.

    Attributes:
        value: What the discriminator says.
        count: Elements that were counted.
        names: Kinds of the values below each name, and how often.
    """

    value: str
    count: int
    names: Mapping[str, Mapping[str, int]]

    @property
    def always(self) -> frozenset[str]:
        """The names that all of them had."""
        return frozenset(n for n, kinds in self.names.items() if sum(kinds.values()) >= self.count)


class Variants(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of element of one list.

    Attributes:
        name: The discriminator, ``type``.
        held: By value, sorted.
    """

    name: str
    held: Mapping[str, Variant]


def variants_in(stats: FieldStats | None) -> Variants | None:
    """The variants of a list's elements; ``None`` where they are not told apart by a name.

    Args:
        stats: Of the place of the elements.
    """
    if stats is None or not 2 <= len(stats.variants) <= VARIANTS_KEPT:
        return None
    names = {label.partition("=")[0] for label in stats.variants}
    is_whole = sum(stats.variants.values()) == stats.of("object") == stats.count
    if len(names) != 1 or not is_whole or min(stats.variants.values()) < VARIANT_MIN:
        return None
    held: dict[str, dict[str, dict[str, int]]] = {label: {} for label in stats.variants}
    for part, count in stats.parts.items():
        label, name, kind = part.split(_SEPARATOR)
        if label in held:
            held[label].setdefault(name, {})[kind] = count
    found = {
        label.partition("=")[2]: Variant(
            value=label.partition("=")[2], count=stats.variants[label], names=names_of
        )
        for label, names_of in sorted(held.items())
    }
    if len({frozenset(_what(one)) for one in found.values()}) < 2:
        return None  # they are all alike
    return Variants(name=names.pop(), held=found)


def _what(one: Variant) -> set[tuple[str, frozenset[str], bool]]:
    always = one.always
    return {(name, frozenset(kinds), name in always) for name, kinds in one.names.items()}


def always_there(stats: FieldStats | None, variants: Variants) -> tuple[str, ...]:
    """The values of the variants that every list had, sorted; none when too few lists were seen.

    Args:
        stats: Of the place of the list.
        variants: Of its elements.
    """
    lists = stats.of("list") if stats else 0
    if stats is None or lists < LISTS_MIN:
        return ()
    return tuple(v for v in variants.held if stats.having.get(f"{variants.name}={v}") == lists)


def narrowed(stats: FieldStats | None, kinds: Mapping[str, int]) -> FieldStats:
    """The statistics of a name in one variant, out of those of the name in all of them."""
    if stats is None:
        return FieldStats(kinds=kinds)
    if kinds.get("string", 0) == stats.of("string"):
        return msgspec.structs.replace(stats, kinds=kinds)
    return FieldStats(kinds=kinds, empty=stats.empty, keys=stats.keys, has_many=True)


def of_variant(elements: Sequence[Any], name: str, value: str) -> list[dict[str, Any]]:
    """The elements of a variant."""
    return [one for one in elements if isinstance(one, dict) and one.get(name) == value]
