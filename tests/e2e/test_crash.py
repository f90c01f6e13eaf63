"""Whatever is killed, and whenever: nothing that was recorded is lost or counted twice."""

import os
import random
import shutil
import signal
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact.model.clock import SystemClock
from shadowpact.model.evidence import Evidence
from shadowpact.model.exchange import Cut, Exchange, Failure
from shadowpact.model.pair import Sample
from shadowpact.state import open_store
from support.build import exchange, request, response
from support.lives import Lives
from support.processes import (
    Proxy,
    candidate,
    children_of,
    eventually,
    evidence_of,
    is_alive,
    mitmdump,
    record,
    worker_child,
    write_config,
)
from support.scripted import Asked, Peer, ScriptedServer, answer, ask, status_of

KILLS = 55
EXCHANGES = 4_000
CYCLE = 10
"""Of ten exchanges five are equal, two differ, one is a write, one a failure, one a stream."""

DIFFERING = (5, 6)
POINTS = ("_add_findings", "_add_samples", "_put", "commit")
"""Methods of the store within and around its one transaction: killed before and after each."""

IN_FLIGHT = 8
SLOWEST_MS = 48
"""What the candidate takes at most for an answer while there is killing, so that all of it has work
to disturb; how long is another for each, so that answers come out of order."""


def nth(number: int, *, started_us: int) -> Exchange:
    """The exchange with a number: how it has to end is known from the number."""
    asked = request(target=f"/orders/{number}", headers=((b"x-consumer", b"web"),))
    answered: Any = response({"id": number, "name": "same"})
    match number % CYCLE:
        case 7:
            asked = request("POST", f"/orders/{number}")
        case 8:
            answered = Failure(kind="reset", message="server closed connection")
        case 9:
            cut = Cut(reason="event-stream", length_bytes=9, sha256=bytes(32))
            answered = response(body=b"data: 1\n\n", cut=cut)
        case _:
            pass
    return exchange(asked, answered, started_us=started_us + number)


class Service:
    """The candidate: some answers differ, by the number; all take their time."""

    def __init__(self) -> None:
        self.slowest_ms = SLOWEST_MS

    def __call__(self, peer: Peer, asked: Asked) -> None:
        number = int(asked.target.rpartition("/")[2])
        name = b"other" if number % CYCLE in DIFFERING else b"same"
        time.sleep(number * 7919 % (self.slowest_ms + 1) / 1000)
        peer.send(answer(b'{"id":%d,"name":"%s"}' % (number, name)))


def summary(state: Path) -> dict[str, Any]:
    """Everything in the store that does not depend on how long something took."""
    store = open_store(state)
    try:
        return {
            "evidence": store.evidence(),
            "routes": [
                msgspec.structs.replace(one, p50_ratio=None, p95_ratio=None)
                for one in store.routes()
            ],
            "findings": [_timeless(one) for one in store.findings()],
            "behaviours": [_timeless(one) for one in store.behaviours()],
            "ignored": store.ignored(),
        }
    finally:
        store.close()


def _timeless(owner: Any) -> Any:
    def still(sample: Sample) -> Sample:
        if sample.candidate is None:
            return sample
        answered = msgspec.structs.replace(sample.candidate, elapsed_ms=0.0)
        return msgspec.structs.replace(sample, candidate=answered)

    return msgspec.structs.replace(owner, samples=tuple(still(one) for one in owner.samples))


def expected() -> Evidence:
    each = EXCHANGES // CYCLE
    return Evidence(
        exchanges=EXCHANGES,
        pairs=7 * each,
        equal=5 * each,
        dropped={"write-policy": each},
        incomparable={"baseline-failed": each, "event-stream": each},
    )


@pytest.mark.timeout(180)
def test_a_worker_killed_at_55_points_counts_every_exchange_once(tmp_path: Path) -> None:
    random_delay = random.Random(20_240_117)  # noqa: S311  the same points each time
    disturbed, undisturbed = tmp_path / "disturbed", tmp_path / "undisturbed"
    service, now_us = Service(), SystemClock().now_us()
    with ScriptedServer(default=service) as server:
        config = write_config(
            tmp_path, "http://x", candidate(server.url, "shop", f"max-in-flight = {IN_FLIGHT}")
        )
        record(disturbed, (nth(number, started_us=now_us) for number in range(EXCHANGES)))
        shutil.copytree(disturbed, undisturbed)
        while_working = 0
        points = iter([f"{when}:{method}" for method in POINTS for when in ("before", "after")])
        with Lives(disturbed, config) as lives:
            for number in range(KILLS):
                pid = lives.start()
                # a commit comes every quarter of a second: some lives are shorter, some longer
                time.sleep(random_delay.choice((0.0, 0.15, 0.45, 0.7)) + random_delay.random() / 10)
                os.kill(pid, signal.SIGKILL)
                eventually(partial(is_dead, pid))
                left = waiting(disturbed)
                while_working += left > 0
                if left < EXCHANGES // 3:  # a fast machine: some work has to be left to disturb
                    service.slowest_ms = 5 * SLOWEST_MS
                if number % 6 == 0 and (point := next(points, None)):
                    eventually(partial(is_dead, lives.start(point)))
            between = evidence_of(disturbed).exchanges
            service.slowest_ms = 0
            last = lives.start("--drain")
            eventually(partial(is_dead, last), within_s=60)
        with Lives(undisturbed, config) as lives:
            only = lives.start("--drain")
            eventually(partial(is_dead, only), within_s=60)

    assert while_working >= 50
    assert 0 < between < EXCHANGES
    assert evidence_of(disturbed).backlog == 0
    assert summary(disturbed)["evidence"] == expected()
    assert summary(disturbed) == summary(undisturbed)
    assert len(summary(disturbed)["findings"]) == 1


