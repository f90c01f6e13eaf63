import time

from shadowpact.model.clock import SystemClock


def test_the_machines_clock_tells_microseconds_since_the_epoch() -> None:
    before = time.time_ns() // 1000
    now = SystemClock().now_us()

    assert before <= now <= time.time_ns() // 1000


def test_the_other_one_never_runs_backwards() -> None:
    clock = SystemClock()
    seen = [clock.monotonic_s() for _ in range(100)]

    assert seen == sorted(seen)
