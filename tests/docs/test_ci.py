"""The pipeline files: what they run is run, against a service that is right and one that is not."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
import yaml

from support.broker_stand_in import Broker, broker_stand_in
from support.pacts import interaction, write_pact

DOCS = Path(__file__).resolve().parents[2] / "docs" / "how-to"
PIPELINES = ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile")
TOKEN = "made-up-token"
SERVICE = """\
import http.server, json, os, sys

class Orders(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        price = "1.50" if os.environ["FAULT"] else 1.5
        body = json.dumps({"id": 17, "price": price}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

class Server(http.server.ThreadingHTTPServer):
    allow_reuse_port = True

with Server(("127.0.0.1", int(sys.argv[2])), Orders) as server:
    print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
"""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One command, and whether it runs after a failure as well."""

    command: str
    is_always: bool = False


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a server runs, the files it shows afterwards, and what is set for it."""

    steps: tuple[Step, ...]
    artefacts: tuple[str, ...]
    variables: tuple[str, ...]


def github(text: str) -> dict[str, Job]:
    workflow = yaml.safe_load(text)
    return {
        name: Job(
            steps=tuple(
                Step(command=step["run"], is_always=step.get("if") == "always()")
                for step in job["steps"]
                if "run" in step and not step["run"].startswith("pip ")
            ),
            artefacts=tuple(
                path
                for step in job["steps"]
                if step.get("uses", "").startswith("actions/upload-artifact")
                for path in step["with"]["path"].split()
            ),
            variables=(*workflow["env"], *job.get("env", {})),
        )
        for name, job in workflow["jobs"].items()
    }


def gitlab(text: str) -> dict[str, Job]:
    document: dict[str, Any] = yaml.safe_load(text)
    variables = tuple(document["variables"])
    found = {}
    for name, job in document.items():
        if isinstance(job, dict) and "script" in job:
            kept = job.get("artifacts", {})
            found[name] = Job(
                steps=(Step(command="\n".join(job["script"])),),  # one shell for all lines
                artefacts=(*kept.get("paths", ()), *kept.get("reports", {}).values()),
                variables=variables,
            )
    return found


_STAGE = re.compile(r"stage\('(?P<name>\w+)'\) \{")
_SHELL = re.compile(r"sh '''(?P<many>.*?)'''|sh '(?P<one>[^'\n]+)'", re.DOTALL)


def jenkins(text: str) -> dict[str, Job]:
    parts = _STAGE.split(text)
    named = dict(zip(parts[1::2], parts[2::2], strict=True))
    del named["Install"]
    artefacts = tuple(re.findall(r"junit '([^']+)'", text))
    return {
        name.lower(): Job(
            steps=tuple(
                # a backslash at the end of a line is Groovy's in ''' as well: the lines are one
                Step(command=(found["many"] or found["one"]).replace("\\\n", " "))
                for found in _SHELL.finditer(part)
            ),
            artefacts=artefacts if name == "Contracts" else (),
            variables=tuple(re.findall(r"^    (\w+) = '", text, re.MULTILINE)),
        )
        for name, part in named.items()
    }


def jobs(pipeline: str) -> dict[str, Job]:
    read = {"github-actions.yml": github, "gitlab-ci.yml": gitlab, "Jenkinsfile": jenkins}
    return read[pipeline]((DOCS / "ci" / pipeline).read_text("utf-8"))


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout of the service's repository, and what the server sets for its jobs."""

    folder: Path
    environment: dict[str, str]

    def run(self, job: Job, *, fault: bool) -> int:
        """The job's exit status."""
        status = 0
        environment = {**self.environment, "FAULT": "yes" if fault else ""}
        for step in job.steps:
            if status and not step.is_always:
                continue
            ended = subprocess.run(
                ["/bin/bash", "-eo", "pipefail", "-c", step.command],
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=100,
                check=False,
            )
            sys.stdout.write(f"$ {step.command}\n{ended.stdout}{ended.stderr}")
            status = status or ended.returncode
        return status

    def has_deployed(self) -> bool:
        return (self.folder / "deployed").exists()


@pytest.fixture
def broker() -> Iterator[Broker]:
    with broker_stand_in() as it:
        it.authorization = f"Bearer {TOKEN}"
        yield it


@pytest.fixture
def workspace(tmp_path: Path, broker: Broker) -> Iterator[Workspace]:
    price = {"$.price": {"match": "number"}}
    pact = interaction("k1", path="/orders/17", content={"price": 1}, rules=price)
    write_pact(tmp_path / "contracts/web/orders", pact, name="GET_orders_id.json")
    (tmp_path / "contracts/conftest.py").write_text(conftest())
    (tmp_path / "orders.py").write_text(SERVICE)
    deploy = tmp_path / "deploy.sh"
    deploy.write_text("#!/bin/sh\ntouch deployed\n")
    deploy.chmod(0o755)
    scripts = Path(sys.executable).parent
    with socket.socket() as reserved:  # nobody else gets the port meanwhile
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        yield Workspace(
            folder=tmp_path,
            environment={
                "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "PROVIDER": "orders",
                "START": f"python -m orders --port {port}",
                "URL": url,
                "READY": f"{url}/health",
                "PACT_BROKER_BASE_URL": broker.url,
                "PACT_BROKER_TOKEN": TOKEN,
                "GITHUB_SHA": "c0ffee",
                "GITHUB_REF_NAME": "main",
                "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
                "CI_COMMIT_SHA": "c0ffee",
                "CI_COMMIT_REF_NAME": "main",
                "GIT_COMMIT": "c0ffee",
                "BRANCH_NAME": "main",
            },
        )


def conftest() -> str:
    """The example of the page about pytest."""
    text = (DOCS / "pytest.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    found: str = next(block for block in blocks if block.startswith("# contracts/conftest.py"))
    return found


@pytest.mark.parametrize("fault", [False, True], ids=["right", "wrong"])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_commit_passes_when_the_service_keeps_its_contracts(
    pipeline: str, fault: bool, workspace: Workspace
) -> None:
    job = jobs(pipeline)["contracts"]

    assert workspace.run(job, fault=fault) == (1 if fault else 0)
    assert job.artefacts
    for name in job.artefacts:
        content = (workspace.folder / name).read_text("utf-8")
        assert ("price" in content) == fault  # what is wrong is said in it
        if name.endswith(".xml"):
            suite = ET.fromstring(content)[0]  # noqa: S314 - our own output
            assert (suite.attrib["tests"], suite.attrib["failures"]) == ("1", str(int(fault)))


@pytest.mark.parametrize("fault", [False, True], ids=["right", "wrong"])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_service_is_deployed_only_when_the_broker_knows_that_it_keeps_them(
    pipeline: str, fault: bool, workspace: Workspace, broker: Broker
) -> None:
    status = workspace.run(jobs(pipeline)["deploy"], fault=fault)

    assert status == (1 if fault else 0)
    assert [result["success"] for result in broker.results()] == [not fault]
    assert workspace.has_deployed() != fault
    assert broker.deployed == ({} if fault else {("orders", "production"): "c0ffee"})


def test_actions_shows_a_summary_and_marks_the_contract(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.run(jobs("github-actions.yml")["contracts"], fault=True)

    summary = (workspace.folder / "summary.md").read_text("utf-8")
    assert "## Contracts of orders: fails" in summary
    assert "::error " in capsys.readouterr().out


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_whatever_a_pipeline_uses_is_set_in_it_or_by_the_server(
    pipeline: str, workspace: Workspace
) -> None:
    server = re.compile("GITHUB_|CI_|GIT_COMMIT|BRANCH_NAME|status")
    for job in jobs(pipeline).values():
        used = {name for step in job.steps for name in re.findall(r"\$\{?(\w\w+)", step.command)}
        ours = {name for name in used if not server.match(name)}

        assert ours <= set(job.variables)
        assert ours <= set(workspace.environment)
