"""Making recordings of recordings."""

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shadowpact.errors import UsageError
from shadowpact.mirror.session import session_of
from shadowpact.model.exchange import Exchange, Failure
from shadowpact.recordings_making import Cutting, Made, copy, cut, merge
from shadowpact.recordings_reading import size_of
from shadowpact.routes import RouteTable
from shadowpact.secrets import Sealer
from shadowpact.selection import Selection
from support.build import STARTED_US, exchange, request, response
from support.imported import held
from support.recordings import damage_payload, number_of, numbered, record

SEALER = Sealer(bytes(range(64)))


def at(second: int, client: str = "c", *, status: int = 200, target: str = "/a") -> Exchange:
    return exchange(
        request(target=target),
        response({}, status),
        started_us=STARTED_US + second * 1_000_000,
        client=client,
    )


def seconds(path: Path) -> list[int]:
    return [(one.started_us - STARTED_US) // 1_000_000 for one in held(path).exchanges]


# -- copy


@pytest.mark.parametrize("name", ["folder", "x.rec", "x.har", "x.mitm"])
def test_a_recording_goes_through_every_format_unchanged(name: str, tmp_path: Path) -> None:
    exchanges = [at(1), at(2, "d"), exchange(answered=Failure(kind="refused", message="no"))]
    record(tmp_path / "a", exchanges)
    copy(tmp_path / "a", tmp_path / "out" / name, sealer=SEALER)

    done = copy(tmp_path / "out" / name, tmp_path / "back", sealer=SEALER)

    assert held(tmp_path / "back").exchanges == tuple(exchanges)
    assert done == Made(
        out=str(tmp_path / "back"), exchanges=3, skipped={}, unanswered={"refused": 1}
    )


# -- merge


def test_recordings_are_put_together_by_time_and_clients_stay_apart(tmp_path: Path) -> None:
    record(tmp_path / "a", [at(1), at(4), at(5)])
    record(tmp_path / "b", [at(2), at(3), at(6)])

    done = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out.har", sealer=SEALER)

    found = held(tmp_path / "out.har").exchanges
    assert seconds(tmp_path / "out.har") == [1, 2, 3, 4, 5, 6]
    assert [one.client for one in found] == ["1:c", "2:c", "2:c", "1:c", "1:c", "2:c"]
    assert (done.exchanges, done.left_out, done.skipped) == (6, 0, {})


def test_each_recording_keeps_its_own_order(tmp_path: Path) -> None:
    record(tmp_path / "a", [at(5), at(1), at(7)])
    record(tmp_path / "b", [at(6)])

    merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out", sealer=SEALER)

    assert seconds(tmp_path / "out") == [5, 1, 6, 7]


def test_what_is_damaged_in_any_of_them_is_counted(tmp_path: Path) -> None:
    for name in "ab":
        (file,) = record(tmp_path / name, [at(1), at(2), at(3)])
        damage_payload(file, 1)

    done = merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out", sealer=SEALER)

    assert (done.exchanges, done.skipped) == (4, {"damaged": 2})


def test_one_recording_cannot_be_merged_with_itself(tmp_path: Path) -> None:
    record(tmp_path / "a", [at(1)])

    with pytest.raises(UsageError, match="named twice"):
        merge(
            [tmp_path / "a", tmp_path / ".." / tmp_path.name / "a"], tmp_path / "out", sealer=SEALER
        )
    with pytest.raises(UsageError, match="is what is read"):
        merge([tmp_path / "a"], tmp_path / "a", sealer=SEALER)


# -- cut


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Ten exchanges, a minute apart, of three connections, two routes and three statuses."""
    exchanges = [
        at(
            60 * number,
            f"c{number % 3}",
            status=(200, 404, 503)[number % 3],
            target=("/orders/1", "/customers/2")[number % 2],
        )
        for number in range(10)
    ]
    record(tmp_path / "day", [*exchanges, exchange(answered=Failure(kind="reset"))])
    return tmp_path / "day"


def kept(day: Path, cutting: Cutting) -> list[int]:
    out = day.with_name(f"cut-{len(list(day.parent.iterdir()))}")
    done = cut(day, out, cutting, routes=RouteTable([]), sealer=SEALER)
    assert done.exchanges == len(held(out).exchanges)
    assert cutting.limit or done.exchanges + done.left_out == 11
    return [second // 60 for second in seconds(out)]


def test_a_part_can_be_told_by_time(day: Path) -> None:
    selection = Selection(since=timedelta(minutes=2), until=timedelta(minutes=5))

    assert kept(day, Cutting(selection=selection)) == [2, 3, 4]


def test_a_part_can_be_told_by_route_connection_and_status(day: Path) -> None:
    orders = Selection(routes=("GET /orders/**",))

    assert kept(day, Cutting(selection=orders)) == [0, 2, 4, 6, 8, 0]
    assert kept(day, Cutting(clients=frozenset({"c0", "c2"}))) == [0, 2, 3, 5, 6, 8, 9]
    assert kept(day, Cutting(statuses=frozenset({"503"}))) == [2, 5, 8]
    assert kept(day, Cutting(statuses=frozenset({"4xx", "none"}))) == [1, 4, 7, 0]
    assert kept(day, Cutting(limit=2, statuses=frozenset({"200"}))) == [0, 3]
    both = Cutting(selection=orders, clients=frozenset({"c0"}))
    assert kept(day, both) == [0, 6]


def test_a_part_can_be_told_by_session(tmp_path: Path) -> None:
    headers = [((b"Authorization", b"Bearer made-up-%d" % (number % 3)),) for number in range(9)]
    exchanges = [exchange(request(target=f"/{n}", headers=one)) for n, one in enumerate(headers)]
    record(tmp_path / "a", map(SEALER.seal, exchanges))
    wanted = Selection(sessions=(session_of(exchanges[1], SEALER.session_key),))

    cut(
        tmp_path / "a",
        tmp_path / "out",
        Cutting(selection=wanted),
        routes=RouteTable([]),
        sealer=SEALER,
    )

    found = held(tmp_path / "out").exchanges
    assert [one.request.target for one in found] == ["/1", "/4", "/7"]
    assert all(one.request.headers[0][1].startswith(b"sealed:v1:") for one in found)


def test_a_sample_has_whole_sessions_and_is_the_same_each_time(tmp_path: Path) -> None:
    record(tmp_path / "a", [at(n, f"c{n % 200}") for n in range(1000)])
    samples = []
    for number, rate in enumerate((0.2, 0.2, 0.5)):
        cutting = Cutting(selection=Selection(sample_rate=rate))
        out = tmp_path / f"out-{number}"
        cut(tmp_path / "a", out, cutting, routes=RouteTable([]), sealer=SEALER)
        samples.append([one.client for one in held(out).exchanges])

    assert samples[0] == samples[1]
    assert set(samples[0]) < set(samples[2])
    assert {samples[2].count(client) for client in samples[2]} == {5}
    assert 20 < len(set(samples[0])) < 60


def test_nothing_is_read_behind_the_limit(day: Path) -> None:
    cutting = Cutting(limit=3)

    done = cut(day, day.with_name("x"), cutting, routes=RouteTable([]), sealer=SEALER)

    assert (done.exchanges, done.left_out) == (3, 0)


def test_a_part_that_is_empty_is_not_written(day: Path) -> None:
    cutting = Cutting(clients=frozenset({"nobody"}))

    done = cut(day, day.with_name("x"), cutting, routes=RouteTable([]), sealer=SEALER)

    assert (done.exchanges, done.left_out) == (0, 11)
    assert not day.with_name("x").exists()


def test_a_malformed_pattern_is_bad_usage(day: Path) -> None:
    cutting = Cutting(selection=Selection(routes=("orders",)))

    with pytest.raises(UsageError, match="--route: 'orders'"):
        cut(day, day.with_name("x"), cutting, routes=RouteTable([]), sealer=SEALER)


def test_no_more_than_a_few_exchanges_are_held_at_a_time(tmp_path: Path) -> None:
    def large(count: int) -> Iterator[Exchange]:
        return (numbered(number, padding=50_000) for number in range(count))

    record(tmp_path / "a", large(200))
    record(tmp_path / "b", large(200))
    tracemalloc.start()
    merge([tmp_path / "a", tmp_path / "b"], tmp_path / "out.har", sealer=SEALER)
    cutting = Cutting(selection=Selection(routes=("/orders/*",)))
    cut(tmp_path / "out.har", tmp_path / "out", cutting, routes=RouteTable([]), sealer=SEALER)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size_of(tmp_path / "out") > 20_000_000
    assert [number_of(one) for one in held(tmp_path / "out").exchanges[:2]] == [0, 0]
    assert peak < 15_000_000
