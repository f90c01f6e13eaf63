import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import strategies as st

from benchmarks import fuzz_targets
from benchmarks.fuzz import fuzz, main
from benchmarks.fuzz_targets import TARGETS, Target
from shadowpact.model.encoding import decode

ROOT = Path(__file__).resolve().parents[2]


def test_a_short_run_tries_every_target_and_ends_with_a_summary() -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", "--examples", "5", "--seed", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[0] == "seed 7"
    assert [line.split()[0] for line in lines[1:-1]] == list(TARGETS)
    assert lines[-1].endswith("examples, nothing failed")


def test_a_planted_bug_is_found_made_small_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forgetful(body: bytes, applied: Sequence[str], *, limit_bytes: int) -> bytes:
        if len(applied) > 1:
            raise KeyError("planted")
        return decode(body, applied, limit_bytes=limit_bytes)

    monkeypatch.setattr(fuzz_targets, "decode", forgetful)

    status = main(["--only", "encodings", "--examples", "500", "--seed", "1"])

    out = capsys.readouterr().out
    assert status == 1
    assert "KeyError: 'planted'" in out
    assert "again: python -m benchmarks.fuzz --only encodings --examples 500 --seed 1" in out
    assert out.splitlines()[-1].endswith("failed: encodings")


def test_the_smallest_input_that_fails_is_the_one_reported() -> None:
    def check(number: int) -> None:
        assert number < 1_000

    outcome = fuzz("numbers", Target(st.integers(), check), examples=200, seed_=1)

    assert outcome.failing == 1_000
    assert outcome.failure.startswith("AssertionError")


def test_the_same_seed_tries_the_same_inputs() -> None:
    tried: list[list[int]] = [[], []]
    for seen in tried:
        assert not fuzz("n", Target(st.integers(), seen.append), examples=30, seed_=5).failure

    assert tried[0] == tried[1]
    assert len(tried[0]) == 30


def busy_beyond(number: int) -> None:
    """Keeps the processor busy for ten numbers and more, until somebody stops it."""
    ends_at = time.process_time() + 2
    while number > 10 and time.process_time() < ends_at:
        sum(range(1_000))


def busy_and_deaf_beyond(number: int) -> None:
    """As `busy_beyond`, and takes whatever stops it for an error of its own."""
    ends_at = time.process_time() + 0.3
    while number > 10 and time.process_time() < ends_at:
        with contextlib.suppress(Exception):
            sum(range(1_000))


@pytest.mark.parametrize("check", [busy_beyond, busy_and_deaf_beyond])
def test_an_input_that_takes_too_long_fails_even_where_every_error_is_taken(
    check: Callable[[int], None],
) -> None:
    target = Target(st.sampled_from([1, 50]), check)
    outcome = fuzz("slow", target, examples=20, seed_=1, limit_s=0.05)

    assert outcome.failure.startswith("benchmarks.fuzz.TooSlowError: more than 0.05 s")
    assert check.__name__ in outcome.failure
    assert outcome.failing == 50


def test_an_input_that_is_late_now_inside_now_outside_what_takes_every_error_is_one_bug() -> None:
    runs = 0

    def check(number: int) -> None:
        nonlocal runs
        if number > 10:
            runs += 1
            if runs % 2:
                with contextlib.suppress(Exception):
                    busy_beyond(number)
            else:
                busy_beyond(number)

    target = Target(st.sampled_from([1, 50]), check)
    outcome = fuzz("slow", target, examples=20, seed_=1, limit_s=0.02)

    assert runs > 1
    assert outcome.failure.startswith("benchmarks.fuzz.TooSlowError: more than 0.02 s")
    assert outcome.failing == 50
