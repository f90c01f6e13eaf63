import errno
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shadowpact import config, worker
from shadowpact.errors import ConfigError
from shadowpact.lane import Lane
from shadowpact.model.clock import SystemClock
from shadowpact.model.exchange import Exchange
from shadowpact.recording.retention import unfinished_from
from shadowpact.recording.segments import segment_files
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recording.writer import Writer
from shadowpact.state import recording_folder
from shadowpact.store.sql import SqlStore
from shadowpact.supervisor import worker_command
from support.build import exchange, request, response
from support.clock import ManualClock
from support.processes import (
    candidate,
    eventually,
    evidence_of,
    is_alive,
    record,
    resident_bytes,
    worker_child,
    write_config,
)
from support.recordings import damage_length
from support.scripted import Asked, Peer, ScriptedServer, answer

MIB = 1024 * 1024
WAITING = 20_000
ANSWER = {"id": 1, "name": "a name of some length"}


def just_now(path: str = "/orders/1", *, age_s: float = 0.0) -> Exchange:
    started_us = SystemClock().now_us() - int(age_s * 1_000_000)
    return exchange(request(target=path), response(ANSWER), started_us=started_us)


def numbered(count: int, prefix: str = "/orders") -> list[Exchange]:
    return [just_now(f"{prefix}/{number}") for number in range(count)]


def drain(folder: Path, warn: Callable[[str], None] = pytest.fail) -> None:
    worker.run(
        folder / "state",
        config.load(folder / "shadowpact.toml"),
        SystemClock(),
        drain=True,
        until_eof=False,
        warn=warn,
    )


@pytest.fixture
def service() -> Iterator[ScriptedServer]:
    """A candidate that answers as the baseline did."""
    with ScriptedServer(default=answer(response(ANSWER).body)) as server:
        yield server


def test_a_drain_works_through_what_is_recorded_and_ends(
    tmp_path: Path, service: ScriptedServer
) -> None:
    write_config(tmp_path, "http://monolith.test", candidate(service.url))
    record(tmp_path / "state", [*numbered(5), exchange(request("POST"))])

    drain(tmp_path)

    evidence = evidence_of(tmp_path / "state")
    assert (evidence.exchanges, evidence.pairs, evidence.equal) == (6, 5, 5)
    assert evidence.dropped == {"write-policy": 1}
    assert evidence.backlog == 0
    assert sorted(service.targets()) == [f"/orders/{number}" for number in range(5)]


def test_a_drain_goes_on_where_the_last_one_ended(tmp_path: Path, service: ScriptedServer) -> None:
    write_config(tmp_path, "http://monolith.test", candidate(service.url))
    for count in (3, 2):
        record(tmp_path / "state", numbered(count))
        drain(tmp_path)
        drain(tmp_path)

    assert evidence_of(tmp_path / "state").pairs == 5
    assert len(service.asked) == 5


def test_a_drain_without_a_recording_ends_at_once(tmp_path: Path) -> None:
    write_config(tmp_path, "http://monolith.test")

    drain(tmp_path)

    assert not (tmp_path / "state" / "store.db").exists()


def test_a_drain_does_not_wait_for_a_candidate_that_is_not_there(tmp_path: Path) -> None:
    with ScriptedServer() as gone:
        url = gone.url
    write_config(tmp_path, "http://monolith.test", candidate(url, "shop", "breaker-failures = 3"))
    record(tmp_path / "state", numbered(50))
    said: list[str] = []

    drain(tmp_path, said.append)

    (why,) = said
    assert "candidate shop cannot be reached" in why
    assert "ConnectionRefusedError" in why
    evidence = evidence_of(tmp_path / "state")
    lost = {**evidence.dropped, **evidence.incomparable}
    assert (evidence.exchanges, evidence.pairs) == (50, 0)
    assert sum(lost.values()) == 50
    assert set(lost) == {"candidate-unavailable", "candidate-unreachable"}


