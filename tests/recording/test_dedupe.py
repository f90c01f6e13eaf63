from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.model.exchange import Exchange
from shadowpact.recording.dedupe import DEFAULT_KEEP, Selection, by_exchange, by_session
from shadowpact.recording.shape import shape_of
from shadowpact.routes import RouteTable
from support.build import exchange, request, response

ROUTES = RouteTable([])
SHAPES = st.lists(st.integers(0, 6), max_size=60)


def route_of(one: Exchange) -> str:
    return ROUTES.match(one.request.method, one.request.path).route


def reading(exchanges: list[Exchange]) -> Callable[[], Iterable[Exchange]]:
    return lambda: iter(exchanges)


def deduped(exchanges: list[Exchange], keep: int = DEFAULT_KEEP) -> Selection:
    return by_exchange(reading(exchanges), route_of, keep=keep)


def in_sessions(exchanges: list[Exchange], keep: int = 1) -> Selection:
    return by_session(reading(exchanges), route_of, lambda: lambda one: one.client, keep=keep)


def get(number: int, *, client: str = "c1", size: int = 3) -> Exchange:
    return exchange(request(target=f"/orders/{number}"), response({"a": "x" * size}), client=client)


def of_shape(number: int, client: str = "c1") -> Exchange:
    return exchange(request(target=f"/{'abcdefgh'[number]}"), client=client)


def test_of_each_shape_only_so_many_are_kept() -> None:
    kept = deduped([get(n) for n in range(1000)])

    assert DEFAULT_KEEP <= len(kept.positions) <= DEFAULT_KEEP + 1
    assert (kept.exchanges, kept.shapes, kept.for_others) == (1000, 1, frozenset())
    assert kept.routes == {"GET /orders/{id}": (1000, len(kept.positions))}


def test_a_rare_route_is_always_kept() -> None:
    exchanges = [get(n) for n in range(500)]
    exchanges[321] = exchange(request(target="/rare"))
    kept = deduped(exchanges, keep=1)

    assert 321 in kept.positions
    assert kept.routes["GET /rare"] == (1, 1)


def test_the_smallest_is_kept() -> None:
    exchanges = [get(n, size=50) for n in range(100)]
    exchanges[77] = get(77, size=1)

    assert 77 in deduped(exchanges, keep=1).positions


@given(SHAPES, st.integers(1, 4))
def test_every_shape_stays_and_no_more_than_asked_for(numbers: list[int], keep: int) -> None:
    exchanges = [of_shape(number) for number in numbers]
    kept = deduped(exchanges, keep)
    left = [numbers[position] for position in sorted(kept.positions)]

    assert set(left) == set(numbers)
    assert all(left.count(n) >= min(keep, numbers.count(n)) for n in numbers)
    assert all(left.count(n) <= keep + 1 for n in numbers)
    assert kept == deduped(exchanges, keep)


def test_which_are_kept_is_spread_over_the_recording() -> None:
    kept = deduped([get(n) for n in range(10_000)], keep=20)

    assert sum(position > 5000 for position in kept.positions) >= 4


def test_a_write_is_kept_that_another_depends_on() -> None:
    exchanges = [
        exchange(request("POST", "/orders"), response({"id": n}, 201)) for n in range(100, 200)
    ]
    exchanges.append(exchange(request(target="/orders/150"), response({"id": 150})))
    kept = deduped(exchanges, keep=1)

    assert 50 in kept.positions
    assert kept.for_others <= {50}
    assert len(kept.positions) <= 4


def test_a_chain_of_writes_is_kept_whole() -> None:
    noise = [
        exchange(request("POST", f"/{kind}"), response({"id": n}, 201))
        for n in range(500, 600)
        for kind in ("customers", "orders")
    ]
    chain = [
        exchange(request("POST", "/customers"), response({"id": 7}, 201)),
        exchange(request("POST", "/orders", body=b'{"customer_id": 7}'), response({"id": 8}, 201)),
        exchange(request("PUT", "/orders/8", body=b'{"state": "paid"}'), response({"id": 8})),
        exchange(request(target="/orders/8/invoice"), response({"total": 1})),
    ]
    kept = deduped([*noise, *chain, *noise], keep=1)

    assert {200, 201, 202, 203} <= kept.positions


