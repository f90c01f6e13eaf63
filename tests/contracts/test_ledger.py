from pathlib import Path

import pytest

from shadowpact.contracts.ledger import Entry, Ledger, read_ledger, write_ledger
from shadowpact.errors import UsageError


def test_what_is_written_is_read_again_sorted_and_without_what_says_nothing(tmp_path: Path) -> None:
    entries = [
        Entry(key="b", passes=2),
        Entry(key="a", promoted="2026-05-04"),
        Entry(key="c"),
    ]
    write_ledger(tmp_path, Ledger(entries={one.key: one for one in entries}))
    ledger = read_ledger(tmp_path)

    assert (tmp_path / "ratchet.jsonl").read_text().splitlines() == [
        '{"key":"a","promoted":"2026-05-04"}',
        '{"key":"b","passes":2}',
    ]
    assert (ledger.passes("b"), ledger.passes("c")) == (2, 0)
    assert ledger.promoted == {"a": "2026-05-04"}


def test_nothing_to_say_makes_no_file(tmp_path: Path) -> None:
    write_ledger(tmp_path, Ledger(entries={"c": Entry(key="c")}))

    assert read_ledger(tmp_path) == Ledger()
    assert not list(tmp_path.iterdir())


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ratchet.jsonl").write_text('{"key": "a"}\n{"passes": 1}\n')

    with pytest.raises(UsageError, match=r"ratchet\.jsonl:2"):
        read_ledger(tmp_path)
