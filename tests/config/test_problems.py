"""What is wrong in a configuration, said in one error."""

from datetime import date
from typing import Any

import pytest

from shadowpact.config.problems import Problem, Source, dotted, hint, nearest, raise_any, shown
from shadowpact.errors import ConfigError

SOURCE = Source(name="x.toml", lines={("a",): 3, ("a", "b"): 5}, overrides={("a", "c"): "A_C"})


def test_nothing_is_raised_without_a_problem() -> None:
    assert raise_any([], SOURCE) is None  # type: ignore[func-returns-value]  # that is the point


def test_one_problem_is_one_line() -> None:
    with pytest.raises(ConfigError) as caught:
        raise_any([Problem(path=("a", "b"), text="is odd")], SOURCE)

    assert str(caught.value) == "x.toml:5: a.b: is odd"


def test_several_problems_come_in_the_order_of_the_file_and_once_each() -> None:
    late = Problem(path=("a", "b"), text="is odd")
    early = Problem(path=("a", "missing", "deep"), text="is odd")
    with pytest.raises(ConfigError) as caught:
        raise_any([late, early, late], SOURCE)

    assert str(caught.value).splitlines() == [
        "2 problems in the configuration",
        "  x.toml:3: a.missing.deep: is odd",
        "  x.toml:5: a.b: is odd",
    ]


def test_a_value_from_the_environment_names_its_variable() -> None:
    with pytest.raises(ConfigError, match=r"^environment A_C: a\.c: is odd$"):
        raise_any([Problem(path=("a", "c"), text="is odd")], SOURCE)


def test_a_path_is_spelled_with_dots_and_positions() -> None:
    assert dotted(("candidates", "orders", "routes", 1, "match")) == (
        "candidates.orders.routes[1].match"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ("a", "'a'"),
        ([1], "a list"),
        ({"a": 1}, "a table"),
        (date(2024, 5, 6), "2024-05-06"),
    ],
)
def test_a_value_is_shown_as_in_the_file(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_long_value_is_shortened() -> None:
    assert len(shown("x" * 500)) == 60


def test_the_nearest_name_is_offered_else_all_of_them() -> None:
    assert hint("timeout_ms", ["timeout-ms", "url"]) == "did you mean 'timeout-ms'?"
    assert hint("zzz", ["timeout-ms", "url"]) == "known: timeout-ms, url"
    assert hint("zzz", []) == "none is declared"
    assert nearest("Routes", ["routes"]) == "routes"
