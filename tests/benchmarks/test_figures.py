from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Measured, Result, Round, Target, medians, read, write

ROUNDS: tuple[Round, ...] = (
    {"ours": {"per_s": 90.0}, "bare": {"per_s": 100.0}},
    {"ours": {"per_s": 300.0}, "bare": {"per_s": 400.0}},
    {"ours": {"per_s": 40.0}, "bare": {"per_s": 50.0}},
)


def result(name: str = "sample") -> Result:
    measured = Measured(ROUNDS)
    return Result(
        name=name,
        command="python -m benchmarks.sample",
        commit="0123456789abcdef",
        measured_at="2025-06-15T15:06:40+00:00",
        machine={"cpu": "a cpu", "cores": "2"},
        settings={"rounds": 3},
        figures=(
            measured.ratio("ours", "bare", "per_s", name="ours", target=Target(at_least=0.9)),
        ),
        medians=medians(ROUNDS),
        rounds=ROUNDS,
        notes=("a note",),
    )


def test_a_ratio_is_the_median_of_the_ratios_of_each_round() -> None:
    figure = Measured(ROUNDS).ratio("ours", "bare", "per_s", name="ours")

    assert figure.per_round == (0.9, 0.75, 0.8)
    assert figure.value == 0.8  # the medians' own ratio would be 0.9
    assert (figure.unit, figure.outcome) == ("x bare", None)


def test_an_absolute_figure_is_the_median_of_the_rounds() -> None:
    figure = Measured(ROUNDS).absolute("bare", "per_s", name="bare", unit="requests/s")

    assert (figure.value, figure.unit) == (100.0, "requests/s")


def test_a_figure_at_its_bound_keeps_to_it() -> None:
    assert Target(at_least=0.9).met(0.9)
    assert not Target(at_least=0.9).met(0.8999)
    assert Target(at_most=1.3).met(1.3)
    assert not Target(at_most=1.3).met(1.3001)


def test_a_missed_target_is_said() -> None:
    figure = result().figures[0]

    assert (figure.target, figure.outcome) == (">= 0.9", "missed")


def test_a_large_target_is_readable() -> None:
    assert Target(at_least=3000).said == ">= 3,000"


def test_a_variant_that_was_left_out_is_not_there() -> None:
    measured = Measured(ROUNDS)

    assert measured.has("ours")
    assert not measured.has("another")


def test_a_result_comes_back_from_its_file(tmp_path: Path) -> None:
    path = write(result(), tmp_path / "results")

    assert path.name == "sample.json"
    assert read(path) == result()


def test_the_same_result_gives_the_same_bytes_with_keys_in_order(tmp_path: Path) -> None:
    one = write(result(), tmp_path / "one").read_bytes()
    two = write(result(), tmp_path / "two").read_bytes()

    assert one == two
    keys = [line.split(b'"')[1] for line in one.splitlines() if line.startswith(b'  "')]
    assert keys == sorted(keys)


def test_a_file_that_is_no_result_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"something": "else"}')

    with pytest.raises(BenchmarkError, match=r"other\.json"):
        read(path)
