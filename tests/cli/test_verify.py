import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.errors import ShadowpactError, UsageError
from support.pacts import interaction, write_pact
from support.processes import children_of, eventually, is_alive
from support.provider import json_reply, provider
from support.servers import free_port, is_open

PRICE = {"$.price": {"match": "number"}}


def verify(folder: Path, price: Any, *options: str, pending: bool = False) -> Result:
    write_pact(
        folder,
        interaction("k1", content={"id": 1}, rules={"$.id": {"match": "integer"}}),
        interaction("k2", content={"price": 1}, rules=PRICE, pending=pending),
    )
    with provider(lambda _: json_reply({"id": 7, "price": price})) as server:
        arguments = ["verify", str(folder), "--provider", "orders", "--url", server.url, *options]
        return CliRunner().invoke(build_app(["verify", "contracts"]), arguments)


@pytest.mark.parametrize(
    ("price", "pending", "options", "status"),
    [
        (2.5, False, (), 0),
        ("2.5", False, (), 1),
        ("2.5", True, (), 0),
        ("2.5", True, ("--strict",), 1),
        (2.5, False, ("--consumer", "nobody"), 3),
    ],
)
def test_the_exit_status_is_the_verdict(
    price: Any, pending: bool, options: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    assert verify(tmp_path, price, *options, pending=pending).exit_code == status


def url_of(result: Result) -> str:
    return result.stdout.split("curl -sS -i ")[1].split()[0]


def test_the_text_is_for_a_person(tmp_path: Path) -> None:
    result = verify(tmp_path, "2.5")

    assert url_of(result).endswith("/orders/1")
    assert result.stdout.splitlines() == [
        "failed          k2  description of k2",
        "                GET /orders/1  (consumer web)",
        '                - $.price is "2.5" (string), not a number',
        '                  baseline said 1, candidate says "2.5"',
        f"                curl -sS -i {url_of(result)}",
        "orders: fail, 1 of 2 interactions blocks",
    ]


def test_json_is_for_programs(tmp_path: Path) -> None:
    document = json.loads(verify(tmp_path, "2.5", "--format", "json", pending=True).stdout)

    assert document["schema"] == "shadowpact/verify/1"
    assert document["verdict"] == "pass"
    assert [one["outcome"] for one in document["interactions"]] == ["passed", "pending-failed"]
    assert document["interactions"][1]["mismatches"][0]["path"] == "$.price"


def test_a_junit_file_is_written_where_asked(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "junit.xml"
    verify(tmp_path / "pacts", "2.5", "--junit", str(file))

    assert ET.parse(file).getroot()[0].attrib["failures"] == "1"  # noqa: S314 - our own output


def test_a_junit_file_that_cannot_be_written_is_bad_usage(tmp_path: Path) -> None:
    result = verify(tmp_path / "pacts", 1, "--junit", str(tmp_path))

    assert isinstance(result.exception, UsageError)
    assert "cannot be written" in str(result.exception)


def test_a_folder_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    arguments = ["verify", str(tmp_path / "no"), "--provider", "o", "--url", "http://127.0.0.1:1"]
    result = CliRunner().invoke(build_app(["verify", "contracts"]), arguments)

    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_status == 2


def run(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(build_app(["verify", "contracts"]), ["verify", *arguments], **more)


def test_a_provider_that_cannot_be_reached_is_no_evidence_and_told_once(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1"), interaction("k2"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    result = run(str(tmp_path), "--provider", "orders", "--url", url)

    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        (
            f"orders: no-evidence, no connection to {url}: Connection refused; "
            "none of 2 interactions was verified"
        )
    ]


def test_url_headers_and_time_out_of_the_candidate_are_used(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1"))
    with provider(lambda _: json_reply({})) as server:
        config = tmp_path / "shadowpact.toml"
        config.write_text(f'[candidates.orders]\nurl = "{server.url}"\n')
        result = run(str(tmp_path), "--provider", "orders", "--config", str(config))

    assert result.exit_code == 0
    assert [one.target for one in server.asked] == ["/orders/1"]


def test_without_any_url_it_says_where_to_put_one(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1"))
    result = run(str(tmp_path), "--provider", "orders")

    assert isinstance(result.exception, UsageError)
    assert "[candidates.orders]" in str(result.exception)


def test_markdown_is_written_where_asked(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "contracts.md"
    verify(tmp_path / "pacts", "2.5", "--markdown", str(file))

    assert file.read_text().startswith("## Contracts of orders: fails\n")


def test_github_gets_annotations_and_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.chdir(tmp_path)
    text = verify(tmp_path / "pacts", "2.5", "--github")
    document = verify(tmp_path / "pacts", "2.5", "--github", "--format", "json")

    assert "::error file=pacts/pact.json,line=" in text.stdout
    assert json.loads(document.stdout)["verdict"] == "fail"
    assert "::error file=pacts/pact.json" in document.stderr
    assert (tmp_path / "summary.md").read_text().count("## Contracts of orders: fails") == 2


def test_a_waiver_of_the_configuration_lets_an_interaction_fail(tmp_path: Path) -> None:
    config = tmp_path / "shadowpact.toml"
    config.write_text(
        '[[waivers]]\ninteraction = "k2"\nwho = "Ana"\nwhy = "it moves"\nuntil = 2999-01-01\n'
    )
    result = verify(tmp_path / "pacts", "2.5", "--config", str(config))
    strict = verify(tmp_path / "pacts", "2.5", "--config", str(config), "--strict")

    assert result.exit_code == 0
    assert "waived by Ana until 2999-01-01: it moves" in result.stdout
    assert strict.exit_code == 1


def test_states_of_a_file_are_set_up(tmp_path: Path) -> None:
    (tmp_path / "states.py").write_text(
        "from shadowpact import provider_state\n\n"
        "@provider_state('an order exists')\n"
        "def an_order(params):\n    return {'id': 900 + params['n']}\n"
    )
    made = interaction(providerStates=[{"name": "an order exists", "params": {"n": 1}}])
    made["request"]["generators"] = {
        "path": {"type": "ProviderState", "expression": "/orders/${id}"}
    }
    write_pact(tmp_path, made)
    with provider(lambda _: json_reply({})) as server:
        arguments = ("--provider", "orders", "--url", server.url)
        result = run(str(tmp_path), *arguments, "--states", str(tmp_path / "states.py"))

    assert result.exit_code == 0
    assert [one.target for one in server.asked] == ["/orders/901"]


SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked", self.path, flush=True)
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_the_provider_is_started_waited_for_and_ended(tmp_path: Path) -> None:
    write_pact(tmp_path / "pacts", interaction("k1"))
    (tmp_path / "server.py").write_text(SERVER)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    start = f"{sys.executable} {tmp_path / 'server.py'} {port}"
    result = run(str(tmp_path / "pacts"), "--provider", "orders", "--url", url, "--start", start)

    assert result.exit_code == 0
    assert not is_open(port)


def test_a_provider_that_runs_already_is_not_taken_for_the_one_to_start(
    tmp_path: Path,
) -> None:
    marker = tmp_path / "started"
    with provider(lambda _: json_reply({})) as server:
        options = ("--url", server.url, "--start", f"touch {marker}; sleep 300")
        result = run(str(tmp_path), "--provider", "orders", *options)

    assert isinstance(result.exception, ShadowpactError)
    assert result.exception.exit_status == 4
    assert f"{server.url} answers already" in str(result.exception)
    assert not marker.exists()


def test_a_provider_that_does_not_start_is_told_with_what_it_printed(tmp_path: Path) -> None:
    write_pact(tmp_path, interaction("k1"))
    url = f"http://127.0.0.1:{free_port()}"
    start = "echo no database; exit 7"
    result = run(str(tmp_path), "--provider", "orders", "--url", url, "--start", start)

    assert isinstance(result.exception, ShadowpactError)
    assert result.exception.exit_status == 4
    assert "ended with status 7 before" in str(result.exception)
    assert "no database" in str(result.exception)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_what_it_started(tmp_path: Path, number: signal.Signals) -> None:
    write_pact(tmp_path / "pacts", interaction("k1"))
    pid_file = tmp_path / "pid"
    start = f"echo $$ > {pid_file}; sleep 300 & wait"
    command = [
        *(sys.executable, "-m", "shadowpact", "verify", str(tmp_path / "pacts")),
        *("--provider", "orders", "--url", f"http://127.0.0.1:{free_port()}", "--start", start),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: pid_file.exists() and bool(pid_file.read_text().strip()))
            started = int(pid_file.read_text())
            eventually(lambda: bool(children_of(started)))
            (sleeping,) = children_of(started)
            process.send_signal(number)
            status = process.wait(30)
        finally:
            process.kill()

    assert status != 0
    assert not is_alive(started)
    assert not is_alive(sleeping)
