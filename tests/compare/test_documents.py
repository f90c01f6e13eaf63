import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.compare.documents import parse_json, parse_text
from shadowpact.compare.numeric import Number
from shadowpact.model.encoding import UndecodableError
from support.corpora import corpora


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1", 1),
        (b"1.0", Number("1.0")),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"0.1000000000000000055511151231257827", Number("0.1000000000000000055511151231257827")),
        (b"1e400", Number("1e400")),
        (b"true", True),
        (b"null", None),
        (b'"\\u00e9\\ud83d\\ude00"', "é😀"),
        (b"\xef\xbb\xbf[]", []),
        (b'{"a\\u003ab": ":"}', {"a:b": ":"}),
        (b"1e99999999999999999999", Number("1e99999999999999999999")),
        (b"9" * 5000, Number("9" * 5000)),
    ],
)
def test_a_value_is_exactly_what_is_written(text: bytes, expected: Any) -> None:
    actual = parse_json(text)

    assert (type(actual), actual) == (type(expected), expected)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b'{"a": 1, "a": 2}', "the name 'a' is there twice in one object (character 10)"),
        (b'{"a": {"b": 1, "b" : 1}}', "the name 'b' is there twice"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b"NaN", "NaN is not a JSON value"),
        (b"[1, -Infinity]", "not a number"),
        (b'{"a": 1} x', "text after the document's end"),
        (b"", "the text ends early"),
        (b"[1,]", "not a JSON value"),
        (b'"a', "a string that does not end"),
        (b'"\xff"', "not UTF-8 at byte 2"),
        (b"{1: 2}", "expected a name in double quotes"),
        (b'{"a" 2}', "expected ':'"),
        (b"[1 2]", "expected ',' or ']'"),
    ],
)
def test_what_is_wrong_is_named(text: bytes, problem: str) -> None:
    with pytest.raises(UndecodableError) as caught:
        parse_json(text)

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "text", [b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000]
)
def test_depth_does_not_matter(text: bytes) -> None:
    document = parse_json(text)

    depth = 0
    while isinstance(document, (dict, list)) and document:
        document = document["a"] if isinstance(document, dict) else document[0]
        depth += 1
    assert depth >= 9_999


def test_text_that_utf8_cannot_hold_is_named() -> None:
    with pytest.raises(UndecodableError, match="half a surrogate pair"):
        parse_text('"\ud800"')


def is_read_bytes(text: bytes) -> bool:
    try:
        parse_json(text)
    except UndecodableError:
        return False
    return True


def suite() -> list[Any]:
    folder = corpora("jsontestsuite") / "test_parsing"
    return sorted(folder.iterdir())


def test_the_json_test_suite_is_read_and_refused_as_it_says() -> None:
    """The two texts with repeated names are JSON, but nobody can say which member counts."""
    wrong = {}
    for path in suite():
        accepted = is_read_bytes(path.read_bytes())
        if path.name[0] != "i" and accepted != (path.name[0] == "y"):
            wrong[path.name] = accepted

    assert wrong == {
        "y_object_duplicated_key.json": False,
        "y_object_duplicated_key_and_value.json": False,
    }


JSON_TEXT = st.text(
    alphabet=st.sampled_from('{}[]",:\\ \n0123456789-+.eEtrufalsn\u00e9\ud83d'), max_size=30
)


@settings(max_examples=200, derandomize=True)
@given(JSON_TEXT)
def test_any_text_is_read_exactly_when_the_standard_parser_reads_it(text: str) -> None:
    assert is_read_bytes(text.encode("utf-8", "surrogatepass")) == is_strict_json(text)


def is_strict_json(text: str) -> bool:
    """By the standard library, told to be strict about constants, repeated names, surrogates."""
    try:
        json.loads(text, parse_constant=refuse, object_pairs_hook=without_repeats)
        text.encode()
    except ValueError:
        return False
    return True


def refuse(constant: str) -> None:
    raise ValueError(constant)


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("repeated")
    return members
