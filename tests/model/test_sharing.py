import copy
import json
import re
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.compare.documents import parse_json
from shadowpact.compare.walk import walk
from shadowpact.model import sharing
from shadowpact.model.sharing import (
    MIN_BYTES,
    REMEMBERED_BYTES,
    UNKNOWN,
    InexactError,
    parse_both,
    parse_exactly,
    parse_like,
    remembered,
)

LONG = "x" * MIN_BYTES


def like(one: Any, text: bytes) -> Any:
    written = orjson.dumps(one)
    return parse_like(parse_exactly(written), written, text)


def types_of(value: Any) -> Any:
    """The value with the type of everything in it, which ``==`` does not look at."""
    if isinstance(value, dict):
        return {name: types_of(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [types_of(inner) for inner in value]
    return (type(value), repr(value))


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"b":1,"a":2}',
        b'{"a":[{"b":2,"b":2}]}',
        b'{"a":1,"b":{"c":1,"c":1}}',
        b'{"a": 1}',
        b'{"a":1 }',
        b' {"a":1}',
        b'{"a":1}\n',
        b'{"\\u0061":1}',
        b'{"a":"\\u0061"}',
        b'{"a":1.00}',
        b'{"a":1e2}',
        b'{"a":0.10000000000000000000001}',
        b'{"a":2,"b":1.00}',
        b'{"b":1.00}',
        b'{"b":1,"b":1}',
        b"1.00",
    ],
)
def test_what_an_encoder_would_not_write_is_never_taken(text: bytes) -> None:
    for one in ({"a": 1}, {"a": 1, "b": 1}, {"a": [{"b": 2}]}, {}, [1], 1):
        with pytest.raises((InexactError, msgspec.DecodeError)):
            like(one, text)


@pytest.mark.parametrize(
    "text", [b'{"a":[1 ,{}]}', b'{"a":[{},1,\n{}]}', b'{"a":[{},{"b":1,"b":1}]}']
)
def test_nor_is_it_in_a_list(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MIN_BYTES", 0)
    ones: list[Any] = [{"a": [{}, {}]}, {"a": [{}, 1, {}]}, {"a": [{}, {"b": 1}]}]
    for one in ones:
        with pytest.raises(InexactError):
            like(one, text)


def test_what_is_written_alike_is_one_object() -> None:
    rows = [{"n": n, "text": LONG, "in": {"a": n}} for n in range(3)]
    one: dict[str, Any] = {"same": {"a": [1]}, "long": rows}
    other = copy.deepcopy(one)
    other["long"][1]["n"] = 7

    document = parse_exactly(orjson.dumps(one))
    candidate = parse_like(document, orjson.dumps(one), orjson.dumps(other))

    assert candidate == other
    assert candidate["same"] is document["same"]
    assert candidate["long"][0] is document["long"][0]
    assert candidate["long"][1] is not document["long"][1]
    assert candidate["long"][1]["in"] is document["long"][1]["in"]
    assert document == one


@pytest.mark.parametrize("count", [1, 9])
def test_elements_that_moved_are_still_shared(count: int) -> None:
    one = [{"n": n, "text": LONG} for n in range(20)]
    other = [*one[count:], *one[:count], {"n": "new"}]

    document = parse_exactly(orjson.dumps(one))
    candidate = parse_like(document, orjson.dumps(one), orjson.dumps(other))

    assert candidate == other
    assert all(any(value is known for known in document) for value in candidate[:-1])


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (1, 1.0), (0.0, -0.0), (0, False), ([1], [True]), ({}, [])]
)
def test_values_that_are_equal_to_python_are_not_shared(one: Any, other: Any) -> None:
    candidate = like({"a": one, "b": [one]}, orjson.dumps({"a": one, "b": [other]}))

    assert types_of(candidate) == types_of({"a": one, "b": [other]})


