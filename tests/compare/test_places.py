import pytest

from shadowpact.compare.places import Spot, has_filter, parse_spot, reach, stored_spot
from shadowpact.compare.settings import Rule
from shadowpact.errors import UsageError


def on(path: str) -> Rule:
    return Rule(id="r", kind="ignore", reason="r", path=path)


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("status", Spot("status")),
        ("header: ETag", Spot("header", "etag")),
        ("$", Spot("body")),
        ("$.items[2].price", Spot("body", "", ("items", 2, "price"))),
        ('$.items[*]["a.b"]', Spot("body", "", ("items", None, "a.b"))),
    ],
)
def test_a_place_is_read_as_a_person_writes_it(text: str, spot: Spot) -> None:
    assert parse_spot(text) == spot


@pytest.mark.parametrize("text", ["price", "$..a", "$[-1]", "$['a','b']", "$[?@.a]", "$.["])
def test_what_is_not_one_place_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_spot(text)


def test_a_stored_path_that_cannot_be_read_is_no_place() -> None:
    assert stored_spot("body", "$.[") is None
    assert stored_spot("header", "etag") == Spot("header", "etag")


@pytest.mark.parametrize(
    ("path", "place", "expected"),
    [
        ("$.items[*].price", "$.items[2].price", "at"),
        ("$.items", "$.items[2].price", "above"),
        ("$", "$.a", "above"),
        ("$", "$", "at"),
        ("$..price", "$.items[*].price", "at"),
        ("$.items[0]", "$.items[2]", None),
        ("$.items[0]", "$.items[*]", "at"),
        ("$.items[-1]", "$.items[2]", "at"),
        ("$.items[1:3]", "$.items[2]", "at"),
        ("$.items[1:3]", "$.items[3]", None),
        ("$.items.price", "$.items", None),
    ],
)
def test_a_path_leads_to_a_place_or_to_one_around_it(
    path: str, place: str, expected: str | None
) -> None:
    assert reach(on(path), parse_spot(place)) == expected


def test_headers_and_whole_parts_are_places_too() -> None:
    etag = Rule(id="r", kind="ignore", reason="r", header="ETag")
    body = Rule(id="r", kind="ignore", reason="r", location="body")

    assert reach(etag, parse_spot("header:etag")) == "at"
    assert reach(etag, parse_spot("$.etag")) is None
    assert reach(body, parse_spot("$.etag")) == "above"
    assert has_filter(on("$.items[?@.a].b"))
