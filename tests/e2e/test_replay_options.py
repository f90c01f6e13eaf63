"""Every option of ``shadowpact replay``, against servers that count what they are asked."""

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shadowpact.model.exchange import Failure
from support import build
from support.build import STARTED_US
from support.replays import adds_up, asked, recorded, replay
from support.scripted import Asked, Peer, ScriptedServer, answer

CLIENTS = tuple(f"c{number}" for number in range(10))
EARLY_S, LATE_S = 0.6, 6.0
"""How far requests may be apart from when they are due: they arrive on a machine that has more to
do. Gaps to the millisecond are a matter of tests with a clock of their own (``mirror``)."""

type Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Watched(ScriptedServer):
    """Answers everything alike, and remembers when it was asked and how many were under way."""

    def __init__(self, *, takes_s: float = 0.0) -> None:
        super().__init__(default=self._reply)
        self.at_s: list[tuple[str, float]] = []
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self._takes_s = takes_s

    def _reply(self, peer: Peer, one: Asked) -> None:
        with self._lock:
            self.at_s.append((one.target, time.monotonic()))
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self._takes_s)
        with self._lock:
            self._now -= 1
        peer.send(answer())

    @property
    def gaps_s(self) -> list[float]:
        times = sorted(at_s for _, at_s in self.at_s)
        return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.fixture
def candidate() -> Iterator[Watched]:
    with Watched() as server:
        yield server


@pytest.mark.parametrize(
    ("speed", "recorded_s", "replayed_s"),
    [("1x", 1.5, 1.5), ("10x", 15.0, 1.5), ("0.5x", 0.75, 1.5), ("max", 15.0, 0.0)],
)
def test_recorded_gaps_are_scaled_by_the_speed(
    tmp_path: Path,
    candidate: Watched,
    capsys: Said,
    speed: str,
    recorded_s: float,
    replayed_s: float,
) -> None:
    every_s = recorded_s / 3
    folder = recorded(tmp_path / "r", [asked(n, of=CLIENTS, every_s=every_s) for n in range(4)])

    found = replay(capsys, folder, "--to", candidate.url, "--speed", speed)

    took_s = sum(candidate.gaps_s)
    assert (found.status, found.evidence["equal"]) == (0, 4)
    assert replayed_s - EARLY_S <= took_s <= replayed_s + LATE_S
    assert sorted(candidate.targets()) == [f"/orders/{n}" for n in range(4)]
    late = found.document["replay"]["late_ms"]
    assert late is None if speed == "max" else 0 <= late[0] <= late[1]


def test_long_pauses_are_cut_on_demand(tmp_path: Path, candidate: Watched, capsys: Said) -> None:
    starts_s = (0.0, 0.2, 3600.2, 3600.4, 7200.0)
    folder = recorded(
        tmp_path / "r",
        [
            build.exchange(
                build.request(target=f"/orders/{n}"),
                started_us=STARTED_US + round(start_s * 1e6),
            )
            for n, start_s in enumerate(starts_s)
        ],
    )

    found = replay(capsys, folder, "--to", candidate.url, "--speed", "1x", "--max-gap", "0.4")

    adds_up(found.evidence, 5)
    assert 1.2 - EARLY_S <= sum(candidate.gaps_s) <= 1.2 + LATE_S


def test_a_pause_can_be_cut_to_nothing(tmp_path: Path, candidate: Watched, capsys: Said) -> None:
    folder = recorded(tmp_path / "r", [asked(n, every_s=3600) for n in range(4)])

    found = replay(capsys, folder, "--to", candidate.url, "--speed", "1x", "--max-gap", "0")

    assert found.evidence["equal"] == 4
    assert sum(candidate.gaps_s) < LATE_S


def test_the_rate_is_the_most_a_second(tmp_path: Path, candidate: Watched, capsys: Said) -> None:
    folder = recorded(tmp_path / "r", [asked(n, of=CLIENTS) for n in range(21)])

    replay(capsys, folder, "--to", candidate.url, "--rate", "10")

    assert 20 / 10 - EARLY_S <= sum(candidate.gaps_s) <= 20 / 10 + LATE_S


@pytest.mark.parametrize("most", [1, 4])
def test_no_more_are_under_way_than_the_concurrency(
    tmp_path: Path, capsys: Said, most: int
) -> None:
    folder = recorded(tmp_path / "r", [asked(n, of=CLIENTS) for n in range(80)])
    with Watched(takes_s=0.01) as slow:
        found = replay(capsys, folder, "--to", slow.url, "--concurrency", most)

    assert found.evidence["equal"] == 80
    assert slow.most == most


def test_a_session_keeps_its_order_while_others_go_on(tmp_path: Path, capsys: Said) -> None:
    exchanges = [asked(n, of=CLIENTS) for n in range(100)]
    folder = recorded(tmp_path / "r", exchanges)
    with Watched(takes_s=0.002) as slow:
        replay(capsys, folder, "--to", slow.url, "--concurrency", "16")
    order = [int(target.rpartition("/")[2]) for target, _ in slow.at_s]

    assert slow.most > 1
    for number in range(len(CLIENTS)):
        mine = [n for n in order if n % len(CLIENTS) == number]
        assert mine == sorted(mine)


