import io
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from shadowpact.report.bodies import Line
from shadowpact.report.columns import (
    CONTEXT,
    NARROWEST,
    Facing,
    Mark,
    clipped,
    folded,
    legend,
    print_columns,
)


def row(left: str | None, right: str | None, mark: Mark = "equal", **more: object) -> Facing:
    lines = [None if value is None else Line("", value) for value in (left, right)]
    return Facing(mark=mark, baseline=lines[0], candidate=lines[1], **more)  # type: ignore[arg-type]  # depth, note


def equal(count: int, depth: int = 0) -> list[Facing]:
    return [row(f"e{number}", f"e{number}", depth=depth) for number in range(count)]


CHANGED = row("old", "new", "changed", depth=3)


def shown(rows: Iterable[Facing]) -> list[str]:
    return [one.note or (one.baseline.value if one.baseline else "") for one in rows]


def printed(
    rows: Sequence[Facing], width: int = 60, *, colours: bool = False, titles: bool = False
) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, force_terminal=colours)
    print_columns(console, rows, width, ("a.json", "b.json") if titles else None)
    return out.getvalue()


def test_equal_rows_far_from_what_differs_are_counted() -> None:
    found = shown(folded([*equal(100), CHANGED, *equal(50)]))

    assert found == [
        *("97 equal lines", "e97", "e98", "e99", "old"),
        *("e0", "e1", "e2", "47 equal lines"),
    ]


def test_a_single_equal_row_is_shown_rather_than_counted() -> None:
    around = equal(CONTEXT)
    found = shown(folded([CHANGED, *around, row("one", "one"), *around, CHANGED]))

    assert "one" in found
    assert not any("equal" in text for text in found)
    assert shown(folded([CHANGED, *around, row("last", "last")]))[-1] == "last"


def test_what_begins_the_containers_around_a_row_stays_in_sight() -> None:
    rows = [
        *(row("{", "{", depth=0), row('"items": [', '"items": [', depth=1)),
        *equal(40, depth=2),
        *(row("[", "[", depth=2), *equal(20, depth=3), CHANGED),
    ]

    assert shown(folded(rows)) == [
        *("{", '"items": [', "40 equal lines", "[", "17 equal lines", "e17", "e18", "e19", "old")
    ]


def test_rows_beyond_the_most_are_counted() -> None:
    found = list(folded([CHANGED] * 30, most_rows=10))

    assert len(found) == 11
    assert found[-1].note == "20 more rows that differ, not shown (--full shows all)"


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=60))
def test_every_row_is_shown_or_counted_once(rows: list[tuple[bool, int]]) -> None:
    all_rows = [
        row(str(number), str(number), "changed" if differs else "equal", depth=depth)
        for number, (differs, depth) in enumerate(rows)
    ]

    found = list(folded(all_rows))

    counted = sum(int(one.note.split()[0]) for one in found if one.mark == "gap")
    numbers = [int(one.baseline.value) for one in found if one.baseline]
    assert counted + len(numbers) == len(rows)
    assert numbers == sorted(set(numbers))
    assert {number for number, (differs, _) in enumerate(rows) if differs} <= set(numbers)


def test_both_sides_stand_beside_each_other_with_a_sign_between() -> None:
    rows = [row("same", "same"), row("1", '"1"', "breaking"), row(None, "more", "additive")]

    assert [line.split() for line in printed(rows).splitlines()] == [
        ["same", "│", "same"],
        ["1", "!", '"1"'],
        ["+", "more"],
    ]


def test_titles_stand_above_the_columns() -> None:
    first, second = printed([], titles=True).splitlines()

    assert first.split() == ["a.json", "│", "b.json"]
    assert set(second) == {"─", "┼"}
    assert first.index("│") == second.index("┼")


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.integers(NARROWEST, 120),
    st.text(max_size=60),
)
def test_no_line_is_wider_than_the_terminal_and_the_gutter_is_in_its_column(
    left: str, right: str, width: int, note: str
) -> None:
    lines = printed([row(left, right, "changed", note=note)], width).split("\n")

    assert len(lines) == 2
    assert cell_len(lines[0]) <= width
    at = [lines[0][:index] for index in range(len(lines[0])) if lines[0][index:][:3] == " ~ "]
    assert (width - 3) // 2 in [cell_len(before) for before in at] + (
        [(width - 3) // 2] if lines[0].endswith(" ~") else []
    )


def test_wide_characters_take_two_columns() -> None:
    first, second = printed([row("日本語" * 2, "x"), row("abc", "x")]).splitlines()

    assert cell_len(first[: first.index("│")]) == cell_len(second[: second.index("│")])
    assert clipped("日本語日本語", 7) == "日本語…"
    assert clipped("日本語日本語", 6) == "日本…"


def test_a_long_value_is_cut_so_that_what_differs_is_in_sight() -> None:
    one, other = "x" * 5_000 + "old" + "y" * 5_000, "x" * 5_000 + "new" + "y" * 5_000

    (line,) = printed([row(one, other, "changed")], 80).splitlines()

    assert "xold" in line
    assert "xnew" in line
    assert line.count("…") == 4


def test_a_long_value_takes_all_the_columns_there_are_and_both_sides_begin_alike() -> None:
    one, other = "w" * 60 + "old", "w" * 60 + "newer"
    (line,) = printed([row(one, other, "changed")], 80).splitlines()
    left, right = line.split(" ~ ")

    assert left.strip() == "…" + "w" * 32 + "old"
    assert right.strip() == "…" + "w" * 32 + "newer"


def test_a_value_that_differs_within_the_columns_is_shown_from_its_begin() -> None:
    (line,) = printed([row("abc-1" + "x" * 90, "abc-2" + "x" * 90, "changed")], 60).splitlines()

    assert line.startswith("abc-1x")
    assert " ~ abc-2x" in line


def test_the_rule_that_covers_a_row_is_named_and_never_cut_by_its_value() -> None:
    (line,) = printed([row("a" * 100, "b" * 100, "ignored", note="own-clock")], 60).splitlines()

    assert line.endswith("← own-clock")


@pytest.mark.parametrize(
    ("mark", "code"),
    [("breaking", "31"), ("changed", "33"), ("additive", "32"), ("cosmetic", "36")],
)
def test_each_severity_has_its_colour(mark: Mark, code: str) -> None:
    assert f"\x1b[{code}m" in printed([row("lead 1", "lead 2", mark)], colours=True)


def test_what_is_ignored_is_dimmed() -> None:
    assert "\x1b[2m" in printed([row("1", "2", "ignored")], colours=True)


def test_control_characters_never_reach_the_terminal() -> None:
    hostile = "\x1b[2J\x07\r\n\x9b31m\u202e"
    line = Line(hostile, hostile, tail=hostile)
    facing = Facing(mark="changed", baseline=line, candidate=line, note=hostile)

    out = printed([facing, Facing(mark="gap", note=hostile)], 200)

    assert set(out) & set(hostile) == {"[", "2", "J", "3", "1", "m", "\n"}
    assert out.count("\n") == 2


def test_the_legend_explains_the_signs_that_were_there() -> None:
    assert legend({"breaking", "equal", "ignored"}).plain == "! breaking  · ignored"
