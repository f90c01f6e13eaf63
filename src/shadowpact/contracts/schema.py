"""JSON Schemas (draft 2020-12) out of what the baseline's bodies were seen to hold.

They say what Pact's matchers cannot: optional names and their types, nullable objects and lists,
names that never come, every element of a list and not only those that look like the first, what
each kind of element has that others have not.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Final

from shadowpact.contracts import paths
from shadowpact.contracts.floor import Known
from shadowpact.contracts.population import format_in, is_never_empty, key_pattern, values_in
from shadowpact.contracts.variants import FORBIDDEN_MIN, Variant, Variants, variants_in
from shadowpact.model.profile import FieldStats

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

CLOSED_MIN: Final = 50
"""So many objects, and no name in them that came only once, have all the names there are."""

_TYPES: Final = {"list": "array", "decimal": "number"}

type Schema = dict[str, Any]


def schema_of(known: Known) -> Schema:
    """The schema of all bodies that a profile is about; empty where there were none."""
    children: dict[paths.Steps, list[paths.Step]] = defaultdict(list)
    for path in known.profile.fields:
        steps = paths.parse(path)
        if steps:
            children[steps[:-1]].append(steps[-1])
    return _Builder(known, children.__getitem__).node(())


class _Builder:
    def __init__(self, known: Known, children: Callable[[paths.Steps], list[paths.Step]]) -> None:
        self._known = known
        self._children = children

    def node(self, at: paths.Steps) -> Schema:
        stats = self._known.stats(at)
        if stats is None or self._known.leaves_out(at):
            return {}
        schema: Schema = {"type": type_of(stats.kinds)}
        if stats.of("object"):
            self._add_object(schema, stats, at)
        if stats.of("list"):
            self._add_list(schema, stats, at)
        if stats.of("string") and not self._known.is_plain(at):
            _add_text(schema, stats)
        return schema

    def _add_object(self, schema: Schema, stats: FieldStats, at: paths.Steps) -> None:
        below = self._children(at)
        names = sorted(step for step in below if isinstance(step, str))
        if names:
            schema["properties"] = {name: self.node((*at, name)) for name in names}
        required = [name for name in names if self._is_required(stats, (*at, name))]
        if required:
            schema["required"] = required
        if paths.EVERY_NAME in below:
            if not names:  # else a name that is data and one that is not cannot be told apart
                schema["additionalProperties"] = self.node((*at, paths.EVERY_NAME))
                if (pattern := key_pattern(stats)) and not self._known.is_plain(at):
                    schema["propertyNames"] = {"pattern": f"^(?:{pattern})$"}
        elif names and self._is_closed(stats, names, at):
            schema["additionalProperties"] = False
        if cases := self._cases(stats, names, set(required), at):
            schema["allOf"] = cases

    def _cases(
        self, stats: FieldStats, names: list[str], required: set[str], at: paths.Steps
    ) -> list[Schema]:
        """What each kind of element has that not all have."""
        variants = variants_in(stats)
        if variants is None or self._is_open((*at, variants.name)):
            return []
        shut = set(names) if not self._known.is_plain(at) else set[str]()
        shut = {name for name in shut if not self._is_open((*at, name))}
        return [
            {"if": _is(variants, one), "then": then}
            for one in variants.held.values()
            if (then := self._then(one, required, shut, at))
        ]

    def _then(self, one: Variant, required: set[str], shut: set[str], at: paths.Steps) -> Schema:
        properties: Schema = {}
        for name, kinds in sorted(one.names.items()):
            whole = self._known.stats((*at, name))
            if whole is None or self._is_open((*at, name)):
                continue
            if (narrow := type_of(kinds)) != type_of(whole.kinds):
                properties[name] = {"type": narrow}
        if one.count >= FORBIDDEN_MIN:
            properties |= {name: {"not": {}} for name in sorted(shut - one.names.keys())}
        more = sorted(n for n in one.always - required if not self._is_open((*at, n)))
        then: Schema = {"properties": properties} if properties else {}
        return then | ({"required": more} if more else {})

    def _is_open(self, place: paths.Steps) -> bool:
        """Whether nothing, or no more than a type, is asked for at a place."""
        return self._known.leaves_out(place) or self._known.is_plain(place)

    def _is_required(self, stats: FieldStats, place: paths.Steps) -> bool:
        found = self._known.stats(place)
        if found is None or self._known.leaves_out(place):
            return False
        return found.count >= stats.of("object")

    def _is_closed(self, stats: FieldStats, names: list[str], at: paths.Steps) -> bool:
        if stats.of("object") < CLOSED_MIN or self._known.is_plain(at):
            return False
        counts = [found.count for n in names if (found := self._known.stats((*at, n)))]
        return len(counts) == len(names) and min(counts) > 1

    def _add_list(self, schema: Schema, stats: FieldStats, at: paths.Steps) -> None:
        if items := self.node((*at, paths.EVERY_ITEM)):
            schema["items"] = items
        if is_never_empty(stats) and not self._known.is_plain(at):
            schema["minItems"] = 1


def _is(variants: Variants, one: Variant) -> Schema:
    return {"properties": {variants.name: {"const": one.value}}, "required": [variants.name]}


def type_of(seen: Iterable[str]) -> str | list[str]:
    """``type`` of a schema for values of these kinds."""
    kinds = {_TYPES.get(kind, kind) for kind in seen}
    if "number" in kinds:
        kinds.discard("integer")
    return next(iter(kinds)) if len(kinds) == 1 else sorted(kinds)


def _add_text(schema: Schema, stats: FieldStats) -> None:
    if found := format_in(stats):
        if found.schema:
            schema["format"] = found.schema
        else:
            schema["pattern"] = f"^(?:{found.pattern})$"
    elif stats.kinds.keys() <= {"string", "null"} and (values := values_in(stats)):
        schema["enum"] = [*values, None] if stats.of("null") else list(values)


def describes(schema: Schema, steps: paths.Steps) -> bool:
    """Whether a schema says something about a place."""
    node: Any = schema
    for step in steps:
        if not isinstance(node, dict):
            return False
        if step == paths.EVERY_ITEM:
            node = node.get("items")
        elif step == paths.EVERY_NAME:
            node = node.get("additionalProperties")
        else:
            node = (node.get("properties") or {}).get(step)
    return isinstance(node, dict) and bool(node)
