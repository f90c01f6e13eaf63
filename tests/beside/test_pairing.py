from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.beside.pairing import facing_elements, facing_members, merged
from shadowpact.compare.paths import Place
from shadowpact.compare.walk import align_by_content


def elements(one: list[object], other: list[object]) -> list[tuple[object, object]]:
    slots = facing_elements(Place(None, None, one, other), align_by_content)
    return [(None if i is None else one[i], None if j is None else other[j]) for i, j in slots]


def test_what_only_the_candidate_has_comes_behind_what_it_is_behind_there() -> None:
    assert list(merged(2, 4, [(0, 0), (1, 2)])) == [(0, 0), (None, 1), (1, 2), (None, 3)]


def test_what_is_missing_comes_before_what_is_added_in_its_place() -> None:
    assert list(merged(3, 3, [(0, 0), (2, 2)])) == [(0, 0), (1, None), (None, 1), (2, 2)]


def test_what_moved_stands_where_the_baseline_has_it() -> None:
    assert list(merged(2, 2, [(0, 1), (1, 0)])) == [(0, 1), (1, 0)]


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.integers(0, 6), st.integers(0, 6), st.permutations(range(6)), st.integers(0, 6))
def test_every_position_comes_once(ones: int, others: int, order: list[int], kept: int) -> None:
    pairs = [(i, j) for i, j in enumerate(order[:kept]) if i < ones and j < others]

    slots = list(merged(ones, others, pairs))

    assert [i for i, _ in slots if i is not None] == list(range(ones))
    assert sorted(j for _, j in slots if j is not None) == list(range(others))
    assert set(pairs) <= set(slots)


def test_elements_stand_opposite_each_other_by_their_key() -> None:
    one = [{"id": 1, "v": 1}, {"id": 2, "v": 2}]
    other = [{"id": 2, "v": 3}, {"id": 9, "v": 9}, {"id": 1, "v": 1}]

    assert elements(list(one), list(other)) == [
        (one[0], other[2]),
        (one[1], other[0]),
        (None, other[1]),
    ]


def test_equal_scalars_stand_opposite_each_other_wherever_they_are() -> None:
    assert elements([True, 1, 2], [2, True, 1, 7]) == [(True, True), (1, 1), (None, 7), (2, 2)]


def test_an_element_too_deep_to_be_put_into_a_form_leaves_all_in_place() -> None:
    def too_deep(_: Place, *_more: object) -> None:
        raise RecursionError

    slots = facing_elements(Place(None, None, [1, 2], [2]), too_deep)

    assert list(slots) == [(0, 0), (1, None)]


def test_members_come_in_the_order_of_the_baseline() -> None:
    assert list(facing_members(["a", "b"], ["b", "c", "a"])) == [
        ("a", True, True),
        ("b", True, True),
        ("c", False, True),
    ]
