"""Real proxies and workers for tests: started on free ports, ended by pid whatever happens."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from shadowpact.demo.processes import Child
from shadowpact.evidence import evidence
from shadowpact.model.clock import SystemClock
from shadowpact.model.evidence import Evidence
from shadowpact.model.exchange import Exchange
from shadowpact.recording.reader import read
from shadowpact.recording.segments import segment_files
from shadowpact.recording.writer import Writer
from shadowpact.secrets import load_key
from shadowpact.state import open_store, recording_folder

ADDON = Path(__file__).resolve().parents[2] / "addons" / "shadowpact.py"

_MITMDUMP = (sys.executable, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()")
_SHADOWPACT = (sys.executable, "-m", "shadowpact")
_LISTENS = r"listening at (?:http://)?127\.0\.0\.1:(\d+)"
POLL_S = 0.01


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """A running proxy.

    Attributes:
        child: The process.
        port: Where it listens, on loopback.
        folder: Has configuration, state, certificates and log.
    """

    child: Child
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def ca(self) -> Path:
        """The certificate that clients have to trust."""
        return self.folder / "confdir" / "mitmproxy-ca-cert.pem"

    def recorded(self) -> list[Exchange]:
        return recorded(self.state)

    def wait_for(self, count: int) -> list[Exchange]:
        """What is recorded, once it is as much as that."""
        eventually(lambda: len(self.recorded()) >= count)
        return self.recorded()


@contextmanager
def mitmdump(
    folder: Path,
    baseline_url: str,
    *,
    config: str | None = "",
    mode: str | None = None,
    worker: str = "external",
    scripts: Sequence[Path] = (),
    sets: Sequence[str] = (),
) -> Iterator[Proxy]:
    """Mitmdump with our addon, or bare when ``config`` is ``None``.

    Args:
        folder: For everything it writes.
        baseline_url: The monolith.
        config: TOML in addition to the baseline's URL.
        mode: Instead of reverse mode.
        worker: ``external`` or ``supervised``.
        scripts: Loaded after ours.
        sets: mitmproxy options.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ours = [] if config is None else ["-s", str(ADDON), *_our_options(folder, worker)]
    if config is not None:
        write_config(folder, baseline_url, config)
    command = (
        *_MITMDUMP,
        *ours,
        *(part for script in scripts for part in ("-s", str(script))),
        *("--mode", mode or f"reverse:{baseline_url}", "--set", "flow_detail=0"),
        *("--listen-host", "127.0.0.1", "--listen-port", "0"),
        *_sets(folder, sets),
    )
    with _listening("mitmdump", command, folder) as proxy:
        yield proxy


@contextmanager
def shadowpact_proxy(
    folder: Path,
    baseline_url: str,
    *,
    config: str | None = "",
    mode: str | None = None,
    worker: str = "external",
    sets: Sequence[str] = (),
    listen: str = "127.0.0.1:0",
) -> Iterator[Proxy]:
    """``shadowpact proxy``; the arguments are those of :func:`mitmdump`."""
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder, baseline_url, config or "")
    command = (
        *_SHADOWPACT,
        *("proxy", "--listen", listen, "--worker", worker),
        *("--config", str(folder / "shadowpact.toml"), "--state", str(folder / "state")),
        *(("--mode", mode) if mode else ()),
        *_sets(folder, sets),
    )
    with _listening("shadowpact proxy", command, folder) as proxy:
        yield proxy


def worker_child(
    folder: Path, *arguments: str, name: str = "worker", cwd: Path | None = None
) -> Child:
    """``shadowpact worker`` on the state in a folder; a context manager."""
    command = (
        *(*_SHADOWPACT, "worker", "--state", str(folder / "state")),
        *("--config", str(folder / "shadowpact.toml"), *arguments),
    )
    return Child(name, command, log=folder / f"{name}.log", cwd=cwd)


def write_config(folder: Path, baseline_url: str, config: str = "") -> Path:
    """``shadowpact.toml`` with the baseline and what a test adds."""
    file = folder / "shadowpact.toml"
    file.write_text(f'[baseline]\nurl = "{baseline_url}"\n\n{config}\n', "utf-8")
    return file


def candidate(url: str, name: str = "shop", *lines: str) -> str:
    """A candidate's table for :func:`write_config`."""
    return "\n".join((f"[candidates.{name}]", f'url = "{url}"', *lines, ""))


def recorded(state: Path) -> list[Exchange]:
    """The exchanges of a state folder's recording."""
    folder = recording_folder(state)
    if not segment_files(folder):
        return []
    return [one.exchange for one in read(folder) if one.exchange is not None]


def record(state: Path, exchanges: Iterable[Exchange]) -> None:
    """Append to the recording of a state folder, as a proxy would."""
    load_key(state)
    writer = Writer(recording_folder(state))
    for exchange in exchanges:
        writer.append(exchange)
    writer.close()


def evidence_of(state: Path) -> Evidence:
    """What a state folder has to say."""
    store = open_store(state)
    try:
        return evidence(state, store, SystemClock())
    finally:
        store.close()


def eventually(is_true: Callable[[], bool], *, within_s: float = 20.0) -> None:
    """Wait until something is true; fails the test when it does not become so."""
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline, f"not true within {within_s:g} s: {is_true}"
        time.sleep(POLL_S)


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that still run (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be buried does not (Linux)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def resident_bytes(pid: int) -> int:
    """Memory that a process holds (Linux)."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def _listening(name: str, command: Sequence[str], folder: Path) -> Iterator[Proxy]:
    with Child(name, command, log=folder / "proxy.log", cwd=folder) as child:
        yield Proxy(child=child, port=int(child.wait_for(_LISTENS)), folder=folder)


def _our_options(folder: Path, worker: str) -> list[str]:
    options = {
        "shadowpact_config": folder / "shadowpact.toml",
        "shadowpact_state": folder / "state",
        "shadowpact_worker": worker,
    }
    return [part for name, value in options.items() for part in ("--set", f"{name}={value}")]


def _sets(folder: Path, sets: Sequence[str]) -> list[str]:
    return [part for one in (f"confdir={folder / 'confdir'}", *sets) for part in ("--set", one)]
