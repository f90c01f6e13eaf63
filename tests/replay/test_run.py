from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact import config
from shadowpact.errors import UsageError
from shadowpact.model.clock import SystemClock
from shadowpact.replay import Ended, ReplayOptions, run, settings_for
from shadowpact.secrets import Sealer
from shadowpact.state import open_store
from shadowpact.store.sql import SqlStore
from support import build
from support.replays import KEY, asked, recorded
from support.scripted import ScriptedServer, answer


@pytest.fixture
def store() -> Iterator[SqlStore]:
    opened = open_store(None)
    yield opened
    opened.close()


def ran(store: SqlStore, recording: Path, url: str, text: str = "", **options: Any) -> Ended:
    settings = settings_for(config.loads(text), to=url)
    told = ReplayOptions(recording=recording, **options)
    return run(told, settings, store, key=KEY, clock=SystemClock(), warn=pytest.fail)


def test_everything_read_is_accounted_for(tmp_path: Path, store: SqlStore) -> None:
    exchanges = [asked(n, method="POST" if n % 4 == 3 else "GET") for n in range(40)]
    with ScriptedServer() as candidate:
        ended = ran(store, recorded(tmp_path / "r", exchanges), candidate.url)
    seen = store.evidence()

    assert ended == Ended(how="done")
    assert (seen.exchanges, seen.pairs, seen.equal) == (40, 30, 30)
    assert seen.dropped == {"write-policy": 10}


def test_each_of_several_workers_does_its_part(tmp_path: Path, store: SqlStore) -> None:
    clients = tuple(f"c{number}" for number in range(20))
    folder = recorded(tmp_path / "r", [asked(n, of=clients) for n in range(100)])
    counts = []
    with ScriptedServer() as candidate:
        for number in range(2):
            ran(store, folder, candidate.url, part=(number, 2))
            counts.append(store.evidence().exchanges)

    assert 0 < counts[0] < counts[1] == 100
    assert sorted(candidate.targets()) == sorted(f"/orders/{n}" for n in range(100))


def test_what_is_done_is_not_done_again(tmp_path: Path, store: SqlStore) -> None:
    folder = recorded(tmp_path / "r", map(asked, range(20)))
    with ScriptedServer() as candidate:
        ran(store, folder, candidate.url, limit=7)
        first = store.evidence().exchanges
        ran(store, folder, candidate.url)
        ran(store, folder, candidate.url)

    assert (first, store.evidence().exchanges, len(candidate.asked)) == (7, 20, 20)


def test_a_login_of_the_recording_gives_the_candidates_credentials(
    tmp_path: Path, store: SqlStore
) -> None:
    login = build.request("POST", "/login", headers=build.JSON, body=b'{"name":"anna"}')
    order = build.request(target="/orders/1", headers=((b"authorization", b"Bearer expired"),))
    exchanges = (build.exchange(order), build.exchange(login, build.response({"token": "old"})))
    folder = recorded(tmp_path / "r", map(Sealer(KEY).seal, exchanges))
    told = '[candidates.shop]\nurl = "http://x"\n[candidates.shop.credentials]\nkind = "login"\n'
    told += 'request = "POST /login"\ntoken-path = "$.token"\n'
    with ScriptedServer({"/login": answer(b'{"token":"given-now"}')}) as candidate:
        ran(store, folder, candidate.url, told)

    assert [one.target for one in candidate.asked] == ["/login", "/orders/1"]
    assert candidate.asked[0].body == b'{"name":"anna"}'
    assert b"authorization: Bearer given-now" in candidate.asked[1].head


def test_a_speed_tells_how_late_requests_were(tmp_path: Path, store: SqlStore) -> None:
    folder = recorded(tmp_path / "r", [asked(n, every_s=0.01) for n in range(20)])
    paced = msgspec.structs.replace(ReplayOptions(recording=folder).replaying, speed=1.0)
    with ScriptedServer() as candidate:
        ended = ran(store, folder, candidate.url, replaying=paced)

    assert ended.late_ms is not None
    assert ended.late_ms[0] < 100


def test_a_recording_that_is_not_there_is_said(tmp_path: Path, store: SqlStore) -> None:
    with pytest.raises(UsageError, match="no such recording"):
        ran(store, tmp_path / "missing", "http://127.0.0.1:9")
