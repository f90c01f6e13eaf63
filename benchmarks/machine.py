"""The machine a figure was measured on: tools, cores, versions, commit."""

import os
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from benchmarks.errors import MissingToolError

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

SCRIPTS = Path(sys.executable).parent
"""Where ``mitmdump`` and ``shadowpact`` of this environment are."""

DISTRIBUTIONS = ("shadowpact", "mitmproxy", "aiohttp", "httpx", "msgspec", "orjson", "sqlalchemy")

SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")

DEBIAN_PACKAGES = {"nginx": "nginx-light", "wrk": "wrk"}


class Cores(msgspec.Struct, frozen=True, kw_only=True):
    """Which core runs what; ``None`` leaves it to the kernel.

    Attributes:
        measured: For the process whose figure is taken (proxy, or worker draining).
        others: For servers, load generator and everything else.
    """

    measured: int | None = None
    others: int | None = None

    @property
    def said(self) -> str:
        """A sentence for the result."""
        if self.measured is None:
            return "not pinned: taskset or a second core is missing, so figures are noisier"
        return f"measured process on core {self.measured}, everything else on core {self.others}"


def cores() -> Cores:
    """The first two cores this process may use, when ``taskset`` is there to hand them out."""
    if shutil.which("taskset") is None or not hasattr(os, "sched_getaffinity"):
        return Cores()
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        return Cores()
    return Cores(measured=usable[0], others=usable[1])


def tool(name: str) -> str:
    """Path of a program on PATH or in the system's ``sbin`` folders.

    Raises:
        MissingToolError: It is not installed; the text names the Debian package.
    """
    places = (os.environ.get("PATH", os.defpath), *SBIN)
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        raise MissingToolError(name, DEBIAN_PACKAGES.get(name, name))
    return found


def script(name: str) -> str:
    """Path of a command installed in this environment."""
    found = shutil.which(name, path=str(SCRIPTS))
    if found is None:
        raise MissingToolError(name, f"(none): install this project with its extra proxy; {name}")
    return found


def facts() -> dict[str, str]:
    """What a reader needs to judge whether two results may be compared."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": _cpu_model(),
        "cores": str(usable),
        "load-average-before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "memory": _memory(),
        "nginx": _tool_version("nginx", "-v"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "wrk": _tool_version("wrk", "-v"),
        **{name: _distribution(name) for name in DISTRIBUTIONS},
    }


def commit() -> str:
    """The commit measured, and whether the product differed from it."""
    head = _git("rev-parse", "HEAD")
    if not head:
        return "no commit"
    measured = ("src", "addons", "benchmarks", "pyproject.toml", ":!benchmarks/results")
    changed = _git("status", "--porcelain", "--", *measured)
    return f"{head} with uncommitted changes" if changed else head


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    done = subprocess.run(
        [git, "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _memory() -> str:
    try:
        found = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text())
    except OSError:
        return "unknown"
    return f"{int(found[1]) / 1024 / 1024:.1f} GiB" if found else "unknown"


def _tool_version(name: str, flag: str) -> str:
    try:
        path = tool(name)
    except MissingToolError:
        return "not installed"
    done = subprocess.run([path, flag], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stderr + done.stdout)
    return found[0] if found else "unknown"


def _distribution(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
