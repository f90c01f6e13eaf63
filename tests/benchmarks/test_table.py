from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, Result, write
from benchmarks.table import BEGIN, END, between_markers, load, main, markdown, number, spread

FIGURE = Figure(
    name="ours",
    unit="x bare",
    value=0.93,
    per_round=(0.95, 0.93, 0.91),
    target=">= 0.9",
    outcome="ok",
)

RESULT = Result(
    name="sample",
    command="python -m benchmarks.sample",
    commit="0123456789abcdef with uncommitted changes",
    measured_at="2025-06-15T15:06:40+00:00",
    machine={"cpu": "a cpu", "cores": "2"},
    settings={"pinning": "not pinned"},
    figures=(FIGURE,),
    medians={},
    rounds=(),
    notes=("a note",),
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.934, "0.93"), (12345.6, "12,346"), (887.4, "887"), (0.0123, "0.012"), (0.0, "0.00")],
)
def test_a_number_shows_no_more_than_was_measured(value: float, shown: str) -> None:
    assert number(value) == shown


def test_the_spread_goes_from_the_lowest_to_the_highest_round() -> None:
    assert spread(FIGURE) == "0.91 - 0.95"


def test_the_documented_table_names_command_commit_target_and_outcome() -> None:
    text = markdown([RESULT])

    assert "`python -m benchmarks.sample`" in text
    assert "commit 0123456789ab with uncommitted changes" in text
    assert "| ours | 0.93 | x bare | 0.91 - 0.95 | >= 0.9 | ok |" in text
    assert "- a note" in text


def test_without_results_the_table_says_so() -> None:
    assert markdown([]) == "No results are checked in.\n"


def test_only_what_is_between_the_markers_is_replaced() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    assert between_markers(text, "new\n") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_writing_twice_changes_nothing() -> None:
    once = between_markers(f"{BEGIN}{END}", "table")

    assert between_markers(once, "table") == once


def test_a_file_without_markers_is_refused() -> None:
    with pytest.raises(BenchmarkError, match="figures: begin"):
        between_markers("no markers here", "table")


def test_check_tells_a_stale_file_from_a_current_one(tmp_path: Path) -> None:
    write(RESULT, tmp_path / "results")
    page = tmp_path / "figures.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    results = ("--results", str(tmp_path / "results"))

    assert main([*results, "--check", str(page)]) == 1
    assert main([*results, "--write", str(page)]) == 0
    assert main([*results, "--check", str(page)]) == 0


def test_only_results_are_loaded_and_the_rest_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(RESULT, tmp_path)
    (tmp_path / "other.json").write_text('{"schema": "another/1"}')
    (tmp_path / "list.json").write_text("[1]")

    assert load(tmp_path) == (RESULT,)
    said = capsys.readouterr().err
    assert "other.json" in said
    assert "list.json" in said
