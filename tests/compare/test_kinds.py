from typing import Any

import pytest

from shadowpact.compare.found import ABSENT, Found, kind_of
from shadowpact.compare.kinds import CHECKS, COVERS, map_hosts
from shadowpact.compare.numeric import Number
from shadowpact.compare.settings import RULE_KINDS, Rule


def covers(kind: str, one: Any, other: Any, **fields: Any) -> bool:
    rule = Rule(id="r", kind=kind, reason="", path="$", **fields)
    found = Found(None, None, kind_of(one, other) or "value-changed", one, other)
    return COVERS[kind](rule, found)


@pytest.mark.parametrize(
    ("one", "other", "held"),
    [
        ("2024-01-01T00:00:00Z", "2025-06-01T10:00:00.123+02:00", True),
        ("2024-01-01T00:00:00Z", "yesterday", False),
        ("4a9f0c0e-7d9e-4b0a-8a55-0d0c2d7b1f00", "00000000-0000-0000-0000-000000000000", True),
        ("4a9f0c0e-7d9e-4b0a-8a55-0d0c2d7b1f00", "null", False),
        ("12", "13", True),
        ("12", "abc", False),
        ("some text", "other text", True),
        (1, 2, True),
        (1, Number("2.0"), True),
        (1, Number("2.5"), False),
        (Number("1.5"), 2, True),
        (1, "1", False),
        (1, None, False),
        ("a", ABSENT, False),
        ("", "text", False),
    ],
)
def test_shape_frees_the_value_and_holds_type_and_format(one: Any, other: Any, held: bool) -> None:
    assert covers("shape", one, other) is held


@pytest.mark.parametrize(
    ("one", "other", "fields", "covered"),
    [
        (Number("10.00"), Number("10.01"), {"absolute": 0.01}, True),
        (Number("10.00"), Number("10.011"), {"absolute": 0.01}, False),
        (100, 101, {"relative": 0.01}, True),
        (100, 102, {"relative": 0.01}, False),
        (0, 1, {"relative": 0.5}, False),
        (1, "1", {"absolute": 0.5}, False),
        (1, "1.0", {"cross_type": True}, True),
        (1, "1.2", {"cross_type": True, "absolute": 0.2}, True),
        (1, "one", {"cross_type": True}, False),
        (1, True, {"absolute": 1}, False),
        (1, None, {"absolute": 1}, False),
        (1, Number("1e999999"), {"absolute": 1}, False),
    ],
)
def test_number_allows_what_it_is_told_and_no_more(
    one: Any, other: Any, fields: dict[str, Any], covered: bool
) -> None:
    assert covers("number", one, other, **fields) is covered


@pytest.mark.parametrize(
    ("one", "other", "fields", "covered"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", {}, True),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", {}, False),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z", {"tolerance_ms": 1000}, True),
        ("2024-01-01T00:00:00Z", 1704067200, {}, True),
        ("2024-01-01T00:00:00Z", 1704067200000, {}, True),
        ("2024-01-01T00:00:00Z", "Mon, 01 Jan 2024 00:00:00 GMT", {}, True),
        ("2024-01-01T01:00:00", "2024-01-01T00:00:00Z", {"zone": "Europe/Vienna"}, True),
        ("01.01.2024", "2024-01-01", {"formats": ("%d.%m.%Y", "rfc3339")}, True),
        ("2024-01-01T00:00:00Z", 1704067200, {"formats": ("rfc3339",)}, False),
        ("soon", "later", {"tolerance_ms": 1e12}, False),
        (None, "2024-01-01T00:00:00Z", {}, False),
        (True, 1, {"formats": ("epoch-s",)}, False),
        (10**400, 10**399, {"tolerance_ms": 1}, False),
    ],
)
def test_time_compares_moments(one: Any, other: Any, fields: dict[str, Any], covered: bool) -> None:
    assert covers("time", one, other, **fields) is covered


@pytest.mark.parametrize(
    ("one", "other", "fields", "covered"),
    [
        ("Straße", "STRASSE", {"case": False}, True),
        ("a  b\n", " a b", {"white_space": False}, True),
        ("é", "e\u0301", {"unicode_form": "NFC"}, True),
        ("a", "b", {"case": False}, False),
        ("order 12 of 9", "order 12 of 8", {"pattern": r"order (\d+) of \d+"}, True),
        ("order 12 of 9", "order 13 of 9", {"pattern": r"order (\d+) of \d+"}, False),
        ("order", "other", {"pattern": r"order"}, False),
        (1, "1", {"case": False}, False),
    ],
)
def test_text_folds_what_it_is_told(
    one: Any, other: Any, fields: dict[str, Any], covered: bool
) -> None:
    assert covers("text", one, other, **fields) is covered


