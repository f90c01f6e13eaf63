"""A worker that starts anew knows the ids that the one before it had learnt."""

import asyncio
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from shadowpact.model.exchange import Exchange
from shadowpact.secrets import Sealer, load_key
from shadowpact.state import open_store
from support.processes import candidate as candidate_table
from support.processes import evidence_of, record, write_config
from support.shop import candidate
from support.shop.baseline import Baseline
from support.shop.candidate_call import Shop
from support.shop.faults import ROUTES, RULES
from support.shop.serving import thread
from support.shop.sessions import sessions
from support.shop.traffic import drive

WITHIN_S = 60.0


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    with thread(Baseline(seed=1).app()) as url:
        return asyncio.run(drive(url, sessions(5, 40)))


@pytest.mark.parametrize("parts", [2, 5])
def test_live_mirroring_with_ids_of_both_sides_survives_restarts_of_the_worker(
    exchanges: list[Exchange], tmp_path: Path, parts: int
) -> None:
    state = tmp_path / "state"
    sealer = Sealer(load_key(state))
    with thread(candidate.app(Shop(seed=2))) as url:
        routes = f"routes = {orjson.dumps(ROUTES).decode()}"
        table = candidate_table(url, "shop", 'writes = "on"', routes)
        write_config(tmp_path, "http://monolith.test", f"{table}\n{RULES}")
        size = -(-len(exchanges) // parts)
        for begin in range(0, len(exchanges), size):  # in the middle of everybody's session
            record(state, map(sealer.seal, exchanges[begin : begin + size]))
            command = (sys.executable, "-m", "shadowpact", "worker", "--state", "state", "--drain")
            subprocess.run(command, cwd=tmp_path, check=True, timeout=WITHIN_S)
    store = open_store(state)
    findings, aliases = store.findings(), store.alias_counts()
    store.close()
    seen = evidence_of(state)

    assert [(one.route, one.location, one.path) for one in findings] == []
    assert seen.exchanges == seen.pairs + sum(seen.dropped.values()) + sum(
        seen.incomparable.values()
    )
    assert seen.equal == seen.exchanges == len(exchanges)
    assert aliases.bound > 100
    assert aliases.conflicts == 0
