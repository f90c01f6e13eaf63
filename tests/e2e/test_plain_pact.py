"""The checked-in contracts, run by the plain ``pact`` command that knows nothing of shadowpact."""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from shadowpact.contracts import files
from shadowpact.demo import serving
from shadowpact.demo.baseline import TOKEN
from shadowpact.demo.processes import Child
from shadowpact.demo.stage import PROVIDER

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"
PACT = Path(sysconfig.get_path("scripts")) / "pact"
LIMIT_S = 60


@pytest.fixture
def baseline(tmp_path: Path) -> Iterator[str]:
    with served("baseline", tmp_path) as child:
        yield child.wait_for(serving.READY)


@pytest.fixture
def candidate(tmp_path: Path) -> Iterator[str]:
    with served("candidate", tmp_path) as child:
        yield child.wait_for(serving.READY)


def served(module: str, folder: Path) -> Child:
    command = (sys.executable, "-m", f"shadowpact.demo.{module}")
    return Child(module, command, log=folder / f"{module}.log", cwd=folder)


def pact_verifier(url: str, report: Path) -> tuple[int, dict[str, Any]]:
    """Exit status and report of ``pact verifier`` over all checked-in pacts."""
    address = urlsplit(url)
    options = {
        "--hostname": str(address.hostname),
        "--port": str(address.port),
        "--provider-name": PROVIDER,
        "--header": f"Authorization=Bearer {TOKEN}",
        "--json": str(report),
    }
    given = [word for option in options.items() for word in option]
    pacts = [word for file in files.pact_files(CONTRACTS) for word in ("--file", str(file))]
    ran = subprocess.run(
        [PACT, "verifier", "--no-colour", *given, *pacts],
        env=os.environ | {"PACT_DO_NOT_TRACK": "true"},
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )
    return ran.returncode, json.loads(report.read_bytes())


def keys(*, pending: bool) -> set[str]:
    return {
        one["key"]
        for file in files.pact_files(CONTRACTS)
        for one in files.read(file)["interactions"]
        if (one.get("pending") is True) is pending
    }


def contents() -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in sorted(CONTRACTS.rglob("*")) if file.is_file()}


def test_the_service_that_was_recorded_passes_all_of_them(baseline: str, tmp_path: Path) -> None:
    before = contents()

    status, report = pact_verifier(baseline, tmp_path / "report.json")
    told = {one["interactionKey"]: one["result"] for one in report["interactionResults"]}

    assert status == 0
    assert told.keys() == keys(pending=True) | keys(pending=False)
    assert set(told.values()) == {"OK"}
    assert contents() == before


def test_the_replacement_fails_what_is_pending_and_nothing_else(
    candidate: str, tmp_path: Path
) -> None:
    status, report = pact_verifier(candidate, tmp_path / "report.json")
    told = {one["interactionKey"]: one["result"] for one in report["interactionResults"]}

    assert status == 0  # what is pending may fail
    assert {key for key, result in told.items() if result != "OK"} == keys(pending=True)
    assert {key for key, result in told.items() if result == "OK"} == keys(pending=False)
