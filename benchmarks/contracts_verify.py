"""Contracts: verifying 300 interactions, against pact-python's own verifier on the same files.

Both verify the same 15 files of 20 interactions against nginx, which gives every path the same
document. Measured is the wall time of the whole command, its start included, on both sides.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.documents import DOCUMENT
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Figure, Measured, Measurement, Result, Target
from benchmarks.machine import ROOT
from benchmarks.nginx import nginx

OURS = "shadowpact verify"
PEER = "pact-python"

INTERACTIONS = 300
FILE_SIZE = 20
MOST_OF_PEER = 1.5

NOTES = (
    "Peer: pact_python.Verifier, one run for each file of 20 interactions, in one process.",
    "Neither is pinned: shadowpact uses as many processes as fit, the peer has one.",
)


def figures(measured: Measured) -> Iterator[Figure]:
    """The lines of the table."""
    yield measured.ratio(
        OURS,
        PEER,
        "seconds",
        name=f"verify {INTERACTIONS} interactions: time",
        target=Target(at_most=MOST_OF_PEER),
    )
    for name in (OURS, PEER):
        yield measured.absolute(name, "seconds", name=name, unit="s")


def write_contracts(folder: Path) -> None:
    """The same expectation of 300 paths, in files of 20."""
    content = json.loads(DOCUMENT)
    rules = {path: {"combine": "AND", "matchers": [{"match": "type"}]} for path in _leaves(content)}
    response = {
        "status": 200,
        "body": {"contentType": "application/json", "encoded": False, "content": content},
        "matchingRules": {"body": rules},
    }
    for first in range(0, INTERACTIONS, FILE_SIZE):
        interactions = [
            {
                "type": "Synchronous/HTTP",
                "key": f"order-{number}",
                "description": f"order {number}",
                "request": {"method": "GET", "path": f"/orders/{number}"},
                "response": response,
            }
            for number in range(first, first + FILE_SIZE)
        ]
        pact = {
            "consumer": {"name": "web"},
            "provider": {"name": "orders"},
            "interactions": interactions,
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
        file = folder / "web" / "orders" / f"GET_orders_{first:03}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(pact, indent=2), "utf-8")


def _leaves(value: Any, path: str = "$") -> Iterator[str]:
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _leaves(held, f"{path}.{name}")
    elif isinstance(value, list):
        yield from _leaves(value[0], f"{path}[*]")
    else:
        yield path


def timed(command: Sequence[str], log: Path) -> Measurement:
    """Run a command from start to end.

    Raises:
        BenchmarkError: It did not end with 0.
    """
    began = time.perf_counter()
    with log.open("wb") as sink:
        done = subprocess.run(command, stdout=sink, stderr=sink, cwd=ROOT, check=False)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        said = log.read_text("utf-8", "replace")[-2000:]
        raise BenchmarkError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return {"seconds": seconds}


def variants(scratch: Path, port: int) -> Mapping[str, Callable[[], Measurement]]:
    """What to measure: ours and the peer."""
    contracts, log = scratch / "contracts", scratch / "output.log"
    verify = ("verify", str(contracts), "--provider", "orders", "--url", f"http://127.0.0.1:{port}")
    ours = (sys.executable, "-m", "shadowpact", *verify)
    peer = (sys.executable, "-m", "benchmarks.peer_pact_verifier", str(port), str(contracts))
    return {OURS: lambda: timed(ours, log), PEER: lambda: timed(peer, log)}


def measure(arguments: Sequence[str]) -> tuple[Result, ...]:
    """Verify, write the result."""
    given = harness.options(__doc__ or "").parse_args(arguments)
    rounds = 1 if given.quick else given.rounds
    run = harness.Run("contracts-verify", quick=given.quick)
    with tempfile.TemporaryDirectory(prefix="shadowpact-bench-") as folder:
        scratch = Path(folder)
        write_contracts(scratch / "contracts")
        with nginx(scratch / "nginx", core=None) as server:
            done = harness.interleave(variants(scratch, server.port), rounds)
    settings = {"interactions": INTERACTIONS, "file_size": FILE_SIZE}
    result = run.finish(done, list(figures(Measured(done))), settings=settings, notes=NOTES)
    return (result,)


if __name__ == "__main__":
    harness.main(measure)
