import sys
from pathlib import Path

import pytest

from shadowpact.contracts.reset import reset_by
from shadowpact.contracts.states import StateError
from support.provider import Reply, provider


def test_a_url_gets_a_post() -> None:
    with provider(lambda _: Reply()) as server:
        reset_by(f"{server.url}/reset", timeout_s=5)()

    assert [(one.method, one.target) for one in server.asked] == [("POST", "/reset")]


def test_a_command_is_run_by_the_shell(tmp_path: Path) -> None:
    reset_by(f"echo 1 >> {tmp_path}/out && echo 2 >> {tmp_path}/out", timeout_s=5)()

    assert (tmp_path / "out").read_text() == "1\n2\n"


def test_why_it_failed_is_told() -> None:
    with provider(lambda _: Reply(status=500, body=b"locked")) as server:
        with pytest.raises(StateError, match=r"/reset answered 500 locked"):
            reset_by(f"{server.url}/reset", timeout_s=5)()
        with pytest.raises(StateError, match=r"cannot be asked"):
            reset_by("http://127.0.0.1:9/", timeout_s=5)()
    with pytest.raises(StateError, match=r"ended with status 3: no database"):
        reset_by("echo no database >&2; exit 3", timeout_s=5)()
    with pytest.raises(StateError, match=r"ended with status 3: \(it printed nothing\)"):
        reset_by("exit 3", timeout_s=5)()
    with pytest.raises(StateError, match=r"did not end within 0\.1 s"):
        reset_by(f"exec {sys.executable} -c 'import time; time.sleep(30)'", timeout_s=0.1)()
