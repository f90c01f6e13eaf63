from hypothesis import given, settings
from hypothesis import strategies as st

from shadowpact.compare.subsequence import MAX_EDITS, common_subsequence

SEQUENCES = st.lists(st.integers(0, 4), max_size=12)


def longest(one: list[int], other: list[int]) -> int:
    """The length of a longest common subsequence, by the textbook."""
    row = [0] * (len(other) + 1)
    for left in one:
        before = row.copy()
        for j, right in enumerate(other):
            row[j + 1] = before[j] + 1 if left == right else max(row[j], before[j + 1])
    return row[-1]


@settings(max_examples=300, derandomize=True, deadline=None)
@given(SEQUENCES, SEQUENCES)
def test_repeated_elements_are_aligned_as_the_textbook_says(
    one: list[int], other: list[int]
) -> None:
    common = common_subsequence(one, other)
    if common.inner is None:
        return
    middle = one[common.start :], other[common.start :]

    assert [middle[0][i] for i, _ in common.inner] == [middle[1][j] for _, j in common.inner]
    assert common.start + common.end + len(common.inner) == longest(one, other)


def test_elements_that_are_all_different_are_left_to_any_order() -> None:
    assert common_subsequence([0, 1, 2, 3, 9], [0, 3, 1, 4, 9]).inner is None


def test_too_many_edits_are_given_up() -> None:
    one = [0, 1] * MAX_EDITS
    other = [2, 3] * MAX_EDITS

    assert common_subsequence(one, other).inner is None


def test_long_runs_of_one_element_end() -> None:
    one = [1, *[0] * 200_000, 2]
    other = [3, *[0] * 199_990, 4]

    common = common_subsequence(one, other)

    assert common.start == common.end == 0
