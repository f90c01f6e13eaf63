import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.errors import EXIT_USAGE, NoEvidenceError, UsageError
from shadowpact.model.pair import Sample
from support.filled import fill
from support.pacts import interaction, write_pact
from support.provider import json_reply, provider
from support.samples import difference, sample

PRICE = {"$.price": {"match": "number"}}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(["contracts", "verify"]), ["contracts", *arguments])


def order(number: int) -> Sample:
    return sample(
        {"id": number, "price": 1.5},
        {"id": number, "price": "1.5"},
        difference("$.price", baseline=1.5, candidate="1.5"),
        target=f"/orders/{number}",
        name=str(number),
    )


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return fill(tmp_path / "state", [order(n) for n in range(1, 4)])


def build(state: Path, out: Path, *options: str) -> Result:
    return run("build", "--state", str(state), "--out", str(out), *options)


def test_build_writes_the_contracts_and_says_what(state: Path, tmp_path: Path) -> None:
    result = build(state, tmp_path / "out")
    lines = [line.strip() for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert lines[:3] == [
        "1 interactions floor, 0 of them pending",
        "1 interactions for findings, 1 of them pending",
        "1 files changed, 0 unchanged",
    ]
    assert (tmp_path / "out" / "default" / "orders" / "GET_orders_id.json").exists()


def test_a_second_build_changes_nothing(state: Path, tmp_path: Path) -> None:
    build(state, tmp_path / "out")
    document = json.loads(build(state, tmp_path / "out", "--format", "json").stdout)

    assert document["changed"] == []
    assert len(document["unchanged"]) == 1


def test_build_without_a_store_is_bad_usage(tmp_path: Path) -> None:
    result = build(tmp_path / "none", tmp_path / "out")

    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_status == EXIT_USAGE


def test_build_from_an_empty_store_is_no_evidence(tmp_path: Path) -> None:
    result = build(fill(tmp_path / "state", []), tmp_path / "out")

    assert isinstance(result.exception, NoEvidenceError)


def test_promote_makes_what_passes_binding(tmp_path: Path) -> None:
    file = write_pact(tmp_path, interaction("k1", content={"price": 1}, rules=PRICE, pending=True))
    with provider(lambda _: json_reply({"price": 2})) as server:
        arguments = ("promote", str(tmp_path), "--provider", "orders", "--url", server.url)
        first, second = run(*arguments), run(*arguments, "--format", "json")
    document = json.loads(second.stdout)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.splitlines()[0] == f"binding now     k1  {file}"
    assert document["promoted"] == {}
    assert json.loads(file.read_text())["interactions"][0]["pending"] is False


def test_promote_tells_a_failure_by_its_exit_status(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1", status=404))
    with provider(lambda _: json_reply({})) as server:
        result = run("promote", str(tmp_path), "--provider", "orders", "--url", server.url)

    assert result.exit_code == 1
    assert "nothing to promote" in result.stdout


def test_list_shows_what_is_pending(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1", pending=True), interaction("k2"))
    text, document = run("list", str(tmp_path)), run("list", str(tmp_path), "--format", "json")

    assert text.exit_code == 0
    assert "  pending  k1  description of k1" in text.stdout.splitlines()
    assert [one["pending"] for one in json.loads(document.stdout)["interactions"]] == [True, False]


def test_list_of_nothing_is_no_evidence(tmp_path: Path) -> None:
    assert run("list", str(tmp_path)).exit_code == 3
