import sys
from pathlib import Path

import pytest

from shadowpact.contracts.runner import Job
from shadowpact.contracts.workers import Told, Workers
from shadowpact.errors import ShadowpactError

GOOD = """#!{python}
import json, pathlib, sys
job = json.loads(pathlib.Path(sys.stdin.readline().strip()).read_text())
out = open(job["result"], "ab")
for number, batch in enumerate(job["batches"]):
    if batch == ["crash"]:
        sys.exit("it crashed")
    if batch == ["hang"]:
        import time; time.sleep(300)
    out.write(json.dumps({{"results": [{{"description": batch[0]}}]}}).encode() + b"\\n")
"""


@pytest.fixture(autouse=True)
def verifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for Python with the runner: what a process may do is what is tested here."""
    file = tmp_path / "verifier"
    file.write_text(GOOD.format(python=sys.executable))
    file.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(file))


def job(folder: Path, number: int, *batches: str) -> Job:
    return Job(
        batches=tuple((one,) for one in batches),
        provider="p",
        port=1,
        state_url=None,
        timeout_ms=1,
        result=str(folder / f"result-{number}.jsonl"),
    )


def run_jobs(folder: Path, *jobs: Job, limit_s: float = 30) -> Told:
    with Workers(len(jobs), folder) as workers:
        return workers.run(jobs, limit_s=limit_s)


def test_results_of_all_processes_are_put_together(tmp_path: Path) -> None:
    told = run_jobs(tmp_path, job(tmp_path, 0, "a", "b"), job(tmp_path, 1, "c"))

    assert [one["description"] for one in told.results] == ["a", "b", "c"]
    assert told.ended == ""


def test_a_crash_loses_no_more_than_a_batch(tmp_path: Path) -> None:
    told = run_jobs(tmp_path, job(tmp_path, 0, "a", "crash", "b"), job(tmp_path, 1, "c"))

    assert [one["description"] for one in told.results] == ["a", "c"]
    assert told.ended == "Pact's verifier ended with status 1: it crashed"


def test_a_crash_of_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ShadowpactError, match="ended with status 1: it crashed"):
        run_jobs(tmp_path, job(tmp_path, 0, "crash"))


def test_one_that_hangs_ends_them_all(tmp_path: Path) -> None:
    with pytest.raises(ShadowpactError, match="did not end within 0 s"):
        run_jobs(tmp_path, job(tmp_path, 0, "hang"), job(tmp_path, 1, "hang"), limit_s=0.3)


def test_processes_that_get_no_job_are_ended(tmp_path: Path) -> None:
    with Workers(2, tmp_path) as workers:
        told = workers.run([job(tmp_path, 0, "a")], limit_s=30)

    assert [one["description"] for one in told.results] == ["a"]
