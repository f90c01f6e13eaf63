from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts.broker.access import Access
from shadowpact.contracts.broker.connection import Broker
from shadowpact.contracts.broker.fetch import fetch
from shadowpact.contracts.broker.results import Published, Version, publish_results, summary
from shadowpact.errors import NoEvidenceError, UsageError
from support.broker_stand_in import Broker as StandIn
from support.broker_stand_in import Held, broker_stand_in
from support.pacts import interaction, pact, write_pact

MAIN = Version(provider="orders", number="p1")


@pytest.fixture
def there() -> Iterator[StandIn]:
    with broker_stand_in() as it:
        for consumer, keys in (("web", ("k1", "k2")), ("app", ("k1",))):
            content = pact(*map(interaction, keys), consumer=consumer)
            it.pacts.append(
                Held(
                    consumer=consumer, provider="orders", versions=["v"], content=content,
                    results={},
                )
            )  # fmt: skip
        yield it


@pytest.fixture
def contracts(there: StandIn, tmp_path: Path) -> Path:
    with Broker(Access(url=there.url)) as broker:
        fetch(broker, provider="orders", out=tmp_path, selectors=[{"latest": True}])
    there.calls.clear()
    return tmp_path


def outcome(key: str, consumer: str = "web", ended: str = "passed", **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "description": f"description of {key}",
        "consumer": consumer,
        "outcome": ended,
        "mismatches": [],
        **more,
    }


def verification(*outcomes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "schema": "shadowpact/verify/1",
        "provider": "orders",
        "verdict": "pass",
        "interactions": list(outcomes),
        **more,
    }


ALL = (outcome("k1"), outcome("k2"), outcome("k1", "app"))


def published(
    there: StandIn, contracts: Path, document: dict[str, Any], version: Version = MAIN
) -> list[Published]:
    with Broker(Access(url=there.url)) as broker:
        return publish_results(broker, contracts=contracts, verification=document, version=version)


def test_each_pact_gets_its_result_with_the_brokers_ids(there: StandIn, contracts: Path) -> None:
    told = published(there, contracts, verification(*ALL))
    web = there.pacts[0].results["p1"]

    assert [(one.consumer, one.is_success, one.count) for one in told] == [
        ("app", True, 1),
        ("web", True, 2),
    ]
    assert web["success"] is True
    assert web["verifiedBy"]["implementation"] == "shadowpact"
    assert all(one["success"] and one["interactionId"] for one in web["testResults"])
    assert summary(told) == "2 results published, 0 of them failures"


@pytest.mark.parametrize("ended", ["failed", "pending-failed"])
def test_a_failure_is_a_failure_to_the_broker_also_when_it_is_pending(
    ended: str, there: StandIn, contracts: Path
) -> None:
    mismatches = [{"location": "body", "path": "$.a", "message": "is missing"}]
    failing = outcome("k2", ended=ended, mismatches=mismatches)
    published(there, contracts, verification(ALL[0], failing, ALL[2]))
    web, app = (held.results["p1"] for held in there.pacts)

    assert (web["success"], app["success"]) == (False, True)
    assert [one["success"] for one in web["testResults"]] == [True, False]
    assert web["testResults"][1]["mismatches"] == [
        {"attribute": "body", "identifier": "$.a", "description": "is missing"}
    ]


def test_an_interaction_that_could_not_run_is_an_exception(there: StandIn, contracts: Path) -> None:
    mismatches = [{"location": "other", "path": "", "message": "no answer within 5 s"}]
    failing = outcome("k2", ended="error", mismatches=mismatches)
    published(there, contracts, verification(ALL[0], failing, ALL[2]))

    result = there.pacts[0].results["p1"]["testResults"][1]
    assert result["exceptions"] == [{"message": "no answer within 5 s"}]
    assert "mismatches" not in result


def test_branch_and_tags_are_named_before_the_results(there: StandIn, contracts: Path) -> None:
    version = Version(
        provider="orders", number="p/1", branch="main", tags=("dev",), build_url="https://ci/1"
    )
    published(there, contracts, verification(*ALL), version)

    assert there.targets()[:3] == [
        "GET /",
        "PUT /pacticipants/orders/branches/main/versions/p%2F1",
        "PUT /pacticipants/orders/versions/p%2F1/tags/dev",
    ]
    assert {result["buildUrl"] for result in there.results()} == {"https://ci/1"}


def test_a_part_of_a_pact_is_not_published_as_the_whole(there: StandIn, contracts: Path) -> None:
    with pytest.raises(UsageError, match="says nothing about 1 of 2 interactions"):
        published(there, contracts, verification(outcome("k1")))

    assert there.results() == []


def test_pacts_of_a_consumer_that_was_not_verified_are_left_alone(
    there: StandIn, contracts: Path
) -> None:
    told = published(there, contracts, verification(outcome("k1", "app")))

    assert [one.consumer for one in told] == ["app"]
    assert there.pacts[0].results == {}


@pytest.mark.parametrize(
    "document",
    [verification(), verification(*ALL, verdict="no-evidence", reason="no connection")],
)
def test_no_evidence_is_not_published(
    document: dict[str, Any], there: StandIn, contracts: Path
) -> None:
    with pytest.raises(NoEvidenceError):
        published(there, contracts, document)

    assert there.calls == []


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"schema": "x/1"}, "shadowpact/verify/1"),
        (verification(*ALL, provider="b"), "provider 'b'"),
    ],
)
def test_a_document_of_something_else_is_refused(
    document: dict[str, Any], words: str, there: StandIn, contracts: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        published(there, contracts, document)


def test_pacts_that_came_from_elsewhere_have_nowhere_to_report_to(
    there: StandIn, tmp_path: Path
) -> None:
    write_pact(tmp_path / "own", interaction("k1"))
    with pytest.raises(UsageError, match="broker fetch"):
        published(there, tmp_path / "own", verification(outcome("k1")))
