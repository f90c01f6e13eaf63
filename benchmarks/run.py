"""All benchmarks with their default sizes, one after the other; the table at the end.

Before them a short fuzz run: figures of a comparison that is wrong mean nothing.

``--quick`` is a smoke run: one short round each, results under ``results/local``.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

BENCHMARKS = {
    "proxy": ("proxy",),
    "worker": ("worker",),
    "worker-memory": ("worker", "--memory"),
    "recording": ("recording",),
    "compare": ("compare",),
    "contracts": ("contracts",),
    "contracts-verify": ("contracts_verify",),
    "replay": ("replay",),
    "replay-memory": ("replay", "--memory"),
}
"""Result, and module with arguments. Each runs in a process of its own, so none inherits another's
heap."""

FUZZ_EXAMPLES = 300
"""Inputs of each target of the fuzz run: half a minute, a few seconds of a quick one."""
FUZZ_EXAMPLES_QUICK = 20


def main() -> int:
    """Run what was asked for.

    Returns:
        0, or 1 when a benchmark could not be run or the fuzz run found something; a missed target
        is a result, not an error.
    """
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run: its numbers mean nothing"
    )
    parser.add_argument("--rounds", type=int, help="rounds of each benchmark")
    given = parser.parse_args()
    extra = ["--quick"] if given.quick else []
    if given.rounds:
        extra += ["--rounds", str(given.rounds)]
    print("== fuzz run ==\n", flush=True)
    inputs = FUZZ_EXAMPLES_QUICK if given.quick else FUZZ_EXAMPLES
    is_right = _module("fuzz", "--examples", str(inputs)) == 0
    statuses = {name: _module(*call, *extra) for name, call in BENCHMARKS.items()}
    measured = [name for name, status in statuses.items() if status == 0]
    folder = ROOT / "benchmarks" / "results"
    print("\n\n== all results ==\n", flush=True)
    _module("table", "--results", str(folder / "local" if given.quick else folder), *measured)
    for name in statuses.keys() - measured:
        print(f"not measured: {name} (its message is above)", file=sys.stderr)
    if not is_right:
        print("the fuzz run found something (its message is above)", file=sys.stderr)
    return 0 if is_right and len(measured) == len(statuses) else 1


def _module(name: str, *arguments: str) -> int:
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
