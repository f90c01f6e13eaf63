"""The pair that other tests replay on: equal but for names, unless a fault is asked for."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from shadowpact.config import load
from shadowpact.model.exchange import Exchange, header
from shadowpact.recording.reader import read
from shadowpact.secrets import Sealer
from support import processes
from support.shop import candidate
from support.shop.baseline import Baseline
from support.shop.candidate_call import Shop
from support.shop.faults import FAULTS, ROUTES, RULES, Place
from support.shop.renaming import Renaming, route
from support.shop.serving import process, thread
from support.shop.sessions import sessions
from support.shop.traffic import drive, record
from support.shop.wire import Handler

SEED, SESSIONS = 11, 60
KEY = bytes(range(64))

EXPECTED = {
    ("POST /users", 409),
    ("GET /me", 200),
    ("GET /me", 401),
    ("GET /users/{id}", 200),
    ("GET /orders", 401),
    ("POST /carts", 403),
    ("PATCH /me", 422),
    ("PUT /carts/{id}/items/{id}", 200),
    ("PUT /carts/{id}/items/{id}", 201),
    ("DELETE /carts/{id}/items/{id}", 204),
    ("POST /orders", 201),
    ("POST /orders", 409),
    ("POST /orders/{id}/notes", 201),
    ("PATCH /orders/{id}", 200),
    ("GET /orders/{id}", 200),
    ("GET /orders/{id}", 403),
    ("GET /orders/{id}", 404),
    ("DELETE /orders/{id}", 204),
    ("DELETE /orders/{id}", 404),
    ("GET /reviews/{slug}", 200),
    ("POST /logout", 204),
}
"""What a recording has to hold to be worth replaying."""


def traffic(app: web.Application, *, count: int = SESSIONS) -> list[Exchange]:
    with thread(app) as url:
        return asyncio.run(drive(url, sessions(SEED, count)))


@pytest.fixture(scope="module")
def asked() -> list[Exchange]:
    """What the baseline answers."""
    return traffic(Baseline().app())


@pytest.mark.parametrize("jwt", [False, True])
@pytest.mark.parametrize("absolute", [False, True])
def test_both_sides_say_the_same_but_for_names(jwt: bool, absolute: bool) -> None:
    ones = traffic(Baseline(jwt=jwt).app())
    others = traffic(candidate.app(Shop(jwt=jwt, absolute=absolute)))

    assert Renaming().places(ones, others) == set()


def test_carts_that_each_session_numbers_for_itself_are_the_same_carts() -> None:
    ones = traffic(Baseline(tenant_carts=True).app())
    others = traffic(candidate.app(Shop()))

    assert Renaming(tenant_carts=True).places(ones, others) == set()
    assert Renaming().places(ones, others) != set()


def test_the_check_sees_one_thing_with_two_names(asked: list[Exchange]) -> None:
    doubled = [*asked, *asked]
    others = traffic(candidate.app(Shop()))

    found = Renaming().places(doubled, [*others, *traffic(candidate.app(Shop(seed=3)))])

    assert ("POST /users", "$.id") in {(place.route, place.path) for place in found}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_shows_at_its_places_and_on_no_other_route(
    fault: str, asked: list[Exchange]
) -> None:
    found = Renaming().places(asked, traffic(candidate.app(Shop(fault=fault))))

    expected = FAULTS[fault]
    assert set(expected.places) & found
    assert {place.route for place in found} <= expected.routes


def test_there_are_ten_faults_and_each_names_its_places() -> None:
    assert len(FAULTS) == 10
    assert all(fault.places for fault in FAULTS.values())


def test_the_rules_for_the_pair_are_a_configuration(tmp_path: Path) -> None:
    routes = f"routes = {list(ROUTES)}"
    table = processes.candidate("http://127.0.0.1:1", "shop", routes, 'writes = "on"')

    settings = load(processes.write_config(tmp_path, "http://127.0.0.1:2", table + RULES))

    assert [rule.id for rule in settings.rules] == ["created-at", "location"]
    assert [route.pattern for route in settings.mirror.candidates[0].routes] == list(ROUTES)


def test_the_recording_holds_exactly_what_the_shop_saw(tmp_path: Path) -> None:
    seen: Counter[tuple[object, ...]] = Counter()

    @web.middleware
    async def look(request: web.Request, handler: Handler) -> web.StreamResponse:
        body = await request.read()
        answer = await handler(request)
        assert isinstance(answer, web.Response)
        said = (answer.status, answer.body or b"")
        seen[request.method, request.raw_path, request.raw_headers, body, *said] += 1
        return answer

    app = Baseline().app()
    app.middlewares.insert(0, look)
    with thread(app) as url:
        exchanges = asyncio.run(record(tmp_path, url, sessions(SEED, SESSIONS), key=KEY))

    opened = list(recorded(tmp_path))
    assert opened == exchanges
    assert Counter(map(shown, opened)) == seen


def test_the_same_seed_makes_the_same_recording(tmp_path: Path) -> None:
    for name in ("one", "other"):
        with thread(Baseline().app()) as url:
            asyncio.run(record(tmp_path / name, url, sessions(SEED, 10), key=KEY))

    one, other = (sorted((tmp_path / name).glob("*.rec")) for name in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert one


def test_credentials_in_headers_are_sealed_in_the_recording(tmp_path: Path) -> None:
    with thread(Baseline().app()) as url:
        exchanges = asyncio.run(record(tmp_path, url, sessions(SEED, 10), key=KEY))

    cookies = {
        cookie
        for exchange in exchanges
        if (cookie := header(exchange.request.headers, b"cookie")) is not None
    }
    written = b"".join(path.read_bytes() for path in tmp_path.glob("*.rec"))
    assert cookies
    assert not [cookie for cookie in cookies if cookie.partition("session=")[2].encode() in written]


def test_sessions_take_turns_and_each_keeps_its_order(asked: list[Exchange]) -> None:
    ends: dict[str, int] = defaultdict(int)
    for exchange in asked:
        assert exchange.started_us > ends[exchange.client]
        assert exchange.response is not None
        ends[exchange.client] = exchange.started_us + round(exchange.response.elapsed_ms * 1000)

    turns = sum(one.client != other.client for one, other in pairwise(asked))
    assert turns > len(asked) / 2
    assert len(ends) == SESSIONS
    assert 10 <= len(asked) / SESSIONS <= 20


def test_the_traffic_holds_what_makes_a_replay_hard(asked: list[Exchange]) -> None:
    bodies = [exchange.request.body for exchange in asked]
    quantities = {
        int(found[1]) for body in bodies if (found := re.search(rb'"quantity":(\d+)', body))
    }
    carts = ids_of("POST /carts", asked)
    orders = ids_of("POST /orders", asked)

    assert {(route(one), one.response.status) for one in asked if one.response} >= EXPECTED
    assert quantities & carts
    assert quantities & orders
    assert {header(one.request.headers, b"authorization") is None for one in asked} == {False, True}
    assert reviews_read_by_others(asked)


def test_a_session_may_go_on_over_another_connection_after_its_login() -> None:
    with thread(Baseline().app()) as url:
        exchanges = asyncio.run(drive(url, sessions(SEED, 10), reconnecting=1.0))

    at_login = {one.client for one in exchanges if one.request.target == "/login"}
    at_orders = {one.client for one in exchanges if route(one) == "POST /carts"}
    assert len(at_login) == 10
    assert not at_login & at_orders


def test_each_side_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    options = ("--jwt", "--fault", "gift-missing")
    with (
        process("baseline", "--jwt", folder=tmp_path) as one_url,
        process("candidate", *options, folder=tmp_path) as other_url,
    ):
        ones = asyncio.run(drive(one_url, sessions(SEED, 10)))
        others = asyncio.run(drive(other_url, sessions(SEED, 10)))

    missing = Place(route="GET /orders/{id}", location="body", path="$.gift", kind="missing")
    assert Renaming().places(ones, others) == {missing}


def recorded(folder: Path) -> Iterator[Exchange]:
    sealer = Sealer(KEY)
    for one in read(folder):
        assert one.exchange is not None
        yield sealer.open(one.exchange)


def shown(exchange: Exchange) -> tuple[object, ...]:
    request, response = exchange.request, exchange.response
    assert response is not None
    said = (response.status, response.body)
    return (request.method, request.target, request.headers, request.body, *said)


def ids_of(where: str, exchanges: list[Exchange]) -> set[int]:
    return {
        orjson.loads(one.response.body)["id"]
        for one in exchanges
        if route(one) == where and one.response and one.response.status == 201
    }


def reviews_read_by_others(exchanges: list[Exchange]) -> set[str]:
    writers = {
        orjson.loads(one.response.body)["self"]: one.client
        for one in exchanges
        if route(one).startswith("POST /products/") and one.response and one.response.status == 201
    }
    reads = [one for one in exchanges if route(one) == "GET /reviews/{slug}"]
    return {one.request.path for one in reads if writers[one.request.path] != one.client}
