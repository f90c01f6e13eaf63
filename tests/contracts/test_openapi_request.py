from typing import Any

import pytest

from shadowpact.contracts.openapi_request import (
    Template,
    parameters,
    request_body,
    schema_of_texts,
    security,
)
from support.build import JSON, request


@pytest.mark.parametrize(
    ("path", "spelled", "asked", "values"),
    [
        ("/orders", "/orders", "/orders", ()),
        ("/orders/{id}", "/orders/{id}", "/orders/17", ("17",)),
        ("/a/{id}/b/{id}", "/a/{id}/b/{id_2}", "/a/1/b/x%20y", ("1", "x y")),
        ("/orders/{id}.json", "/orders/{id}.json", "/orders/17.json", ("17",)),
        ("/a/*/**", "/a/{part}/{rest}", "/a/b/c/d", ("b", "c/d")),
        ("/orders/{id}", "/orders/{id}", "/customers/17", ()),
    ],
)
def test_a_template_names_every_parameter_once(
    path: str, spelled: str, asked: str, values: tuple[str, ...]
) -> None:
    template = Template(path)

    assert template.path == spelled
    assert template.values(asked) == values


def test_templates_of_one_structure_are_the_same_path() -> None:
    assert Template("/a/{id}").structure == Template("/a/{order}").structure
    assert Template("/a/{id}").structure != Template("/a/{id}.json").structure


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        (["1", "-20"], {"type": "integer"}),
        (["1", "007"], {"type": "string"}),
        (["1", "x"], {"type": "string"}),
        (["true", "false"], {"type": "boolean"}),
        (["2024-01-02"], {"type": "string", "format": "date"}),
        (["2024-01-02", "soon"], {"type": "string"}),
        (["12345678901234567890"], {"type": "string"}),
        ([""], {"type": "string"}),
        ([], {"type": "string"}),
    ],
)
def test_the_schema_of_texts(values: list[str], schema: dict[str, Any]) -> None:
    assert schema_of_texts(values) == schema


def test_a_query_is_described_by_what_came_and_nothing_of_it_is_required() -> None:
    asked = [request(target="/a?n=1&tag=x&tag=y&empty="), request(target="/a?n=2")]

    assert parameters(Template("/a"), asked) == [
        {"name": "empty", "in": "query", "schema": {"type": "string"}},
        {"name": "n", "in": "query", "schema": {"type": "integer"}},
        {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
    ]


def test_a_body_is_described_by_media_type_and_json_by_its_schema() -> None:
    asked = [
        request("POST", headers=JSON, body=b'{"a":1}'),
        request("POST", headers=JSON, body=b'{"a":2.5,"b":null}'),
        request("POST", headers=((b"content-type", b"text/plain"),), body=b"x"),
        request("POST", body=b"\0"),
        request("POST"),
    ]

    assert request_body(asked) == {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"a": {"type": "number"}, "b": {"type": "null"}},
                    "required": ["a"],
                }
            },
            "application/octet-stream": {},
            "text/plain": {},
        }
    }


def test_requests_without_a_body_have_none() -> None:
    assert request_body([request()]) is None


def test_the_ways_to_be_let_in() -> None:
    key = request(headers=((b"X-Api-Key", b"[redacted]"),))
    both = request(headers=((b"X-Api-Key", b"[redacted]"), (b"Cookie", b"s=[redacted]")))

    assert security([request()]) == ([], set())
    assert security([key, both, key]) == (
        [{"cookie": [], "x-api-key": []}, {"x-api-key": []}],
        {"cookie", "x-api-key"},
    )
