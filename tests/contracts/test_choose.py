from shadowpact.contracts.choose import in_turn
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.profile import Profile
from support.build import response
from support.samples import behaviour, sample

COMMON = behaviour(sample({"a": 1}), count=90)
RARE = behaviour(sample({"a": 1, "b": 2, "c": 3}), count=2)
BETWEEN = behaviour(sample({"a": 1, "b": 2}), count=9)
MISSING = behaviour(sample(response({"error": "x"}, 404)), count=1)


def turns(*behaviours: Behaviour, on_disk: tuple[Behaviour, ...] = ()) -> list[tuple[int, int]]:
    chosen = in_turn(
        behaviours, is_on_disk=lambda one: one in on_disk, profile_of=lambda _: Profile()
    )
    return [(choice.behaviour.count, choice.rank) for choice in chosen]


def test_each_status_comes_first_then_what_shows_most_that_is_new() -> None:
    assert turns(RARE, BETWEEN, COMMON, MISSING) == [(90, 1), (1, 1), (2, 2), (9, 3)]


def test_what_is_on_disk_comes_before_everything() -> None:
    assert turns(RARE, BETWEEN, COMMON, on_disk=(RARE,)) == [(2, 0), (90, 3), (9, 3)]


def test_what_the_population_holds_counts_too() -> None:
    assert in_turn([], is_on_disk=lambda _: False, profile_of=lambda _: Profile()) == []
