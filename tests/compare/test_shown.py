from typing import Any

import msgspec
import orjson
import pytest

from shadowpact.compare.found import ABSENT
from shadowpact.compare.numeric import Number
from shadowpact.compare.shown import MAX_TEXT, shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (True, True),
        (None, None),
        (ABSENT, None),
        ("text", "text"),
        (1.5, 1.5),
        (Number("1.50"), 1.5),
        (Number("0.1000000000000000055511151231257827"), "0.1000000000000000055511151231257827"),
        (Number("1e400"), "1e400"),
        (Number("1e99999999999999999999"), "1e99999999999999999999"),
        (2**80, str(2**80)),
        ({"a": [1, Number("2.0")]}, {"a": [1, 2.0]}),
    ],
)
def test_a_value_is_shown_as_json_that_any_encoder_takes(value: Any, expected: Any) -> None:
    actual = shown(value)

    assert (type(actual), actual) == (type(expected), expected)
    orjson.dumps(actual)


def test_long_text_is_cut_and_says_by_how_much() -> None:
    actual = shown("x" * (MAX_TEXT + 7))

    assert actual == "x" * MAX_TEXT + "… 7 more characters"


def test_a_large_container_is_cut_in_width_and_depth() -> None:
    deep: Any = "end"
    for _ in range(5000):
        deep = [deep]
    value = {"list": list(range(3000)), "deep": deep, **{f"n{n}": "x" * 900 for n in range(50)}}

    actual = shown(value)

    assert actual["list"][-1] == "… 2980 more elements"
    assert actual["…"] == "32 more members"
    assert len(msgspec.json.encode(actual)) < 40_000
