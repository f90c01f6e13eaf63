import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.beside.documents import facing_documents
from shadowpact.beside.pairing import MAX_LEVELS, Piece
from shadowpact.compare.documents import parse_text
from shadowpact.compare.paths import render
from shadowpact.compare.walk import align_by_content, walk
from shadowpact.report.bodies import Line

DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.5, "", "a", 'q"é'])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "", "a.b", "id"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def pieces(one: Any, other: Any) -> list[Piece]:
    ours, theirs = (parse_text(json.dumps(document)) for document in (one, other))
    return list(facing_documents(ours, theirs, align_by_content))


def written(line: Line | None) -> str:
    return "" if line is None else line.lead + line.value + line.tail


def rows(one: Any, other: Any) -> list[tuple[str, str]]:
    return [(written(p.baseline).strip(), written(p.candidate).strip()) for p in pieces(one, other)]


def test_what_belongs_together_is_on_one_line() -> None:
    assert rows({"a": 1, "b": [1, 2]}, {"b": [1, 3], "c": {}, "a": 1}) == [
        ("{", "{"),
        ('"a": 1,', '"a": 1,'),
        ('"b": [', '"b": ['),
        ("1,", "1,"),
        ("2", "3"),
        ("]", "],"),
        ("", '"c": {}'),
        ("}", "}"),
    ]


def test_an_element_that_moved_stands_opposite_itself() -> None:
    one, other = [{"id": 1, "v": 1}, {"id": 2, "v": 2}], [{"id": 2, "v": 2}, {"id": 1, "v": 5}]

    assert ('"v": 1', '"v": 5') in rows(one, other)
    assert ('"id": 2,', '"id": 2,') in rows(one, other)


def test_all_of_what_one_side_has_is_part_of_one_difference() -> None:
    found = pieces({"a": {"b": [1]}}, {})

    assert {piece.spots for piece in found[1:-1]} == {(("$.a", False),)}
    assert {piece.spots for piece in pieces([], [{"x": 1}])[1:-1]} == {(("$[0]", True),)}


def test_an_object_against_a_scalar_begins_on_one_line() -> None:
    found = rows({"a": [1, 2]}, {"a": 7})[1:-1]

    assert found == [('"a": [', '"a": 7'), ("1,", ""), ("2", ""), ("]", "")]


def test_a_token_is_shown_by_its_claims() -> None:
    one = "eyJhIjoxfQ.eyJzdWIiOiJhbm4ifQ.sig"  # {"a":1} and {"sub":"ann"}
    other = "eyJhIjoxfQ.eyJzdWIiOiJib2IifQ.gis"
    found = rows({"t": one}, {"t": other})

    assert found[1] == ('"t": JWT {', '"t": JWT {')
    assert ('"sub": "ann"', '"sub": "bob"') in found


def test_what_is_too_deep_is_one_line_that_stands_for_all_below() -> None:
    deep: Any = 1
    for _ in range(MAX_LEVELS + 5):
        deep = [deep]
    found = pieces(deep, deep)
    (innermost,) = [piece for piece in found if piece.is_whole]

    assert written(innermost.baseline).strip() == "[ 1 elements ]"
    assert len(found) == 2 * MAX_LEVELS + 1


@pytest.mark.parametrize("text", ["1.00", "1e2", "123456789012345678901234567890.5"])
def test_numbers_stay_as_they_were_written(text: str) -> None:
    (piece,) = facing_documents(parse_text(text), parse_text(text), align_by_content)

    assert written(piece.baseline) == text


@settings(max_examples=200, derandomize=True, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_each_side_reads_as_the_whole_document(one: Any, other: Any) -> None:
    found = pieces(one, other)

    assert json.loads("\n".join(written(piece.baseline) for piece in found)) == one
    assert json.loads("\n".join(written(piece.candidate) for piece in found)) == other


@settings(max_examples=200, derandomize=True, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_every_difference_of_the_walk_has_a_line(one: Any, other: Any) -> None:
    spots = {spot for piece in pieces(one, other) for spot in piece.spots}
    ours, theirs = (parse_text(json.dumps(document)) for document in (one, other))

    for found in walk(ours, theirs):
        assert (render(found.tokens), found.kind == "added") in spots
