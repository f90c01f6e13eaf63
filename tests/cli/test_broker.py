import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadowpact.cli import main
from support.broker_stand_in import Broker, broker_stand_in
from support.pacts import interaction, write_pact
from support.provider import json_reply, provider

TOKEN = "made-up-token"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    with broker_stand_in() as it:
        it.authorization = f"Bearer {TOKEN}"
        monkeypatch.setenv("PACT_BROKER_BASE_URL", it.url)
        monkeypatch.setenv("PACT_BROKER_TOKEN", TOKEN)
        monkeypatch.setenv("PACT_BROKER_HTTP_RETRIES", "0")
        yield it


def shadowpact(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture
def contracts(tmp_path: Path) -> Path:
    folder = tmp_path / "contracts"
    write_pact(folder, interaction("k1", content={"id": 1}), name="a.json")
    write_pact(folder, interaction("k2", path="/x", content={"id": 1}), name="b.json")
    return folder


def test_pacts_go_to_the_broker_and_their_results_come_back(
    there: Broker, contracts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the pipelines of a consumer and of a provider do, one after the other."""
    fetched, results = str(tmp_path / "fetched"), tmp_path / "verify.json"
    publish = ["broker", "publish", str(contracts), "--consumer-app-version", "v1"]
    deployed = ["broker", "record-deployment", "--environment", "production"]
    ask = ["broker", "can-i-deploy", "--pacticipant", "orders", "--version", "p1"]
    ask += ["--to-environment", "production"]
    fetch = ["broker", "fetch", fetched, "--provider", "orders", "--selector", "branch=main"]

    assert shadowpact(*publish, "--branch", "main") == 0
    assert shadowpact(*deployed, "--pacticipant", "web", "--version", "v1") == 0
    assert shadowpact(*ask) == 3  # nothing was verified yet
    assert shadowpact(*fetch) == 0
    for body, status in (({"id": 2}, 1), ({"id": 1}, 0)):
        verify(fetched, body, results, capsys)
        publish_results = ["broker", "publish-results", fetched, str(results)]
        publish_results += ["--provider", "orders", "--provider-version", "p1"]

        assert shadowpact(*publish_results) == 0
        assert shadowpact(*ask) == status
    assert [one["success"] for one in there.results()] == [True]
    assert TOKEN not in capsys.readouterr().out


def verify(folder: str, body: Any, results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    with provider(lambda _: json_reply(body)) as server:
        arguments = ["--provider", "orders", "--url", server.url, "--format", "json"]
        shadowpact("verify", folder, *arguments)
    results.write_text(capsys.readouterr().out)


def test_json_is_for_programs(
    there: Broker, contracts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del there
    shadowpact(
        "broker", "publish", str(contracts), "--consumer-app-version", "v1", "--format", "json"
    )
    document = json.loads(capsys.readouterr().out)

    assert document["schema"] == "shadowpact/broker-publish/1"
    assert [Path(file).name for file in document["files"]] == ["a.json", "b.json"]


def test_other_content_under_a_version_is_bad_usage(
    there: Broker, contracts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del there
    arguments = ["broker", "publish", str(contracts), "--consumer-app-version", "v1"]
    shadowpact(*arguments)
    write_pact(contracts, interaction("k3"), name="a.json")

    assert shadowpact(*arguments) == 2
    assert "publish under a new version" in capsys.readouterr().err


def test_credentials_that_are_refused_are_bad_usage_and_are_not_shown(
    there: Broker, contracts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there.authorization = "Bearer another"
    status = shadowpact("broker", "publish", str(contracts), "--consumer-app-version", "v1")
    told = capsys.readouterr()

    assert status == 2
    assert "does not accept PACT_BROKER_TOKEN" in told.err
    assert TOKEN not in told.out + told.err


def test_a_broker_that_is_away_is_its_own_exit_status(
    there: Broker, contracts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del there
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    arguments = ["--consumer-app-version", "v1", "--broker-base-url", url]

    assert shadowpact("broker", "publish", str(contracts), *arguments) == 4
    assert f"the broker at {url} cannot be reached" in capsys.readouterr().err


def test_nothing_to_publish_and_nothing_to_fetch_are_no_evidence(
    there: Broker, contracts: Path, tmp_path: Path
) -> None:
    publish = ["broker", "publish", str(contracts), "--consumer-app-version", "v1"]

    assert shadowpact(*publish, "--provider", "billing") == 3
    assert shadowpact("broker", "fetch", str(tmp_path / "f"), "--provider", "orders") == 3
    assert there.pacts == []


@pytest.mark.parametrize("text", ["no json", "[]"])
def test_results_that_cannot_be_read_are_bad_usage(
    text: str, there: Broker, contracts: Path, tmp_path: Path
) -> None:
    del there
    file = tmp_path / "results.json"
    file.write_text(text)
    arguments = [str(contracts), str(file), "--provider", "orders", "--provider-version", "p1"]

    assert shadowpact("broker", "publish-results", *arguments) == 2
    assert shadowpact("broker", "publish-results", arguments[0], "no.json", *arguments[2:]) == 2


def test_without_a_broker_it_is_said_where_to_name_one(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shadowpact", "broker", "fetch", str(tmp_path)]
    done = subprocess.run(
        [*command, "--provider", "orders"], capture_output=True, text=True, env={}, check=False
    )

    assert done.returncode == 2
    assert "Set PACT_BROKER_BASE_URL" in done.stderr
