from collections.abc import Callable, Iterable
from typing import Any

import pytest

from shadowpact.compare.learning import (
    MAX_PLACES,
    MIN_ITEMS_UNLIKELY,
    MIN_LISTS,
    MIN_LISTS_UNLIKELY,
    KeyLearner,
    LearntKey,
    Unkeyed,
)

ROUTE = "GET /orders"

type Item = Callable[[int, int], dict[str, Any]]
"""Makes the element of a list: number of the list, position."""


def lists(item: Item, *, count: int = 50, size: int = 4) -> list[list[dict[str, Any]]]:
    return [[item(number, at) for at in range(size)] for number in range(count)]


def learnt_from(
    baselines: Iterable[Any], candidates: Iterable[Any] | None = None
) -> tuple[list[LearntKey], list[Unkeyed]]:
    learner = KeyLearner()
    ones = list(baselines)
    others = [None] * len(ones) if candidates is None else list(candidates)
    for one, other in zip(ones, others, strict=True):
        learner.add(ROUTE, one, other)
    if learner.combine():
        for one, other in zip(ones, others, strict=True):
            learner.add(ROUTE, one, other)
    return list(learner.learnt()), list(learner.unkeyed())


def key_of(item: Item, **sizes: int) -> tuple[str, ...] | None:
    found, _ = learnt_from(lists(item, **sizes))
    return found[0].key if found else None


def reason_of(item: Item, **sizes: int) -> str:
    found, unkeyed = learnt_from(lists(item, **sizes))
    assert found == []
    return unkeyed[0].reason


def test_a_member_that_is_always_there_and_never_twice_is_the_key() -> None:
    found, unkeyed = learnt_from(lists(lambda n, i: {"sku": f"S{n}-{i}", "price": 5}))

    assert unkeyed == []
    assert found == [
        LearntKey(
            route=ROUTE,
            path="$",
            key=("sku",),
            lists=50,
            items=200,
            present=200,
            unique=50,
            shared=None,
        )
    ]


def test_the_likeliest_name_wins_of_several() -> None:
    assert key_of(lambda n, i: {"name": f"n{i}", "ean": f"e{n}{i}", "sku": f"s{i}"}) == ("sku",)
    assert key_of(lambda _, i: {"code": f"c{i}", "id": i}) == ("id",)


def test_a_name_that_says_nothing_will_do_when_the_values_speak_for_it() -> None:
    assert key_of(lambda n, i: {"ean": 4_006_381 + n * 1000 + i * 17, "qty": 1}) == ("ean",)


@pytest.mark.parametrize(
    "item",
    [
        lambda _, i: {"position": i + 1},
        lambda n, i: {"at": f"2030-01-{n % 28 + 1:02}T10:00:{i:02}Z"},
        lambda n, i: {"title": f"A thing to read {n} {i}"},
        lambda n, i: {"price": f"{n}.{i}0"},
        lambda _, i: {"flag": i % 2 == 0},
        lambda _, i: {"ratio": i + 0.5},
    ],
)
def test_positions_times_prose_and_quantities_are_no_keys(item: Item) -> None:
    assert key_of(item) is None


def test_a_member_that_repeats_in_too_many_lists_is_none() -> None:
    def item(number: int, at: int) -> dict[str, Any]:
        return {"sku": f"S{0 if number < 2 else at}"}

    assert key_of(item, count=100) == ("sku",)
    assert reason_of(item, count=99) == "nearest is sku: unique in 97 of 99 lists"


def test_a_member_that_is_missing_too_often_is_none() -> None:
    def item(number: int, at: int) -> dict[str, Any]:
        return {"x": 1.5} if at == 0 and number < 10 else {"sku": f"S{at}", "x": 1.5}

    assert key_of(item, count=50) == ("sku",)
    assert reason_of(item, count=49) == "nearest is sku: a text or integer in 186 of 196 elements"


