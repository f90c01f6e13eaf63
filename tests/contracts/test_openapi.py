from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shadowpact.contracts.openapi import left_out, openapi
from shadowpact.contracts.schemas import draw
from shadowpact.model.behaviour import Behaviour
from support.build import JSON, request, response
from support.samples import behaviour, sample

ORDER = {"id": 1, "at": "2024-01-02", "note": None, "lines": [{"n": 1}]}


def described(*behaviours: Behaviour, provider: str = "orders", **given: Any) -> dict[str, Any]:
    """The document, which is valid whatever else is asked of it."""
    document = openapi(provider, behaviours, draw(behaviours, [], {}), **given)
    OpenAPIV31SpecValidator(document).validate()
    return document


def test_an_answer_has_its_status_media_type_and_schema() -> None:
    document = described(
        behaviour(sample(ORDER)),
        behaviour(sample(response({"error": "no"}, 404), name="2", target="/orders/x")),
        behaviour(sample(response(status=204, headers=(), body=b""), name="3")),
    )
    answers = document["paths"]["/orders/{id}"]["get"]["responses"]

    assert answers["200"] == {
        "description": "OK",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "at": {"type": "string"},
                        "id": {"type": "integer"},
                        "lines": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {"n": {"type": "integer"}},
                                "required": ["n"],
                            },
                        },
                        "note": {"type": "null"},
                    },
                    "required": ["at", "id", "lines", "note"],
                }
            }
        },
    }
    assert answers["404"]["description"] == "Not Found"
    assert answers["204"] == {"description": "No Content"}


def test_headers_worth_naming_are_required_when_all_answers_have_them() -> None:
    etag = (*JSON, (b"ETag", b"a"), (b"X-Took", b"1"))
    document = described(
        behaviour(
            sample(response(ORDER, headers=(*etag, (b"Location", b"/x"))), name="1"),
            sample(response(ORDER, headers=etag), name="2"),
        )
    )

    assert document["paths"]["/orders/{id}"]["get"]["responses"]["200"]["headers"] == {
        "etag": {"required": True, "schema": {"type": "string"}},
        "location": {"required": False, "schema": {"type": "string"}},
    }


def test_what_is_no_json_has_a_media_type_only() -> None:
    csv = response(headers=((b"content-type", b"text/csv; charset=utf-8"),), body=b"a,b")

    document = described(behaviour(sample(csv), route="GET /export"))

    assert document["paths"]["/export"]["get"]["responses"]["200"]["content"] == {"text/csv": {}}


def test_credentials_are_named_and_never_shown() -> None:
    asked = request(headers=((b"Authorization", b"[redacted]"),))
    document = described(
        behaviour(sample(ORDER, asked=asked), sample(ORDER, name="2"), route="GET /me")
    )

    assert document["paths"]["/me"]["get"]["security"] == [{}, {"authorization": []}]
    assert document["components"]["securitySchemes"] == {
        "authorization": {"type": "apiKey", "in": "header", "name": "authorization"}
    }


def test_templates_that_differ_by_names_are_one_path() -> None:
    document = described(
        behaviour(sample({"a": 1}), route="GET /orders/{id}"),
        behaviour(sample(response({"b": 1}, 404), name="2"), route="GET /orders/{order}"),
        behaviour(sample(response({}, 201), name="3"), route="PUT /orders/{order}"),
    )
    path = document["paths"]["/orders/{id}"]

    assert list(document["paths"]) == ["/orders/{id}"]
    assert list(path["get"]["responses"]) == ["200", "404"]
    assert path["put"]["parameters"][0]["name"] == "id"


def test_other_providers_and_a_failed_baseline_are_left_out() -> None:
    document = described(
        behaviour(sample({"a": 1}), candidate="other"),
        behaviour(sample(response({}, 500)), route="GET /broken"),
    )

    assert document["paths"] == {}


def test_methods_that_openapi_does_not_know_are_told() -> None:
    seen = [behaviour(sample({}), route="PROPFIND /dav"), behaviour(sample({}), route="GET /a")]

    assert list(described(*seen)["paths"]) == ["/a"]
    assert left_out("orders", seen) == ["PROPFIND /dav"]


def test_the_version_changes_with_the_content_alone() -> None:
    one = described(behaviour(sample({"a": 1}), count=1))["info"]
    again = described(behaviour(sample({"a": 2}), count=7), title="Shop")["info"]
    other = described(behaviour(sample({"b": 1})))["info"]

    assert (one["title"], again["title"]) == ("orders", "Shop")
    assert one["version"] == again["version"] != other["version"]


@pytest.mark.parametrize("route", ["GET /", "GET /a b/{id}.json", "GET /a/**", "HEAD /a/{id}"])
def test_any_route_makes_a_valid_document(route: str) -> None:
    document = described(behaviour(sample(ORDER), route=route))

    assert len(document["paths"]) == 1
