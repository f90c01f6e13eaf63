from collections import Counter
from pathlib import Path

import msgspec
import pytest

from shadowpact import config
from shadowpact.mirror.replaying import ReplaySettings
from shadowpact.replay import ReplayOptions, settings_for
from shadowpact.replay.kept import SHARES
from shadowpact.replay.workers import WorkersError, run_workers, share_of
from shadowpact.state import open_store
from support.replays import KEY, asked, recorded
from support.scripted import ScriptedServer

OPTIONS = ReplayOptions(
    recording=Path("traffic.har"), limit=100, replaying=ReplaySettings(concurrency=7, rate=90.0)
)


def test_load_and_rate_are_shared_and_the_limit_is_everybodys() -> None:
    shares = [share_of(OPTIONS, number, 3) for number in range(3)]

    assert [one.part for one in shares] == [(0, 3), (1, 3), (2, 3)]
    assert [one.replaying.concurrency for one in shares] == [3, 2, 2]
    assert sum(one.replaying.rate or 0 for one in shares) == 90.0
    assert {one.limit for one in shares} == {100}


def test_no_rate_is_no_rate_for_each() -> None:
    free = ReplayOptions(recording=Path("traffic.har"))

    assert share_of(free, 0, 2).replaying.rate is None


def test_workers_commit_to_one_store(tmp_path: Path) -> None:
    clients = tuple(f"c{number}" for number in range(20))
    folder = recorded(tmp_path / "r", [asked(n, of=clients) for n in range(100)])
    state = tmp_path / "state"
    open_store(state).close()
    with ScriptedServer() as candidate:
        ended = run_workers(
            2,
            ReplayOptions(recording=folder),
            settings_for(config.loads(""), to=candidate.url),
            state,
            key=KEY,
            warn=pytest.fail,
        )
    store = open_store(state)
    seen = store.evidence()
    cursors = [store.cursor(f"replay {number} of 2") for number in range(2)]
    store.close()
    owners = Counter(msgspec.json.decode((state / SHARES).read_bytes()).values())

    assert ended.how == "done"
    assert owners == {0: 10, 1: 10}
    assert (seen.exchanges, seen.equal) == (100, 100)
    assert [cursor and cursor.sequence for cursor in cursors] == [100, 100]


def test_a_worker_that_breaks_ends_all_and_has_said_why_once(tmp_path: Path) -> None:
    said: list[str] = []
    state = tmp_path / "state"
    open_store(state).close()

    with pytest.raises(WorkersError, match="2 of 2 workers broke"):
        run_workers(
            2,
            ReplayOptions(recording=tmp_path / "missing"),
            settings_for(config.loads(""), to="http://127.0.0.1:9"),
            state,
            key=KEY,
            warn=said.append,
        )

    assert len(said) == 1
    assert "no such recording" in said[0]
