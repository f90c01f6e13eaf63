from typing import Any

import pytest

from shadowpact.contracts import paths
from shadowpact.contracts.paths import EVERY_ITEM, EVERY_NAME, MISSING


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", ()),
        ("$.a.b", ("a", "b")),
        ("$.items[2].price", ("items", 2, "price")),
        ("$.items[*].price", ("items", EVERY_ITEM, "price")),
        ('$["a.b"]["say \\"hi\\""]', ("a.b", 'say "hi"')),
        ("$['a.b']", ("a.b",)),
        ("$['it\\'s']", ("it's",)),
        ("$.m.*.n", ("m", EVERY_NAME, "n")),
        ("$[0]", (0,)),
    ],
)
def test_our_paths_and_pacts_are_read(path: str, steps: paths.Steps) -> None:
    assert paths.parse(path) == steps


@pytest.mark.parametrize("path", ["", "a.b", "$a", "$.a[", "$[x]"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        paths.parse(path)


@pytest.mark.parametrize("path", ["$", "$.a[*].b", '$["a.b"][3]', "$.m.*.n"])
def test_what_is_shown_reads_back(path: str) -> None:
    assert paths.show(paths.parse(path)) == path


def test_a_rule_path_is_in_pacts_notation() -> None:
    assert paths.rule_path(("a.b", EVERY_ITEM, "c", EVERY_NAME)) == "$['a.b'][*].c.*"


def test_positions_are_generalised() -> None:
    assert paths.general(("a", 3, EVERY_NAME, "7")) == ("a", EVERY_ITEM, EVERY_NAME, "7")


@pytest.mark.parametrize("steps", [("it's",), ("",)])
def test_places_that_pact_cannot_name_are_known(steps: paths.Steps) -> None:
    assert not paths.can_be_ruled(steps)
    assert paths.can_be_ruled(("a", EVERY_ITEM, 'say "hi"'))


def test_the_same_place_is_known_in_all_spellings() -> None:
    assert paths.is_same_place(("a", 3), ("a", EVERY_ITEM))
    assert paths.is_same_place(("m", "17"), ("m", EVERY_NAME))
    assert paths.is_same_place(("m", 17), ("m", "17"))
    assert not paths.is_same_place(("a", "x"), ("a", EVERY_ITEM))
    assert not paths.is_same_place(("a",), ("a", "b"))


def test_a_place_is_within_itself_and_those_above() -> None:
    assert paths.is_within(("a", 1, "b"), ("a", EVERY_ITEM))
    assert paths.is_within(("a",), ("a",))
    assert not paths.is_within(("a",), ("a", "b"))


@pytest.mark.parametrize(
    ("node", "path", "found"),
    [
        ({"a": {"b": 1}}, "$.a.b", [1]),
        ({"l": [{"p": 1}, {}, {"p": 3}]}, "$.l[*].p", [1, MISSING, 3]),
        ({"l": []}, "$.l[*].p", []),
        ({"m": {"1": {"n": 1}, "2": {"n": 2}}}, "$.m.*.n", [1, 2]),
        ({"a": 1}, "$.a.b", [MISSING]),
        ({"a": {}}, "$.a[*]", [MISSING]),
        ([1, 2], "$[1]", [2]),
        ([1], "$[1]", [MISSING]),
        (5, "$", [5]),
    ],
)
def test_values_are_found_at_generalised_places(node: Any, path: str, found: list[Any]) -> None:
    assert paths.values_at(node, paths.parse(path)) == found
