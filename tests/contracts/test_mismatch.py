"""What the real verifier reports, in our words."""

from typing import Any

import pytest

from shadowpact.contracts.check import Case, check
from shadowpact.contracts.mismatch import Mismatch, plain
from shadowpact.model.exchange import Response
from support.build import response
from support.pacts import interaction

BODY = {"a": 1, "b": {"c": "x"}, "l": [1, 2], "d": "2025-01-31", "n": None}
RULES: dict[str, Any] = {
    "$.a": {"match": "integer"},
    "$.b.c": {"match": "type"},
    "$.l": {"match": "type", "min": 2},
    "$.d": {"match": "date", "format": "yyyy-MM-dd"},
}


def told(answer: Response) -> list[str]:
    expected = interaction(content=BODY, rules=RULES)["response"]
    (ran,) = check([Case(expected=expected, answer=answer)])
    return [mismatch.message for mismatch in ran.mismatches]


@pytest.mark.parametrize(
    ("answer", "messages"),
    [
        (response(BODY), []),
        (response(BODY | {"a": "1"}), ['$.a is "1" (string), not an integer']),
        (response(BODY | {"b": {"c": 5}}), ["$.b.c is 5 (integer), not a string"]),
        (response(BODY | {"b": {}}), ["$.b.c is missing"]),
        (response(BODY | {"l": [1]}), ["$.l has 1 elements, not at least 2"]),
        (response(BODY | {"d": "soon"}), ['$.d is "soon", which does not match yyyy-MM-dd']),
        (response(BODY | {"n": 3}), ["$.n is 3, not null"]),
        (response({"a": 1}), [f"$.{name} is missing" for name in ("b", "d", "l", "n")]),
        (response(body=b""), ["the body is empty"]),
        (response([]), ["$ is [] (array), not an object"]),
        (
            response(body=b"{no"),
            ["the body is not the JSON it says it is: 'key must be a string at line 1 column 2'"],
        ),
        (
            response(body=b"<p>", headers=((b"content-type", b"text/html"),)),
            ["the body is text/html, not application/json"],
        ),
        (response(BODY, 500), ["the status is 500, not 200"]),
    ],
)
def test_a_mismatch_says_what_came_and_what_was_expected(
    answer: Response, messages: list[str]
) -> None:
    assert told(answer) == messages


def test_a_missing_name_is_reported_at_its_own_place() -> None:
    (mismatch,) = plain(
        {
            "type": "BodyMismatch",
            "path": "$.m['a.b']",
            "expected": '["x, y", "z"]',
            "actual": '["z"]',
            "mismatch": "Actual map is missing the following keys: x, y",
        }
    )

    assert mismatch.path == '$.m["a.b"]["x, y"]'


def test_positions_are_generalised_in_the_steps() -> None:
    assert Mismatch(part="body", path="$.l[3].p", message="").steps == ("l", -1, "p")
    assert Mismatch(part="header", path="etag", message="").steps == ()


def test_a_mismatch_of_an_unknown_kind_is_passed_on() -> None:
    (mismatch,) = plain({"type": "NewMismatch", "mismatch": "something else"})

    assert (mismatch.part, mismatch.message) == ("other", "something else")
