from collections import Counter
from pathlib import Path

from aiohttp.test_utils import TestServer

from shadowpact.demo import faults, traffic
from shadowpact.demo.baseline import Monolith
from shadowpact.demo.traffic import Ask

ENOUGH = 20
"""The gate's default: fewer pairs on a route are no evidence."""


def test_the_traffic_is_the_same_every_time() -> None:
    assert traffic.requests() == traffic.requests()


def test_it_is_a_few_hundred_requests() -> None:
    assert 300 <= len(traffic.requests()) <= 600


def test_the_tutorial_tells_its_numbers() -> None:
    text = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text("utf-8")
    counts = Counter(traffic.route(ask) for ask in traffic.requests())
    left_alone = sum(counts[route] for route in faults.LEFT_ALONE)
    total = counts.total()

    assert f"{total} requests" in text
    assert f"{total} exchanges = {total - left_alone} compared + {left_alone} dropped" in text
    assert f"of {counts['GET /orders/{id}']}" in text


def test_every_route_but_three_has_enough_for_a_verdict() -> None:
    counts = Counter(traffic.route(ask) for ask in traffic.requests())
    few = {route for route, count in counts.items() if count < ENOUGH}

    assert few == {"GET /wishlist", *faults.LEFT_ALONE}


def test_every_fault_lies_on_a_route_that_is_asked() -> None:
    asked = {traffic.route(ask) for ask in traffic.requests()}

    assert {fault.route for fault in faults.FAULTS} <= asked
    assert {noise.route for noise in faults.NOISE} <= asked


def test_it_has_the_shapes_that_real_traffic_has() -> None:
    asks = traffic.requests()

    assert any("tag=blue&tag=wood" in ask.target for ask in asks)
    assert any("%20" in ask.target for ask in asks)
    assert any(("Accept-Encoding", "gzip") in ask.headers for ask in asks)
    assert any(name == "Authorization" for ask in asks for name, _ in ask.headers)
    assert {"GET", "HEAD", "POST"} == {ask.method for ask in asks}
    assert {"web", "mobile"} == {ask.consumer for ask in asks}


async def test_driving_it_counts_the_answers_by_status() -> None:
    async with TestServer(Monolith().app()) as server:
        statuses = await traffic.drive(str(server.make_url("")).rstrip("/"), traffic.requests())

    assert statuses.total() == len(traffic.requests())
    assert statuses[404] == 20
    assert statuses[201] == 16
    assert set(statuses) == {200, 201, 404}


def test_a_route_is_named_as_shadowpact_names_it() -> None:
    assert traffic.route(Ask(target="/orders/17?x=1")) == "GET /orders/{id}"
    assert traffic.route(Ask(target="/reports/2025-03-01")) == "GET /reports/{date}"
