import ast
import subprocess
import sys
from pathlib import Path

import msgspec

from shadowpact.contracts.runner import BatchResult, Job
from support.pacts import interaction, write_pact
from support.provider import json_reply, provider


def test_it_verifies_the_files_of_a_job_and_writes_a_line_for_each_batch(tmp_path: Path) -> None:
    good = write_pact(tmp_path, interaction("k1", status=200), interaction("k2", status=404))
    broken = write_pact(
        tmp_path, interaction(content={"a": 1}, rules={"$['": {"match": "type"}}), name="bad.json"
    )
    with provider(lambda _: json_reply({})) as server:
        job = Job(
            batches=((str(good),), (str(broken),)),
            provider="orders",
            port=int(server.url.rpartition(":")[2]),
            state_url=None,
            timeout_ms=5000,
            result=str(tmp_path / "result.jsonl"),
        )
        (tmp_path / "job.json").write_bytes(msgspec.json.encode(job))
        command = [sys.executable, "-m", "shadowpact.contracts.runner"]
        named = f"{tmp_path / 'job.json'}\n".encode()
        done = subprocess.run(command, input=named, capture_output=True, check=False)
    lines = (tmp_path / "result.jsonl").read_bytes().splitlines()
    told, failed = (msgspec.json.decode(line, type=BatchResult) for line in lines)

    assert done.returncode == 0
    assert {one["interactionKey"]: one["result"] for one in told.results} == {
        "k1": "OK",
        "k2": "Error",
    }
    assert failed.results == []
    assert "bad.json" in failed.errors[0]


def test_without_a_job_there_is_nothing_to_do() -> None:
    command = [sys.executable, "-m", "shadowpact.contracts.runner"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_it_loads_nothing_that_it_does_not_need() -> None:
    code = "import sys, shadowpact.contracts.runner as r; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = {name for name in ast.literal_eval(done.stdout) if name.startswith("shadowpact")}
    assert loaded == {"shadowpact", "shadowpact.contracts", "shadowpact.contracts.runner"}


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
