from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shadowpact.contracts import paths
from shadowpact.contracts.floor import Known
from shadowpact.contracts.schema import Schema, describes, schema_of
from support.population import profile_from

UUID = "0b9f3a52-6f0e-4c0a-9d5e-1f2a3b4c5d6e"


def drawn(
    *documents: Any, plain: tuple[paths.Steps, ...] = (), without: tuple[paths.Steps, ...] = ()
) -> Schema:
    known = Known(profile=profile_from(documents), plain=plain, without=without)
    schema = schema_of(known)
    Draft202012Validator.check_schema(schema)
    return schema


def test_names_that_every_object_has_are_required_and_others_are_not() -> None:
    assert drawn({"a": 1, "b": None}, {"a": 2.5, "b": "x", "c": True}) == {
        "type": "object",
        "properties": {
            "a": {"type": "number"},
            "b": {"type": ["null", "string"]},
            "c": {"type": "boolean"},
        },
        "required": ["a", "b"],
    }


def test_every_element_counts_not_only_the_first() -> None:
    assert drawn([{"a": 1}, {"a": "x", "b": 1}], [])["items"] == {
        "type": "object",
        "properties": {"a": {"type": ["integer", "string"]}, "b": {"type": "integer"}},
        "required": ["a"],
    }


def test_objects_with_all_the_names_there_are_are_closed() -> None:
    many = [{"a": n, "l": [{"b": n}]} for n in range(50)]

    assert drawn(*many)["additionalProperties"] is False
    assert "additionalProperties" not in drawn(*many[:49])
    assert "additionalProperties" not in drawn(*many, {"a": 1, "l": [], "once": 1})
    assert "additionalProperties" not in drawn(*many, plain=((),))
    assert drawn(*many)["properties"]["l"]["minItems"] == 1


def test_an_object_whose_names_are_data_is_a_map() -> None:
    schema = drawn({"m": {str(n): {"n": n} for n in range(12)}})["properties"]["m"]

    assert schema == {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {"n": {"type": "integer"}},
            "required": ["n"],
        },
        "propertyNames": {"pattern": r"^(?:-?\d+)$"},
    }


def test_formats_and_enumerations_come_from_many_texts() -> None:
    many = [
        {"at": "2024-01-02T03:04:05Z", "key": UUID, "local": "2024-01-02T03:04:05", "n": n}
        | {"s": None if n % 10 == 0 else ["open", "paid"][n % 2]}
        for n in range(80)
    ]
    properties = drawn(*many)["properties"]

    assert properties["at"] == {"type": "string", "format": "date-time"}
    assert properties["key"] == {"type": "string", "format": "uuid"}
    assert list(properties["local"]) == ["type", "pattern"]
    assert properties["s"] == {"type": ["null", "string"], "enum": ["open", "paid", None]}


@pytest.mark.parametrize("place", [("a",), ("l", paths.EVERY_ITEM, "x")])
def test_places_are_left_open(place: paths.Steps) -> None:
    schema = drawn({"a": 1, "l": [{"x": 1}]}, without=(place,))

    assert not describes(schema, place)
    assert describes(schema, place[:-1])


def test_nothing_seen_says_nothing() -> None:
    assert drawn() == {}


def test_what_a_schema_says_something_about() -> None:
    schema = drawn({"m": {"17": {"n": 1}}})

    assert describes(schema, ("m", paths.EVERY_NAME, "n"))
    assert not describes(schema, ("m", paths.EVERY_NAME, "x"))
    assert not describes(schema, ("none", "x"))
    assert not describes({"additionalProperties": False}, (paths.EVERY_NAME, "x"))
