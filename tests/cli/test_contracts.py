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


def test_a_folder_that_cannot_be_written_is_bad_usage(state: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    result = build(state, tmp_path / "out")

    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == f"--out {tmp_path / 'out'}: cannot be written: Not a directory"


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


def test_promote_wants_as_many_passes_in_a_row_as_it_is_told(tmp_path: Path) -> None:
    file = write_pact(tmp_path, interaction("k1", content={"price": 1}, rules=PRICE, pending=True))
    prices = iter((2, 2, "no", 2, 2, 2))
    told = []
    with provider(lambda _: json_reply({"price": next(prices)})) as server:
        arguments = ("promote", str(tmp_path), "--provider", "orders", "--url", server.url)
        for _ in range(6):
            result = run(*arguments, "--passes", "3", "--format", "json")
            document = json.loads(result.stdout)
            told.append((document["waiting"], document["promoted"]))

    assert told == [
        ([{"key": "k1", "passes": 1}], {}),
        ([{"key": "k1", "passes": 2}], {}),
        ([], {}),
        ([{"key": "k1", "passes": 1}], {}),
        ([{"key": "k1", "passes": 2}], {}),
        ([], {str(file): ["k1"]}),
    ]
    assert "promoted" in (tmp_path / "ratchet.jsonl").read_text()


def test_promote_takes_the_results_of_earlier_runs(tmp_path: Path) -> None:
    file = write_pact(tmp_path / "pacts", interaction("k1", pending=True))
    document = {
        "provider": "orders",
        "verdict": "pass",
        "interactions": [{"key": "k1", "description": "d", "outcome": "passed"}],
    }
    results = []
    for number in range(3):
        results.append(tmp_path / f"{number}.json")
        results[-1].write_text(json.dumps(document))
    arguments = ["promote", str(tmp_path / "pacts"), "--provider", "orders", "--passes", "3"]
    for one in results:
        arguments += ["--results", str(one)]
    result = run(*arguments)

    assert result.exit_code == 0
    assert result.stdout == f"binding now     k1  {file}\n"


def test_results_of_another_provider_or_of_something_else_are_refused(tmp_path: Path) -> None:
    write_pact(tmp_path / "pacts", interaction("k1", pending=True))
    other = tmp_path / "other.json"
    arguments = ("promote", str(tmp_path / "pacts"), "--provider", "orders", "--results", other)
    for text, reason in (
        ('{"provider": "billing", "verdict": "pass"}', "is of 'billing', not of 'orders'"),
        ("[]", "is not what 'shadowpact verify --format json' prints"),
    ):
        other.write_text(text)
        result = run(*map(str, arguments))

        assert isinstance(result.exception, UsageError)
        assert reason in str(result.exception)


def test_results_that_say_nothing_are_no_evidence(tmp_path: Path) -> None:
    write_pact(tmp_path / "pacts", interaction("k1", pending=True))
    file = tmp_path / "nothing.json"
    file.write_text('{"provider": "orders", "verdict": "no-evidence"}')
    result = run(
        *("promote", str(tmp_path / "pacts"), "--provider", "orders", "--results", str(file))
    )

    assert result.exit_code == 3


def test_list_shows_what_is_pending(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1", pending=True), interaction("k2"))
    text, document = run("list", str(tmp_path)), run("list", str(tmp_path), "--format", "json")

    assert text.exit_code == 0
    assert "  pending  k1  description of k1" in text.stdout.splitlines()
    assert [one["pending"] for one in json.loads(document.stdout)["interactions"]] == [True, False]


def test_list_of_nothing_is_no_evidence(tmp_path: Path) -> None:
    assert run("list", str(tmp_path)).exit_code == 3
