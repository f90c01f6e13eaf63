import gzip
from collections.abc import AsyncIterator

import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer

from shadowpact.demo import data
from shadowpact.demo.baseline import TOKEN, Monolith
from support.demo import Client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    shop = Monolith(clock=lambda: "2025-01-01T00:00:00+00:00", new_id=lambda: "req_1")
    async with TestClient(TestServer(shop.app()), auto_decompress=False) as client:
        yield client


async def test_an_order_is_read_by_its_number(client: Client) -> None:
    order = await (await client.get("/orders/17")).json()

    assert order["id"] == 17
    assert all(isinstance(line["quantity"], int) for line in order["lines"])
    assert order["request_id"] == "req_1"


@pytest.mark.parametrize(
    "target", ["/orders/9999", "/orders/x", "/customers/x", "/customers/x/orders", "/products/0"]
)
async def test_what_does_not_exist_is_404(client: Client, target: str) -> None:
    answer = await client.get(target)

    assert answer.status == 404
    assert "no such" in (await answer.json())["error"]


async def test_a_report_without_orders_is_404(client: Client) -> None:
    assert (await client.get("/reports/1999-01-01")).status == 404


async def test_a_report_rounds_half_a_cent_up(client: Client) -> None:
    report = await (await client.get("/reports/2025-03-12")).json()

    assert report["average"] == 669.11  # of 669.105
    assert report["generated_at"] == "2025-01-01T00:00:00+00:00"


async def test_a_customer_without_orders_has_an_empty_history(client: Client) -> None:
    history = await (await client.get(f"/customers/{data.CUSTOMER_IDS[-1]}/orders")).json()

    assert history["orders"] == []
    assert history["last"] == 0


async def test_a_list_is_filtered_by_status_and_paged(client: Client) -> None:
    listed = await (await client.get("/orders?status=open&after=30")).json()

    assert [item["id"] for item in listed["items"]][:2] == [33, 36]
    assert listed["count"] == 32


async def test_repeated_tags_must_all_be_there(client: Client) -> None:
    found = await (await client.get("/search?q=&tag=oak&tag=blue")).json()
    tags = [set(data.products()[number]["tags"]) for number in found["found"]]

    assert tags
    assert all({"oak", "blue"} <= each for each in tags)


async def test_products_are_compressed_only_for_who_can_read_it(client: Client) -> None:
    plain = await client.get("/products?page=2", headers={"Accept-Encoding": "identity"})
    small = await client.get("/products?page=2", headers={"Accept-Encoding": "gzip"})

    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await small.read()) == await plain.read()
    assert orjson.loads(await plain.read())["page"] == 2


async def test_only_who_has_the_token_is_known(client: Client) -> None:
    nobody = await client.get("/me")
    ada = await client.get("/me", headers={"Authorization": f"Bearer {TOKEN}"})

    assert (nobody.status, ada.status) == (401, 200)


async def test_an_order_can_be_placed(client: Client) -> None:
    answer = await client.post("/orders", json={"customer": "c", "lines": []})

    assert answer.status == 201
    assert (await answer.json())["status"] == "open"


async def test_head_answers_without_a_body(client: Client) -> None:
    answer = await client.head("/products/1")

    assert answer.status == 200
    assert await answer.read() == b""
