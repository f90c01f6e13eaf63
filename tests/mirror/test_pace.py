import pytest

from shadowpact.mirror.pace import Pace
from support.build import STARTED_US, exchange

START_S = 100.0


def due(pace: Pace, after_s: float, session: str | None = None) -> float:
    at_us = STARTED_US + round(after_s * 1_000_000)
    return pace.due_s(exchange(started_us=at_us), session) - START_S


def pace(speed: float = 1.0, longest_gap_s: float | None = None) -> Pace:
    return Pace(speed=speed, longest_gap_s=longest_gap_s, start_s=START_S)


def test_gaps_are_kept_at_the_recorded_speed() -> None:
    one = pace()

    assert [due(one, s) for s in (0, 0.25, 3)] == pytest.approx([0, 0.25, 3])


def test_gaps_are_scaled() -> None:
    ten = pace(10)

    assert [due(ten, s) for s in (0, 5, 30)] == pytest.approx([0, 0.5, 3])


def test_an_exchange_recorded_after_a_later_one_is_due_at_its_own_time() -> None:
    one = pace()
    due(one, 0)
    due(one, 5)

    assert due(one, 2) == pytest.approx(2)
    assert due(one, 6) == pytest.approx(6)


def test_nothing_is_due_before_the_start() -> None:
    one = pace()
    due(one, 5)

    assert due(one, 0) == 0


def test_a_pause_of_everybody_is_cut_on_demand() -> None:
    cut = pace(longest_gap_s=1)

    assert [due(cut, s) for s in (0, 600, 600.5)] == pytest.approx([0, 1, 1.5])


def test_a_pause_of_one_session_is_cut_while_others_go_on() -> None:
    cut = pace(longest_gap_s=1)
    for second in range(10):
        due(cut, second / 2, "busy")
    due(cut, 5, "thinking")

    for step in range(11, 40):
        due(cut, step / 2, "busy")

    assert due(cut, 20, "thinking") == pytest.approx(6)
    assert due(cut, 20.5, "thinking") == pytest.approx(6.5)


def test_without_a_limit_a_session_keeps_its_pauses() -> None:
    one = pace()
    due(one, 0, "a")

    assert due(one, 600, "a") == pytest.approx(600)


def test_pauses_can_be_cut_to_nothing() -> None:
    none = pace(longest_gap_s=0)

    assert [due(none, s, "a") for s in (0, 0.25, 3600)] == [0, 0, 0]
