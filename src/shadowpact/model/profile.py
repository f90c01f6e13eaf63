"""What all bodies of one behaviour had in common: counts by place, which add up over replicas."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

type Facts = Mapping[tuple[str, str], int]
"""``(path, fact)`` to how often: ``("$.items[*].price", "decimal")``. Facts are the kinds
``object list integer decimal string boolean null``, ``empty`` of a list, ``format:NAME`` of a
string, ``key:NAME`` of a name that is data, ``value:TEXT`` of one of few short strings, ``many``
where those became too many; and of lists whose elements say what they are, ``as:TYPE=VALUE`` of an
element, ``of:TYPE=VALUE<tab>NAME<tab>KIND`` of a name in it, ``has:TYPE=VALUE`` of a list."""

KINDS: Final = ("object", "list", "integer", "decimal", "string", "boolean", "null")

VALUES_KEPT: Final = 12
"""More distinct values than this are none worth keeping."""


class FieldStats(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen at one place.

    Attributes:
        kinds: How often each kind of value.
        empty: Lists without elements.
        formats: Strings by their format; each has one at most.
        keys: Names of a map by their format.
        values: Short strings, when they are few.
        has_many: Whether there were more strings than ``values`` says.
        variants: Elements of a list by what they say they are, ``type=card``.
        parts: Their names with the kind of the value, by variant.
        having: Lists by the variants in them.
    """

    kinds: Mapping[str, int] = {}
    empty: int = 0
    formats: Mapping[str, int] = {}
    keys: Mapping[str, int] = {}
    values: Mapping[str, int] = {}
    has_many: bool = False
    variants: Mapping[str, int] = {}
    parts: Mapping[str, int] = {}
    having: Mapping[str, int] = {}

    @property
    def count(self) -> int:
        """Values of any kind."""
        return sum(self.kinds.values())

    def of(self, kind: str) -> int:
        """Values of one kind."""
        return self.kinds.get(kind, 0)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of one behaviour.

    Attributes:
        fields: By path, list positions and names that are data generalised.
    """

    fields: Mapping[str, FieldStats] = {}

    @property
    def documents(self) -> int:
        """Different bodies that were looked into."""
        root = self.fields.get("$")
        return root.count if root else 0


def profile_of(facts: Iterable[tuple[str, str, int]]) -> Profile:
    """The profile that counted facts make; a fact may come several times."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for path, fact, count in facts:
        group, colon, name = fact.partition(":")
        groups = found.setdefault(path, {})
        counts = groups.setdefault(group if colon else "", {})
        key = name if colon else fact
        counts[key] = counts.get(key, 0) + count
    return Profile(fields={path: _stats(groups) for path, groups in sorted(found.items())})


def _stats(groups: Mapping[str, Mapping[str, int]]) -> FieldStats:
    plain = groups.get("", {})
    values = groups.get("value", {})
    has_many = "many" in plain or len(values) > VALUES_KEPT
    return FieldStats(
        kinds={kind: plain[kind] for kind in KINDS if kind in plain},
        empty=plain.get("empty", 0),
        formats=groups.get("format", {}),
        keys=groups.get("key", {}),
        values={} if has_many else values,
        has_many=has_many,
        variants=groups.get("as", {}),
        parts=groups.get("of", {}),
        having=groups.get("has", {}),
    )


def merged(facts: Iterable[Facts]) -> dict[tuple[str, str], int]:
    """Facts added up."""
    total: dict[tuple[str, str], int] = {}
    for part in facts:
        for key, count in part.items():
            total[key] = total.get(key, 0) + count
    return total


def combined(profiles: Iterable[Profile]) -> Profile:
    """The profile of several behaviours taken together."""
    return profile_of(fact for profile in profiles for fact in _facts_in(profile))


def _facts_in(profile: Profile) -> Iterator[tuple[str, str, int]]:
    for path, stats in profile.fields.items():
        for kind, count in stats.kinds.items():
            yield path, kind, count
        for group, counts in (
            ("format", stats.formats),
            ("key", stats.keys),
            ("value", stats.values),
            ("as", stats.variants),
            ("of", stats.parts),
            ("has", stats.having),
        ):
            for name, count in counts.items():
                yield path, f"{group}:{name}", count
        if stats.empty:
            yield path, "empty", stats.empty
        if stats.has_many:
            yield path, "many", 1