def test_a_member_that_only_one_side_has_is_there_or_not() -> None:
    one = {"a": {"x": 1}, "b": 2}

    assert like(one, b'{"a":{"x":1}}') == {"a": {"x": 1}}
    assert like(one, b'{"c":[],"a":{"x":1},"b":3}') == {"c": [], "a": {"x": 1}, "b": 3}
    assert like(one, b"{}") == {}
    assert like({}, b'{"a":1}') == {"a": 1}
    assert like(one, b'{"a":{"x":1},"d":2}') == {"a": {"x": 1}, "d": 2}


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.0, -0.0, 1.0, 0.5, 2**63, 2**70]),
    st.sampled_from(
        ["", "a", '"', "\\", "\n", "\x1f", "é", "😀", '",":1,"', "}", ":", "a/b", "\\/", "\\\\/"]
    ),
)
NAMES = st.sampled_from(["a", "b", "", '"', "\\", "é", ",", ":", "}", "\n"])
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """A document and another, most often the same with some places changed."""
    one = draw(DOCUMENTS)
    if draw(st.integers(0, 4)) == 0:
        return one, draw(DOCUMENTS)
    other = one
    for _ in range(draw(st.integers(1, 3))):
        other = altered(draw, other)
    return one, other


def altered(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: altered(draw, value[name])}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], altered(draw, value[at]), *value[at + 1 :]]
    if isinstance(value, dict):
        return {**dict(list(value.items())[1:]), draw(NAMES): draw(SCALARS)}
    return [draw(SCALARS), *value[1:]] if isinstance(value, list) else draw(SCALARS)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(pairs(), st.sampled_from([0, 20, MIN_BYTES]))
def test_a_shared_document_is_the_document(pair: tuple[Any, Any], least: int) -> None:
    one, other = pair
    texts = [json.dumps(side, ensure_ascii=False, separators=(",", ":")).encode() for side in pair]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "MIN_BYTES", least)
        documents = parse_both(texts[0], texts[1])

    if documents is not None:
        assert types_of(documents[0]) == types_of(one)
        assert types_of(documents[1]) == types_of(other)
        expected = walk(parse_json(texts[0]), parse_json(texts[1]))
        assert summary(walk(*documents)) == summary(expected)


def summary(found: Any) -> list[Any]:
    return sorted((repr(item.tokens), item.kind) for item in found)


SWAPS = [
    (b"1", b"1.00"),
    (b":", b": "),
    (b'"a"', b'"\\u0061"'),
    (b",", b",\n"),
    (b"/", b"\\/"),
    (b"{", b"{\n  "),
    (b"}", b"/}"),
    (b'"', b'"\\/'),
    (b":", b": 0"),
    (b"\\", b""),
]


@settings(max_examples=500, derandomize=True, deadline=None)
@given(
    pairs(),
    st.lists(st.tuples(st.sampled_from(SWAPS), st.integers(0, 5)), min_size=1, max_size=3),
    st.booleans(),
)
def test_a_text_with_anything_else_in_it_is_what_another_parser_says_or_parsed_by_itself(
    pair: tuple[Any, Any], swaps: list[tuple[tuple[bytes, bytes], int]], is_first: bool
) -> None:
    one, other = [json.dumps(s, ensure_ascii=False, separators=(",", ":")).encode() for s in pair]
    text = one if is_first else other
    for swap, at in swaps:
        parts = text.split(swap[0])
        if len(parts) > at + 1:
            text = swap[0].join(parts[: at + 1]) + swap[1] + swap[0].join(parts[at + 1 :])
    documents = parse_both(text, other) if is_first else parse_both(one, text)

    if documents is not None:
        document = documents[not is_first]
        assert sorted(orjson.dumps(document)) == sorted(without_space(text))  # in any order
        assert types_of(document) == types_of(json.loads(text))


_STRING_OR_SPACE = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+')


def without_space(text: bytes) -> bytes:
    """The text without white space between its tokens and with its slashes as they are."""
    return _STRING_OR_SPACE.sub(lambda found: with_slashes(found[1] or b""), text)


