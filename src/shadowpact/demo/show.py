"""Tells the demo as a story in a terminal: each step is a command that anybody can type."""

import asyncio
import shlex
import textwrap
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shadowpact.demo import traffic
from shadowpact.demo.baseline import TOKEN
from shadowpact.demo.faults import FAULTS
from shadowpact.demo.stage import CONTRACTS, PROVIDER, STATE, Stage
from shadowpact.errors import EXIT_FINDINGS, EXIT_PASS

WIDTH = 100
"""Columns of a heading, where the terminal has as many."""


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule covered.

    Attributes:
        rule: Its id.
        reason: Why it is there.
        places: ``GET /orders/{id} body $.request_id``, each with how often; never empty.
    """

    rule: str
    reason: str
    places: tuple[tuple[str, int], ...]


type ReadIgnored = Callable[[Path], Sequence[Ignored]]
"""Reads what rules covered, given the folder with configuration and state."""


class Story:
    """The demo, step by step.

    Args:
        out: Where to tell it.
        stage: What runs; entered.
        read_ignored: Where to learn what rules covered.
        is_kept: Whether the folder is still there afterwards.
    """

    def __init__(
        self, out: Console, stage: Stage, *, read_ignored: ReadIgnored, is_kept: bool
    ) -> None:
        self._out = out
        self._stage = stage
        self._read_ignored = read_ignored
        self._is_kept = is_kept
        self._steps = 0

    def tell(self) -> None:
        """All of it, in order."""
        self.send_traffic()
        self.show_findings()
        self.show_ignored()
        self.build_contracts()
        self.verify_both()
        self.ask_gate()
        self.look_next()

    def send_traffic(self) -> None:
        """Drive the traffic through the proxy and work through it."""
        stage = self._stage
        self._step("Real traffic through real mitmdump")
        self._out.print(_picture(stage))
        asks = traffic.requests()
        began = time.monotonic()
        with self._out.status(f"{len(asks)} requests on their way"):
            statuses = asyncio.run(stage.drive(asks))
            took = time.monotonic() - began
            stage.settle()
        self._say(
            f"{statuses.total()} requests in {took:.1f} s (by status: {show_counts(statuses)}). "
            "Clients saw only the monolith's answers; the replacement got copies of the requests."
        )

    def show_findings(self) -> None:
        """The findings, the routes and the loss line."""
        self._step("What differs, and what was not compared")
        seeded = [fault for fault in FAULTS if not fault.follows]
        slow = sum(fault.location == "latency" for fault in seeded)
        seen = len(seeded) - slow
        self._say(
            f"The replacement was seeded with {seen + slow} faults: {seen} in its answers, and "
            f"{slow} slow route (see p50). A type, a missing field or a status class that changed "
            "is real once seen twice; a changed value is undecided until its noise is measured."
        )
        self._command("findings", expected={EXIT_FINDINGS})

    def show_ignored(self) -> None:
        """What rules covered, and the reason of each."""
        self._step("What was ignored, and why")
        self._out.print(ignored_table(self._read_ignored(self._stage.folder)))

    def build_contracts(self) -> None:
        """Pact files out of what was observed and found."""
        self._step("Contracts out of findings and observed behaviour")
        self._command("contracts", "build", "--out", CONTRACTS)

    def verify_both(self) -> None:
        """The replacement fails them, the monolith passes."""
        self._step("The contracts against the replacement: they fail")
        self._say(
            "What is known to fail is pending: without --strict it is reported and does not break "
            "the build, until it passes once and is promoted. With it, nothing is forgiven."
        )
        self._verify(self._stage.candidate_url, EXIT_FINDINGS)
        self._step("The same contracts against the monolith: they pass")
        self._verify(self._stage.baseline_url, EXIT_PASS)

    def ask_gate(self) -> None:
        """Which routes may be switched."""
        self._step("Which routes may be switched today?")
        self._say("By what they answer; how long they take is shown above, and not judged.")
        self._command("gate", expected={EXIT_FINDINGS})

    def look_next(self) -> None:
        """Paths and commands."""
        self._step("Where to look next")
        folder = self._stage.folder
        if not self._is_kept:
            self._say("This was a temporary folder. To look around in it, keep it:")
            self._out.print("  shadowpact demo --keep demo\n", style="bold")
            folder = Path("demo")
        rows = (
            (str(folder / "shadowpact.toml"), "all that shadowpact was told"),
            (str(folder / CONTRACTS), "pact files, one interaction for each behaviour"),
            (str(folder / STATE), "recording (credentials sealed) and store"),
            (f"cd {folder} && shadowpact report --format html --out report.html", "to send around"),
            ("docs/tutorial.md", "the same steps by hand"),
            ("docs/how-to/mirror-httpbin.md", "two servers that nobody here wrote"),
        )
        widest = max(len(place) for place, _ in rows)
        for place, what in rows:
            self._out.print(Text(f"  {place:<{widest}}", "bold") + Text(f"  {what}", "not bold"))

    def _verify(self, url: str, expected: int) -> None:
        self._command(*verify_arguments(url), expected={expected})

    def _command(self, *arguments: str, expected: Collection[int] = (EXIT_PASS,)) -> None:
        shown = shlex.join(arguments).replace(TOKEN, "$TOKEN").replace("'", '"')
        self._out.print(Text(f"$ shadowpact {shown}", "bold cyan"))
        self._stage.run(*arguments, expected=expected, show=True)

    def _step(self, title: str) -> None:
        self._steps += 1
        self._out.print()
        heading = Text(f"{self._steps}  {title} ", "bold")
        rest = min(self._out.width, WIDTH) - heading.cell_len
        self._out.print(heading + Text("─" * rest, "cyan"))

    def _say(self, sentence: str) -> None:
        width = min(self._out.width, WIDTH)
        self._out.print(Text(textwrap.fill(sentence, width), "dim"))


def verify_arguments(url: str) -> tuple[str, ...]:
    """Verify the demo's contracts; they hold no credentials, so the token is given by hand."""
    return (
        *("verify", CONTRACTS, "--strict", "--provider", PROVIDER, "--url", url),
        *("--header", f"Authorization: Bearer {TOKEN}"),
    )


def ignored_table(ignored: Iterable[Ignored]) -> Table:
    """One line for each place that a rule covered; rule and reason on its first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("rule", "reason", "where"):
        table.add_column(name)
    table.add_column("times", justify="right")
    for one in ignored:
        for number, (place, count) in enumerate(one.places):
            about = ("", "") if number else (one.rule, one.reason)
            table.add_row(*(Text(cell) for cell in (*about, place, str(count))))
    return table


def show_counts(statuses: Mapping[int, int]) -> str:
    """``200: 402, 404: 20``."""
    return ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))


def _picture(stage: Stage) -> Text:
    return Text(
        f"  clients ──▶ mitmdump + addon ──▶ monolith     {stage.baseline_url}\n"
        "                   │ recording\n"
        f"                   ╰─▶ worker ─────▶ replacement  {stage.candidate_url}\n"
    )