def test_an_evil_pattern_ends_in_linear_time() -> None:
    assert not covers("text", "a" * 5000 + "b", "a" * 5000, pattern="(a+)+$")


@pytest.mark.parametrize(
    ("one", "other", "values", "covered"),
    [
        (None, ABSENT, (), True),
        (ABSENT, None, ("null", "missing"), True),
        ("", None, ("null", "missing"), False),
        ("", None, ("null", "empty"), True),
        ([], ABSENT, ("missing", "empty"), True),
        (0, None, ("null", "empty"), False),
        (False, ABSENT, ("missing", "empty"), False),
    ],
)
def test_nullish_takes_chosen_kinds_of_nothing_for_each_other(
    one: Any, other: Any, values: tuple[str, ...], covered: bool
) -> None:
    assert covers("nullish", one, other, values=values) is covered


@pytest.mark.parametrize(
    ("one", "other", "hosts", "covered"),
    [
        ("http://old.test/a?b=1", "http://new.test:81/a?b=1", {"old.test": "new.test:81"}, True),
        ("http://old.test/a", "http://new.test/b", {"old.test": "new.test"}, False),
        ("http://old.test.evil/a", "http://new.test.evil/a", {"old.test": "new.test"}, False),
        ("http://old.test/a", "https://new.test/a", {"http://old.test": "https://new.test"}, True),
        ("http://old.test/a", "https://new.test/a", {}, True),
        ("http://old.test/a", "https://new.test/a/", {}, False),
        ("/a%7Eb", "/a~b", {}, True),
        (1, 1.5, {}, False),
    ],
)
def test_url_maps_hosts(one: Any, other: Any, hosts: dict[str, str], covered: bool) -> None:
    assert covers("url", one, other, hosts=hosts) is covered


def test_every_host_in_a_text_is_mapped() -> None:
    text = "<http://a.test/1>; rel=next, <http://a.test/2>; rel=last"

    assert map_hosts(text, {"a.test": "b.test"}).count("//b.test/") == 2


def test_unordered_covers_the_order_alone() -> None:
    rule = Rule(id="r", kind="unordered", reason="", path="$")

    assert COVERS["unordered"](rule, Found(None, None, "order-changed", [1, 2], [2, 1]))
    assert not COVERS["unordered"](rule, Found(None, None, "value-changed", 1, 2))


def test_every_kind_covers_aligns_or_asserts() -> None:
    assert set(COVERS) | {"key", "rename", "move", "map", "convert"} == set(RULE_KINDS)


@pytest.mark.parametrize(
    ("kind", "fields", "problem"),
    [
        ("number", {}, "needs 'absolute'"),
        ("number", {"absolute": -1}, "expected a number from 0"),
        ("time", {"zone": "Mars/Olympus"}, "expected an IANA name"),
        ("time", {"tolerance_ms": -1}, "expected a number from 0"),
        ("text", {}, "needs 'case'"),
        ("text", {"pattern": "("}, "not an RE2 expression"),
        ("key", {}, "needs 'key'"),
        ("rename", {}, "needs 'to'"),
        ("move", {"to": "$..a"}, "names, indexes and"),
        ("move", {"to": "$.x[*]"}, "more [*]"),
        ("map", {}, "needs 'mapping'"),
        ("convert", {}, "either 'convert' or 'expression'"),
        ("convert", {"convert": "magic"}, "unknown conversion"),
        ("convert", {"expression": "a["}, "not JMESPath"),
        ("convert", {"expression": "a", "consumes": ("b",)}, "'consumes' needs 'to'"),
    ],
)
def test_a_rule_that_lacks_something_is_told_what(
    kind: str, fields: dict[str, Any], problem: str
) -> None:
    text = CHECKS[kind](Rule(id="r", kind=kind, reason="", path="$.a", **fields))

    assert text is not None
    assert problem in text


@pytest.mark.parametrize("kind", ["unordered", "key", "nullish", "rename", "map"])
def test_a_rule_for_bodies_needs_a_path(kind: str) -> None:
    rule = Rule(id="r", kind=kind, reason="", header="etag", key=("id",))

    assert "needs a 'path'" in (CHECKS[kind](rule) or "")