def test_only_what_is_between_two_times_is_sent(
    tmp_path: Path, candidate: Watched, capsys: Said
) -> None:
    folder = recorded(tmp_path / "r", [asked(n) for n in range(100)])  # one a second
    to = ("--to", candidate.url)

    by_offset = replay(capsys, folder, *to, "--from", "+10s", "--until", "+20s")
    by_time = replay(capsys, folder, *to, "--from", "15:07:30", "--to", "2025-06-15T15:07:40Z")

    for found in (by_offset, by_time):
        adds_up(found.evidence, 100)
        assert (found.status, found.evidence["pairs"]) == (0, 10)
        assert found.evidence["dropped"] == {"not-selected": 90}
    numbers = sorted(int(target.rpartition("/")[2]) for target in candidate.targets())
    assert numbers == sorted([*range(10, 20), *range(50, 60)])


def test_relative_times_count_from_the_first_exchange_whatever_becomes_of_it(
    tmp_path: Path, candidate: Watched, capsys: Said
) -> None:
    first = asked(0, method="POST")
    folder = recorded(tmp_path / "r", [first, *(asked(n) for n in range(1, 30))])

    replay(capsys, folder, "--to", candidate.url, "--from", "+25s")

    assert sorted(candidate.targets()) == [f"/orders/{n}" for n in range(25, 30)]


def test_a_sample_takes_whole_sessions_and_the_same_ones_every_time(
    tmp_path: Path, candidate: Watched, capsys: Said
) -> None:
    clients = tuple(f"c{number}" for number in range(40))
    folder = recorded(tmp_path / "r", [asked(n, of=clients) for n in range(400)])
    taken = []
    for share in ("0.3", "0.3", "0.6"):
        candidate.asked.clear()
        found = replay(capsys, folder, "--to", candidate.url, "--sample", share)
        adds_up(found.evidence, 400)
        numbers = {int(target.rpartition("/")[2]) for target in candidate.targets()}
        assert found.evidence["dropped"] == {"not-selected": 400 - len(numbers)}
        taken.append(numbers)

    assert taken[0] == taken[1] < taken[2]
    assert 0 < len(taken[0]) < len(taken[2]) < 400
    sessions = {number % 40 for number in taken[0]}
    assert taken[0] == {number for number in range(400) if number % 40 in sessions}


def test_a_limit_is_on_what_is_sent(tmp_path: Path, candidate: Watched, capsys: Said) -> None:
    exchanges = [asked(n, method="POST" if n % 2 else "GET") for n in range(40)]
    folder = recorded(tmp_path / "r", exchanges)

    found = replay(capsys, folder, "--to", candidate.url, "--limit", "5")
    more = replay(capsys, folder, "--to", candidate.url, "--limit", "8", "--resume")

    assert (found.evidence["pairs"], found.evidence["dropped"]) == (5, {"write-policy": 4})
    assert (more.evidence["pairs"], more.evidence["dropped"]) == (8, {"write-policy": 7})
    assert sorted(candidate.targets()) == sorted(f"/orders/{n}" for n in range(0, 16, 2))


def test_only_the_routes_that_are_named_are_sent(
    tmp_path: Path, candidate: Watched, capsys: Said
) -> None:
    exchanges = [asked(n, path=("/orders", "/users", "/carts")[n % 3]) for n in range(30)]
    folder = recorded(tmp_path / "r", exchanges)
    routes = ("--route", "GET /orders/**", "--route", "/users/{id}")

    found = replay(capsys, folder, "--to", candidate.url, *routes)

    adds_up(found.evidence, 30)
    assert found.evidence["dropped"] == {"not-selected": 10}
    assert {target.split("/")[1] for target in candidate.targets()} == {"orders", "users"}


def test_what_makes_a_session_can_be_told(tmp_path: Path, capsys: Said) -> None:
    exchanges = [
        build.exchange(
            build.request(target=f"/orders/{n}", headers=((b"x-user", b"anna"),)), client=f"c{n}"
        )
        for n in range(20)
    ]
    folder = recorded(tmp_path / "r", exchanges)
    with Watched(takes_s=0.002) as slow:
        replay(capsys, folder, "--to", slow.url, "--session", "header:x-user")

    assert slow.most == 1
    assert slow.targets() == [f"/orders/{n}" for n in range(20)]


def test_an_unanswered_request_is_compared_when_the_baseline_is_asked_anew(
    tmp_path: Path, candidate: Watched, capsys: Said
) -> None:
    lost = build.exchange(build.request(target="/orders/7"), Failure(kind="no-response"))
    folder = recorded(tmp_path / "r", [asked(1), lost])
    with ScriptedServer() as baseline:
        found = replay(capsys, folder, "--to", candidate.url, "--baseline", baseline.url)
        alone = replay(capsys, folder, "--to", candidate.url)

    assert (found.evidence["equal"], found.evidence["incomparable"]) == (2, {})
    assert alone.evidence["incomparable"] == {"baseline-failed": 1}
    assert sorted(baseline.targets()) == ["/orders/1", "/orders/7"]


def test_both_sides_are_asked_in_alternating_order(tmp_path: Path, capsys: Said) -> None:
    folder = recorded(tmp_path / "r", [asked(n) for n in range(6)])
    order: list[str] = []

    def noting(name: str) -> ScriptedServer:
        def reply(peer: Peer, one: Asked) -> None:
            order.append(f"{name} {one.target[-1]}")
            peer.send(answer())

        return ScriptedServer(default=reply)

    with noting("baseline") as baseline, noting("candidate") as other:
        replay(capsys, folder, "--to", other.url, "--baseline", baseline.url)

    firsts = [name.split()[0] for name in order[::2]]
    assert firsts == ["baseline", "candidate"] * 3
