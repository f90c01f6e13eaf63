from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from shadowpact.demo import candidate, data, traffic
from shadowpact.demo.baseline import Monolith
from shadowpact.demo.candidate import Replacement
from shadowpact.demo.faults import FAULTS
from support.demo import Client

FIXED = {"clock": lambda: "now", "new_id": lambda: "id"}


@pytest.fixture
async def both() -> AsyncIterator[tuple[Client, Client]]:
    """Both services with the same clock and ids, so that only faults are left."""
    async with (
        TestClient(TestServer(Monolith(**FIXED).app())) as baseline,
        TestClient(TestServer(Replacement(**FIXED).app())) as replacement,
    ):
        yield baseline, replacement


async def answers(both: Iterable[Client], target: str) -> tuple[Any, Any]:
    first, second = [await (await client.get(target)).json() for client in both]
    return first, second


async def test_quantities_are_strings_and_cancelled_is_misspelled(
    both: tuple[Client, Client],
) -> None:
    baseline, replaced = await answers(both, "/orders/2")

    assert baseline["status"] == "cancelled"
    assert replaced == {
        **baseline,
        "status": "canceled",
        "lines": [{**line, "quantity": str(line["quantity"])} for line in baseline["lines"]],
    }


async def test_a_customer_has_no_phone(both: tuple[Client, Client]) -> None:
    baseline, replaced = await answers(both, f"/customers/{data.CUSTOMER_IDS[0]}")

    assert baseline == {**replaced, "phone": baseline["phone"]}


async def test_averages_are_cut_off(both: tuple[Client, Client]) -> None:
    baseline, replaced = await answers(both, "/reports/2025-03-12")

    assert replaced == {**baseline, "average": 669.1}


async def test_tags_are_sorted(both: tuple[Client, Client]) -> None:
    baseline, replaced = await answers(both, "/products/1")

    assert replaced == {**baseline, "tags": sorted(baseline["tags"])}
    assert baseline["tags"] != replaced["tags"]


async def test_who_never_ordered_breaks_it(both: tuple[Client, Client]) -> None:
    target = f"/customers/{data.CUSTOMER_IDS[-1]}/orders"
    statuses = [(await client.get(target)).status for client in both]

    assert statuses == [200, 500]


async def test_everything_else_is_equal(
    both: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate, "SEARCH_DELAY_S", 0)
    faulty = {fault.route for fault in FAULTS if fault.location != "latency"}
    compared = 0
    for ask in traffic.requests():
        if traffic.route(ask) in faulty:
            continue
        said = []
        for client in both:
            answer = await client.request(
                ask.method, ask.target, headers=dict(ask.headers), data=ask.body or None
            )
            said.append((answer.status, await answer.read()))
        compared += 1

        assert said[0] == said[1], ask.target
    assert compared > 100
