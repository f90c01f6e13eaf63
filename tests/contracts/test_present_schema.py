import json
from pathlib import Path

from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.present import to_json
from shadowpact.contracts.present_schema import (
    body_document,
    body_lines,
    schemas_document,
    schemas_lines,
    written_lines,
)
from shadowpact.contracts.schemas import RouteSchema

ONE = RouteSchema(
    provider="orders",
    route="GET /orders",
    status=200,
    schema={
        "type": "array",
        "items": {"type": "object", "properties": {"a": {}, "b": {"type": "string"}}},
    },
    pending={"$[*].b": ("fnd_1",)},
)
WRONG = Mismatch(part="body", path="$[0].a", expected="string", actual=5, message="wrong")


def test_a_program_gets_whole_schemas() -> None:
    document = json.loads(to_json(schemas_document([ONE])))

    assert document["schema"] == "shadowpact/contracts-schema/1"
    assert document["schemas"][0]["json_schema"]["x-shadowpact"]["status"] == 200
    assert document["schemas"][0]["pending"] == {"$[*].b": ["fnd_1"]}


def test_a_person_gets_a_line_for_each() -> None:
    assert list(schemas_lines([ONE])) == [
        ("orders  GET /orders  200: 4 places", "plain"),
        ("  $[*].b is known to fail: fnd_1", "warning"),
        ("1 schemas; --route and --status print one", "dim"),
    ]


def test_problems_of_a_body() -> None:
    document = body_document([WRONG], [], ONE)

    assert document["problems"] == [
        {"path": "$[0].a", "expected": "string", "actual": 5, "message": "wrong"}
    ]
    assert list(body_lines([WRONG], [], ONE)) == [("wrong", "bad")]
    assert list(body_lines([], [WRONG], ONE)) == [
        ("wrong (known to fail)", "warning"),
        ("as GET /orders answers 200", "good"),
    ]


def test_files_that_were_or_would_be_written() -> None:
    file = Path("a")

    assert list(written_lines([file], is_check=False))[-1] == ("1 schemas changed", "good")
    assert list(written_lines([file], is_check=True)) == [
        ("  a", "plain"),
        ("1 schemas are not what the store says", "bad"),
    ]
    assert list(written_lines([], is_check=True)) == [
        ("all schemas are what the store says", "good")
    ]
