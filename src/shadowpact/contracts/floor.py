"""The floor: what all answers of one behaviour have in common, types only.

A field is in the floor when every answer seen has it, on both sides, with one kind of value. What
the two sides do not have in common is a difference, and differences are for narrow interactions.
"""

import copy
import re
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from shadowpact.contracts import paths
from shadowpact.contracts.infer import Matcher, any_text, exactly, media_type_matcher
from shadowpact.contracts.population import (
    is_never_empty,
    key_pattern,
    key_rule,
    scalar_matcher,
)
from shadowpact.contracts.settings import ALLOWED_HEADERS
from shadowpact.contracts.shape import MANY_NAMES, is_data_name
from shadowpact.contracts.variants import Variant, always_there, narrowed, of_variant, variants_in
from shadowpact.model.exchange import Response, header, header_values, media_type
from shadowpact.model.profile import FieldStats, Profile

ELEMENT_LIMIT: Final = 200
"""Elements of one list that are looked at; the self-check looks at all of them."""

_TEXT_LIMIT: Final = 120
_DEPTH_LIMIT: Final = 24
_TYPE: Final = {"combine": "AND", "matchers": [{"match": "type"}]}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One node that all documents have in common.

    Attributes:
        kind: ``map`` is an object whose names are data, ``variants`` a list that always has some
            kinds of element.
        matcher: Of a scalar.
        is_never_empty: Of a list, whether it always has elements.
        key_pattern: Of a map, what all its names look like.
        names: Of an object, what all have.
        each: Elements of a list, values of a map; ``None`` when nothing is common to them.
        example_name: A name of a map.
        variants: Of a list, the element of each kind that it always has.
    """

    kind: Literal["object", "map", "list", "variants", "scalar"]
    matcher: Matcher | None = None
    is_never_empty: bool = False
    key_pattern: str | None = None
    names: dict[str, "Field"] = {}
    each: "Field | None" = None
    example_name: str = ""
    variants: tuple["Field", ...] = ()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about the places of a behaviour's bodies, besides the samples.

    Attributes:
        without: Places that are left out, with all below them.
        plain: Places of which nothing but the type is asked for.
        profile: What all answers of the baseline hold.
        variant: When it is about one kind of element of a list: that.
        elements: The place of those elements.
    """

    without: tuple[paths.Steps, ...] = ()
    plain: tuple[paths.Steps, ...] = ()
    profile: Profile = Profile()
    variant: Variant | None = None
    elements: paths.Steps = ()

    def stats(self, at: paths.Steps) -> FieldStats | None:
        """What all answers hold at a place."""
        whole = self.profile.fields.get(paths.show(at))
        if self.variant is not None and at[:-1] == self.elements and isinstance(at[-1], str):
            return narrowed(whole, self.variant.names.get(at[-1], {}))
        return whole

    def leaves_out(self, at: paths.Steps) -> bool:
        """Whether nothing is asked for at a place."""
        return any(paths.is_same_place(at, place) for place in self.without)

    def is_plain(self, at: paths.Steps) -> bool:
        """Whether a place is asked for its type only."""
        return any(paths.is_same_place(at, place) for place in self.plain)

    def is_optional(self, at: paths.Steps, name: str) -> bool:
        """Whether some object at a place was seen without a name."""
        if self.variant is not None and at == self.elements:
            return name not in self.variant.always
        parent, child = self.stats(at), self.stats((*at, name))
        return parent is not None and child is not None and child.count < parent.of("object")


NOTHING: Final = Known()
"""Only the samples."""


def common(documents: Sequence[Any], known: Known = NOTHING, at: paths.Steps = ()) -> Field | None:
    """What documents have in common.

    Args:
        documents: At least one; earlier ones give the examples.
        known: What is left out, and what else was seen.
        at: Where the documents are.

    Returns:
        ``None`` when they have not even a kind in common.
    """
    if known.leaves_out(at) or not paths.can_be_ruled(at):
        return None
    kinds = {type(document) for document in documents}
    if kinds == {dict}:
        return _object(documents, known, at)
    if kinds == {list}:
        if held := _variants(documents, known, at):
            return held
        elements = [element for doc in documents for element in doc[:ELEMENT_LIMIT]]
        below = (*at, paths.EVERY_ITEM)
        each = common(elements, known, below) if elements and _may_descend(at) else None
        filled = all(documents) and not known.is_plain(at) and is_never_empty(known.stats(at))
        return Field(kind="list", each=each, is_never_empty=filled)
    if dict in kinds or list in kinds:
        return None
    matcher = scalar_matcher(documents, known.stats(at), is_plain=known.is_plain(at))
    return Field(kind="scalar", matcher=matcher) if matcher else None


