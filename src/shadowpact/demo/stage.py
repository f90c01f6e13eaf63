"""The demo's set: both services, real mitmdump between client and monolith, and the commands."""

import importlib.util
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

import shadowpact
from shadowpact.demo import serving, traffic
from shadowpact.demo.processes import Child, tail
from shadowpact.errors import ShadowpactError, UsageError

PROVIDER = "shop"
"""The candidate's name in the demo's configuration."""

STATE = ".shadowpact"
CONFIG = "shadowpact.toml"
CONTRACTS = "contracts"

COMMAND_S = 60.0
PROXY_STOP_S = 20.0
"""Longer than the addon gives its worker."""

_MITMDUMP = "from mitmproxy.tools.main import mitmdump; mitmdump()"
"""What the ``mitmdump`` script does, for this interpreter wherever its scripts are."""

PROXY_READY = r"listening at (?:http://)?(127\.0\.0\.1:\d+)"
"""What mitmdump says once it listens; the group is host and port."""


class DemoError(ShadowpactError):
    """The demo could not be shown to its end."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What a command did.

    Attributes:
        status: Exit status.
        stdout: Its result; empty when it went straight to the terminal.
    """

    status: int
    stdout: str = ""


class Stage:
    """Everything that has to run, in one folder; a context manager that ends all of it.

    Args:
        folder: Empty; gets configuration, state, logs and contracts.
        addon: The script for ``mitmdump -s``.
    """

    def __init__(self, folder: Path, *, addon: Path) -> None:
        self.folder = folder
        self.addon = addon
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        (self.folder / "logs").mkdir(parents=True)
        with ExitStack() as undo:
            undo.enter_context(self._exits)
            self._start()
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exits.__exit__(kind, error, trace)

    def _start(self) -> None:
        baseline = self._serve("baseline")
        candidate = self._serve("candidate")
        self.baseline_url = baseline.wait_for(serving.READY)
        self.candidate_url = candidate.wait_for(serving.READY)
        self._write_config()
        self._proxy = self._child(
            "mitmdump", mitmdump_command(self.folder, self.baseline_url, addon=self.addon)
        )
        self.proxy_url = f"http://{self._proxy.wait_for(PROXY_READY)}"

    async def drive(self, asks: Sequence[traffic.Ask]) -> Counter[int]:
        """Send the traffic through the proxy; how often each status came back.

        Raises:
            ProcessError: mitmdump is gone, or does not answer; with the end of its log.
        """
        try:
            return await traffic.drive(self.proxy_url, asks)
        except* (aiohttp.ClientError, TimeoutError) as errors:
            self._proxy.check(within_s=2.0)  # it may be on its way out
            raise self._proxy.error(f"did not answer ({errors.exceptions[0]!r})") from errors

    def settle(self) -> None:
        """End the proxy and its worker, then work through what they had not got to."""
        self._proxy.stop(within_s=PROXY_STOP_S)
        self.run("worker", "--drain")

    def run(self, *arguments: str, expected: Collection[int] = (0,), show: bool = False) -> Ran:
        """Run one ``shadowpact`` command in the folder, see :func:`run_command`."""
        return run_command(self.folder, *arguments, expected=expected, show=show)

    def _serve(self, module: str) -> Child:
        return self._child(module, (sys.executable, "-m", f"shadowpact.demo.{module}"))

    def _child(self, name: str, command: Sequence[str]) -> Child:
        log = self.folder / "logs" / f"{name}.log"
        return self._exits.enter_context(Child(name, command, log=log, cwd=self.folder))

    def _write_config(self) -> None:
        template = Path(__file__).with_name(CONFIG).read_text("utf-8")
        text = template.replace("@BASELINE@", self.baseline_url)
        text = text.replace("@CANDIDATE@", self.candidate_url)
        (self.folder / CONFIG).write_text(text, "utf-8")


def mitmdump_command(folder: Path, baseline_url: str, *, addon: Path) -> tuple[str, ...]:
    """Mitmdump as anybody would start it; it says on its output which port it got.

    Args:
        folder: Has ``shadowpact.toml``; gets the state, and mitmproxy's certificates.
        baseline_url: The monolith.
        addon: The script.
    """
    return (
        *(sys.executable, "-c", _MITMDUMP),
        *("-s", str(addon)),
        *("--mode", f"reverse:{baseline_url}"),
        *("--listen-host", "127.0.0.1", "--listen-port", "0"),
        *("--set", "keep_host_header=true", "--set", "flow_detail=0"),
        *("--set", f"confdir={folder / 'mitmproxy'}"),
        *("--set", f"shadowpact_config={folder / CONFIG}"),
        *("--set", f"shadowpact_state={folder / STATE}"),
    )


def run_command(
    folder: Path, *arguments: str, expected: Collection[int] = (0,), show: bool = False
) -> Ran:
    """Run one ``shadowpact`` command in a folder, where it finds configuration and state.

    Args:
        folder: To run in.
        arguments: The command and its options.
        expected: Exit statuses that are no failure.
        show: Let it write to our own stdout, colours and all.

    Raises:
        DemoError: Another exit status, or it took longer than ``COMMAND_S``.
    """
    said = f"`shadowpact {' '.join(arguments)}`"
    sys.stdout.flush()
    try:
        done = subprocess.run(  # noqa: S603 our own command
            (sys.executable, "-m", "shadowpact", *arguments),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            timeout=COMMAND_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DemoError(f"{said} took longer than {COMMAND_S:g} s") from error
    if done.returncode not in expected:
        wanted = " or ".join(str(status) for status in sorted(expected))
        raise DemoError(
            f"{said} ended with status {done.returncode}, expected {wanted}. "
            f"The end of its output:\n{tail((done.stdout or '') + done.stderr)}"
        )
    return Ran(status=done.returncode, stdout=done.stdout or "")


def find_addon() -> Path:
    """The addon script: of this checkout, else of the installed package.

    Raises:
        UsageError: mitmproxy is not installed.
        DemoError: The installation has no addon script.
    """
    if importlib.util.find_spec("mitmproxy") is None:
        raise UsageError(
            "demo: it runs real mitmdump, and mitmproxy is not installed. "
            "Install it with: pip install 'shadowpact[proxy]'"
        )
    package = Path(shadowpact.__file__).resolve().parent
    places = (package.parents[1] / "addons", package / "addons")
    for place in places:
        if (script := place / "shadowpact.py").is_file():
            return script
    raise DemoError(f"demo: no shadowpact.py in {' or '.join(str(p) for p in places)}; reinstall")
