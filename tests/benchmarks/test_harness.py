from collections.abc import Callable

import pytest

from benchmarks.figures import Measurement
from benchmarks.harness import interleave, options
from benchmarks.nginx import served


def test_every_variant_is_measured_once_in_each_round() -> None:
    order: list[str] = []

    def variant(name: str) -> Callable[[], Measurement]:
        def measure() -> Measurement:
            order.append(name)
            return {"per_s": len(order) / 3}

        return measure

    rounds = interleave({"a": variant("a"), "b": variant("b")}, 2)

    assert order == ["a", "b", "a", "b"]
    assert rounds[1] == {"a": {"per_s": 1.0}, "b": {"per_s": 1.3333}}


def test_at_least_five_rounds_are_the_default() -> None:
    assert options("about").parse_args([]).rounds >= 5


def test_no_rounds_are_refused() -> None:
    with pytest.raises(SystemExit):
        options("about").parse_args(["--rounds", "0"])


def test_the_count_of_requests_leaves_out_the_one_that_asks_for_it() -> None:
    assert served(before=10, after=16) == 5
