"""Old recordings, and those of versions that are yet to come."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Exchange
from shadowpact.recording import frames, upgrades
from shadowpact.recording.frames import VERSION
from shadowpact.recording.upgrades import UPGRADES, exchange_decoder
from support.build import exchange
from support.imported import held
from support.recordings import number_of, numbered, record

CHECKED_IN = Path(__file__).resolve().parents[2] / "recordings"


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_recording_of_each_version_is_checked_in_and_read(version: int) -> None:
    found = held(CHECKED_IN / f"format-{version}.rec")

    assert found.exchanges
    assert found == held(CHECKED_IN / f"format-{version}.har")


def test_there_is_an_upgrade_from_each_older_version() -> None:
    assert set(UPGRADES) == set(range(1, VERSION))


def test_a_file_of_an_older_version_goes_through_all_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = record(tmp_path, map(numbered, range(3)))
    monkeypatch.setattr(frames, "VERSION", 3)
    monkeypatch.setattr(upgrades, "UPGRADES", {1: _with_client("old"), 2: _with_client("older")})

    found = held(file).exchanges

    assert [number_of(one) for one in found] == [0, 1, 2]
    assert {one.client for one in found} == {"older of old of c1"}


def test_a_payload_that_no_step_understands_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "VERSION", 2)
    decode = exchange_decoder(1, where="x", upgrades={1: _with_client("old")})

    def decoded(value: Any) -> Exchange | None:
        return decode(memoryview(msgspec.msgpack.encode(value)))

    assert decoded(exchange()) is not None
    assert [decoded(value) for value in (None, [], [1, 2], "text", {"a": 1})] == [None] * 5
    assert decode(memoryview(b"\xc1")) is None


def test_a_version_that_never_was_is_refused() -> None:
    with pytest.raises(RecordingError, match=r"x: recording format 0 is unknown .* reads 1 to 1"):
        exchange_decoder(0, where="x")


def _with_client(word: str) -> upgrades.Upgrade:
    """A step that changes the second field, as a step between two versions may."""

    def step(value: Any) -> Any:
        started_us, client, *rest = value
        return [started_us, f"{word} of {client}", *rest]

    return step
