"""What every benchmark does: interleaved rounds, the facts of the machine, the result."""

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.figures import LOCAL, RESULTS, Figure, Measurement, Result, Round, medians, write
from benchmarks.machine import commit, cores, facts
from benchmarks.table import show

ROUNDS = 5


def interleave(variants: Mapping[str, Callable[[], Measurement]], rounds: int) -> tuple[Round, ...]:
    """Measure every variant once a round: A B C A B C, so a slow minute hits all alike."""
    done: list[Round] = []
    for number in range(1, rounds + 1):
        measured: dict[str, Measurement] = {}
        for name, measure in variants.items():
            measured[name] = {key: round(value, 4) for key, value in measure().items()}
            shown = "  ".join(f"{key} {value:,.2f}" for key, value in measured[name].items())
            print(f"round {number}/{rounds}  {name}: {shown}", file=sys.stderr, flush=True)
        done.append(measured)
    return tuple(done)


class Run:
    """One run of one benchmark: remembers how it began, writes the result at the end."""

    def __init__(self, name: str, *, quick: bool) -> None:
        # The facts are taken now: the load average has to be the one before our own load.
        self._name = name
        self._quick = quick
        self._machine = facts()
        self._commit = commit()
        self._measured_at = datetime.fromtimestamp(time.time_ns() // 10**9, UTC).isoformat()
        self.cores = cores()
        print(f"{name}: {self.cores.said}", file=sys.stderr, flush=True)

    def finish(
        self,
        rounds: Sequence[Round],
        figures: Sequence[Figure],
        *,
        settings: Mapping[str, str | int | float | bool],
        notes: Sequence[str] = (),
    ) -> Result:
        """Write the result (keys sorted, so two results can be compared line by line)."""
        result = Result(
            name=self._name,
            command=shlex.join(["python", "-m", f"benchmarks.{_module()}", *sys.argv[1:]]),
            commit=self._commit,
            measured_at=self._measured_at,
            machine=self._machine,
            settings={**settings, "pinning": self.cores.said, "quick": self._quick},
            figures=tuple(figures),
            medians=medians(rounds),
            rounds=tuple(rounds),
            notes=tuple(notes),
        )
        write(result, LOCAL if self._quick else RESULTS)
        return result


def options(description: str) -> argparse.ArgumentParser:
    """The options every benchmark has."""
    parser = argparse.ArgumentParser(description=description, allow_abbrev=False)
    parser.add_argument(
        "--rounds", type=_positive, default=ROUNDS, help="interleaved rounds (default: %(default)s)"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one short round, to see that everything runs; its numbers mean nothing",
    )
    return parser


def main(measure: Callable[[Sequence[str]], Sequence[Result]]) -> None:
    """Run a benchmark as a program: print its table, or say what stopped it."""
    try:
        show(measure(sys.argv[1:]))
    except BenchmarkError as error:
        sys.exit(f"{_module()}: {error}")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {value}")
    return value


def _module() -> str:
    return Path(sys.argv[0]).stem
