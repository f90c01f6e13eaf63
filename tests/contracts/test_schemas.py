import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shadowpact.contracts.schemas import (
    Catch,
    RouteSchema,
    Schemas,
    changes,
    draw,
    load,
    on_disk,
    schema_file,
    write,
)
from shadowpact.errors import UsageError
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.evidence import IgnoredDifferences
from shadowpact.model.exchange import Cut
from shadowpact.model.finding import Finding
from support.build import response
from support.population import profiles_from
from support.samples import behaviour, difference, finding, sample

ROUTE = "GET /orders/{id}"


def drawn_from(
    *documents: Any, findings: tuple[Finding, ...] = (), ignored: tuple[Any, ...] = ()
) -> RouteSchema:
    """The one schema of samples with these documents."""
    samples = [sample(one, name=str(number)) for number, one in enumerate(documents)]
    (one,) = draw([behaviour(*samples)], findings, {}, ignored)
    Draft202012Validator.check_schema(one.to_document())
    return one


def messages(schema: RouteSchema, document: Any, *, is_strict: bool = False) -> list[str]:
    body = json.dumps(document).encode()
    found = Schemas([schema]).problems(ROUTE, 200, body, is_strict=is_strict)
    return [one.message for one in found]


def shown(kind: Any = "missing", path: str = "$.b", *, state: Any = "open", **more: Any) -> Finding:
    ours, theirs = {"a": 1, "b": 1}, more.pop("theirs", {"a": 1})
    return finding(sample(ours, theirs, difference(path, kind)), state=state, **more)


def test_all_shapes_and_consumers_of_a_route_and_status_share_one_schema() -> None:
    seen = [
        behaviour(sample({"a": 1})),
        behaviour(sample({"a": None, "b": 1}, name="2", consumer="web")),
        behaviour(sample(response({"error": "x"}, 404), name="3")),
        behaviour(sample({"z": 1}, name="4"), candidate="other"),
    ]
    held = {(one.provider, one.status): one.schema for one in draw(seen, [], {})}

    assert held["orders", 200] == {
        "type": "object",
        "properties": {"a": {"type": ["integer", "null"]}, "b": {"type": "integer"}},
        "required": ["a"],
    }
    assert held.keys() == {("orders", 200), ("orders", 404), ("other", 200)}


def test_the_population_speaks_where_there_is_one() -> None:
    seen = behaviour(sample({"a": 1}))

    (one,) = draw([seen], [], profiles_from(seen, [{"a": n} for n in range(50)]))

    assert one.schema["additionalProperties"] is False


def test_a_sample_beyond_the_population_opens_the_schema() -> None:
    seen = behaviour(sample({"a": 1}), sample({"a": "x"}, name="2"))

    (one,) = draw([seen], [], profiles_from(seen, [{"a": n} for n in range(50)]))

    assert one.schema["properties"]["a"] == {"type": ["integer", "string"]}


@pytest.mark.parametrize(
    "seen",
    [
        behaviour(sample(response({"a": 1}, 503))),
        behaviour(sample(response(headers=(), body=b""))),
        behaviour(sample({"a": 1}), route="HEAD /orders/{id}"),
        behaviour(
            sample(response({"a": 1}, cut=Cut(reason="over-cap", length_bytes=9, sha256=bytes(32))))
        ),
    ],
)
def test_what_nobody_relies_on_or_is_no_json_has_none(seen: Behaviour) -> None:
    assert draw([seen], [], {}) == []


def test_what_pact_cannot_say_is_checked() -> None:
    schema = drawn_from(
        {"a": [{"x": 1}, {"x": 2, "y": "t"}], "o": None}, {"a": [], "o": {"b": True}}
    )

    assert messages(schema, {"a": [{"x": 1}, {"x": 1, "y": 5}], "o": None}) == [
        "$.a[1].y is 5 (integer), not string"
    ]
    assert messages(schema, {"a": [], "o": []}) == ["$.o is [] (list), not null or object"]
    assert messages(schema, {"a": [], "o": {"b": False}}) == []


def test_a_route_without_schema_and_a_body_that_is_no_json_have_no_problems() -> None:
    schemas = Schemas([drawn_from({"a": 1})])

    assert schemas.problems("GET /other", 200, b"[]") == []
    assert schemas.problems(ROUTE, 404, b"[]") == []
    assert schemas.problems(ROUTE, 200, None) == []
    assert schemas.problems(ROUTE, 200, b"<a/>") == []
    assert len(schemas.problems(ROUTE, 200, b"[]")) == 1
    assert schemas.routes == {(ROUTE, 200)}


def test_a_known_failure_is_pending_unless_it_is_asked_strictly() -> None:
    schema = drawn_from({"a": 1, "b": 1}, findings=(shown(),))

    assert list(schema.pending) == ["$.b"]
    assert messages(schema, {"a": 1}) == []
    assert messages(schema, {"a": 1}, is_strict=True) == ["$.b is missing"]
    assert messages(schema, {"b": 1}) == ["$.a is missing"]