def _variants(documents: Sequence[list[Any]], known: Known, at: paths.Steps) -> Field | None:
    """The kinds of element that all lists have; ``None`` where there are not two of them."""
    below = (*at, paths.EVERY_ITEM)
    variants = variants_in(known.profile.fields.get(paths.show(below)))
    if variants is None or known.variant is not None or known.is_plain(at):
        return None
    name = variants.name
    if any(known.leaves_out(it) or known.is_plain(it) for it in (below, (*below, name))):
        return None
    found: list[Field] = []
    for value in always_there(known.stats(at), variants):
        lists = [of_variant(document, name, value) for document in documents]
        about = msgspec.structs.replace(known, variant=variants.held[value], elements=below)
        held = _object([one for it in lists for one in it], about, below) if all(lists) else None
        if held is not None and name in held.names:
            says = Field(kind="scalar", matcher=exactly(value))
            found.append(msgspec.structs.replace(held, names={**held.names, name: says}))
    return Field(kind="variants", variants=tuple(found)) if len(found) > 1 else None


def _object(documents: Sequence[dict[str, Any]], known: Known, at: paths.Steps) -> Field:
    if not _may_descend(at):
        return Field(kind="object")
    values = [value for doc in documents for value in list(doc.values())[:ELEMENT_LIMIT]]
    if values and all(map(_is_map, documents)):
        each = common(values, known, (*at, paths.EVERY_NAME))
        keys = [name for doc in documents for name in doc]
        pattern = None if known.is_plain(at) else key_pattern(known.stats(at))
        if pattern and not all(re.fullmatch(pattern, key, re.ASCII) for key in keys):
            pattern = None
        shown = next((key for key in keys if not paths.is_pacts(key)), keys[0])
        return Field(kind="map", each=each, example_name=shown, key_pattern=pattern)
    shared = set.intersection(*(set(doc) for doc in documents))
    names = {
        name: field
        for name in sorted(shared)
        if not (is_data_name(name) or paths.is_pacts(name))
        and not known.is_optional(at, name)
        and (field := common([doc[name] for doc in documents], known, (*at, name)))
    }
    return Field(kind="object", names=names)


def _may_descend(at: paths.Steps) -> bool:
    return len(at) < _DEPTH_LIMIT


def _is_map(document: dict[str, Any]) -> bool:
    return len(document) > MANY_NAMES or all(map(is_data_name, document))


def render(field: Field, rules: dict[str, Any], at: paths.Steps = ()) -> Any:
    """The example document of a field; its matching rules are added to ``rules``."""
    match field.kind:
        case "scalar":
            if field.matcher is None:  # the type says it can be; common() does not build such
                raise ValueError("a scalar without a matcher")
            rules[paths.rule_path(at)] = field.matcher.to_pact()
            return _shortened(field.matcher.example)
        case "object":
            if not field.names:
                rules[paths.rule_path(at)] = _TYPE
            return {name: render(it, rules, (*at, name)) for name, it in field.names.items()}
        case "list":
            matcher = {"match": "type", "min": 1} if field.is_never_empty else {"match": "type"}
            rules[paths.rule_path(at)] = {"combine": "AND", "matchers": [matcher]}
            return [render(field.each, rules, (*at, paths.EVERY_ITEM))] if field.each else []
        case "variants":
            matcher, examples = _array_contains(field.variants)
            rules[paths.rule_path(at)] = {"combine": "AND", "matchers": [matcher]}
            return examples
        case "map":
            if field.each is None:
                rules[paths.rule_path(at)] = _TYPE
                return {}
            keys = [key_rule(field.key_pattern)] if field.key_pattern else []
            matchers = [*keys, {"match": "values"}]
            rules[paths.rule_path(at)] = {"combine": "AND", "matchers": matchers}
            below = (*at, paths.EVERY_NAME)
            if field.each.kind == "object":
                rules[paths.rule_path(below)] = _TYPE
            return {field.example_name: render(field.each, rules, below)}


