"""Nothing secret gets into what any command writes, and nothing personal behind ``redact``."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shadowpact import config
from shadowpact.addon import Recorder
from shadowpact.cli import COMMANDS, build_app
from shadowpact.model.clock import SystemClock
from shadowpact.recording.har import write_har
from shadowpact.recording.reader import read
from shadowpact.secrets import Sealer, load_key
from support.planted import PERSONAL, SECRETS, found_in, leaks, traffic
from support.processes import candidate
from support.provider import Asked, Reply, provider

CONFIG = """
[redact]
paths = ["$..person.name"]
query = ["q"]
"""
ROUTE = "GET /people/{id}"


def answer(asked: Asked) -> Reply:
    """A candidate that echoes what it got, and issues secrets of its own."""
    return Reply(
        body=json.dumps(
            {
                "id": "1",
                "echo": asked.headers.get("authorization", ""),
                "asked": asked.target,
                "sent": asked.body.decode("latin-1"),
                "access_token": SECRETS["candidate"],
                "person": {"name": PERSONAL["configured"]},
            }
        ).encode(),
        headers=(
            ("Content-Type", "application/json"),
            ("Set-Cookie", f"sid={SECRETS['candidate']}; Path=/"),
        ),
    )


class Project:
    """A folder in which commands run; ``made`` is what they wrote, ``planted`` is not."""

    def __init__(self, folder: Path, candidate_url: str) -> None:
        self.made = folder / "made"
        self.planted = folder / "planted"
        self.state = self.made / "state"
        self.config = folder / "shadowpact.toml"
        for path in (self.made, self.planted):
            path.mkdir()
        shop = candidate(candidate_url, "shop", 'routes = ["/**"]', 'writes = "on"')
        self.config.write_text(shop + CONFIG, "utf-8")
        self._number = 0

    def run(self, *arguments: str, is_wanted: bool = True) -> str:
        """Run a command and keep all it says in a file of its own."""
        done = CliRunner().invoke(build_app(), list(arguments))
        assert done.exception is None or isinstance(done.exception, SystemExit), arguments
        assert done.exit_code in {0, 1, 3}, (arguments, done.output)
        assert done.output or not is_wanted, arguments
        self._number += 1
        (
            self.made / f"{self._number:02}-{'-'.join(arguments[:2])}.out".replace("/", "_")
        ).write_text(done.output, "utf-8")
        return done.stdout

    def at(self, *arguments: str) -> tuple[str, ...]:
        return (*arguments, "--state", str(self.state), "--config", str(self.config))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Everything planted, recorded as the proxy does, worked through and reported."""
    with provider(answer) as server:
        project = Project(tmp_path_factory.mktemp("leaks"), server.url)
        _record(project)
        project.run(*project.at("worker", "--drain"), is_wanted=False)
        _replay(project)
        _report(project)
        _work_on_recordings(project)
        yield project


def _record(project: Project) -> None:
    recorder = Recorder(project.state, config.load(project.config), SystemClock())
    recorder.open()
    for exchange in traffic():
        recorder.record(exchange)
    recorder.close()
    write_har(traffic(), project.planted / "plain.har")


def _replay(project: Project) -> None:
    plain = str(project.planted / "plain.har")
    recorded = str(project.state / "recording")
    for form in ("text", "json"):
        project.run(*project.at("replay", recorded, "--writes", "on", "--format", form))
        project.run(*project.at("replay", plain, "--format", form))
        project.run(*project.at("replay", recorded, "--explain", "6", "--format", form))


def _report(project: Project) -> None:
    run, at = project.run, project.at
    for form in ("text", "json"):
        run(*at("status", "--format", form))
        run(*at("gate", "--format", form))
        run(*at("rules", "explain", ROUTE, "$.echo", "--format", form))
        run(*at("rules", "list", "--format", form))
        run(*at("rules", "check", "--format", form))
        run(*at("rules", "keys", "--format", form))
        run(*at("rules", "test", str(_a_rule(project)), "--format", form))
        listed = run(*at("findings", "--format", form))
        for finding in json.loads(listed)["findings"] if form == "json" else ():
            show = ("findings", "show", finding["id"], "--state", str(project.state))
            run(*show)
            run(*show, "--format", "json")
            for decision in ("accept", "fixed", "reopen"):
                run("findings", decision, finding["id"], "--state", str(project.state))
    for form in ("text", "json", "markdown", "html", "junit"):
        run(*at("report", "--format", form))
    run(*at("contracts", "build", "--out", str(project.made / "contracts")))
    contracts = str(project.made / "contracts")
    for form in ("text", "json"):
        run("contracts", "list", contracts, "--format", form)
        run(*at("verify", contracts, "--provider", "shop", "--format", form))
        of_store = ("--state", str(project.state), "--format", form)
        run("contracts", "coverage", contracts, *of_store)
        run("contracts", "schema", *of_store)
    run(*at("contracts", "openapi"))


