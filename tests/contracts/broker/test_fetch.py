import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts import files
from shadowpact.contracts.broker.access import Access
from shadowpact.contracts.broker.connection import Broker
from shadowpact.contracts.broker.fetch import LIST, Fetched, fetch
from shadowpact.errors import UsageError
from support.broker_stand_in import Broker as StandIn
from support.broker_stand_in import Held, broker_stand_in
from support.pacts import interaction, pact


@pytest.fixture
def there() -> Iterator[StandIn]:
    with broker_stand_in() as it:
        hold(it, "web", "v1", pact(interaction("k1")))
        hold(it, "app", "a1", pact(interaction("k2"), interaction("k3"), consumer="app"))
        yield it


def hold(there: StandIn, consumer: str, version: str, content: dict[str, Any]) -> None:
    there.pacts.append(
        Held(consumer=consumer, provider="orders", versions=[version], content=content, results={})
    )


def fetched(there: StandIn, out: Path, **more: Any) -> list[Fetched]:
    with Broker(Access(url=there.url)) as broker:
        return fetch(broker, provider="orders", out=out, **more)


def test_each_pact_becomes_a_file_that_keeps_the_brokers_links_and_ids(
    there: StandIn, tmp_path: Path
) -> None:
    told = fetched(there, tmp_path, selectors=[{"latest": True}])
    held = [files.read(one.file) for one in told]

    assert [one.file.parent for one in told] == [tmp_path / "web/orders", tmp_path / "app/orders"]
    assert [one.interaction_count for one in told] == [1, 2]
    assert files.pact_files(tmp_path) == sorted(one.file for one in told)
    assert "pb:publish-verification-results" in held[0]["_links"]
    assert all("_id" in one for pact_ in held for one in pact_["interactions"])
    assert told[0].name == "Pact between web (v1) and orders"


def test_the_broker_is_asked_for_what_was_selected(there: StandIn, tmp_path: Path) -> None:
    fetched(there, tmp_path, selectors=[{"branch": "x"}], branch="main", tags=["t"],
            has_pending=True, wip_since="2026-01-31")  # fmt: skip

    assert there.targets() == ["GET /", "POST /pacts/provider/orders/for-verification"]
    assert there.calls[-1].document == {
        "consumerVersionSelectors": [{"branch": "x"}],
        "includePendingStatus": True,
        "providerVersionBranch": "main",
        "providerVersionTags": ["t"],
        "includeWipPactsSince": "2026-01-31",
    }


def test_without_selectors_it_is_the_main_branch_and_what_is_in_use(
    there: StandIn, tmp_path: Path
) -> None:
    there.deployed["app", "production"] = "a1"
    told = fetched(there, tmp_path)

    assert there.calls[1].document["consumerVersionSelectors"] == [
        {"mainBranch": True},
        {"deployedOrReleased": True},
    ]
    assert "app" in {one.consumer for one in told}


def test_a_pending_pact_has_pending_interactions(there: StandIn, tmp_path: Path) -> None:
    there.pending.add("orders")
    told = fetched(there, tmp_path, selectors=[{"consumer": "web"}], has_pending=True)

    assert [one.is_pending for one in told] == [True]
    assert [one["pending"] for one in files.read(told[0].file)["interactions"]] == [True]


def test_what_is_not_asked_for_any_more_goes_and_what_was_not_ours_stays(
    there: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "mine.json").write_text(json.dumps(pact(interaction("mine"))))
    fetched(there, tmp_path, selectors=[{"latest": True}])
    told = fetched(there, tmp_path, selectors=[{"consumer": "app"}])

    assert files.pact_files(tmp_path) == [told[0].file, tmp_path / "mine.json"]


@pytest.mark.parametrize("held", ['["../out.json", "/out.json", 1]', "{}", "no json"])
def test_the_list_of_an_earlier_fetch_leads_nowhere_else(
    held: str, there: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "out.json").write_text("{}")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / LIST).write_text(held)
    fetched(there, tmp_path / "in", selectors=[{"latest": True}])

    assert (tmp_path / "out.json").exists()


def test_something_that_is_no_pact_is_refused(there: StandIn, tmp_path: Path) -> None:
    there.answers["/pacts/provider/orders/consumer/"] = (200, {"hello": 1})
    with pytest.raises(UsageError, match="is no pact"):
        fetched(there, tmp_path, selectors=[{"latest": True}])


def test_a_folder_that_cannot_be_written_is_bad_usage(there: StandIn, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        fetched(there, tmp_path / "file", selectors=[{"latest": True}])
