import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.findings.verdict import SEEN_AT_LEAST, verdict
from shadowpact.model.difference import Kind
from shadowpact.model.finding import Seen

COULD_BE_NOISE: list[Kind] = [
    "value-changed",
    "representation-changed",
    "order-changed",
    "length-changed",
]


@pytest.mark.parametrize("kind", ["type-changed", "missing", "added"])
def test_a_deterministic_kind_is_real_once_it_was_seen_twice(kind: Kind) -> None:
    assert verdict(kind, False, Seen(pairs=SEEN_AT_LEAST - 1)) == "undecided"
    assert verdict(kind, False, Seen(pairs=SEEN_AT_LEAST)) == "real"


@pytest.mark.parametrize("kind", COULD_BE_NOISE)
def test_what_could_be_noise_stays_undecided_however_often_it_is_seen_without_a_twin(
    kind: Kind,
) -> None:
    assert verdict(kind, False, Seen(pairs=10_000, route_pairs=10_000)) == "undecided"


def test_a_changed_class_of_the_status_is_deterministic() -> None:
    assert verdict("value-changed", True, Seen(pairs=SEEN_AT_LEAST - 1)) == "undecided"
    assert verdict("value-changed", True, Seen(pairs=SEEN_AT_LEAST)) == "real"


@pytest.mark.parametrize("kind", COULD_BE_NOISE)
def test_what_the_twin_never_shows_is_real_after_enough_pairs(kind: Kind) -> None:
    seen = Seen(pairs=60, route_pairs=60, twin_differing=0, twin_pairs=60)

    assert verdict(kind, False, seen) == "real"


def test_what_the_twin_shows_as_often_is_noise() -> None:
    seen = Seen(pairs=60, route_pairs=60, twin_differing=60, twin_pairs=60)

    assert verdict("value-changed", False, seen) == "noise"


def test_few_twin_pairs_decide_nothing() -> None:
    seen = Seen(pairs=2, route_pairs=3, twin_differing=1, twin_pairs=3)

    assert verdict("value-changed", False, seen) == "undecided"


def test_a_rare_fault_is_not_taken_for_noise_that_is_rarer() -> None:
    seen = Seen(pairs=200, route_pairs=1000, twin_differing=5, twin_pairs=1000)

    assert verdict("value-changed", False, seen) == "real"


def test_a_deterministic_kind_that_the_twin_shows_too_is_weighed() -> None:
    noisy = Seen(pairs=500, route_pairs=1000, twin_differing=500, twin_pairs=1000)

    assert verdict("missing", False, noisy) == "noise"


@given(st.integers(2, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_more_noise_never_turns_undecided_into_real(
    pairs: int, rest: int, differing: int, quiet: int
) -> None:
    calm = Seen(
        pairs=pairs, route_pairs=pairs + rest, twin_differing=0, twin_pairs=differing + quiet + 1
    )
    noisy = Seen(
        pairs=pairs,
        route_pairs=pairs + rest,
        twin_differing=differing,
        twin_pairs=differing + quiet + 1,
    )

    if verdict("value-changed", False, calm) != "real":
        assert verdict("value-changed", False, noisy) != "real"