def is_dead(pid: int) -> bool:
    return not is_alive(pid)


def waiting(state: Path) -> int:
    """How many exchanges are not committed yet."""
    return evidence_of(state).backlog if (state / "store.db").exists() else EXCHANGES


BASELINE = answer(b'{"id": 1}')


def worker_of(proxy: Proxy) -> int:
    """The pid of the supervised worker, once it is at work."""
    eventually(lambda: len(children_of(proxy.child.pid)) == 1)
    (pid,) = children_of(proxy.child.pid)
    return pid


def test_a_killed_worker_is_started_again_and_misses_nothing(tmp_path: Path) -> None:
    with (
        ScriptedServer(default=BASELINE) as baseline,
        ScriptedServer(default=BASELINE) as server,
        mitmdump(
            tmp_path, baseline.url, config=candidate(server.url), worker="supervised"
        ) as proxy,
    ):
        ask(proxy.port, "/orders/1")
        eventually(lambda: len(server.asked) == 1)
        first = worker_of(proxy)
        os.kill(first, signal.SIGKILL)
        statuses = [status_of(ask(proxy.port, f"/orders/{number}")) for number in range(2, 12)]
        eventually(lambda: evidence_of(proxy.state).pairs == 11)
        second = worker_of(proxy)
        log = proxy.child.read_log()

    assert statuses == [200] * 10
    assert second != first
    assert "worker ended with status -9; starting it again" in log
    assert is_dead(second)
    evidence = evidence_of(tmp_path / "state")
    assert evidence.exchanges == evidence.equal == 11


def test_the_worker_ends_when_mitmdump_is_killed_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with (
        ScriptedServer(default=BASELINE) as baseline,
        ScriptedServer(default=BASELINE) as server,
    ):
        settings = candidate(server.url)
        with mitmdump(tmp_path, baseline.url, config=settings, worker="supervised") as proxy:
            ask(proxy.port, "/orders/1")
            eventually(lambda: len(server.asked) == 1)
            pid = worker_of(proxy)
            ask(proxy.port, "/orders/2")
            os.kill(proxy.child.pid, signal.SIGKILL)
            eventually(partial(is_dead, pid))
        with mitmdump(tmp_path, baseline.url, config=settings, worker="supervised") as proxy:
            ask(proxy.port, "/orders/3")
            eventually(lambda: evidence_of(proxy.state).pairs == 3)

    evidence = evidence_of(tmp_path / "state")
    assert evidence.exchanges == evidence.equal == 3
    assert evidence.backlog == 0


def test_mitmdump_ends_within_seconds_and_its_worker_first_finishes_what_is_in_flight(
    tmp_path: Path,
) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def slow(peer: Peer, _asked: Asked) -> None:
        arrived.set()
        assert go_on.wait(20)
        peer.send(BASELINE)

    with (
        ScriptedServer(default=BASELINE) as baseline,
        ScriptedServer(default=slow) as server,
        mitmdump(
            tmp_path, baseline.url, config=candidate(server.url), worker="supervised"
        ) as proxy,
    ):
        ask(proxy.port, "/orders/1")
        assert arrived.wait(20)
        started = time.monotonic()
        os.kill(proxy.child.pid, signal.SIGTERM)
        go_on.set()
        assert proxy.child.stop() == 0
        took_s = time.monotonic() - started

    assert took_s < 15
    assert evidence_of(tmp_path / "state").pairs == 1


def test_a_recording_with_a_torn_tail_is_worked_through_and_goes_on_behind_it(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    with ScriptedServer(default=answer(b'{"id":1}')) as server:
        write_config(tmp_path, "http://x", candidate(server.url))
        record(state, [exchange() for _ in range(3)])
        torn = max((state / "recording").glob("*.rec"))
        with torn.open("rb+") as file:
            file.truncate(torn.stat().st_size - 5)
        with worker_child(tmp_path, "--drain") as drain:
            eventually(partial(is_dead, drain.pid))
        torn_pairs = evidence_of(state).exchanges
        record(state, [exchange()])
        with worker_child(tmp_path, "--drain", name="again") as drain:
            eventually(partial(is_dead, drain.pid))

    assert torn_pairs == 2
    assert evidence_of(state).exchanges == 3
    assert evidence_of(state).backlog == 0
