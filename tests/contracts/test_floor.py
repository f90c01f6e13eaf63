from typing import Any

import pytest

from shadowpact.contracts.floor import Known, common, expected, headers_in_common, render
from shadowpact.contracts.paths import EVERY_ITEM, EVERY_NAME, Steps
from support.build import JSON, response


def floor_of(*documents: Any, without: tuple[Steps, ...] = ()) -> tuple[Any, dict[str, Any]]:
    """The example, and the rules as ``{path: [names of matchers]}``."""
    field = common(documents, Known(without=without))
    if field is None:
        return None, {}
    rules: dict[str, Any] = {}
    example = render(field, rules)
    return example, {
        path: [matcher["match"] for matcher in rule["matchers"]] for path, rule in rules.items()
    }


def test_names_that_all_documents_have_are_asked_for_with_their_types() -> None:
    example, rules = floor_of(
        {"id": 1, "total": 10, "note": None, "extra": 1}, {"id": 2, "total": 1.5, "note": "x"}
    )

    assert example == {"id": 1, "total": 10, "note": "x"}
    assert rules == {"$.id": ["integer"], "$.note": ["type", "null"], "$.total": ["number"]}


def test_elements_of_all_lists_are_taken_together() -> None:
    example, rules = floor_of(
        {"lines": []}, {"lines": [{"sku": "a", "n": 1}, {"sku": "b"}, {"sku": "c", "n": None}]}
    )

    assert example == {"lines": [{"sku": "a"}]}
    assert rules == {"$.lines": ["type"], "$.lines[*].sku": ["type"]}


def test_a_list_that_was_never_filled_may_hold_anything() -> None:
    assert floor_of({"lines": []}) == ({"lines": []}, {"$.lines": ["type"]})


def test_an_object_whose_names_are_data_is_asked_for_by_its_values() -> None:
    example, rules = floor_of({"by_id": {"17": {"n": 1}, "18": {"n": 2, "m": 1}}})

    assert example == {"by_id": {"17": {"n": 1}}}
    assert rules == {
        "$.by_id": ["values"],
        "$.by_id.*": ["type"],
        "$.by_id.*.n": ["integer"],
    }


def test_names_that_are_data_are_left_out_beside_real_names() -> None:
    assert floor_of({"total": 1, "17": 2})[0] == {"total": 1}


@pytest.mark.parametrize(
    "documents",
    [
        ({"a": 1}, {"a": "x"}),
        ({"a": {}}, {"a": None}),
        ({"a": []}, {"a": {}}),
        ({"a": None}, {"a": None}),
        ({"it's": 1}, {"it's": 1}),
        ({"pact:matcher:type": 1}, {"pact:matcher:type": 1}),
    ],
)
def test_what_has_no_common_type_or_no_path_is_left_out(documents: tuple[Any, ...]) -> None:
    assert floor_of(*documents)[0] == {}


def test_documents_without_a_kind_in_common_have_no_floor() -> None:
    assert floor_of({}, []) == (None, {})


@pytest.mark.parametrize(
    ("place", "example"),
    [
        (("a",), {"l": [{"p": 1}], "m": {"1": {"q": 1}}}),
        (("l", EVERY_ITEM), {"a": 1, "l": [], "m": {"1": {"q": 1}}}),
        (("l", EVERY_ITEM, "p"), {"a": 1, "l": [{}], "m": {"1": {"q": 1}}}),
        (("m", EVERY_NAME, "q"), {"a": 1, "l": [{"p": 1}], "m": {"1": {}}}),
        (("m", "1", "q"), {"a": 1, "l": [{"p": 1}], "m": {"1": {}}}),
    ],
)
def test_places_are_left_out_with_all_below(place: Steps, example: Any) -> None:
    document = {"a": 1, "l": [{"p": 1}], "m": {"1": {"q": 1}}}

    assert floor_of(document, without=(place,))[0] == example


def test_leaving_out_the_root_leaves_nothing() -> None:
    assert floor_of({"a": 1}, without=((),)) == (None, {})


def test_a_long_text_is_shortened() -> None:
    assert floor_of({"a": "x" * 5000})[0] == {"a": "x" * 120}


def test_the_media_type_is_asked_for_when_all_answers_agree() -> None:
    one = response({}, headers=((b"Content-Type", b"application/json; charset=utf-8"),))
    two = response({}, headers=JSON)
    other = response(body=b"<p>", headers=((b"content-type", b"text/html"),))

    assert headers_in_common([one], [one, two])["content-type"].example == "application/json"
    assert headers_in_common([one], [one, other]) == {}


def test_a_location_is_asked_for_when_all_answers_have_one() -> None:
    there = response(body=b"", status=302, headers=((b"Location", b"/a"),))
    gone = response(body=b"", status=302, headers=())

    assert headers_in_common([there], [there])["location"].example == "/a"
    assert headers_in_common([there], [there, gone]) == {}


def test_without_a_body_only_the_status_is_expected() -> None:
    assert expected(204, {}, None, "") == {"status": 204}
