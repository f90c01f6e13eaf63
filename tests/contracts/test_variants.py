"""Lists of several kinds of element: what is counted, what the floor and the schema ask for."""

from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts.floor import Known
from shadowpact.contracts.schema import schema_of
from shadowpact.contracts.schema_check import problems, validator
from shadowpact.contracts.variants import (
    VARIANTS_KEPT,
    Variants,
    always_there,
    narrowed,
    variant_of,
    variants_in,
)
from shadowpact.model.profile import FieldStats, Profile, combined
from support.population import profile_from
from support.proven import floor_of, wrong

CARD = {"type": "card", "id": 1, "digits": "4242"}
TRANSFER = {"type": "transfer", "id": 2, "iban": {"land": "DE"}}


def payments(number: int, *more: Any) -> dict[str, Any]:
    """An answer with both kinds, never the same twice."""
    return {"payments": [CARD | {"id": number}, TRANSFER | {"id": -number}, *more]}


MANY = [payments(number) for number in range(1, 61)]


def variants_of(profile: Profile) -> Variants | None:
    return variants_in(profile.fields.get("$.payments[*]"))


@pytest.mark.parametrize(
    ("element", "variant"),
    [
        (CARD, "type=card"),
        ({"kind": "a", "type": "b"}, "type=b"),
        ({"__typename": "Dog"}, "__typename=Dog"),
        ({"type": 5, "kind": "a"}, "kind=a"),
        ({"type": "what a person wrote, at length"}, ""),
        ({"type": ""}, ""),
        ({"id": 1}, ""),
        ("card", ""),
    ],
)
def test_an_element_says_what_it_is(element: Any, variant: str) -> None:
    assert variant_of(element) == variant


def test_variants_have_names_of_their_own() -> None:
    profile = profile_from(MANY)
    found = variants_of(profile)

    assert found is not None
    assert found.name == "type"
    assert {value: sorted(one.always) for value, one in found.held.items()} == {
        "card": ["digits", "id", "type"],
        "transfer": ["iban", "id", "type"],
    }
    assert found.held["transfer"].names["iban"] == {"object": 60}
    assert always_there(profile.fields["$.payments"], found) == ("card", "transfer")


def test_a_variant_that_some_list_lacks_is_not_always_there() -> None:
    profile = profile_from([*MANY, {"payments": [CARD | {"id": 99}]}])
    found = variants_of(profile)

    assert found is not None
    assert always_there(profile.fields["$.payments"], found) == ("card",)


def test_few_lists_say_nothing_about_always() -> None:
    profile = profile_from(MANY[:19])
    found = variants_of(profile)

    assert found is not None
    assert always_there(profile.fields["$.payments"], found) == ()
    assert always_there(None, found) == ()


@pytest.mark.parametrize(
    "documents",
    [
        MANY[:4],  # too few elements
        [*MANY, payments(61, {"id": 1})],  # an element that says nothing
        [*MANY, payments(61, "x")],  # no object
        [*MANY, payments(61, {"kind": "other"})],  # another name says it
        [{"payments": [{"type": k, "id": n} for k in ("a", "b")]} for n in range(60)],  # all alike
        [
            {"payments": [{"type": f"t{k}", f"n{k}": n} for k in range(VARIANTS_KEPT + 2)]}
            for n in range(20)
        ],
        [{"payments": []}],
    ],
)
def test_lists_that_have_no_variants(documents: list[Any]) -> None:
    assert variants_of(profile_from(documents)) is None


def test_replicas_add_up() -> None:
    halves = combined([profile_from(MANY[:30]), profile_from(MANY[30:])])

    assert halves == profile_from(MANY)


def test_the_statistics_of_a_name_are_narrowed_to_a_variant() -> None:
    mixed = FieldStats(kinds={"integer": 3, "string": 2}, formats={"uuid": 2})

    assert narrowed(mixed, {"string": 2}).formats == {"uuid": 2}
    assert narrowed(mixed, {"integer": 3}).kinds == {"integer": 3}
    assert narrowed(mixed, {"integer": 3}).formats == {}
    assert narrowed(None, {"integer": 3}).of("integer") == 3


def messages(known: Known, document: Any) -> list[str]:
    return [one.message for one in problems(validator(schema_of(known)), document)]


def test_the_schema_asks_each_kind_of_element_for_its_names() -> None:
    known = Known(profile=profile_from(MANY))
    lacking = {"payments": [{"type": "card", "id": 1}, TRANSFER]}
    strange = {"payments": [CARD | {"iban": {"land": "DE"}}]}

    assert messages(known, payments(5)) == []
    assert messages(known, lacking) == ["$.payments[0].digits is missing"]
    assert messages(known, strange) == [
        "$.payments[0].iban is there; in such an element the baseline never has it"
    ]


def test_the_schema_asks_each_kind_of_element_for_its_types() -> None:
    events = [
        {"l": [{"type": "n", "value": n}, {"type": "s", "value": f"v{n}"}]} for n in range(60)
    ]
    known = Known(profile=profile_from(events))

    assert messages(known, {"l": [{"type": "n", "value": "x"}]}) == [
        '$.l[0].value is "x" (string), not integer'
    ]
    assert messages(known, {"l": [{"type": "s", "value": "x"}]}) == []


@pytest.mark.parametrize("place", ["type", "digits"])
def test_a_place_that_is_open_is_open_in_every_kind_of_element(place: str) -> None:
    known = Known(profile=profile_from(MANY), without=(("payments", -1, place),))

    assert messages(known, {"payments": [{"type": "card", "id": 1}, TRANSFER]}) == []


def test_a_list_that_always_has_all_kinds_is_asked_for_each_of_them(tmp_path: Path) -> None:
    expected = floor_of(tmp_path, payments(1), payments(2), population=MANY)

    assert wrong(
        expected,
        payments(7),
        {"payments": [TRANSFER, CARD, {"type": "new"}]},
        {"payments": [CARD]},
        {"payments": [{"type": "card", "id": 1}, TRANSFER]},
        {"payments": [CARD | {"id": "1"}, TRANSFER]},
        {"payments": []},
    ) == [[], [], *[["$.payments"]] * 4]


def test_a_list_that_lacks_one_sometimes_is_asked_for_what_all_elements_have(
    tmp_path: Path,
) -> None:
    population = [*MANY, {"payments": [CARD | {"id": 99}]}]
    expected = floor_of(tmp_path, payments(1), population=population)

    assert expected["body"]["content"]["payments"] == [{"id": 1, "type": "card"}]
    assert wrong(expected, {"payments": [CARD]}, {"payments": [CARD | {"id": "x"}]}) == [
        [],
        ["$.payments[0].id"],
    ]


def test_what_is_learned_goes_into_what_is_there_and_a_second_time_changes_nothing(
    tmp_path: Path,
) -> None:
    before = floor_of(tmp_path, payments(1), population=MANY[:10])
    after = floor_of(tmp_path, payments(1), population=MANY)
    again = floor_of(tmp_path, payments(3), payments(4), population=MANY)
    rarer = [*MANY, {"payments": [CARD | {"id": 99}]}]
    back = floor_of(tmp_path, payments(1), population=rarer)

    assert [r["match"] for r in before["matchingRules"]["body"]["$.payments"]["matchers"]] == [
        "type"
    ]
    assert len(after["body"]["content"]["payments"]) == 2
    assert again == after
    assert wrong(back, {"payments": [CARD]}) == [[]]