def test_two_members_together_where_none_will_do_alone() -> None:
    def item(number: int, at: int) -> dict[str, Any]:
        return {"order": 900 + number + at // 2, "line": at % 2, "qty": 1}

    assert key_of(item) == ("line", "order")


def test_three_members_together_where_two_will_not_do() -> None:
    def item(number: int, at: int) -> dict[str, Any]:
        return {"a": at & 1, "b": at >> 1 & 1, "c": at >> 2 & 1, "d": 0, "n": number}

    assert key_of(item, size=8) == ("a", "b", "c")


def test_what_was_refused_alone_makes_no_pair_unique() -> None:
    assert key_of(lambda _, i: {"position": i, "colour": "red", "unit": "kg"}) is None


@pytest.mark.parametrize(
    ("item", "count", "size"),
    [
        (lambda n, i: {"id": f"{n}-{i}"}, MIN_LISTS - 1, 50),
        (lambda n, i: {"id": f"{n}-{i}"}, MIN_LISTS, 3),
        (lambda n, i: {"ean": f"{n}-{i}"}, MIN_LISTS_UNLIKELY - 1, 50),
        (lambda n, i: {"ean": f"{n}-{i}"}, MIN_LISTS_UNLIKELY, MIN_ITEMS_UNLIKELY // 10 - 1),
        (lambda _, i: {"ean": f"e{i}"}, 100, 10),
        (lambda n, i: {"id": f"{n}-{i}"}, 500, 1),
    ],
)
def test_few_samples_and_the_same_one_again_are_no_evidence(
    item: Item, count: int, size: int
) -> None:
    reason = reason_of(item, count=count, size=size)

    assert "needed" in reason


def test_both_sides_have_to_share_the_keys() -> None:
    ones = lists(lambda n, i: {"id": f"a{n}{i}", "sku": f"S{n}{i}"})
    others = lists(lambda n, i: {"id": f"b{n}{i}", "sku": f"S{n}{i}"})

    [found], _ = learnt_from(ones, others)
    none, [unkeyed] = learnt_from(
        lists(lambda n, i: {"id": f"a{n}{i}"}), lists(lambda n, i: {"id": f"b{n}{i}"})
    )

    assert (found.key, found.shared) == (("sku",), 1.0)
    assert none == []
    assert unkeyed.reason == "nearest is id: both sides share 0 of 200 values"


def test_what_repeats_or_is_missing_in_the_candidate_is_none() -> None:
    ones = lists(lambda n, i: {"sku": f"S{n}{i}"})

    _, [repeated] = learnt_from(ones, lists(lambda _n, _i: {"sku": "S"}))
    _, [missing] = learnt_from(ones, lists(lambda _n, _i: {"SKU": "S"}))

    assert repeated.reason == "nearest is sku: unique in 0 of 50 lists of the candidate"
    assert "in 0 of 200 elements of the candidate" in missing.reason


def test_lists_inside_lists_have_general_paths_and_are_paired_by_the_outer_key() -> None:
    def order(number: int, at: int) -> dict[str, Any]:
        return {"id": f"{number}-{at}", "a.b": [{"sku": f"{at}{line}"} for line in range(3)]}

    ones = lists(order)
    others = [list(reversed(one)) for one in ones]

    found, _ = learnt_from(({"orders": one} for one in ones), ({"orders": o} for o in others))

    assert [(one.path, one.key, one.shared) for one in found] == [
        ("$.orders", ("id",), 1.0),
        ('$.orders[*]["a.b"]', ("sku",), 1.0),
    ]


def test_routes_are_apart() -> None:
    learner = KeyLearner()
    for number, one in enumerate(lists(lambda n, i: {"id": f"{n}{i}"}, count=4)):
        learner.add("GET /a" if number % 2 else "GET /b", one)

    assert [one.route for one in learner.unkeyed()] == ["GET /a", "GET /b"]


def test_what_is_no_list_of_objects_is_not_looked_at() -> None:
    documents = [1, "a", None, [], [1, 2], [{"id": 1}, 2], {"a": {"b": "c"}}]

    assert learnt_from(documents) == ([], [])


def test_lists_of_nothing_that_names_say_so() -> None:
    assert reason_of(lambda _n, _i: {"a": {}, "b": 1.5}) == "no member is a text or an integer"


def test_depth_does_not_matter() -> None:
    document: Any = [{"id": 1}]
    for _ in range(10_000):
        document = {"a": document}

    assert learnt_from([document]) == ([], [])


def test_made_up_names_do_not_fill_the_memory() -> None:
    learner = KeyLearner()
    learner.add(ROUTE, {f"k{number}": [{"id": 1}] for number in range(MAX_PLACES + 7)})

    assert len(list(learner.unkeyed())) == MAX_PLACES
    assert learner.overflowed == 7
