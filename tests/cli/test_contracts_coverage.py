import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.errors import EXIT_FINDINGS, EXIT_NO_EVIDENCE, EXIT_PASS
from support.build import response
from support.filled import fill
from support.samples import sample


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(["contracts"]), ["contracts", *arguments])


@pytest.fixture
def built(tmp_path: Path) -> Path:
    state = fill(tmp_path / "state", [sample({"a": 1})])
    run("build", "--state", str(state), "--out", str(tmp_path / "out"))
    return tmp_path


def test_all_covered_is_a_pass(built: Path) -> None:
    result = run("coverage", str(built / "out"), "--state", str(built / "state"))

    assert result.exit_code == EXIT_PASS
    assert result.stdout == "1 of 1 exchanges covered (100.0%), 1 interactions, 0 of them idle\n"


def test_traffic_that_is_not_covered_fails_below_the_rate(built: Path) -> None:
    fill(built / "state", [sample(response({}, 404), name="2", target="/orders/9")])
    arguments = ("coverage", str(built / "out"), "--state", str(built / "state"))
    result = run(*arguments, "--format", "json")

    assert result.exit_code == EXIT_FINDINGS
    assert json.loads(result.stdout)["rate"] == 0.5
    assert run(*arguments, "--min-rate", "0.5").exit_code == EXIT_PASS


def test_no_traffic_is_no_evidence(built: Path) -> None:
    state = fill(built / "empty", [])

    assert run("coverage", str(built / "out"), "--state", str(state)).exit_code == EXIT_NO_EVIDENCE
