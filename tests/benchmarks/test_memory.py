import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.memory import Sample, growth


def test_growth_compares_a_quarter_of_the_way_with_the_end() -> None:
    samples = [Sample(0.1, 0, 50), Sample(1.0, 24, 80), Sample(2.0, 26, 90), Sample(3.0, 100, 91)]

    assert growth(samples, 100) == (samples[2], samples[3])


def test_a_run_too_short_to_tell_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="--exchanges"):
        growth([Sample(0.1, 100, 50)], 100)
