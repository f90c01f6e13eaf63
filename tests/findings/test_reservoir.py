from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shadowpact.findings.reservoir import Reservoirs, chance_of
from shadowpact.model.batch import SAMPLES_KEPT, BehaviourKey, SampleRank, Thresholds

OWNER = BehaviourKey("default", "orders", "GET /", 200, "shape")
OTHER = BehaviourKey("default", "orders", "GET /", 404, "shape")

OFFERS = st.lists(
    st.tuples(st.integers(0, 60).map("exc_a_{}".format), st.integers(0, 3)),
    max_size=40,
    unique_by=lambda offer: offer[0],
)


def kept(batches: list[list[tuple[str, int]]]) -> dict[str, list[tuple[int, str]]]:
    """What a store holds in the end: after each batch it keeps the smallest ranks of a slot."""
    held: dict[str, dict[int, str]] = {"min": {}, "any": {}}
    for batch in batches:
        thresholds: Thresholds = {
            (OWNER, slot): tuple(sorted(ranks)) for slot, ranks in held.items() if ranks
        }
        reservoirs = Reservoirs(thresholds)
        for exchange_id, size_bytes in batch:
            for rank in reservoirs.offer(OWNER, chance_of(exchange_id), size_bytes):
                held[rank.slot].setdefault(rank.rank, exchange_id)
        for slot, ranks in held.items():
            held[slot] = dict(sorted(ranks.items())[: SAMPLES_KEPT[slot]])
    return {slot: sorted(ranks.items()) for slot, ranks in held.items()}


@given(OFFERS, st.data())
def test_the_same_exchanges_give_the_same_samples_in_any_order_batches_and_restarts(
    offers: list[tuple[str, int]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(offers))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(offers)), max_size=4)))
    bounds = [0, *cuts, len(offers)]
    batches = [shuffled[a:b] for a, b in pairwise(bounds)]

    assert kept(batches) == kept([offers])


@given(OFFERS)
def test_the_smallest_is_kept_and_a_bounded_number_of_others(
    offers: list[tuple[str, int]],
) -> None:
    found = kept([offers])
    sizes = dict(offers)

    assert len(found["min"]) == min(1, len(offers))
    assert len(found["any"]) == min(SAMPLES_KEPT["any"], len(offers))
    if offers:
        assert sizes[found["min"][0][1]] == min(sizes.values())


@given(OFFERS)
def test_two_replicas_merge_to_what_one_would_have_kept(offers: list[tuple[str, int]]) -> None:
    halves = [offers[::2], offers[1::2]]
    merged = {
        slot: sorted({*kept([halves[0]])[slot], *kept([halves[1]])[slot]})[:count]
        for slot, count in SAMPLES_KEPT.items()
    }

    assert merged == kept([offers])


def test_each_owner_has_a_reservoir_of_its_own() -> None:
    reservoirs = Reservoirs()

    assert (
        reservoirs.offer(OWNER, chance_of("exc_a_1"), 5)
        == reservoirs.offer(OTHER, chance_of("exc_a_1"), 5)
        != ()
    )


def test_what_is_held_already_is_not_offered_twice() -> None:
    reservoirs = Reservoirs()
    reservoirs.offer(OWNER, chance_of("exc_a_1"), 5)

    assert reservoirs.offer(OWNER, chance_of("exc_a_1"), 5) == ()


def test_a_rank_fits_into_64_bits_whatever_the_size() -> None:
    ranks = Reservoirs().offer(OWNER, chance_of("exc_a_1"), 1 << 60)

    assert [rank.slot for rank in ranks] == ["min", "any"]
    assert all(0 <= rank.rank < 1 << 63 for rank in ranks)


def test_of_two_equally_small_ones_the_same_is_kept_in_either_order() -> None:
    first = [("exc_a_1", 5), ("exc_a_2", 5)]

    assert kept([first])["min"] == kept([first[::-1]])["min"]


def test_a_rank_is_a_place_and_a_slot() -> None:
    assert SampleRank("any", 1) < SampleRank("any", 2) < SampleRank("min", 0)
