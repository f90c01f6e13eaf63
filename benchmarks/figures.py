"""Figures, targets and results: values, and the file a benchmark leaves behind."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.errors import BenchmarkError

RESULTS = Path(__file__).with_name("results")
LOCAL = RESULTS / "local"
"""Where smoke runs go: not under version control, and never in the published table."""

SCHEMA = "shadowpact/benchmark/1"

type Measurement = Mapping[str, float]
type Round = Mapping[str, Measurement]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A bound on a figure; exactly one of the two is set."""

    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool:
        """Whether the value keeps to the bound, the bound itself included."""
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is None or value <= self.at_most

    @property
    def said(self) -> str:
        """``>= 0.9`` or ``<= 1.3``."""
        if self.at_least is not None:
            return f">= {self.at_least:,g}"
        return f"<= {self.at_most:,g}"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    Attributes:
        name: What was measured.
        unit: ``x bare mitmdump`` for a ratio to that variant of the same round, else ``pairs/s``.
        value: Median of ``per_round``.
        per_round: In the order of the rounds.
        target: What was promised, ``>= 0.9``; ``None`` for a figure without a promise.
        outcome: ``ok`` or ``missed``; ``None`` without a promise.
    """

    name: str
    unit: str
    value: float
    per_round: tuple[float, ...]
    target: str | None = None
    outcome: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a benchmark leaves behind.

    Attributes:
        schema: ``shadowpact/benchmark/1``.
        name: Of the benchmark, and of the file.
        command: How to run it again.
        commit: What was measured.
        measured_at: Start of the run, ISO 8601, UTC.
        machine: See ``machine.facts``.
        settings: Sizes, durations, pinning.
        figures: The lines of the table.
        medians: Median over the rounds, by variant and metric.
        rounds: Every measurement.
        notes: What a reader has to know beside the numbers.
    """

    schema: str = SCHEMA
    name: str
    command: str
    commit: str
    measured_at: str
    machine: Mapping[str, str]
    settings: Mapping[str, str | int | float | bool]
    figures: tuple[Figure, ...]
    medians: Mapping[str, Measurement]
    rounds: tuple[Round, ...]
    notes: tuple[str, ...] = ()


def medians(rounds: Sequence[Round]) -> dict[str, dict[str, float]]:
    """Median over the rounds, by variant and metric; a variant is in all rounds or in none."""
    return {
        variant: {
            metric: round(statistics.median(each[variant][metric] for each in rounds), 4)
            for metric in rounds[0][variant]
        }
        for variant in rounds[0]
    }


class _Any(msgspec.Struct):
    """A document of whatever schema."""

    schema: str = ""


class Measured(msgspec.Struct, frozen=True):
    """The rounds of a run, and the figures that can be read off them."""

    rounds: tuple[Round, ...]

    def has(self, variant: str) -> bool:
        """Whether the variant was measured in this run."""
        return variant in self.rounds[0]

    def absolute(
        self, variant: str, metric: str, *, name: str, unit: str, target: Target | None = None
    ) -> Figure:
        """A metric of one variant, per round and as the median."""
        values = tuple(each[variant][metric] for each in self.rounds)
        return figure(values, name=name, unit=unit, target=target)

    def ratio(
        self, variant: str, peer: str, metric: str, *, name: str, target: Target | None = None
    ) -> Figure:
        """A metric against the peer's in the same round; the figure is the median of these."""
        values = tuple(round(each[variant][metric] / each[peer][metric], 4) for each in self.rounds)
        return figure(values, name=name, unit=f"x {peer}", target=target)


def figure(
    values: tuple[float, ...], *, name: str, unit: str, target: Target | None = None
) -> Figure:
    """The median of the values, held against the target."""
    value = round(statistics.median(values), 4)
    met = None if target is None else target.met(value)
    return Figure(
        name=name,
        unit=unit,
        value=value,
        per_round=values,
        target=None if target is None else target.said,
        outcome=None if met is None else "ok" if met else "missed",
    )


def write(result: Result, folder: Path) -> Path:
    """Write ``NAME.json``: the same result gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.name}.json"
    encoded = msgspec.json.encode(result, order="sorted")
    path.write_bytes(msgspec.json.format(encoded, indent=2) + b"\n")
    return path


def is_result(path: Path) -> bool:
    """Whether the file says that it is one of ours."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Any).schema == SCHEMA
    except msgspec.MsgspecError:
        return False


def read(path: Path) -> Result:
    """A result from its file.

    Raises:
        BenchmarkError: It is not one of ours.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except msgspec.MsgspecError as error:
        raise BenchmarkError(f"{path}: expected a {SCHEMA} document: {error}") from error
