"""What Pact's own broker client does for us: publish, record a deployment, can-i-deploy.

The client is the ``pact`` program of pact-python-cli. Its exit status cannot be relied on (with
``--output json``, can-i-deploy ends with 0 whatever the answer), nor can its words; so the broker
is asked for its front page first, which tells a broker that is away or refuses us from one that
says no, and answers are read from the JSON.
"""

import json
import os
import re
import shutil
import subprocess  # Pact's own client: no shell, credentials in its environment
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from shadowpact.contracts.broker.access import Access
from shadowpact.contracts.broker.connection import Broker, BrokerError, refusal
from shadowpact.errors import ShadowpactError, UsageError

_TIMEOUT_S: Final = 300.0
_MARKS = re.compile(r"[\N{CROSS MARK}\N{HEAVY CHECK MARK}\N{WHITE HEAVY CHECK MARK}]\s*")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_STATUS = re.compile(r"failed: (?P<status>[45]\d\d)\b")
_SHOWN_CHARACTERS: Final = 500

type Deployable = Literal["yes", "no", "unknown"]


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a version may be deployed.

    Attributes:
        answer: ``unknown`` where verifications are missing.
        reason: In the broker's words.
        rows: (consumer, its version, provider, its version, outcome) of each pact that counts.
    """

    answer: Deployable
    reason: str
    rows: tuple[tuple[str, str, str, str, str], ...] = ()


def publish(
    broker: Broker,
    pacts: Sequence[Path],
    *,
    version: str,
    branch: str | None = None,
    tags: Sequence[str] = (),
    build_url: str | None = None,
) -> tuple[str, ...]:
    """Publish pacts as a consumer version's; several files of one pair become one pact.

    Returns:
        What the broker has to say about it.

    Raises:
        UsageError: It refuses, or has other content under this version; or the tool is missing.
        BrokerError: It cannot be reached, or does not work.
    """
    broker.index()
    arguments = ["publish", *map(str, pacts)]
    arguments += ["--consumer-app-version", version]
    arguments += ["--branch", branch] if branch else []
    arguments += [f"--tag={','.join(tags)}"] if tags else []
    arguments += ["--build-url", build_url] if build_url else []
    told = _run(broker.access, arguments)
    notices = [one for document in _documents(told) for one in document.get("notices") or ()]
    return tuple(str(one["text"]) for one in notices if isinstance(one, dict) and one.get("text"))


def record_deployment(
    broker: Broker, *, pacticipant: str, version: str, environment: str, instance: str | None = None
) -> None:
    """Record that a version runs in an environment.

    Raises:
        UsageError: The broker knows no such version or environment, or the tool is missing.
        BrokerError: It cannot be reached, or does not work.
    """
    broker.index()
    arguments = ["record-deployment", "--pacticipant", pacticipant, "--version", version]
    arguments += ["--environment", environment]
    arguments += ["--application-instance", instance] if instance else []
    _run(broker.access, arguments)


def can_i_deploy(broker: Broker, *, pacticipant: str, version: str, environment: str) -> Deployment:
    """Ask whether a version may go to an environment.

    Raises:
        UsageError: The broker does not know the pacticipant, or the tool is missing.
        BrokerError: It cannot be reached, or does not work.
    """
    broker.index()
    arguments = ["can-i-deploy", "--pacticipant", pacticipant, "--version", version]
    told = _run(broker.access, [*arguments, "--to-environment", environment])
    found = next((d for d in _documents(told) if isinstance(d.get("summary"), dict)), None)
    if found is None:
        raise BrokerError(f"no answer to can-i-deploy could be read: {_short(told)}")
    summary = found["summary"]
    answers: dict[Any, Deployable] = {True: "yes", False: "no"}
    return Deployment(
        answer=answers.get(summary.get("deployable"), "unknown"),
        reason=str(summary.get("reason") or ""),
        rows=tuple(_row(row) for row in found.get("matrix") or ()),
    )


def _row(row: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    parties = [row.get("consumer") or {}, row.get("provider") or {}]
    named = [
        text
        for party in parties
        for text in (
            str(party.get("name", "")),
            str((party.get("version") or {}).get("number", "")),
        )
    ]
    outcomes: dict[Any, str] = {True: "verified", False: "failed"}
    success = (row.get("verificationResult") or {}).get("success")
    outcome = outcomes.get(success, "not verified")
    return named[0], named[1], named[2], named[3], outcome


def program() -> str:
    """Where Pact's client is: beside our own Python, else on the path.

    Raises:
        UsageError: It is not installed.
    """
    found = shutil.which("pact", path=sysconfig.get_path("scripts")) or shutil.which("pact")
    if found is None:
        raise UsageError(
            "this needs Pact's command line, which is an extra: pip install 'shadowpact[broker]'"
        )
    return found


def _run(access: Access, arguments: Sequence[str]) -> str:
    try:
        ended = subprocess.run(  # noqa: S603 - no shell
            [program(), "broker", *arguments, "--output", "json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(access),
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BrokerError(f"pact broker {arguments[0]} did not end in {_TIMEOUT_S:g} s") from error
    text = access.hidden(_ANSI.sub("", f"{ended.stdout}\n{ended.stderr}"))
    if ended.returncode != 0:
        raise _failure(access, arguments[0], text)
    return text


def _environment(access: Access) -> dict[str, str]:
    """Ours, with the broker and nothing else of it: what we were told wins."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("PACT_BROKER_")}
    return {**kept, **access.environment(), "PACT_DO_NOT_TRACK": "true", "NO_COLOR": "1"}


def _failure(access: Access, command: str, text: str) -> ShadowpactError:
    if status := _STATUS.search(text):
        return refusal(access, int(status["status"]), f"pact broker {command}", _short(text))
    if "Cannot change the content" in text:
        return UsageError(
            f"the broker at {access.url} has something else under this version: {_short(text)} "
            "A version's pacts never change; publish under a new version"
        )
    return UsageError(f"the broker at {access.url} refuses: {_short(text)}")


def _short(text: str) -> str:
    """The lines that say something, once each."""
    lines = dict.fromkeys(_MARKS.sub("", line).strip() for line in text.splitlines())
    said = [line for line in lines if line and not line.endswith(("failed:", "Details:"))]
    told = [line for line in said if "Attempting to publish" not in line]
    return " ".join(told)[:_SHOWN_CHARACTERS]


def _documents(text: str) -> list[dict[str, Any]]:
    found = []
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return [document for document in found if isinstance(document, dict)]
