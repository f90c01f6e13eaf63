import os
import sys
import time
from pathlib import Path

import pytest

from shadowpact.demo.processes import Child, ProcessError, tail
from support.servers import free_port, is_open, is_running, serving_at

READY_THEN_WAIT = "print('ready on http://here', flush=True); import time; time.sleep(60)"


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_what_the_log_says_tells_when_and_where_it_serves(tmp_path: Path) -> None:
    with Child("server", python(READY_THEN_WAIT), log=tmp_path / "log") as child:
        url = child.wait_for(r"ready on (\S+)")

        assert url == "http://here"


def test_it_is_ended_by_its_pid_when_the_block_ends(tmp_path: Path) -> None:
    with Child("server", python(READY_THEN_WAIT), log=tmp_path / "log") as child:
        child.wait_for(r"(ready)")
        pid = child.pid

        assert is_running(pid)

    assert not is_running(pid)


def test_it_is_ended_when_the_block_raises(tmp_path: Path) -> None:
    child = Child("server", python(READY_THEN_WAIT), log=tmp_path / "log")

    with pytest.raises(KeyboardInterrupt), child:
        raise KeyboardInterrupt

    assert not is_running(child.pid)


def test_one_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY_THEN_WAIT
    child = Child("deaf", python(deaf), log=tmp_path / "log")
    child.wait_for(r"(ready)")

    assert child.stop(within_s=0.2) == -9
    assert not is_running(child.pid)


def test_what_it_started_itself_ends_with_it(tmp_path: Path) -> None:
    parent = (
        "import subprocess, sys; "
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        "print('started', p.pid, flush=True); p.wait()"
    )
    with Child("parent", python(parent), log=tmp_path / "log") as child:
        grandchild = int(child.wait_for(r"started (\d+)"))

    deadline = time.monotonic() + 60  # init collects it, which takes a moment
    while is_running(grandchild) and not is_zombie(grandchild):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_zombie(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_one_that_ends_before_it_is_ready_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = python("import sys; print('no such colour'); sys.exit(3)")

    with (
        Child("painter", command, log=tmp_path / "log") as child,
        pytest.raises(ProcessError) as error,
    ):
        child.wait_for(r"(ready)")

    assert "painter ended with status 3 before it was ready" in str(error.value)
    assert "no such colour" in str(error.value)
    assert error.value.exit_status == 4


def test_one_that_is_never_ready_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with (
        Child("sleeper", python("import time; time.sleep(60)"), log=tmp_path / "log") as child,
        pytest.raises(ProcessError, match=r"sleeper was not ready within 0\.1 s"),
    ):
        child.wait_for(r"(ready)", within_s=0.1)


def test_checking_says_when_it_has_gone(tmp_path: Path) -> None:
    with (
        Child("short", python("print('bye')"), log=tmp_path / "log") as child,
        pytest.raises(ProcessError, match="short ended with status 0"),
    ):
        child.check(within_s=30)


def test_checking_one_that_runs_is_silent(tmp_path: Path) -> None:
    with Child("server", python(READY_THEN_WAIT), log=tmp_path / "log") as child:
        child.check()

        assert is_running(child.pid)


def test_stopping_twice_gives_the_same_status(tmp_path: Path) -> None:
    child = Child("server", python(READY_THEN_WAIT), log=tmp_path / "log")

    assert child.stop() == child.stop()


def test_it_gets_the_folder_and_environment_it_was_given(tmp_path: Path) -> None:
    code = "import os; print('in', os.getcwd(), os.environ['COLOUR'], flush=True)"
    with Child(
        "child", python(code), log=tmp_path / "log", cwd=tmp_path, environment={"COLOUR": "red"}
    ) as child:
        said = child.wait_for(r"in (.*)\n")

    assert said == f"{os.path.realpath(tmp_path)} red"


def test_a_tail_is_the_last_lines_or_says_that_there_are_none() -> None:
    assert tail("one\ntwo\nthree\n", lines=2) == "  two\n  three"
    assert tail("") == "  (it printed nothing)"


def test_a_server_that_says_nothing_is_waited_for_by_its_port(tmp_path: Path) -> None:
    port = free_port()
    command = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port))

    with serving_at("silent", command, folder=tmp_path, port=port):
        assert is_open(port)
    assert not is_open(port)
