"""Several workers find what one finds; a replay that is stopped goes on, however many it has."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from shadowpact.state import open_store
from support.processes import children_of, eventually, is_alive
from support.replays import KEY, adds_up, asked, command, keep_key, recorded
from support.scripted import Asked, Peer, ScriptedServer, answer
from support.shop import candidate
from support.shop.baseline import Baseline
from support.shop.candidate_call import Shop
from support.shop.faults import ROUTES, RULES
from support.shop.serving import thread
from support.shop.sessions import sessions
from support.shop.traffic import record

FAULT = "gift-missing"
WITHIN_S = 60.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A recording of a shop, where sessions use what others created, and how much it holds."""
    folder = tmp_path_factory.mktemp("shop") / "recording"
    with thread(Baseline(seed=1).app()) as url:
        exchanges = asyncio.run(record(folder, url, sessions(11, 60), key=KEY))
    return folder, len(exchanges)


def configure(folder: Path, url: str) -> None:
    keep_key(folder)
    routes = orjson.dumps(ROUTES).decode()
    (folder / "shadowpact.toml").write_text(
        f"[candidates.shop]\nurl = '{url}'\nwrites = 'on'\nroutes = {routes}\n{RULES}"
    )


def run(folder: Path, *arguments: object) -> tuple[int, dict[str, Any], str]:
    """Status, document and diagnostics of a replay in a process of its own."""
    done = subprocess.run(
        command(*arguments), cwd=folder, capture_output=True, check=False, timeout=WITHIN_S
    )
    document = json.loads(done.stdout)
    adds_up(document["evidence"])
    return done.returncode, document, done.stderr.decode()


def found_in(document: dict[str, Any]) -> Any:
    """Findings with their samples, without what is the other side's own every time."""
    return [
        {name: one[name] for name in ("fingerprint", "route", "path", "kind", "count", "pairs")}
        | {"verdict": one["verdict"], "samples": [s["exchange_id"] for s in one["samples"]]}
        for one in document["findings"]
    ]


def test_two_workers_find_what_one_finds(shop: tuple[Path, int], tmp_path: Path) -> None:
    recording, count = shop
    documents = []
    for workers in (1, 2):
        with thread(candidate.app(Shop(seed=2, fault=FAULT))) as url:
            configure(tmp_path, url)
            status, document, _ = run(tmp_path, recording, "--workers", workers)
        assert status == 1
        documents.append(document)
    one, two = documents

    adds_up(two["evidence"], count)
    assert two["evidence"] == one["evidence"]
    assert two["evidence"]["pairs"] == count
    assert found_in(two) == found_in(one) != []
    assert two["aliases"] == one["aliases"]


@pytest.mark.parametrize("workers", [2, 3])
def test_what_one_worker_creates_is_known_to_the_others(
    shop: tuple[Path, int], tmp_path: Path, workers: int
) -> None:
    recording, count = shop
    with thread(candidate.app(Shop(seed=2))) as url:
        configure(tmp_path, url)
        status, document, _ = run(tmp_path, recording, "--workers", workers)

    assert (status, document["findings"]) == (0, [])
    assert document["evidence"]["equal"] == count


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_replay_reports_what_it_has_and_goes_on(
    shop: tuple[Path, int], tmp_path: Path, workers: int, end: signal.Signals
) -> None:
    recording, count = shop
    with thread(candidate.app(Shop(seed=2))) as url:
        configure(tmp_path, url)
        options = (recording, "--workers", workers)
        with subprocess.Popen(
            command(*options, "--rate", "300"),
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        ) as first:  # fmt: skip
            wait_for_pairs(tmp_path, 50)
            os.killpg(first.pid, end)  # as a terminal does
            out, err = first.communicate(timeout=WITHIN_S)
        stopped = json.loads(out)
        status, document, _ = run(tmp_path, *options, "--resume")

    assert stopped["replay"]["how"] == "interrupted"
    assert first.returncode == 4
    assert b"Go on with --resume" in err
    assert b"Traceback" not in err
    adds_up(stopped["evidence"])
    assert 50 < stopped["evidence"]["exchanges"] < count
    adds_up(document["evidence"], count)
    assert (status, document["findings"]) == (0, [])
    assert document["evidence"]["equal"] == count


