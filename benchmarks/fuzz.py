"""A fuzz run of fixed length over decoders, headers and the whole comparison.

Whatever comes in: no crash, no hang, an answer is equal to itself, and the other way round the
same differs. It ends with a summary, and with 1 and the smallest input that fails when one does.
The seed is printed; with it the same inputs come again.
"""

import argparse
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from benchmarks.fuzz_targets import TARGETS, Target

EXAMPLES = 2_000
LIMIT_S = 10.0
"""Processor time that one example may take."""


class TooSlowError(Exception):
    """An example did not end in time."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What fuzzing one target gave.

    Attributes:
        name: Of the target.
        examples: How many inputs were tried.
        seconds: How long it took.
        slowest_s: Processor time of the slowest input.
        failure: What went wrong with it; empty when nothing did.
        failing: The smallest input that failed.
    """

    name: str
    examples: int
    seconds: float
    slowest_s: float
    failure: str = ""
    failing: Any = None


class _Timer:
    """Raises in an example that takes too long, and once more when that was taken for its own.

    What ends the example is always raised from the same line, with the place that took so long as
    a note: two errors from two lines would be two bugs to Hypothesis, and where the time runs out
    differs from run to run.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._running = False
        self._late_at = ""
        self.slowest_s = 0.0

    def __call__(self, check: Callable[[Any], None], example: Any) -> None:
        self._late_at = ""
        started = time.process_time()
        before = signal.signal(signal.SIGVTALRM, self._late)
        self._running = True
        signal.setitimer(signal.ITIMER_VIRTUAL, self._limit_s)
        try:
            check(example)
        except Exception:
            if not self._late_at:
                raise
        finally:
            self._running = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)
            self.slowest_s = max(self.slowest_s, time.process_time() - started)
        if self._late_at:
            error = TooSlowError(f"more than {self._limit_s:g} s of processor time")
            error.add_note(self._late_at)
            raise error

    def _late(self, _number: int, frame: FrameType | None) -> None:
        if self._running:
            self._late_at = "".join(traceback.format_stack(frame, limit=4)).rstrip()
            raise TooSlowError


def fuzz(
    name: str, target: Target, *, examples: int, seed_: int, limit_s: float = LIMIT_S
) -> Outcome:
    """Try a target with a fixed number of inputs; a failing one is made as small as can be."""
    timer = _Timer(limit_s)
    tried = 0
    failing: list[Any] = []

    @seed(seed_)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(target.examples)
    def run(example: Any) -> None:
        nonlocal tried
        tried += not failing
        try:
            timer(target.check, example)
        except Exception:
            failing[:] = [example]
            raise

    started = time.perf_counter()
    failure = ""
    try:
        run()
    except Exception as error:  # noqa: BLE001  whatever it is, it is what was looked for
        failure = "".join(traceback.format_exception_only(error)).strip()
        failure = f"{failure}\n{_where(error)}"
    return Outcome(
        name=name,
        examples=tried,
        seconds=time.perf_counter() - started,
        slowest_s=timer.slowest_s,
        failure=failure,
        failing=failing[0] if failing else None,
    )


def _where(error: Exception) -> str:
    """The innermost calls, which tell where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "hypothesis" not in frame.filename]
    return "".join(traceback.format_list(ours[-4:])).rstrip()


def main(arguments: Sequence[str] | None = None, targets: Mapping[str, Target] = TARGETS) -> int:
    """Run what was asked for.

    Returns:
        0, or 1 when an input failed.
    """
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="inputs of each target")
    parser.add_argument("--seed", type=int, help="to try the same inputs again")
    parser.add_argument("--only", action="append", choices=list(targets), help="this target alone")
    given_ = parser.parse_args(arguments)
    seed_ = random.SystemRandom().randrange(2**32) if given_.seed is None else given_.seed
    print(f"seed {seed_}", flush=True)
    failed = []
    total = 0
    for name in given_.only or targets:
        outcome = fuzz(name, targets[name], examples=given_.examples, seed_=seed_)
        total += outcome.examples
        print(_line(outcome), flush=True)
        if outcome.failure:
            failed.append(name)
            again = f"--only {name} --examples {given_.examples} --seed {seed_}"
            print(f"\n{outcome.failure}\n\ninput: {outcome.failing!r}")
            print(f"again: python -m benchmarks.fuzz {again}\n", flush=True)
    verdict = f"failed: {', '.join(failed)}" if failed else "nothing failed"
    print(f"{total:,} examples, {verdict}")
    return 1 if failed else 0


def _line(outcome: Outcome) -> str:
    state = "FAILED" if outcome.failure else "ok"
    return (
        f"{outcome.name:<12} {outcome.examples:>8,} examples {outcome.seconds:>7.1f} s"
        f"  slowest {outcome.slowest_s:.3f} s  {state}"
    )


if __name__ == "__main__":
    sys.exit(main())
