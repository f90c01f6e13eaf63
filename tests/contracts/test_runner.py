import subprocess
import sys
from pathlib import Path

import msgspec

from shadowpact.contracts.runner import Job, JobResult
from support.pacts import interaction, write_pact
from support.provider import json_reply, provider


def test_it_verifies_the_files_of_a_job_and_writes_the_results(tmp_path: Path) -> None:
    file = write_pact(tmp_path, interaction("k1", status=200), interaction("k2", status=404))
    with provider(lambda _: json_reply({})) as server:
        job = Job(
            batches=((str(file),),),
            provider="orders",
            scheme="http",
            host="127.0.0.1",
            port=int(server.url.rpartition(":")[2]),
            path="/",
            headers={"X-Own": "1"},
            state_url=None,
            timeout_ms=5000,
            is_direct=False,
            result=str(tmp_path / "result.json"),
        )
        (tmp_path / "job.json").write_bytes(msgspec.json.encode(job))
        command = [sys.executable, "-m", "shadowpact.contracts.runner", str(tmp_path / "job.json")]
        done = subprocess.run(command, capture_output=True, check=False)
    told = msgspec.json.decode((tmp_path / "result.json").read_bytes(), type=JobResult)

    assert done.returncode == 0
    assert {one["interactionKey"]: one["result"] for one in told.results} == {
        "k1": "OK",
        "k2": "Error",
    }
    assert {one.headers["x-own"] for one in server.asked} == {"1"}


def test_no_other_module_imports_pact() -> None:
    source = Path(__file__).parents[2] / "src" / "shadowpact"
    importing = [
        file.name
        for file in source.rglob("*.py")
        if any(
            line.strip().startswith(("import pact", "from pact "))
            for line in file.read_text("utf-8").splitlines()
        )
    ]

    assert importing == ["runner.py"]