def _a_rule(project: Project) -> Path:
    path = project.planted / "rule.toml"
    rule = 'id = "echo"\nkind = "text"\npath = "$..*"\ncase = false\nreason = "tried"\n'
    path.write_text(f"[[rules]]\n{rule}", "utf-8")
    return path


def _work_on_recordings(project: Project) -> None:
    run, at, made = project.run, project.at, project.made
    plain = str(project.planted / "plain.har")
    other = made / "other.rec"
    run(*at("recordings", "import", plain, "--out", str(other)))
    run(*at("recordings", "import", plain, "--out", str(made / "folder")))
    live = str(project.state / "recording")
    run(*at("recordings", "export", live, "--out", str(made / "live.har")))
    run(*at("recordings", "export", plain, "--out", str(made / "plain.mitm")))
    run(*at("recordings", "merge", live, plain, "--out", str(made / "merged.rec")))
    run(*at("recordings", "cut", plain, "--out", str(made / "cut.rec"), "--status", "200"))
    run(*at("recordings", "dedupe", plain, "--out", str(made / "deduped.rec")))
    run(*at("recordings", "dedupe", plain, "--out", str(made / "sessions.har"), "--sessions"))
    for form in ("text", "json"):
        run(*at("recordings", "info", plain, "--sessions", "--format", form))
        run(*at("recordings", "info", live, "--format", form))
        run(*at("recordings", "list", str(made), "--format", form))
        run(*at("diff", live, plain, "--format", form))
        run(*at("diff", plain, str(_changed(project)), "--format", form))
        run(*at("diff", plain, str(_changed(project)), "--full"))
        run(*at("diff", plain, str(_changed(project)), "--width", "120", "--pairs", "99"))


def _changed(project: Project) -> Path:
    """The same requests with the candidate's sort of answers."""
    path = project.planted / "changed.har"
    text = (project.planted / "plain.har").read_text("utf-8")
    changed = text.replace("planted-issued-0007", SECRETS["candidate"]).replace(
        '\\"id\\"', '\\"x\\"'
    )
    path.write_text(changed, "utf-8")
    return path


def test_every_command_that_reports_was_run(project: Project) -> None:
    said = {path.name.split("-")[1] for path in project.made.glob("*.out")}

    assert set(COMMANDS) - said <= {
        "demo",
        "init",
        "proxy",
        "broker",
        "watch",
        "doctor",
        "dashboard",
    }


def test_what_is_planted_would_be_found(project: Project) -> None:
    planted = found_in(b"\n".join(leaks_of(project.planted)), SECRETS | PERSONAL)

    assert planted >= (SECRETS | PERSONAL).keys() - {"candidate", "gzip"}
    assert leaks(project.planted, SECRETS)["plain.har"] >= SECRETS.keys() - {"candidate"}


def leaks_of(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*.har"):
        yield path.read_bytes()


def test_no_command_writes_a_secret(project: Project) -> None:
    assert leaks(project.made, SECRETS) == {}


def test_what_was_sealed_can_still_be_sent(project: Project) -> None:
    sealer = Sealer(load_key(project.state))
    opened = [
        sealer.open(one.exchange)
        for one in read(project.state / "recording")
        if one.exchange is not None
    ]

    assert opened == traffic()


@pytest.mark.parametrize("source", ["live", "plain"])
@pytest.mark.parametrize("out", ["redacted.har", "redacted.rec", "redacted", "redacted.mitm"])
@pytest.mark.parametrize("key", [(), ("--key-from", "PLANTED_KEY")])
def test_nothing_secret_or_personal_is_left_after_redact(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    out: str,
    key: tuple[str, ...],
) -> None:
    monkeypatch.setenv("PLANTED_KEY", "a made-up key of some length")
    path = project.state / "recording" if source == "live" else project.planted / "plain.har"
    said = project.run(
        *project.at("recordings", "redact", str(path), "--out", str(tmp_path / out), *key)
    )
    (tmp_path / "said").write_text(said, "utf-8")

    assert leaks(tmp_path, SECRETS | PERSONAL) == {}
    assert all(f"\n{kind} " in said for kind in ("card", "configured", "email", "iban", "ip"))


def test_a_redacted_recording_can_be_replayed_and_compared(
    project: Project, tmp_path: Path
) -> None:
    redacted = tmp_path / "redacted.har"
    project.run(
        *project.at(
            "recordings", "redact", str(project.planted / "plain.har"), "--out", str(redacted)
        )
    )
    said = json.loads(project.run(*project.at("replay", str(redacted), "--format", "json")))

    assert said["evidence"]["exchanges"] == len(traffic())
    assert said["evidence"]["incomparable"] == {}
    assert leaks(tmp_path, SECRETS | PERSONAL) == {}