def test_a_login_is_kept_whose_session_goes_on() -> None:
    def login(token: str) -> Exchange:
        cookie = f"sid={token}".encode()
        return exchange(request("POST", "/login"), response({}, headers=((b"set-cookie", cookie),)))

    def page(token: str) -> Exchange:
        return exchange(request(target="/me", headers=((b"cookie", f"sid={token}".encode()),)))

    tokens = [f"session-number-{n}" for n in range(50)]
    kept = deduped([*map(login, tokens), *map(page, tokens)], keep=1)
    pages = [position for position in kept.positions if position >= 50]

    assert pages
    assert {position - 50 for position in pages} <= kept.positions


def test_a_write_behind_what_is_kept_is_not_needed() -> None:
    exchanges = [exchange(request(target="/orders/8"), response({"id": 8}))]
    exchanges.append(exchange(request("PUT", "/orders/8"), response({"id": 8})))
    exchanges.append(exchange(request("DELETE", "/orders/9"), response({})))

    assert deduped(exchanges, keep=1).for_others == frozenset()


def test_of_many_writes_of_one_shape_to_one_thing_the_last_are_kept() -> None:
    exchanges = [exchange(request("PUT", "/orders/8"), response({"id": 8})) for _ in range(100)]
    exchanges.append(exchange(request(target="/orders/8"), response({"id": 8})))
    kept = deduped(exchanges, keep=3)

    assert {97, 98, 99, 100} <= kept.positions
    assert len(kept.positions) <= 12


def test_a_recording_that_only_reads_is_read_once() -> None:
    passes = 0

    def read() -> Iterable[Exchange]:
        nonlocal passes
        passes += 1
        return iter([get(n) for n in range(10)])

    by_exchange(read, route_of)

    assert passes == 1


def test_an_empty_recording_keeps_nothing() -> None:
    assert deduped([]).positions == frozenset()
    assert in_sessions([]).positions == frozenset()


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), max_size=40), st.integers(1, 3))
def test_whole_sessions_have_every_shape(made: list[tuple[int, int]], keep: int) -> None:
    exchanges = [of_shape(shape, f"c{client}") for shape, client in made]
    kept = in_sessions(exchanges, keep)
    clients = {exchanges[position].client for position in kept.positions}
    left = [made[position][0] for position in kept.positions]
    wanted = [shape for shape, _ in made]

    assert kept.positions == {n for n, one in enumerate(exchanges) if one.client in clients}
    assert all(left.count(n) >= min(keep, wanted.count(n)) for n in wanted)
    assert kept.sessions == (len(clients), len({client for _, client in made}))


def test_few_sessions_are_kept_where_one_has_it_all() -> None:
    exchanges = [of_shape(shape, f"c{shape}") for shape in range(6)]
    exchanges += [of_shape(shape, "all") for shape in range(6)]
    kept = in_sessions(exchanges)

    assert kept.sessions == (1, 7)
    assert kept.positions == frozenset(range(6, 12))


def test_of_equal_sessions_the_shorter_one_is_kept() -> None:
    exchanges = [of_shape(0, "long") for _ in range(9)] + [of_shape(0, "short")]

    assert in_sessions(exchanges).positions == {9}


def test_many_sessions_are_covered_in_good_time() -> None:
    exchanges = [of_shape(n * n % 89 % 8, f"c{n // 3}") for n in range(9000)]
    kept = in_sessions(exchanges)

    assert {shape_of(exchanges[n], "x") for n in kept.positions} == {
        shape_of(one, "x") for one in exchanges
    }
    assert len(kept.positions) <= 24


@pytest.mark.parametrize("keep", [1, 5])
def test_the_same_recording_gives_the_same_selection(keep: int) -> None:
    exchanges = [of_shape(n % 7, f"c{n % 5}") for n in range(200)]

    assert deduped(exchanges, keep) == deduped(exchanges, keep)
    assert in_sessions(exchanges, keep) == in_sessions(exchanges, keep)
