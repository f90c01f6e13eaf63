"""A command whose standard output is a secret."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Mapping, Sequence

from shadowpact.errors import CredentialError

_LONGEST_REASON = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


async def output(command: Sequence[str], *, environ: Mapping[str, str], timeout_ms: int) -> str:
    """What a command prints, without white space around it.

    Args:
        command: Program and arguments; only the program is named in errors.
        environ: Of the command.
        timeout_ms: After it the command and what it started are killed.

    Raises:
        CredentialError: It cannot be run, took too long, failed, or printed nothing or more than
            one line.
    """
    name = f"command {command[0]!r}"
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # so that its children end with it
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "an argument has a NUL in it"
        raise CredentialError(f"{name} cannot be run: {reason}") from None
    try:
        stdout, stderr = await asyncio.wait_for(process.communicate(), timeout_ms / 1000)
    except (TimeoutError, asyncio.CancelledError) as error:
        await _kill(process)
        if isinstance(error, asyncio.CancelledError):
            raise
        raise CredentialError(f"{name} did not end within {timeout_ms} ms") from None
    return _checked(name, process.returncode or 0, stdout, stderr)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End it and what it started, which may outlive it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _checked(name: str, status: int, stdout: bytes, stderr: bytes) -> str:
    """The output of a command that ended.

    Raises:
        CredentialError: It failed, or there is no single line.
    """
    try:
        text = stdout.decode().strip()
    except UnicodeDecodeError:
        raise CredentialError(f"{name} printed something that is not UTF-8") from None
    if status != 0:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        reason = _first_line(stderr, hide=text)
        raise CredentialError(f"{name} {how}{': ' if reason else ''}{reason}")
    if not text:
        raise CredentialError(f"{name} printed nothing")
    if _CONTROL.search(text):
        raise CredentialError(f"{name} printed more than one line, expected the credential alone")
    return text


def _first_line(stderr: bytes, *, hide: str) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    line = _CONTROL.sub(" ", lines[0]) if lines else ""
    if hide:
        line = line.replace(hide, "[redacted]")
    return line[:_LONGEST_REASON]
