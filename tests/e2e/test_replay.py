"""A recording of a shop with state, replayed on an implementation with ids of its own."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from shadowpact import config
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.model.clock import SystemClock
from shadowpact.replay import Ended, ReplayOptions, run, settings_for
from shadowpact.state import open_store
from shadowpact.store.sql import SqlStore
from support.shop import candidate
from support.shop.baseline import Baseline
from support.shop.candidate_call import Shop
from support.shop.faults import FAULTS, ROUTES, RULES
from support.shop.serving import thread
from support.shop.sessions import sessions
from support.shop.traffic import record

SEED = 11
KEY = bytes(range(64))
MANY, FEW = 300, 60


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Path, int]]:
    """Recordings by how many sessions they hold, and how many exchanges that are."""
    made = {}
    for count in (MANY, FEW):
        folder = tmp_path_factory.mktemp("recorded") / str(count)
        with thread(Baseline(seed=1).app()) as url:
            exchanges = asyncio.run(record(folder, url, sessions(SEED, count), key=KEY))
        made[count] = (folder, len(exchanges))
    return made


@pytest.fixture
def store() -> Iterator[SqlStore]:
    opened = open_store(None)
    yield opened
    opened.close()


def told(url: str) -> Any:
    text = f"[candidates.shop]\nurl = '{url}'\nroutes = {orjson.dumps(ROUTES).decode()}\n"
    return settings_for(config.loads(f"{text}writes = 'on'\n{RULES}"), to=None)


def replayed(
    recording: Path, store: SqlStore, *, fault: str = "", **replaying: Any
) -> tuple[Ended, list[str]]:
    warnings: list[str] = []
    options = ReplayOptions(recording=recording, replaying=ReplaySettings(**replaying))
    with thread(candidate.app(Shop(seed=2, fault=fault))) as url:
        ended = run(options, told(url), store, key=KEY, clock=SystemClock(), warn=warnings.append)
    return ended, warnings


@pytest.mark.parametrize("concurrency", [8, 32])
def test_sessions_with_ids_of_both_sides_replay_without_a_finding(
    recorded: dict[int, tuple[Path, int]], store: SqlStore, concurrency: int
) -> None:
    folder, count = recorded[MANY]
    ended, warnings = replayed(folder, store, concurrency=concurrency)
    seen = store.evidence()

    assert [(one.route, one.path, one.kind) for one in store.findings()] == []
    assert seen.exchanges == count
    assert seen.exchanges == seen.pairs + sum(seen.dropped.values()) + sum(
        seen.incomparable.values()
    )
    assert seen.equal == seen.pairs == count
    assert store.alias_counts().conflicts == 0
    assert (ended.how, warnings) == ("done", [])


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_nowhere_else(
    recorded: dict[int, tuple[Path, int]], store: SqlStore, fault: str
) -> None:
    folder, count = recorded[FEW]
    replayed(folder, store, fault=fault, concurrency=16)
    found = {(one.route, one.location, one.path, one.kind) for one in store.findings()}
    expected = {msgspec.structs.astuple(place) for place in FAULTS[fault].places}

    assert found & expected
    assert {route for route, *_ in found} <= set(FAULTS[fault].routes)
    assert store.evidence().exchanges == count


def test_an_interrupted_replay_goes_on_where_it_was(
    recorded: dict[int, tuple[Path, int]], tmp_path: Path
) -> None:
    folder, count = recorded[FEW]
    with thread(candidate.app(Shop(seed=2))) as url:
        (tmp_path / "shadowpact.toml").write_text(
            f"[candidates.shop]\nurl = '{url}'\nwrites = 'on'\n"
            f"routes = {orjson.dumps(ROUTES).decode()}\n{RULES}"
        )
        key = tmp_path / ".shadowpact" / "key"
        key.parent.mkdir()
        key.write_text(__import__("base64").b64encode(KEY).decode())
        key.chmod(0o600)
        command = [sys.executable, "-m", "shadowpact", "replay", str(folder), "--format", "json"]
        first = subprocess.Popen([*command, "--rate", "300"], cwd=tmp_path, stdout=subprocess.PIPE)
        _wait_for_pairs(tmp_path)
        first.send_signal(signal.SIGINT)
        stopped, _ = first.communicate(timeout=60)
        second = subprocess.run(
            [*command, "--resume"], cwd=tmp_path, capture_output=True, check=False, timeout=90
        )
    before, after = orjson.loads(stopped), orjson.loads(second.stdout)

    assert before["replay"]["how"] == "interrupted"
    assert 0 < before["evidence"]["exchanges"] < count
    assert after["evidence"]["exchanges"] == count
    assert after["findings"] == []
    assert second.returncode == 0


def _wait_for_pairs(folder: Path) -> None:
    """Until the run has committed something."""
    clock = SystemClock()
    end_s = clock.monotonic_s() + 60
    while clock.monotonic_s() < end_s:
        for file in folder.glob(".shadowpact/replays/*/store.db"):
            store = open_store(file.parent)
            try:
                if store.evidence().pairs > 50:
                    return
            finally:
                store.close()
    raise TimeoutError("nothing was committed")
