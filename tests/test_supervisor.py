import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from shadowpact import supervisor
from shadowpact.supervisor import Supervisor, worker_command
from support.processes import is_alive

UNTIL_EOF = "import sys; print('up', flush=True); sys.stdin.read(); print('down', flush=True)"
DEAF = "import sys, time; print('up', flush=True)\nwhile True: time.sleep(60)"

type Start = Callable[[str], Supervisor]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE_S", 0.04)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
async def start(log: Path, warnings: list[str]) -> AsyncIterator[Start]:
    started: list[Supervisor] = []

    def begin(program: str) -> Supervisor:
        command = (sys.executable, "-c", program)
        started.append(Supervisor(command, log, warn=warnings.append))
        started[-1].start()
        return started[-1]

    yield begin
    for one in started:
        await one.stop()


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_true():  # noqa: ASYNC110  another process has no event
            await asyncio.sleep(0.01)


def said(log: Path) -> str:
    return log.read_text() if log.exists() else ""


def ups(log: Path) -> int:
    return said(log).count("up")


def has_come_up(log: Path, count: int) -> bool:
    return ups(log) == count


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_the_worker_is_this_interpreter_s_and_ends_with_our_end_of_its_input() -> None:
    command = worker_command(Path("state"), Path("my.toml"))

    assert command[:4] == (sys.executable, "-m", "shadowpact", "worker")
    assert command[4:] == ("--state", "state", "--config", "my.toml", "--until-eof")
    assert "--config" not in worker_command(Path("state"), None)


async def test_a_stopped_worker_gets_the_time_to_finish(start: Start, log: Path) -> None:
    one = start(UNTIL_EOF)
    await until(lambda: ups(log) == 1)

    await one.stop()

    assert said(log) == "up\ndown\n"


async def test_a_worker_that_does_not_end_is_killed(
    start: Start, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_S", 0.1)
    one = start(DEAF)
    await until(lambda: ups(log) == 1)
    pid = one.pid
    assert pid is not None

    await one.stop()

    assert not is_alive(pid)


async def test_a_killed_worker_is_started_again_and_a_person_is_told(
    start: Start, log: Path, warnings: list[str]
) -> None:
    one = start(UNTIL_EOF)
    for count in range(1, 4):
        await until(partial(has_come_up, log, count))
        assert one.pid is not None
        os.kill(one.pid, signal.SIGKILL)

    await until(lambda: ups(log) == 4)
    assert len(warnings) == 3
    assert f"worker ended with status -9; starting it again in 0.01 s (log: {log})" in warnings


async def test_the_pause_grows_to_a_limit(start: Start, warnings: list[str]) -> None:
    start("raise SystemExit(2)")

    await until(lambda: len(warnings) >= 4)

    pauses = [one.partition(" in ")[2].split()[0] for one in warnings[:4]]
    assert pauses == ["0.01", "0.02", "0.04", "0.04"]


async def test_the_pause_starts_anew_after_a_calm_time(
    start: Start, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "CALM_AFTER_S", 0.0)
    start("raise SystemExit(2)")

    await until(lambda: len(warnings) >= 3)

    assert all("again in 0.01 s" in one for one in warnings)


async def test_stopping_in_a_pause_starts_nothing_more(
    start: Start, log: Path, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 60.0)
    one = start("print('up')")
    await until(lambda: len(warnings) == 1)

    await one.stop()

    assert ups(log) == 1


async def test_a_worker_that_cannot_be_started_is_tried_again(
    tmp_path: Path, warnings: list[str]
) -> None:
    one = Supervisor((str(tmp_path / "nowhere"),), tmp_path / "log", warn=warnings.append)
    one.start()
    await until(lambda: len(warnings) >= 2)

    await one.stop()

    assert one.pid is None
    assert "not started" in warnings[0]


async def test_a_log_that_cannot_be_written_is_told(tmp_path: Path, warnings: list[str]) -> None:
    one = Supervisor((sys.executable,), tmp_path / "no-folder" / "log", warn=warnings.append)
    one.start()
    await until(lambda: len(warnings) >= 1)

    await one.stop()

    assert "not started" in warnings[0]


async def test_stopping_at_once_leaves_nothing_behind(log: Path, warnings: list[str]) -> None:
    one = Supervisor((sys.executable, "-c", DEAF), log, warn=warnings.append)
    one.start()
    await asyncio.sleep(0)

    await one.stop()

    assert one.pid is None or not is_alive(one.pid)


async def test_the_log_is_private(start: Start, log: Path) -> None:
    start(UNTIL_EOF)
    await until(lambda: ups(log) == 1)

    assert mode_of(log) == 0o600
