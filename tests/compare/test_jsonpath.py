import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.compare.jsonpath import Automaton, parse
from shadowpact.compare.paths import Token
from shadowpact.errors import ConfigError
from support.corpora import corpora


def cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((corpora("jsonpath") / "cts.json").read_text())[
        "tests"
    ]
    return found


def is_valid(selector: str) -> bool:
    try:
        parse(selector, where="test")
    except ConfigError:
        return False
    return True


def test_the_compliance_suite_is_refused_and_read_as_it_says() -> None:
    wrong = [
        case["name"]
        for case in cases()
        if is_valid(case["selector"]) == case.get("invalid_selector", False)
    ]

    assert wrong == []


def test_the_library_finds_what_the_compliance_suite_expects() -> None:
    wrong = []
    for case in cases():
        if case.get("invalid_selector"):
            continue
        places = parse(case["selector"], where="test").locate(case["document"])
        values = [at(case["document"], place) for place in places]
        if values not in case.get("results", [case.get("result")]):
            wrong.append(case["name"])

    assert wrong == []


def at(document: Any, place: tuple[Token, ...]) -> Any:
    for token in place:
        document = document[token]
    return document


def followed(text: str, document: Any) -> set[tuple[Token, ...]] | None:
    """Every place the automaton says a path leads to; ``None`` when the library has to."""
    steps = parse(text, where="test").steps
    if steps is None:
        return None
    automaton = Automaton([steps])
    places: set[tuple[Token, ...]] = set()
    todo: list[tuple[tuple[Token, ...], Any, int]] = [((), document, 0)]
    while todo:
        place, value, state = todo.pop()
        if automaton.ends_at(state, 0):
            places.add(place)
        inner: list[tuple[Token, Any]] = []
        if isinstance(value, dict):
            inner = list(value.items())
        elif isinstance(value, list):
            inner = list(enumerate(value))
        for token, child in inner:
            todo.append(((*place, token), child, automaton.step(state, token, len(value))))
    return places


def test_the_automaton_finds_what_the_library_finds() -> None:
    wrong, count = [], 0
    for case in cases():
        if case.get("invalid_selector"):
            continue
        places = followed(case["selector"], case["document"])
        if places is None:
            continue
        count += 1
        if places != set(parse(case["selector"], where="test").locate(case["document"])):
            wrong.append(case["name"])

    assert wrong == []
    assert count > 150


NAMES = st.sampled_from(["a", "b", "", "é", "a.b", "x'y", 'q"', "\\", "0", "*", "\u2028", "😀"])
DOCUMENTS = st.recursive(
    st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
SELECTORS = st.one_of(
    NAMES.map(json.dumps),
    st.just("*"),
    st.integers(-3, 3).map(str),
    st.tuples(
        st.integers(-3, 3) | st.just(""), st.integers(-3, 3) | st.just(""), st.integers(-2, 2)
    ).map(lambda s: f"{s[0]}:{s[1]}:{s[2]}"),
)
PATHS = st.lists(
    st.tuples(st.sampled_from(["", ".."]), st.lists(SELECTORS, min_size=1, max_size=2)), max_size=4
).map(lambda parts: "$" + "".join(f"{dots}[{','.join(s)}]" for dots, s in parts))


@settings(max_examples=150, derandomize=True, deadline=None)
@given(PATHS, DOCUMENTS)
def test_any_common_path_is_followed_as_the_library_does(path: str, document: Any) -> None:
    assert followed(path, document) == set(parse(path, where="test").locate(document))


def test_a_filter_is_left_to_the_library() -> None:
    assert parse("$.items[?@.price > 1].price", where="test").steps is None


@pytest.mark.parametrize(
    ("text", "position"), [("a.b", 1), ("$.a[", 5), ("$.a b", 5), ("$[01]", 3), ("", 1)]
)
def test_a_bad_path_is_refused_with_its_place_and_character(text: str, position: int) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, where="shadowpact.toml:3: rule 'r'")

    assert str(caught.value).startswith(
        f"shadowpact.toml:3: rule 'r': path {text!r} is not valid at character {position}: "
    )


def test_a_path_that_has_matched_stays_matched_below() -> None:
    steps = parse("$.a", where="test").steps
    assert steps is not None
    automaton = Automaton([steps])

    at_a = automaton.step(0, "a", 0)
    below = automaton.step(automaton.step(at_a, 3, 9), "x", 0)

    assert automaton.matched(at_a) == automaton.matched(below) == (0,)
    assert automaton.ends_at(at_a, 0)
    assert not automaton.ends_at(below, 0)
    assert not automaton.is_alive(automaton.step(0, "b", 0))


def test_names_that_no_path_mentions_share_a_state() -> None:
    steps = parse("$..a", where="test").steps
    assert steps is not None
    automaton = Automaton([steps])

    states = {automaton.step(0, f"name {n}", 0) for n in range(100)}

    assert len(states) == 1
