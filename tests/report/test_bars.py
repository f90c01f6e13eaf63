import re

from shadowpact.report.bars import Part, share_bar, stacked_bar, swatch


def widths(svg: str) -> list[float]:
    return [float(width) for width in re.findall(r'width="([\d.]+)"', svg)]


def test_a_share_is_as_wide_as_it_is_large() -> None:
    assert widths(share_bar(1, 4, "good")) == [100, 25]
    assert widths(share_bar(0, 0, "good")) == [100, 0]


def test_the_parts_fill_the_bar_and_a_small_one_can_be_seen() -> None:
    drawn = widths(stacked_bar([Part("a", 1_000_000, "good"), Part("b", 1, "bad")]))

    assert abs(sum(drawn) - 1000) < 0.1
    assert drawn[1] > 3


def test_an_empty_part_is_not_drawn_and_an_empty_whole_is_no_bar() -> None:
    assert len(widths(stacked_bar([Part("a", 1, "good"), Part("b", 0, "bad")]))) == 1
    assert not stacked_bar([Part("a", 0, "good")])


def test_bars_are_hidden_from_a_screen_reader() -> None:
    for drawn in (share_bar(1, 2, "good"), swatch("bad"), stacked_bar([Part("a", 1, "good")])):
        assert 'aria-hidden="true"' in drawn
