"""The walk against DeepDiff, and against itself.

Known exceptions, where ours is right: DeepDiff takes ``1`` against ``1.0`` for a change of type
(ours: of representation, at the same place), and says nothing about ``-0.0`` against ``0.0`` (they
are equal, so ours does not either).
"""

import json
import random
from typing import Any

import msgspec
from deepdiff import DeepDiff
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.compare import Comparer
from shadowpact.compare.documents import parse_text
from shadowpact.compare.settings import Rule
from shadowpact.compare.walk import align_by_position, walk
from shadowpact.model.difference import Difference
from support.build import response
from support.corpora import corpora

MIRRORED = {"missing": "added", "added": "missing"}

NAMES = st.sampled_from(["a", "b", "c", "", "a.b", 'q"', "é", "id"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, 1.0, 2.0, 0.5, 1e300, 2**70, -(2**70)]),
    st.sampled_from(["", "a", "b", "1", "eyJ", "/a%20b", "/a b"]),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """Two documents: unrelated ones, or one and a version with a few places changed."""
    one = draw(DOCUMENTS)
    if draw(st.booleans()):
        return one, draw(DOCUMENTS)
    other = json.loads(json.dumps(one))
    for _ in range(draw(st.integers(0, 3))):
        other = mutate(draw, other)
    return one, other


def mutate(draw: st.DrawFn, document: Any) -> Any:
    if isinstance(document, list) and document and draw(st.booleans()):
        index = draw(st.integers(0, len(document) - 1))
        action = draw(st.sampled_from(["into", "drop", "add"]))
        if action == "into":
            return [*document[:index], mutate(draw, document[index]), *document[index + 1 :]]
        new = [] if action == "drop" else [draw(SCALARS), document[index]]
        return [*document[:index], *new, *document[index + 1 :]]
    if isinstance(document, dict) and document and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(document)))
        if draw(st.booleans()):
            return {**document, name: mutate(draw, document[name])}
        return {n: v for n, v in document.items() if n != name}
    return draw(SCALARS)


def read(document: Any) -> Any:
    return parse_text(json.dumps(document))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(pairs())
def test_by_position_the_changed_places_are_those_of_deepdiff(pair: tuple[Any, Any]) -> None:
    one, other = pair
    tree = DeepDiff(one, other, view="tree", zip_ordered_iterables=True, threshold_to_diff_deeper=0)
    expected = {
        tuple(level.path(output_format="list")) for levels in tree.values() for level in levels
    }

    actual = {tuple(item.tokens) for item in walk(read(one), read(other), align_by_position)}

    assert actual == expected


def compare(one: Any, other: Any, *rules: Rule) -> list[Difference]:
    comparer = Comparer(rules)
    return list(
        comparer.compare(response(body=dumps(one)), response(body=dumps(other))).differences
    )


def dumps(document: Any) -> bytes:
    return json.dumps(document).encode()


@settings(max_examples=150, derandomize=True, deadline=None)
@given(DOCUMENTS)
def test_a_document_against_itself_differently_written_has_no_differences(document: Any) -> None:
    rewritten = json.dumps(document, indent=3, sort_keys=True, ensure_ascii=False).encode()

    assert compare(document, document) == []
    assert walk(read(document), msgspec_read(rewritten)) == []


def msgspec_read(text: bytes) -> Any:
    return parse_text(text.decode())


@settings(max_examples=200, derandomize=True, deadline=None)
@given(pairs())
def test_documents_are_equal_exactly_when_their_canonical_forms_are(pair: tuple[Any, Any]) -> None:
    one, other = pair
    same = msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(
        other, order="deterministic"
    )

    assert (compare(one, other) == []) == same


@settings(max_examples=200, derandomize=True, deadline=None)
@given(pairs())
def test_swapping_the_sides_mirrors_the_kinds(pair: tuple[Any, Any]) -> None:
    one, other = read(pair[0]), read(pair[1])

    there = {(*item.tokens, item.kind) for item in walk(one, other, align_by_position)}
    back = {
        (*item.tokens, MIRRORED.get(item.kind, item.kind))
        for item in walk(other, one, align_by_position)
    }

    assert there == back


@settings(max_examples=150, derandomize=True, deadline=None)
@given(pairs())
def test_swapping_the_sides_of_aligned_lists_finds_something_or_nothing_alike(
    pair: tuple[Any, Any],
) -> None:
    assert bool(compare(*pair)) == bool(compare(pair[1], pair[0]))


RULES = st.builds(
    lambda kind, path: Rule(id=f"{kind} {path}", kind=kind, reason="", path=path, absolute=1),
    st.sampled_from(["ignore", "shape", "number", "unordered", "nullish"]),
    st.sampled_from(["$", "$.a", "$..a", "$[*]", "$..id", "$.b[0]", "$..[?@.a]", "$..*"]),
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(pairs(), st.lists(RULES, max_size=3, unique_by=lambda rule: rule.id))
def test_adding_rules_never_makes_equal_documents_differ(
    pair: tuple[Any, Any], rules: list[Rule]
) -> None:
    before, after = compare(*pair), compare(*pair, *rules)
    open_before = [d for d in before if d.ignored_by is None]
    open_after = [d for d in after if d.ignored_by is None]

    assert len(open_after) <= len(open_before)
    assert bool(after) == bool(before)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(DOCUMENTS, st.integers())
def test_shuffling_every_list_changes_nothing_where_all_are_unordered(
    document: Any, seed: int
) -> None:
    rules = [Rule(id=p, kind="unordered", reason="", path=p) for p in ("$", "$..*")]
    shuffled = shuffle(document, random.Random(seed))  # noqa: S311  reproducible on purpose

    found = compare(document, shuffled, *rules)

    assert [d for d in found if d.ignored_by is None] == []


def shuffle(document: Any, chance: random.Random) -> Any:
    if isinstance(document, dict):
        return {name: shuffle(value, chance) for name, value in document.items()}
    if isinstance(document, list):
        elements = [shuffle(element, chance) for element in document]
        chance.shuffle(elements)
        return elements
    return document


def test_naughty_strings_are_compared_as_values_and_as_names() -> None:
    strings = json.loads(next(corpora("naughty-strings").glob("*.json")).read_text())
    one = {"values": strings, "names": dict.fromkeys(strings, 1)}
    other = {"values": [text + "x" for text in strings], "names": dict.fromkeys(strings, 2)}

    assert compare(one, one) == []
    assert len(
        [d for d in compare(one["names"], other["names"]) if d.kind == "value-changed"]
    ) == len(set(strings))
    assert compare(one["values"], other["values"])
    for text in strings:
        rule = Rule(id="r", kind="ignore", reason="", path=f"$[{json.dumps(text)}]")
        assert {d.ignored_by for d in compare({text: 1}, {text: 2}, rule)} == {"r"}


def test_depth_of_ten_thousand_is_walked_and_reported() -> None:
    deep = b'{"a":[' * 5000 + b"%d" + b"]}" * 5000
    rule = Rule(id="r", kind="ignore", reason="", path="$..b")

    comparison = Comparer([rule]).compare(response(body=deep % 1), response(body=deep % 2))

    [difference] = comparison.differences
    assert difference.path.count("a") == 5000
    assert (difference.baseline, difference.candidate) == (1, 2)


def test_depth_of_ten_thousand_in_lists_of_two_is_aligned() -> None:
    deep = b"[0," * 5000 + b"%d" + b"]" * 5000

    comparison = Comparer().compare(response(body=deep % 1), response(body=deep % 2))

    assert not comparison.equal
