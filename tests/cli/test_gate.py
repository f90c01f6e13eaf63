import json
from pathlib import Path

from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.errors import UsageError
from shadowpact.model.pair import Sample
from support.filled import fill
from support.samples import difference, sample


def gate(state: Path, *options: str) -> Result:
    arguments = ["gate", "--state", str(state), *options]
    return CliRunner().invoke(build_app(["gate", "verify"]), arguments)


def equal(count: int) -> list[Sample]:
    return [sample({"id": n}, target=f"/orders/{n}", name=str(n)) for n in range(count)]


def wrong(count: int) -> list[Sample]:
    told = difference("$.price", baseline=1, candidate="1")
    return [sample({"price": 1}, {"price": "1"}, told, name=f"w{n}") for n in range(count)]


def test_equal_traffic_may_be_switched(tmp_path: Path) -> None:
    result = gate(fill(tmp_path, equal(30)))

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "may be switched today (1 of 1 routes)",
        "  GET /orders/{id} → orders  (30 pairs; at most 9.5% differ, 95 % confidence)",
        "gate: pass",
    ]


def test_a_real_finding_may_not(tmp_path: Path) -> None:
    result = gate(fill(tmp_path, equal(30) + wrong(3)), "--format", "json")
    document = json.loads(result.stdout)

    assert result.exit_code == 1
    assert (document["schema"], document["verdict"]) == ("shadowpact/gate/1", "fail")
    assert document["routes"][0]["verdict"] == "fail"
    assert document["evidence"]["pairs"] == 33


def test_too_little_traffic_is_no_evidence(tmp_path: Path) -> None:
    assert gate(fill(tmp_path, equal(3))).exit_code == 3


def test_the_policy_comes_from_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "shadowpact.toml"
    config.write_text("[gate]\nmin-pairs = 3\n")

    assert gate(fill(tmp_path / "state", equal(3)), "--config", str(config)).exit_code == 0


def test_routes_and_candidates_can_be_chosen(tmp_path: Path) -> None:
    fill(tmp_path, equal(30))
    fill(tmp_path, wrong(30), route="GET /bad", candidate="billing")

    assert gate(tmp_path).exit_code == 1
    assert gate(tmp_path, "--route", "GET /orders/{id}").exit_code == 0
    assert gate(tmp_path, "--candidate", "orders").exit_code == 0
    assert gate(tmp_path, "--candidate", "billing").exit_code == 1
    assert gate(tmp_path, "--candidate", "nobody").exit_code == 3
    assert gate(tmp_path, "--route", "GET /good").exit_code == 3


def test_a_verification_weighs(tmp_path: Path) -> None:
    state = fill(tmp_path / "state", equal(30))
    told = tmp_path / "verify.json"
    one = {"description": "d", "outcome": "failed", "route": "GET /orders/{id}", "key": "k"}
    told.write_text(
        json.dumps({"provider": "orders", "verdict": "fail", "interactions": [one], "reason": ""})
    )
    result = gate(state, "--verified", str(told))

    assert result.exit_code == 1
    assert "contract: d: failed" in result.stdout


def test_without_a_store_it_is_bad_usage(tmp_path: Path) -> None:
    assert isinstance(gate(tmp_path / "none").exception, UsageError)


def test_a_verification_that_is_none_is_bad_usage(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    result = gate(fill(tmp_path / "state", []), "--verified", str(tmp_path / "x.json"))

    assert isinstance(result.exception, UsageError)
    assert "shadowpact verify --format json" in str(result.exception)
