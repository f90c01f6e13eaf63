import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from shadowpact.credentials.command import output
from shadowpact.errors import CredentialError
from support.servers import is_running

SECRET = "open-sesame"


async def run(script: str, *arguments: str, timeout_ms: int = 30_000, **environ: str) -> str:
    command = (sys.executable, "-c", script, *arguments)
    return await output(command, environ={**os.environ, **environ}, timeout_ms=timeout_ms)


async def test_its_output_is_taken_without_white_space_around_it() -> None:
    assert await run("print('  a token \\r')") == "a token"


async def test_it_has_the_environment_that_is_given_and_no_shell() -> None:
    script = "import os, sys; print(os.environ['NAME'] + sys.argv[1])"

    assert await run(script, "$NAME;", NAME="x") == "x$NAME;"


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("import sys; print('secret'); sys.exit('no\\nmore')", "ended with status 1: no"),
        ("import sys; sys.exit(3)", "ended with status 3"),
        ("import os; os.kill(os.getpid(), 15)", "was ended by signal 15"),
        ("pass", "printed nothing"),
        ("print('a'); print('b')", "printed more than one line, expected the credential alone"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "printed something that is not UTF-8"),
    ],
)
async def test_what_went_wrong_is_said(script: str, problem: str) -> None:
    with pytest.raises(CredentialError) as raised:
        await run(script)

    assert str(raised.value) == f"command {sys.executable!r} {problem}"


async def test_a_secret_is_in_no_error() -> None:
    script = f"import sys; print('{SECRET}'); sys.exit('cannot use {SECRET}')"
    with pytest.raises(CredentialError) as raised:
        await run(script, SECRET)

    assert str(raised.value).endswith("status 1: cannot use [redacted]")


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (("/no/such/program",), "cannot be run: No such file or directory"),
        (("x", "\0"), "cannot be run: an argument has a NUL in it"),
    ],
)
async def test_a_program_that_cannot_be_run_is_named(
    command: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(CredentialError, match=problem) as raised:
        await output(command, environ={}, timeout_ms=1000)

    assert repr(command[0]) in str(raised.value)


def pid_in(file: Path) -> int:
    """0 until something is written there."""
    return int(file.read_text() or 0) if file.exists() else 0


async def wait_for_pid(file: Path) -> int:
    while not pid_in(file):  # noqa: ASYNC110  another process writes it
        await asyncio.sleep(0.02)
    return pid_in(file)


async def is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < deadline:  # noqa: ASYNC110  nobody tells
        await asyncio.sleep(0.02)
    return not is_running(pid)


async def test_one_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open(sys.argv[1], 'w').write(str(child.pid))\n"
        "time.sleep(600)"
    )
    with pytest.raises(CredentialError, match="did not end within 2000 ms"):
        await run(script, str(tmp_path / "pid"), timeout_ms=2000)

    assert await is_gone(await wait_for_pid(tmp_path / "pid"))


async def test_one_that_is_not_waited_for_any_more_is_ended(tmp_path: Path) -> None:
    script = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    task = asyncio.ensure_future(run(script, str(tmp_path / "pid")))
    pid = await wait_for_pid(tmp_path / "pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await is_gone(pid)
