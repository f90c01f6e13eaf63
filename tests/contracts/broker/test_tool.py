from collections.abc import Iterator
from pathlib import Path

import pytest

from shadowpact.contracts.broker import tool
from shadowpact.contracts.broker.access import Access
from shadowpact.contracts.broker.connection import Broker, BrokerError
from shadowpact.errors import UsageError
from support.broker_stand_in import Broker as StandIn
from support.broker_stand_in import broker_stand_in
from support.pacts import interaction, write_pact

TOKEN = "made-up-token"


@pytest.fixture
def there() -> Iterator[StandIn]:
    with broker_stand_in() as it:
        yield it


@pytest.fixture
def broker(there: StandIn) -> Iterator[Broker]:
    with Broker(Access(url=there.url, token=TOKEN, retries=0)) as it:
        yield it


def publish(broker: Broker, folder: Path, *keys: str, version: str = "v1") -> tuple[str, ...]:
    files = [write_pact(folder, interaction(key), name=f"{key}.json") for key in keys]
    return tool.publish(broker, files, version=version, branch="main", tags=["dev", "ci"])


def test_files_of_a_pair_are_published_as_one_pact(
    there: StandIn, broker: Broker, tmp_path: Path
) -> None:
    there.authorization = f"Bearer {TOKEN}"
    notices = publish(broker, tmp_path / "odd [1] *", "k1", "k2")

    assert [one["key"] for one in there.pacts[0].content["interactions"]] == ["k1", "k2"]
    assert there.branches == {("web", "v1"): "main"}
    assert there.tags == {("web", "v1"): ["dev", "ci"]}
    assert notices == ("Created web version v1",)


def test_other_content_under_the_same_version_is_refused(
    there: StandIn, broker: Broker, tmp_path: Path
) -> None:
    publish(broker, tmp_path, "k1")
    with pytest.raises(UsageError, match="publish under a new version"):
        publish(broker, tmp_path, "k2")

    assert len(there.pacts) == 1


def test_a_broker_that_refuses_or_is_away_is_said_before_anything_is_sent(
    there: StandIn, broker: Broker, tmp_path: Path
) -> None:
    there.authorization = "Bearer another"
    with pytest.raises(UsageError, match="does not accept PACT_BROKER_TOKEN") as refused:
        publish(broker, tmp_path, "k1")
    there.authorization = None
    there.answers["/"] = (500, {})
    with pytest.raises(BrokerError, match="does not work"):
        publish(broker, tmp_path, "k1")

    assert TOKEN not in str(refused.value)
    assert there.targets() == ["GET /", "GET /"]


def test_a_deployment_is_recorded(there: StandIn, broker: Broker, tmp_path: Path) -> None:
    publish(broker, tmp_path, "k1")
    tool.record_deployment(broker, pacticipant="web", version="v1", environment="production")

    assert there.deployed == {("web", "production"): "v1"}


@pytest.mark.parametrize(
    ("version", "environment", "words"),
    [("v1", "nowhere", "Environment nowhere does not exist"), ("v9", "production", "(404)")],
)
def test_a_deployment_of_something_unknown_is_bad_usage(
    version: str, environment: str, words: str, broker: Broker, tmp_path: Path
) -> None:
    publish(broker, tmp_path, "k1")
    with pytest.raises(UsageError) as caught:
        tool.record_deployment(broker, pacticipant="web", version=version, environment=environment)

    assert words in str(caught.value)


@pytest.mark.parametrize(("success", "answer"), [(True, "yes"), (False, "no"), (None, "unknown")])
def test_the_answer_is_the_brokers_and_not_the_tools_exit_status(
    success: bool | None, answer: str, there: StandIn, broker: Broker, tmp_path: Path
) -> None:
    publish(broker, tmp_path, "k1")
    there.deployed["web", "production"] = "v1"
    if success is not None:
        there.pacts[0].results["p1"] = {"success": success}
    told = tool.can_i_deploy(broker, pacticipant="orders", version="p1", environment="production")

    outcome = {True: "verified", False: "failed", None: "not verified"}[success]
    assert told.answer == answer
    assert told.rows == (("web", "v1", "orders", "p1", outcome),)
    assert told.reason


def test_somebody_the_broker_does_not_know_is_bad_usage(broker: Broker) -> None:
    with pytest.raises(UsageError, match="Pacticipant nobody not found"):
        tool.can_i_deploy(broker, pacticipant="nobody", version="p1", environment="production")


def test_an_answer_that_cannot_be_read_is_no_yes(there: StandIn, broker: Broker) -> None:
    there.answers["/matrix"] = (200, {"summary": {}})
    told = tool.can_i_deploy(broker, pacticipant="orders", version="p1", environment="test")

    assert told.answer == "unknown"


def test_name_and_password_do_as_well(there: StandIn, tmp_path: Path) -> None:
    there.authorization = "Basic bWU6cHc="
    with Broker(Access(url=there.url, username="me", password="pw", retries=0)) as broker:
        publish(broker, tmp_path, "k1")

    assert len(there.pacts) == 1


def test_credentials_are_in_the_tools_environment_and_not_among_its_arguments(
    there: StandIn, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.authorization = f"Bearer {TOKEN}"
    spy = tmp_path / "pact"
    spy.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nenv > {tmp_path}/environment\n')
    spy.chmod(0o755)
    monkeypatch.setattr(tool, "program", lambda: str(spy))
    monkeypatch.setenv("PACT_BROKER_PASSWORD", "of something else")
    publish(broker, tmp_path, "k1")
    environment = (tmp_path / "environment").read_text().splitlines()

    assert TOKEN not in (tmp_path / "arguments").read_text()
    assert sorted(line for line in environment if line.startswith("PACT_BROKER")) == [
        f"PACT_BROKER_BASE_URL={there.url}",
        "PACT_BROKER_HTTP_RETRIES=0",
        f"PACT_BROKER_TOKEN={TOKEN}",
    ]


def test_a_missing_tool_says_what_to_install(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(UsageError, match=r"pip install 'shadowpact\[broker\]'"):
        publish(broker, tmp_path, "k1")
