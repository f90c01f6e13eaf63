"""Replays for tests: through the command line in this process, or as a process of its own."""

import base64
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact import cli
from shadowpact.model.exchange import Exchange
from shadowpact.recording.writer import Writer
from support import build
from support.build import STARTED_US

KEY = bytes(range(64))


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to.

    Attributes:
        status: Exit status.
        document: What ``--format json`` printed.
        err: Standard error.
    """

    status: int
    document: dict[str, Any]
    err: str

    @property
    def evidence(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.document["evidence"]
        return found

    @property
    def how(self) -> str:
        return str(self.document["replay"]["how"])


def replay(capsys: pytest.CaptureFixture[str], *arguments: object) -> Replayed:
    """Run ``shadowpact replay`` here; whatever it came to, its counts add up."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["replay", *map(str, arguments), "--format", "json"])
    said = capsys.readouterr()
    assert said.out, said.err
    status = ended.value.code
    assert isinstance(status, int)
    found = Replayed(status=status, document=json.loads(said.out), err=said.err)
    adds_up(found.evidence)
    return found


def command(*arguments: object) -> list[str]:
    """The same for a process of its own."""
    options = (*map(str, arguments), "--format", "json")
    return [sys.executable, "-m", "shadowpact", "replay", *options]


def adds_up(evidence: Mapping[str, Any], read: int | None = None) -> None:
    """Exchanges read = compared + dropped + incomparable."""
    dropped, lost = sum(evidence["dropped"].values()), sum(evidence["incomparable"].values())

    assert evidence["exchanges"] == evidence["pairs"] + dropped + lost
    assert read is None or evidence["exchanges"] == read


def recorded(folder: Path, exchanges: Iterable[Exchange]) -> Path:
    """A recording of these exchanges."""
    writer = Writer(folder)
    for one in exchanges:
        writer.append(one)
    writer.close()
    return folder


def asked(
    number: int,
    *,
    of: Sequence[str] = ("c1",),
    every_s: float = 1.0,
    method: str = "GET",
    path: str = "/orders",
) -> Exchange:
    """The exchange of a number: its client by turns, and a second after the one before."""
    return build.exchange(
        build.request(method, f"{path}/{number}"),
        build.response({"id": 1}),
        started_us=STARTED_US + round(number * every_s * 1_000_000),
        client=of[number % len(of)],
    )


def keep_key(folder: Path) -> None:
    """Have the replays of a folder open what :data:`KEY` sealed."""
    file = folder / ".shadowpact" / "key"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(base64.b64encode(KEY).decode())
    file.chmod(0o600)
