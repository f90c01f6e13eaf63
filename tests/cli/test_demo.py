import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shadowpact.cli import build_app
from shadowpact.demo.stage import PROVIDER
from support.servers import is_open

DEMO = (sys.executable, "-m", "shadowpact", "demo")
PROCESSOR_S = 60
"""Processor time of the demo with all that it starts; wall-clock time is the machine's affair."""
LIMIT_S = 300


def invoke(*arguments: str) -> tuple[BaseException | None, str]:
    result = CliRunner().invoke(build_app(["demo", "worker"]), ["demo", *arguments])
    return result.exception, result.output


def processor_s() -> float:
    """What all processes took that were started here and have ended, those they started too."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def urls(folder: Path) -> list[int]:
    """Ports that the services and the proxy of a kept demo said they listen on."""
    logs = [(folder / "logs" / f"{name}.log") for name in ("baseline", "candidate", "mitmdump")]
    said = [line for log in logs for line in log.read_text().splitlines() if "listening" in line]
    return [int(line.rstrip(". ").rpartition(":")[2]) for line in said]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, float]:
    """The demo, run as a person runs it: folder, what it printed, its processor time (s)."""
    folder = tmp_path_factory.mktemp("cli") / "kept"
    began = processor_s()
    done = subprocess.run(
        (*DEMO, "--keep", str(folder)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=LIMIT_S,
    )

    assert (done.returncode, done.stderr) == (0, "")
    return folder, done.stdout, processor_s() - began


def test_a_minute_is_enough_for_it(shown: tuple[Path, str, float]) -> None:
    assert 1 < shown[2] < PROCESSOR_S


def test_it_shows_each_step_in_order(shown: tuple[Path, str, float]) -> None:
    steps = [
        "1  Real traffic",
        "$ shadowpact findings",
        "$.phone",
        "16 write-policy",
        "exchanges =",
        "What was ignored, and why",
        "each side has its own clock",
        "$ shadowpact contracts build --out contracts",
        f"$ shadowpact verify contracts --strict --provider {PROVIDER}",
        "shop: fail",
        "against the monolith",
        "shop: pass",
        "$ shadowpact gate",
        "Where to look next",
    ]
    found = [shown[1].find(step) for step in steps]

    assert -1 not in found
    assert found == sorted(found)


def test_piped_it_is_plain_text(shown: tuple[Path, str, float]) -> None:
    assert "\x1b" not in shown[1]


def test_a_kept_folder_has_state_configuration_and_contracts(
    shown: tuple[Path, str, float],
) -> None:
    folder = shown[0]

    assert (folder / "shadowpact.toml").is_file()
    assert (folder / ".shadowpact" / "store.db").is_file()
    assert list((folder / "contracts").rglob("*.json"))


def test_nothing_listens_any_more(shown: tuple[Path, str, float]) -> None:
    ports = urls(shown[0])

    assert len(ports) == 3
    assert not any(is_open(port) for port in ports)


@contextmanager
def interrupted(folder: Path, number: signal.Signals) -> Iterator[subprocess.Popen[str]]:
    """The demo, sent a signal as soon as mitmdump listens."""
    demo = subprocess.Popen(
        (*DEMO, "--keep", str(folder)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        log = folder / "logs" / "mitmdump.log"
        deadline = time.monotonic() + LIMIT_S
        while not (log.exists() and "listening" in log.read_text()):
            assert demo.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(demo.pid, number)
        yield demo
    finally:
        demo.kill()
        demo.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    with interrupted(tmp_path / "demo", number) as demo:
        _, said = demo.communicate(timeout=LIMIT_S)

    assert demo.returncode == 130
    assert "everything it started has ended" in said
    assert len(urls(tmp_path / "demo")) == 3
    assert not any(is_open(port) for port in urls(tmp_path / "demo"))


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    error, _ = invoke("--keep", str(tmp_path))

    assert "is not an empty folder; name a new one" in str(error)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    error, _ = invoke("--keep", str(tmp_path / "file" / "demo"))

    assert "cannot make this folder" in str(error)


def test_without_mitmproxy_it_says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    error, _ = invoke()

    assert "pip install 'shadowpact[proxy]'" in str(error)
