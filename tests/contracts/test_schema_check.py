from typing import Any

import pytest

from shadowpact.contracts.schema_check import problems, validator

SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": ["integer", "null"]},
        "s": {"enum": ["open", "paid"]},
        "at": {"type": "string", "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "mail": {"type": "string", "format": "email"},
        "key": {"type": "string", "format": "uuid"},
        "p": {"type": "string", "pattern": "^x$"},
        "l": {"type": "array", "minItems": 1, "items": {"required": ["x"]}},
        "m": {"type": "object", "propertyNames": {"pattern": "^[0-9]+$"}},
    },
    "required": ["a"],
    "additionalProperties": False,
}


def told(document: Any) -> list[tuple[str, str]]:
    return [(one.path, one.message) for one in problems(validator(SCHEMA), document)]


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({}, "$.a", "$.a is missing"),
        ({"a": "1"}, "$.a", '$.a is "1" (string), not integer or null'),
        ({"a": 1, "s": "lost"}, "$.s", '$.s is "lost", not one of "open", "paid"'),
        ({"a": 1, "at": "soon"}, "$.at", '$.at is "soon", which is no date-time'),
        ({"a": 1, "day": "2023-02-29"}, "$.day", '$.day is "2023-02-29", which is no date'),
        ({"a": 1, "mail": "x"}, "$.mail", '$.mail is "x", which is no email'),
        ({"a": 1, "key": "x"}, "$.key", '$.key is "x", which is no uuid'),
        ({"a": 1, "p": "y"}, "$.p", '$.p is "y", which does not match ^x$'),
        ({"a": 1, "l": []}, "$.l", "$.l is empty, and never was"),
        ({"a": 1, "l": [{"x": 1}, {}]}, "$.l[1].x", "$.l[1].x is missing"),
        ({"a": 1, "new": 5}, "$.new", "$.new is there; the baseline never has it"),
        ({"a": 1, "m": {"x": 1}}, "$.m", '$.m is "x", which does not match ^[0-9]+$'),
        ([], "$", "$ is [] (list), not object"),
    ],
)
def test_a_problem_has_a_place_and_a_sentence(document: Any, path: str, message: str) -> None:
    assert told(document) == [(path, message)]


@pytest.mark.parametrize("moment", ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.123+01:00"])
def test_what_fits_has_no_problem(moment: str) -> None:
    assert told({"a": None, "s": "open", "at": moment, "l": [{"x": 1}], "m": {"1": 1}}) == []


def test_several_missing_names_are_told_each_once() -> None:
    checks = validator({"required": ["a", "b"]})

    assert [one.path for one in problems(checks, {})] == ["$.a", "$.b"]
