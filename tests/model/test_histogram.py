from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.model.histogram import GROWTH, bucket, quantile_ms, ratio

LATENCIES = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=50)


def counted(values: list[float]) -> Counter[int]:
    return Counter(bucket(value) for value in values)


@given(LATENCIES, st.sampled_from([0.01, 0.5, 0.95, 1.0]))
def test_a_quantile_is_off_by_half_a_bucket_at_most(values: list[float], share: float) -> None:
    ordered = sorted(values)
    exact = next(v for i, v in enumerate(ordered, 1) if i >= share * len(ordered))

    assert quantile_ms(counted(values), share) == pytest.approx(exact, rel=GROWTH - 1)


@given(LATENCIES, LATENCIES)
def test_histograms_merge_by_adding(one: list[float], other: list[float]) -> None:
    assert counted(one) + counted(other) == counted(one + other)


@pytest.mark.parametrize("elapsed_ms", [0.0, -5.0, 0.0001])
def test_what_takes_no_time_counts_as_a_microsecond(elapsed_ms: float) -> None:
    assert bucket(elapsed_ms) == bucket(0.001)


def test_without_observations_there_is_no_quantile_and_no_ratio() -> None:
    assert quantile_ms({}, 0.5) is None
    assert ratio({}, {1: 1}, 0.5) is None
    assert ratio({1: 1}, {}, 0.5) is None


def test_a_ratio_is_the_candidates_over_the_baselines() -> None:
    assert ratio(counted([10.0] * 5), counted([20.0] * 5), 0.5) == pytest.approx(2.0, rel=0.06)