def test_what_is_open_is_closed_when_the_second_candidate_cannot_be_asked(
    tmp_path: Path, service: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    close_lane, close_store = Lane.close, SqlStore.close

    async def lane_closed(lane: Lane) -> None:
        closed.append(lane.name)
        await close_lane(lane)

    def store_closed(store: SqlStore) -> None:
        closed.append("store")
        close_store(store)

    monkeypatch.setattr(Lane, "close", lane_closed)
    monkeypatch.setattr(SqlStore, "close", store_closed)
    second = 'routes = ["/b"]', 'credentials = { kind = "header", value-from-env = "NOT_THERE" }'
    lines = candidate(service.url, "first") + candidate(service.url, "second", *second)
    write_config(tmp_path, "http://monolith.test", lines)
    record(tmp_path / "state", [just_now()])
    with pytest.raises(ConfigError, match=r"candidate second: .*NOT_THERE is not set"):
        drain(tmp_path)

    assert closed == ["first", "store"]


def test_finished_segments_are_marked_and_removed_above_the_limit(
    tmp_path: Path, service: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RETENTION_EVERY_S", 0.0)
    limits = RecordingSettings(segment_bytes=8_000, max_bytes=20_000)
    lines = "[recording]\nsegment-bytes = 8000\nmax-bytes = 20000\n"
    write_config(tmp_path, "http://monolith.test", lines + candidate(service.url))
    folder = recording_folder(tmp_path / "state")
    writer = Writer(folder, limits)
    for one in numbered(80):
        writer.append(one)
    writer.close()
    before = segment_files(folder)

    drain(tmp_path)

    after = segment_files(folder)
    assert sum(file.size_bytes for file in before) > 20_000 / 2
    assert unfinished_from(folder) == before[-1].number
    assert after[-1] == before[-1]
    assert sum(file.size_bytes for file in after) <= 20_000
    assert evidence_of(tmp_path / "state").pairs == 80


def test_a_second_worker_is_refused_and_a_drain_waits_for_the_first(
    tmp_path: Path,
) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(peer: Peer, _asked: Asked) -> None:
        arrived.set()
        assert go_on.wait(20)
        peer.send(answer(response(ANSWER).body))

    with ScriptedServer(default=slow) as service:
        write_config(tmp_path, "http://monolith.test", candidate(service.url))
        record(tmp_path / "state", [just_now()])
        with worker_child(tmp_path, name="first"):
            assert arrived.wait(20)
            with (
                worker_child(tmp_path, name="second") as second,
                worker_child(tmp_path, "--drain", name="drain") as waiting,
            ):
                eventually(lambda: not is_alive(second.pid))
                assert second.stop() == 2
                assert "a worker is already at work here" in second.read_log()
                waiting.check(within_s=0.5)
                go_on.set()
                eventually(lambda: not is_alive(waiting.pid))
                assert waiting.stop() == 0

    assert evidence_of(tmp_path / "state").pairs == 1


def test_a_drain_takes_over_when_the_worker_it_waits_for_dies(tmp_path: Path) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(peer: Peer, _asked: Asked) -> None:
        arrived.set()
        assert go_on.wait(20)
        peer.send(answer(response(ANSWER).body))

    with ScriptedServer(default=slow) as service:
        write_config(tmp_path, "http://monolith.test", candidate(service.url))
        record(tmp_path / "state", [just_now()])
        with worker_child(tmp_path, name="first") as first:
            assert arrived.wait(20)
            with worker_child(tmp_path, "--drain", name="drain") as waiting:
                waiting.check(within_s=0.5)
                os.kill(first.pid, signal.SIGKILL)
                go_on.set()
                eventually(lambda: not is_alive(waiting.pid))
                assert waiting.stop() == 0

    assert evidence_of(tmp_path / "state").pairs == 1


def test_a_terminated_worker_finishes_and_commits_what_is_in_flight(tmp_path: Path) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(peer: Peer, _asked: Asked) -> None:
        arrived.set()
        assert go_on.wait(20)
        peer.send(answer(response(ANSWER).body))

    with ScriptedServer(default=slow) as service:
        write_config(
            tmp_path, "http://monolith.test", candidate(service.url, "shop", "max-in-flight = 1")
        )
        record(tmp_path / "state", numbered(9))
        with worker_child(tmp_path) as child:
            assert arrived.wait(20)
            os.kill(child.pid, signal.SIGTERM)
            go_on.set()
            eventually(lambda: not is_alive(child.pid))
            assert child.stop() == 0

    evidence = evidence_of(tmp_path / "state")
    assert evidence.pairs == len(service.asked)
    assert evidence.pairs + evidence.backlog == 9
    assert evidence.backlog >= 7  # the answer may be there before the signal has come through


def test_a_supervised_worker_ends_with_its_input_and_commits_before(
    tmp_path: Path, service: ScriptedServer
) -> None:
    config_file = write_config(tmp_path, "http://monolith.test", candidate(service.url))
    record(tmp_path / "state", numbered(3))
    state = tmp_path / "state"
    command = worker_command(state, config_file)

    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        try:
            eventually(lambda: len(service.asked) == 3)
            assert child.stdin is not None
            child.stdin.close()
            assert child.wait(20) == 0
        finally:
            child.kill()

    assert evidence_of(state).pairs == 3


def test_a_worker_waits_for_the_first_exchange(tmp_path: Path, service: ScriptedServer) -> None:
    write_config(tmp_path, "http://monolith.test", candidate(service.url))
    with worker_child(tmp_path):
        eventually((tmp_path / "state" / "worker.lock").exists)
        record(tmp_path / "state", [just_now()])
        eventually(lambda: len(service.asked) == 1)
        eventually(lambda: evidence_of(tmp_path / "state").pairs == 1)


def test_a_worker_whose_recording_is_removed_ends_and_the_next_one_takes_the_new_one(
    tmp_path: Path, service: ScriptedServer
) -> None:
    write_config(tmp_path, "http://monolith.test", candidate(service.url))
    state = tmp_path / "state"
    record(state, numbered(3))
    with worker_child(tmp_path) as child:
        eventually(lambda: evidence_of(state).pairs == 3)
        shutil.rmtree(recording_folder(state))
        record(state, numbered(2))
        eventually(lambda: not is_alive(child.pid))

        assert child.stop() == 0
        assert f"{recording_folder(state)}: the recording was removed" in child.read_log()

    drain(tmp_path)

    evidence = evidence_of(state)
    assert (evidence.exchanges, evidence.pairs, evidence.backlog) == (5, 5, 0)


def test_a_damaged_end_of_the_recording_is_said_and_the_next_file_is_gone_on_with(
    tmp_path: Path, service: ScriptedServer
) -> None:
    write_config(tmp_path, "http://monolith.test", candidate(service.url))
    state = tmp_path / "state"
    record(state, numbered(3))
    (file,) = segment_files(recording_folder(state))
    damage_length(file.path, 1)
    with worker_child(tmp_path) as child:
        child.wait_for(rf"({re.escape(str(file.path))}: byte \d+): damaged; ")
        assert evidence_of(state).pairs == 1
        record(state, numbered(2))
        eventually(lambda: evidence_of(state).pairs == 4)

        assert child.read_log().count(": damaged; ") == 1
    assert evidence_of(state).dropped == {"damaged": 1}


def test_the_same_is_said_once_a_minute_and_what_cannot_be_said_ends_nothing() -> None:
    clock, said = ManualClock(), list[str]()

    def log_on_a_full_disk(message: str) -> None:
        said.append(message)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    say = worker._now_and_then(log_on_a_full_disk, clock)
    for message in ("one", "one", "two", "one"):
        say(message)
    clock.advance(60)
    say("one")

    assert said == ["one", "two", "one"]


def test_a_hung_candidate_fills_no_memory_and_holds_up_nobody_else(
    tmp_path: Path, service: ScriptedServer
) -> None:
    over = threading.Event()

    def hang(_peer: Peer, _asked: Asked) -> None:
        over.wait(60)

    with ScriptedServer(default=hang) as hung:
        lines = (
            candidate(hung.url, "hung", 'routes = ["/hung/**"]', "timeout-ms = 400")
            + candidate(service.url, "well", 'routes = ["/well/**"]')
            + "[mirror]\nmax-lag-ms = 12000\n"  # long enough for a slow machine to start
        )
        write_config(tmp_path, "http://monolith.test", lines)
        body = b"x" * 2000
        record(
            tmp_path / "state",
            (
                exchange(
                    request(target=f"/{'well' if number % 10 == 0 else 'hung'}/{number}"),
                    response(body=body),
                    started_us=SystemClock().now_us(),
                )
                for number in range(WAITING)
            ),
        )
        service.default = answer(body)
        with worker_child(tmp_path) as child:
            eventually(lambda: len(service.asked) >= 100)
            early = resident_bytes(child.pid)
            seen = evidence_of(tmp_path / "state")
            eventually(lambda: len(service.asked) == WAITING // 10, within_s=60)
            late = resident_bytes(child.pid)
            eventually(lambda: evidence_of(tmp_path / "state").backlog == 0, within_s=60)
        over.set()

    done = evidence_of(tmp_path / "state")
    assert late - early < 20 * MIB < WAITING * len(body)
    assert seen.backlog > WAITING // 2
    assert seen.lag_ms > 0
    assert done.exchanges == WAITING
    assert done.pairs + done.incomparable["lag"] == WAITING
    assert done.incomparable["lag"] > WAITING // 2


def test_a_candidate_that_comes_back_is_found_by_a_probe(tmp_path: Path) -> None:
    is_back = threading.Event()

    def service(peer: Peer, _asked: Asked) -> None:
        if is_back.is_set():
            peer.send(answer(response(ANSWER).body))
        else:
            peer.reset()

    with ScriptedServer(default=service) as server:
        breaker = ("breaker-failures = 3", "breaker-pause-ms = 200", "max-in-flight = 1")
        write_config(tmp_path, "http://monolith.test", candidate(server.url, "shop", *breaker))
        record(tmp_path / "state", numbered(40))
        with worker_child(tmp_path):
            eventually(lambda: len(server.asked) >= 5)
            while_down = len(server.asked)
            is_back.set()
            eventually(lambda: evidence_of(tmp_path / "state").backlog == 0)

    evidence = evidence_of(tmp_path / "state")
    assert evidence.exchanges == evidence.pairs == 40
    assert 40 - while_down - 2 <= evidence.equal < 40
    assert while_down < 20


def test_each_service_naming_itself_in_location_is_equal_live_too(
    tmp_path: Path, service: ScriptedServer
) -> None:
    url = "http://monolith.test"
    write_config(tmp_path, url, candidate(service.url))
    location = f"Location: {service.url}/orders/7"
    service.default = answer(b"", location, status="302 Found", media="text/plain")
    started_us = SystemClock().now_us()
    for authority, named in (("shop.test", url), ("shop.test", "http://shop.test")):
        headers = ((b"content-type", b"text/plain"), (b"location", f"{named}/orders/7".encode()))
        asked = request(authority=authority)
        moved = response(status=302, headers=headers, body=b"")
        record(tmp_path / "state", [exchange(asked, moved, started_us=started_us)])

    drain(tmp_path)

    evidence = evidence_of(tmp_path / "state")
    assert (evidence.pairs, evidence.equal) == (2, 2)


def test_a_login_of_the_recording_gives_the_candidate_its_credentials(tmp_path: Path) -> None:
    asked = request(target="/orders/1", headers=((b"authorization", b"Bearer expired"),))
    login = exchange(
        request("POST", "/login", body=b"name=anna"),
        response({"token": "old"}),
        started_us=SystemClock().now_us(),
    )
    record(
        tmp_path / "state",
        [exchange(asked, response(ANSWER), started_us=SystemClock().now_us()), login],
    )
    table = (
        '[candidates.shop.credentials]\nkind = "login"\nrequest = "POST /login"\n'
        'token-path = "$.token"\n'
    )
    given = answer(b'{"token":"given-now"}')
    with ScriptedServer({"/login": given}, default=answer(response(ANSWER).body)) as service:
        write_config(tmp_path, "http://monolith.test", candidate(service.url) + table)
        drain(tmp_path)

    evidence = evidence_of(tmp_path / "state")
    assert (evidence.pairs, evidence.equal) == (1, 1)
    assert service.targets() == ["/login", "/orders/1"]
    assert b"authorization: Bearer given-now" in service.asked[1].head
