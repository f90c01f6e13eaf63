import sys
from pathlib import Path

import pytest

from shadowpact.contracts.started import StartError, started, wait_until_ready
from support.processes import children_of, eventually, is_alive
from support.provider import Reply, provider
from support.servers import free_port, is_open

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404); self.end_headers()
print("up", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_it_is_there_in_the_block_and_gone_after_it_with_all_it_started(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    port = free_port()
    command = f"sleep 300 & {sys.executable} {tmp_path / 'server.py'} {port}"
    with started(command, ready=f"http://127.0.0.1:{port}/", timeout_s=30) as running:
        pids = [running.pid, *children_of(running.pid)]
        was_open, said = is_open(port), running.tail()

    assert was_open
    assert said.startswith("  up\n")
    assert len(pids) == 3
    assert not is_open(port)
    assert not [pid for pid in pids if is_alive(pid)]


def test_an_error_in_the_block_ends_it_too(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(SERVER)
    port = free_port()
    command = f"{sys.executable} {tmp_path / 'server.py'} {port}"
    with (
        pytest.raises(KeyError),
        started(command, ready=f"http://127.0.0.1:{port}/", timeout_s=30),
    ):
        raise KeyError

    assert not is_open(port)


def test_one_that_ignores_being_asked_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadowpact.contracts.started._STOP_S", 0.3)
    pid_file = tmp_path / "pid"
    command = f"trap '' TERM; echo $$ > {pid_file}; while true; do sleep 0.05; done"
    with provider(lambda _: Reply()) as server, started(command, ready=server.url, timeout_s=5):
        eventually(lambda: pid_file.exists() and bool(pid_file.read_text().strip()))

    assert not is_alive(int(pid_file.read_text()))


def test_one_that_ends_early_is_told_with_its_output() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with (
        pytest.raises(StartError, match="ended with status 3 before") as caught,
        started("echo port taken; exit 3", ready=url, timeout_s=30),
    ):
        pass

    assert str(caught.value).endswith("It printed:\n  port taken")


def test_one_that_is_not_ready_in_time_is_told() -> None:
    with (
        provider(lambda _: Reply(status=503)) as server,
        pytest.raises(StartError, match=r"was not ready within 0\.2 s: .* answers 503"),
        started("sleep 300", ready=server.url, timeout_s=0.2),
    ):
        pass


def test_a_provider_of_somebody_elses_is_waited_for() -> None:
    statuses = iter((503, 503, 200))
    with provider(lambda _: Reply(status=next(statuses))) as server:
        wait_until_ready(server.url, timeout_s=30)

    assert len(server.asked) == 3
    with pytest.raises(StartError, match="--ready: not ready within"):
        wait_until_ready(f"http://127.0.0.1:{free_port()}", timeout_s=0.1)
