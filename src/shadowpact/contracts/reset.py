"""The hook that brings the provider's data to where it began: a URL or a command."""

import subprocess  # the user's own command
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Final

from shadowpact.contracts.states import StateError

_SHOWN_CHARACTERS: Final = 200
_SHOWN_LINES: Final = 3


def reset_by(hook: str, *, timeout_s: float) -> Callable[[], None]:
    """What runs before each interaction.

    Args:
        hook: A URL, which gets a POST; anything else is a command for the shell.
        timeout_s: For one call.
    """
    if hook.startswith(("http://", "https://")):
        return lambda: _post(hook, timeout_s)
    return lambda: _run(hook, timeout_s)


def _post(url: str, timeout_s: float) -> None:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, data=b"", method="POST"), timeout=timeout_s
        ) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        text = error.read().decode("utf-8", "replace")[:_SHOWN_CHARACTERS]
        raise StateError(f"reset: {url} answered {error.code} {text}".strip()) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise StateError(f"reset: {url} cannot be asked: {reason}") from error


def _run(command: str, timeout_s: float) -> None:
    try:
        done = subprocess.run(  # noqa: S602 - the user's own command, as they would type it
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StateError(f"reset: {command!r} did not end within {timeout_s:g} s") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        last = " | ".join(said[-_SHOWN_LINES:]) or "(it printed nothing)"
        raise StateError(f"reset: {command!r} ended with status {done.returncode}: {last}")