def test_problems_are_explained_by_the_findings_of_their_places() -> None:
    about = shown()
    schemas = Schemas([drawn_from({"a": 1, "b": 1}, findings=(about,))])
    found = schemas.problems(ROUTE, 200, b'{"a": "x"}', is_strict=True)

    assert len(found) == 2
    assert schemas.explained(ROUTE, 200, found) == (about.id,)
    assert schemas.explained(ROUTE, 404, found) == ()


def test_what_nobody_has_decided_on_is_pending_too() -> None:
    schema = drawn_from({"a": 1, "b": 1}, findings=(shown(verdict="undecided"),))

    assert list(schema.pending) == ["$.b"]


def test_what_a_rule_ignores_in_a_sample_is_left_open() -> None:
    hidden = difference("$.at", "type-changed", ignored_by="own-clock")
    (schema,) = draw([behaviour(sample({"at": "x"}, {"at": 5}, hidden))], [], {})

    assert messages(schema, {"at": 5}) == []


def test_what_is_accepted_ignored_or_noise_is_left_open() -> None:
    hidden = IgnoredDifferences(
        rule="r", route=ROUTE, location="body", path="$.b", kind="missing", count=1
    )
    accepted = drawn_from({"a": 1, "b": 1}, findings=(shown(state="accepted"),))
    noise = drawn_from({"a": 1, "b": 1}, findings=(shown(verdict="noise"),))
    ignored = drawn_from({"a": 1, "b": 1}, ignored=(hidden,))

    for schema in (accepted, ignored, noise):
        assert messages(schema, {"a": 1}) == []
        assert messages(schema, {"a": 1, "b": "x"}) == []
        assert schema.pending == {}


def test_an_ignored_value_keeps_its_type() -> None:
    hidden = IgnoredDifferences(
        rule="r", route=ROUTE, location="body", path="$.b", kind="value-changed", count=1
    )
    schema = drawn_from({"a": 1, "b": 1}, ignored=(hidden,))

    assert messages(schema, {"a": 1, "b": 7}) == []
    assert messages(schema, {"a": 1, "b": "x"}) == ['$.b is "x" (string), not integer']


def test_schemas_lie_beside_the_pacts_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    drawn = [drawn_from({"a": 1})]
    file = schema_file(tmp_path, "orders", ROUTE, 200)

    assert write(tmp_path, drawn) == [file]
    assert file == tmp_path / "schemas" / "orders" / "GET_orders_id_200.jsonschema"
    assert write(tmp_path, drawn) == []
    assert on_disk(tmp_path) == on_disk(tmp_path, "orders") == drawn
    assert load(tmp_path, "orders").routes == {(ROUTE, 200)}
    assert on_disk(tmp_path, "other") == []


def test_what_would_be_written_is_told_without_writing(tmp_path: Path) -> None:
    (file, text), *_ = changes(tmp_path, [drawn_from({"a": 1})]).items()

    assert not file.exists()
    assert json.loads(text)["title"] == "GET /orders/{id} answers 200"


def test_what_was_asked_already_does_not_become_pending_again(tmp_path: Path) -> None:
    write(tmp_path, [drawn_from({"a": 1, "b": 1})])
    write(tmp_path, [drawn_from({"a": 1, "b": 1}, findings=(shown(),))])

    assert [dict(one.pending) for one in on_disk(tmp_path)] == [{}]


def test_what_is_pending_stays_so_and_a_new_place_may_begin_so(tmp_path: Path) -> None:
    write(tmp_path, [drawn_from({"a": 1})])
    for _ in range(2):
        write(tmp_path, [drawn_from({"a": 1, "b": 1}, findings=(shown(),))])

    assert [list(one.pending) for one in on_disk(tmp_path)] == [["$.b"]]


@pytest.mark.parametrize("text", ["{", "[]", '{"title": "x"}', '{"x-shadowpact": 5}'])
def test_a_file_that_is_no_schema_of_ours_is_named(text: str, tmp_path: Path) -> None:
    file = schema_file(tmp_path, "orders", ROUTE, 200)
    file.parent.mkdir(parents=True)
    file.write_text(text)

    with pytest.raises(UsageError, match="is no schema of shadowpact's"):
        load(tmp_path, "orders")


@pytest.mark.parametrize(
    ("about", "is_found"),
    [
        (shown("missing"), True),
        (shown("added", "$.c", theirs={"a": 1, "b": 1, "c": 1}), False),  # the object is open
        (shown("type-changed", "$.a", theirs={"a": "x", "b": 1}), True),
        (shown("value-changed", "$.a", theirs={"a": 7, "b": 1}), False),
        (shown("missing", candidate="other"), False),
    ],
)
def test_the_schemas_know_which_findings_they_catch(about: Finding, is_found: bool) -> None:
    catch = Catch([drawn_from({"a": 1, "b": 1})])

    assert catch.finds(about) is is_found
