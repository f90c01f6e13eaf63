"""Reading recordings for the commands on them."""

from pathlib import Path

import pytest

from shadowpact.errors import UsageError
from shadowpact.model.exchange import Cut, Failure
from shadowpact.recordings_reading import Reading, counts, kind_of, size_of
from support.build import exchange, response
from support.recordings import damage_payload, numbered, record


def test_counts_say_how_many_and_why() -> None:
    assert counts({}) == "0"
    assert counts({"damaged": 1, "no request": 2}) == "3 (damaged 1, no request 2)"


def test_every_entry_is_an_exchange_or_has_a_reason(tmp_path: Path) -> None:
    cut = Cut(reason="over-cap", length_bytes=9, sha256=b"")
    exchanges = [
        *map(numbered, range(3)),
        exchange(answered=Failure(kind="refused")),
        exchange(answered=response(cut=cut)),
    ]
    (file,) = record(tmp_path, exchanges)
    damage_payload(file, 1)
    reading = Reading(tmp_path)

    assert len(list(reading.read())) == reading.exchanges == 4
    assert reading.skipped == {"damaged": 1}
    assert (reading.unanswered, reading.cut_bodies) == ({"refused": 1}, {"over-cap": 1})


def test_it_tells_how_much_of_all_segments_is_read(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(1001)), segment_bytes=20_000)
    told: list[int] = []

    list(Reading(tmp_path, told.append).read())

    assert all(one > 0 for one in told)
    assert 0.9 * size_of(tmp_path) < sum(told) <= size_of(tmp_path)


def test_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1234")

    assert (size_of(tmp_path / "x"), size_of(tmp_path / "gone")) == (4, 0)
    assert (kind_of(tmp_path), kind_of(tmp_path / "x")) == ("folder", "unknown")
    with pytest.raises(UsageError, match="gone: no such recording"):
        kind_of(tmp_path / "gone")
    with pytest.raises(UsageError, match="gone: no such recording"):
        list(Reading(tmp_path / "gone").read())
