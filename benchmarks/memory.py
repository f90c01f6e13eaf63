"""The worker's memory against its progress."""

from collections.abc import Sequence

import msgspec

from benchmarks.errors import BenchmarkError
from benchmarks.nginx import Nginx
from benchmarks.processes import resident_kib

EVERY_S = 0.25


class Sample(msgspec.Struct, frozen=True):
    """The worker at one moment.

    Attributes:
        seconds: Since it was started.
        pairs: Requests the candidate had answered.
        resident_kib: Memory of the worker.
    """

    seconds: float
    pairs: int
    resident_kib: int


class Watch:
    """Takes a sample now and then; its own calls to the candidate are taken off."""

    def __init__(self, candidate: Nginx) -> None:
        self._candidate = candidate
        self._before = candidate.requests()
        self._due_s = 0.0
        self.samples: list[Sample] = []

    def look(self, pid: int, seconds: float) -> None:
        """Take a sample when one is due."""
        if seconds < self._due_s:
            return
        self._due_s = seconds + EVERY_S
        resident = resident_kib(pid)
        if resident == 0:  # it has just ended
            return
        calls = len(self.samples) + 1
        pairs = self._candidate.requests() - self._before - calls
        self.samples.append(Sample(seconds, pairs, resident))


def growth(samples: Sequence[Sample], count: int) -> tuple[Sample, Sample]:
    """The first sample a quarter of the way, and the last.

    Raises:
        BenchmarkError: There are none, or the run was too short to tell.
    """
    later = [sample for sample in samples if sample.pairs >= count / 4]
    if len(later) < 2:
        raise BenchmarkError(
            f"expected two samples behind a quarter of the way, got {len(later)}: "
            "use more --exchanges"
        )
    return later[0], later[-1]