def with_slashes(string: bytes) -> bytes:
    return re.sub(rb"(\\[^/])|\\/", lambda found: found[1] or b"/", string)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1, "b": [{"c": "x y"}, {}]}',
        b'{\n  "a": 1,\n  "b": [\n    {\n      "c": "x y"\n    },\n    {}\n  ]\n}\n',
        b'{"a":1,"b":[{"c":"x y"},{}]}\n',
    ],
)
def test_white_space_keeps_nothing_from_being_shared(text: bytes) -> None:
    documents = parse_both(b'{"a":2,"b":[{"c":"x y"},{}]}', text)

    assert documents == ({"a": 2, "b": [{"c": "x y"}, {}]}, {"a": 1, "b": [{"c": "x y"}, {}]})
    assert documents[0]["b"] is documents[1]["b"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (rb'{"a":"\/orders\/1"}', "/orders/1"),
        (rb'{"a":"\/\"\/"}', '/"/'),
        (rb'{"a":"\"\/"}', None),
        (rb'{"a":"\\\/x"}', None),
        (rb'{"a":"\\/x"}', "\\/x"),
        (rb'{"a":"x\\\\/"}', "x\\\\/"),
        (rb'{"a":"\/\\/"}', None),
        (rb'{"a":"\/\\\/"}', "/\\/"),
        (rb'{"a":1\/2}', None),
    ],
)
def test_a_slash_may_be_escaped(text: bytes, value: str | None) -> None:
    documents = parse_both(text, b'{"a":""}')

    assert documents == (None if value is None else ({"a": value}, {"a": ""}))


def test_white_space_around_a_document_does_not_matter() -> None:
    assert parse_both(b'{"a":1}\n', b'{"a":2}') == ({"a": 1}, {"a": 2})
    assert parse_both(b'{"a":1}\x0b', b'{"a":2}') is None


@settings(max_examples=300, derandomize=True, deadline=None)
@given(pairs())
def test_a_document_is_what_another_parser_makes_of_its_text(pair: tuple[Any, Any]) -> None:
    texts = [json.dumps(side, ensure_ascii=False, separators=(",", ":")).encode() for side in pair]
    documents = parse_both(texts[0], texts[1])

    if documents is not None:
        assert [types_of(one) for one in documents] == [types_of(orjson.loads(t)) for t in texts]
        assert written_names(documents[0]) == written_names(orjson.loads(texts[0]))


def written_names(value: Any) -> list[str]:
    """The names of all members, in their order."""
    if isinstance(value, dict):
        return [name for key, inner in value.items() for name in (key, *written_names(inner))]
    return [name for inner in value for name in written_names(inner)] if type(value) is list else []


def test_the_last_pair_is_parsed_once() -> None:
    documents = parse_both(b'{"a":{"b":1}}', b'{"a":{"b":2}}')

    assert documents is not None
    assert parse_both(bytes(bytearray(b'{"a":{"b":1}}')), b'{"a":{"b":2}}') is documents
    assert parse_both(b'{"a":{"b":1}}', b'{"a":{"b":3}}') == ({"a": {"b": 1}}, {"a": {"b": 3}})


def test_the_first_document_of_the_last_pair_is_remembered() -> None:
    documents = parse_both(b'{"a":1}\n', b'{"a":2}')

    assert documents is not None
    assert remembered(b'{"a":1}\n') is documents[0]
    assert remembered(b'{"a":1}') is UNKNOWN
    assert remembered(b'{"a":2}') is UNKNOWN  # its members may stand in the order of the first
    assert parse_both(b'{"a":1.00}', b'{"a":2}') is None
    assert remembered(b'{"a":1.00}') is UNKNOWN
    assert remembered(b'{"a":1}\n') is UNKNOWN


def test_long_texts_are_not_remembered() -> None:
    long = orjson.dumps({"a": "x" * REMEMBERED_BYTES})
    before = parse_both(b'{"a":1}', b'{"a":2}')

    for texts in ((long, b'{"a":1}'), (b'{"a":1}', long)):
        assert parse_both(*texts) == tuple(map(orjson.loads, texts))
        assert parse_both(b'{"a":1}', b'{"a":2}') is before