def test_workers_that_are_stopped_while_they_start_end_quietly(
    shop: tuple[Path, int], tmp_path: Path
) -> None:
    with ScriptedServer() as server:
        configure(tmp_path, server.url)
        with subprocess.Popen(
            command(shop[0], "--workers", 2, "--rate", "1"),
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        ) as started:  # fmt: skip
            eventually(lambda: len(children_of(started.pid)) >= 3)  # one keeps track of semaphores
            os.killpg(started.pid, signal.SIGINT)
            out, err = started.communicate(timeout=WITHIN_S)

    assert json.loads(out)["replay"]["how"] == "interrupted"
    assert started.returncode in {1, 3, 4}
    assert b"Traceback" not in err


def test_workers_end_with_whoever_started_them(shop: tuple[Path, int], tmp_path: Path) -> None:
    with ScriptedServer() as server:
        configure(tmp_path, server.url)
        with subprocess.Popen(
            command(shop[0], "--workers", 2, "--rate", "50"),
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as started:  # fmt: skip
            wait_for_pairs(tmp_path, 5)
            workers = children_of(started.pid)
            started.kill()
        eventually(lambda: not any(map(is_alive, workers)))

    assert len(workers) >= 2


def test_a_resumed_replay_has_as_many_workers_as_it_began_with(
    shop: tuple[Path, int], tmp_path: Path
) -> None:
    recording, count = shop
    with thread(candidate.app(Shop(seed=2))) as url:
        configure(tmp_path, url)
        run(tmp_path, recording, "--workers", 2, "--limit", 100)
        _, document, err = run(tmp_path, recording, "--workers", 3, "--resume")

    adds_up(document["evidence"], count)
    assert document["evidence"]["equal"] == count
    assert "goes on with 2 workers" in err


@pytest.fixture
def slow() -> Iterator[ScriptedServer]:
    """Answers after a moment, and counts what is under way."""

    def reply(peer: Peer, _asked: Asked) -> None:
        signal.sigtimedwait([], 0.005)
        peer.send(answer())

    with ScriptedServer(default=reply) as server:
        yield server


def test_limit_rate_and_concurrency_are_those_of_all_workers(
    tmp_path: Path, slow: ScriptedServer
) -> None:
    clients = tuple(f"c{number}" for number in range(40))
    recording = recorded(tmp_path / "r", [asked(n, of=clients) for n in range(400)])
    keep_key(tmp_path)
    told = ("--to", slow.url, "--workers", 2, "--limit", 100, "--rate", 100)

    status, document, err = run(tmp_path, recording, *told)
    _, alone, _ = run(tmp_path, recording, *told, "--concurrency", 1)

    assert status == 0
    assert document["evidence"]["pairs"] == alone["evidence"]["pairs"] == 100
    numbers = sorted(int(target.rpartition("/")[2]) for target in slow.targets())
    assert numbers == sorted([*range(100), *range(100)])
    took_s = float(err.partition("took ")[2].partition(" s")[0])
    assert took_s >= 0.9


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_each_exchange_is_counted_once_with_several_candidates_and_workers(
    tmp_path: Path, workers: int
) -> None:
    paths = ("/orders", "/users", "/nowhere")
    clients = tuple(f"c{number}" for number in range(30))
    exchanges = [
        asked(n, of=clients, path=paths[n % 3], method="POST" if n % 5 == 0 else "GET")
        for n in range(600)
    ]
    recording = recorded(tmp_path / "r", exchanges)
    with ScriptedServer() as orders, ScriptedServer() as users:
        (tmp_path / "shadowpact.toml").write_text(
            f"[candidates.orders]\nurl = '{orders.url}'\nroutes = ['/orders/**']\n"
            f"[candidates.users]\nurl = '{users.url}'\nroutes = ['/users/**']\n"
        )
        run(tmp_path, recording, "--workers", workers, "--limit", 200)
        status, document, _ = run(tmp_path, recording, "--workers", workers, "--resume")

    adds_up(document["evidence"], 600)
    assert status == 0
    assert document["evidence"]["pairs"] == 320
    assert document["evidence"]["dropped"] == {"no-candidate": 200, "write-policy": 80}
    for server, path in ((orders, "/orders"), (users, "/users")):
        assert len(server.asked) == len(set(server.targets())) == 160
        assert all(target.startswith(path) for target in server.targets())


def wait_for_pairs(folder: Path, count: int) -> None:
    """Until the run has committed so much."""

    def has_enough() -> bool:
        for file in folder.glob(".shadowpact/replays/*/store.db"):
            store = open_store(file.parent)
            try:
                if store.evidence().pairs > count:
                    return True
            finally:
                store.close()
        return False

    eventually(has_enough, within_s=WITHIN_S)
