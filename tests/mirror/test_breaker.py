import pytest

from shadowpact.mirror.breaker import Breaker
from support.clock import ManualClock

PAUSE_S = 5.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> Breaker:
    return Breaker(clock, failures=3, pause_ms=5000)


def opened(breaker: Breaker) -> Breaker:
    for _ in range(3):
        breaker.failed()
    return breaker


def test_it_lets_everything_pass_as_long_as_failures_are_few(breaker: Breaker) -> None:
    breaker.failed()
    breaker.failed()

    assert not breaker.is_open
    assert [breaker.wait_s() for _ in range(5)] == [0.0] * 5


def test_a_row_of_failures_opens_it(breaker: Breaker) -> None:
    opened(breaker)

    assert breaker.is_open
    assert breaker.wait_s() == PAUSE_S


def test_an_answer_in_between_begins_the_row_anew(breaker: Breaker) -> None:
    for _ in range(10):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()

    assert not breaker.is_open


def test_the_wait_becomes_shorter_as_time_passes(breaker: Breaker, clock: ManualClock) -> None:
    opened(breaker)
    clock.advance(3)

    assert breaker.wait_s() == pytest.approx(PAUSE_S - 3)


def test_after_the_pause_one_request_probes_and_the_others_wait(
    breaker: Breaker, clock: ManualClock
) -> None:
    opened(breaker)
    clock.advance(PAUSE_S)

    assert [breaker.wait_s() for _ in range(4)] == [0.0, PAUSE_S, PAUSE_S, PAUSE_S]
    assert breaker.is_open


def test_a_probe_that_is_answered_closes_it(breaker: Breaker, clock: ManualClock) -> None:
    opened(breaker)
    clock.advance(PAUSE_S)
    breaker.wait_s()
    breaker.succeeded()

    assert not breaker.is_open
    assert [breaker.wait_s() for _ in range(4)] == [0.0] * 4
    breaker.failed()
    assert not breaker.is_open


def test_a_probe_that_fails_begins_another_pause(breaker: Breaker, clock: ManualClock) -> None:
    opened(breaker)
    for _ in range(4):
        clock.advance(PAUSE_S)
        assert breaker.wait_s() == 0.0
        clock.advance(1)
        breaker.failed()

        assert breaker.wait_s() == PAUSE_S


def test_a_probe_that_never_tells_how_it_went_is_not_the_last(
    breaker: Breaker, clock: ManualClock
) -> None:
    opened(breaker)
    for _ in range(3):
        clock.advance(PAUSE_S)

        assert breaker.wait_s() == 0.0
        assert breaker.wait_s() > 0.0


def test_a_late_answer_to_an_earlier_request_closes_it(breaker: Breaker) -> None:
    opened(breaker).succeeded()

    assert breaker.wait_s() == 0.0


def test_one_failure_can_be_enough(clock: ManualClock) -> None:
    breaker = Breaker(clock, failures=1, pause_ms=1000)
    breaker.failed()

    assert breaker.wait_s() == 1.0
