import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.secrets.places import (
    Location,
    Selection,
    general_path,
    is_json,
    path_problem,
    rewrite,
)

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def unchanged(_: Location, token: str) -> str:
    return token


@given(DOCUMENTS, st.sampled_from([None, 2]), st.booleans())
def test_a_document_of_which_nothing_is_replaced_keeps_every_byte(
    document: object, indent: int | None, is_ascii: bool
) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=is_ascii)

    assert rewrite(text, leaf=unchanged, name=unchanged) == text


@given(DOCUMENTS)
def test_every_leaf_is_given_with_its_place(document: object) -> None:
    found: dict[Location, str] = {}

    def leaf(location: Location, token: str) -> str:
        found[location] = token
        return token

    rewrite(json.dumps(document), leaf=leaf, name=unchanged)

    assert {place: json.loads(token) for place, token in found.items()} == dict(leaves(document))


def leaves(node: object, *above: str | int) -> list[tuple[Location, object]]:
    if isinstance(node, dict):
        return [one for key, child in node.items() for one in leaves(child, *above, key)]
    if isinstance(node, list):
        return [one for at, child in enumerate(node) for one in leaves(child, *above, at)]
    return [(above, node)]


def test_only_what_is_replaced_changes() -> None:
    text = '{ "a" : [1.50,\t"x\\u0041", {}],"a":null }'

    assert rewrite(
        text, leaf=lambda _, token: "2" if token == "null" else token, name=unchanged
    ) == text.replace("null", "2")
    assert rewrite(text, leaf=unchanged, name=lambda *_: '"b"') == text.replace('"a"', '"b"')


@pytest.mark.parametrize(
    ("path", "chosen"),
    [
        ("$.a", {("a", "b"), ("a", "c", 0), ("a", "c", 1)}),
        ("$.a.c[*]", {("a", "c", 0), ("a", "c", 1)}),
        ("$..b", {("a", "b"), ("b",)}),
        ("$", {("a", "b"), ("a", "c", 0), ("a", "c", 1), ("b",)}),
        ("$.x", set()),
        ("$.a.c[?@ > 2]", {("a", "c", 1)}),
    ],
)
def test_a_path_chooses_where_it_leads_and_all_below(path: str, chosen: set[Location]) -> None:
    document = {"a": {"b": 1, "c": [2, 3]}, "b": 4}
    selection = Selection(json.dumps(document), [path])

    assert {place for place, _ in leaves(document) if selection.holds(place)} == chosen


def test_without_paths_nothing_is_chosen_and_nothing_parsed() -> None:
    assert not Selection("no JSON", []).holds(())


@pytest.mark.parametrize(
    ("text", "holds"),
    [("{}", True), (" [1]\n", True), ('"a"', True), ("", False), ("{", False), ("abc", False)],
)
def test_a_json_document_is_told_from_other_text(text: str, holds: bool) -> None:
    assert is_json(text) is holds


def test_what_is_nested_too_deeply_is_taken_for_text() -> None:
    assert not is_json("[" * 500_000 + "]" * 500_000)


def test_a_wrong_path_is_explained() -> None:
    assert path_problem("$.a[*].b") is None
    assert path_problem("a.b") is not None
    assert "starts with '$'" in str(path_problem("a.b"))


def test_a_place_is_shown_without_positions() -> None:
    assert general_path(("a", 0, "b c", "d")) == '$.a[*]["b c"].d'