def _array_contains(variants: Sequence[Field]) -> tuple[dict[str, Any], list[Any]]:
    """The rule that a list has all of some kinds of element, and its examples."""
    examples: list[Any] = []
    rows: list[dict[str, Any]] = []
    for number, variant in enumerate(variants):
        rules: dict[str, Any] = {}  # their paths begin at the element
        examples.append(render(variant, rules))
        rows.append({"index": number, "rules": rules, "generators": {}})
    return {"match": "arrayContains", "variants": rows}, examples


def without_place(expected_answer: dict[str, Any], place: paths.Steps) -> dict[str, Any]:
    """An expected answer that no longer asks for a place of its body, nor for any below it."""
    answer = copy.deepcopy(expected_answer)
    rules = answer.get("matchingRules", {})
    if not place:
        answer.pop("body", None)
        rules.pop("body", None)
        return answer
    _remove(answer.get("body", {}).get("content"), place)
    body_rules = rules.get("body", {})
    for path in [p for p in body_rules if paths.is_within(paths.place(p), place)]:
        del body_rules[path]
    return answer


def without_header(expected_answer: dict[str, Any], name: str) -> dict[str, Any]:
    """An expected answer that no longer asks for a header."""
    answer = copy.deepcopy(expected_answer)
    for held in (answer.get("headers", {}), answer.get("matchingRules", {}).get("header", {})):
        for spelled in [it for it in held if it.lower() == name]:
            del held[spelled]
    return answer


def _remove(node: Any, place: paths.Steps) -> None:
    step, rest = place[0], place[1:]
    if isinstance(node, dict):
        named = [name for name in node if paths.is_same_place((name,), (step,))]
        for name in named:
            if rest:
                _remove(node[name], rest)
            else:
                del node[name]
    elif isinstance(node, list) and rest:
        for element in node:
            _remove(element, rest)
    elif isinstance(node, list):
        node.clear()


def _shortened(example: Any) -> Any:
    return example[:_TEXT_LIMIT] if isinstance(example, str) else example


def headers_in_common(
    baseline: Sequence[Response],
    both: Sequence[Response],
    allowed: Sequence[str] = ALLOWED_HEADERS,
) -> dict[str, Matcher]:
    """Headers that every answer has: Content-Type by its media type, others by being there.

    Args:
        baseline: Answers of the baseline, at least one.
        both: Those and the candidate's.
        allowed: Lower-case names of those that may be asked for.
    """
    found: dict[str, Matcher] = {}
    media = {media_type(answer.headers) for answer in both}
    if "content-type" in allowed and len(media) == 1 and (only := media.pop()):
        found["content-type"] = media_type_matcher(only)
    for name in (name for name in allowed if name != "content-type"):
        raw = name.encode()
        shown = header(baseline[0].headers, raw) or ""
        # repeated lines are compared by number and order only; a secret is not kept
        if all(len(header_values(answer.headers, raw)) == 1 for answer in both) and shown:
            found[name] = any_text(shown)
    return found


def expected(
    status: int, headers: dict[str, Matcher], field: Field | None, media: str
) -> dict[str, Any]:
    """``response`` of a V4 interaction: a status, headers by matcher, a JSON body by its field."""
    answer: dict[str, Any] = {"status": status}
    rules: dict[str, Any] = {}
    if headers:
        answer["headers"] = {name: [matcher.example] for name, matcher in headers.items()}
        rules["header"] = {name: matcher.to_pact() for name, matcher in headers.items()}
    if field is not None:
        body_rules: dict[str, Any] = {}
        content = render(field, body_rules)
        answer["body"] = {"contentType": media, "encoded": False, "content": content}
        if body_rules:
            rules["body"] = body_rules
    if rules:
        answer["matchingRules"] = rules
    return answer
