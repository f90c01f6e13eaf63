"""Making a recording fit to be committed, from file to file."""

from pathlib import Path
from typing import Any

import pytest

from shadowpact.errors import UsageError
from shadowpact.recordings_redact import Redacted, redact
from shadowpact.secrets import Sealer
from shadowpact.secrets.settings import RedactSettings
from support.build import exchange, request, response
from support.imported import held
from support.planted import PERSONAL, SECRETS, leaks, traffic
from support.recordings import damage_payload, numbered, record

SEALER = Sealer(bytes(range(64)))
OTHERS = Sealer(bytes(range(64, 128)))
SETTINGS = RedactSettings(paths=("$..person.name",), query=("q",))


def redacted(source: Path, out: Path, *, key: bytes = b"made up", **settings: Any) -> Redacted:
    known = RedactSettings(**settings) if settings else SETTINGS
    return redact(source, out, sealer=SEALER, key=key, settings=known)


@pytest.mark.parametrize("name", ["folder", "x.rec", "x.har", "x.mitm"])
def test_the_same_input_and_key_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    record(tmp_path / "a", [SEALER.seal(one) for one in traffic()])
    for folder in ("one", "two"):
        redacted(tmp_path / "a", tmp_path / folder / name)
    files = [
        [file.read_bytes() for file in sorted((tmp_path / folder).rglob("*")) if file.is_file()]
        for folder in ("one", "two")
    ]

    assert files[0] == files[1]
    assert leaks(tmp_path / "one", SECRETS | PERSONAL) == {}


def test_a_recording_keeps_order_times_and_count(tmp_path: Path) -> None:
    record(tmp_path / "a", traffic())
    done = redacted(tmp_path / "a", tmp_path / "b.har")
    kept = held(tmp_path / "b.har").exchanges

    assert [one.started_us for one in kept] == [one.started_us for one in traffic()]
    assert [one.request.method for one in kept] == [one.request.method for one in traffic()]
    assert (done.exchanges, done.removed, done.left_alone) == (len(traffic()), {}, {})


def test_another_key_gives_other_pseudonyms(tmp_path: Path) -> None:
    record(tmp_path / "a", traffic())
    redacted(tmp_path / "a", tmp_path / "b.har")
    redacted(tmp_path / "a", tmp_path / "c.har", key=b"another")

    assert (tmp_path / "b.har").read_bytes() != (tmp_path / "c.har").read_bytes()


def test_what_cannot_be_opened_is_taken_out_and_said(tmp_path: Path) -> None:
    sealed = OTHERS.seal(
        exchange(request(target="/?token=made-up-1"), response({"token": "made-up-1"}))
    )
    record(tmp_path / "a", [sealed, numbered(1)])
    done = redacted(tmp_path / "a", tmp_path / "b")

    assert held(tmp_path / "b").exchanges == (numbered(1),)
    assert done.removed == {"exchange sealed with another key": 1}
    assert b"sealed:v1" not in b"".join(p.read_bytes() for p in (tmp_path / "b").rglob("*.rec"))


def test_damage_is_counted(tmp_path: Path) -> None:
    (segment,) = record(tmp_path / "a", [numbered(n) for n in range(5)])
    damage_payload(segment, 2)

    assert redacted(tmp_path / "a", tmp_path / "b").skipped == {"damaged": 1}


def test_a_recording_is_not_written_over_itself(tmp_path: Path) -> None:
    record(tmp_path / "a", [numbered(1)])

    with pytest.raises(UsageError, match="is what is read"):
        redacted(tmp_path / "a", tmp_path / "a")
