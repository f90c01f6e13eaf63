import errno
import os
import stat
from pathlib import Path

import pytest

from shadowpact.recording.losses import FILE, SIZE_BYTES, LossCounter, Losses, read_losses


def opened(folder: Path) -> LossCounter:
    counter = LossCounter(folder)
    counter.open()
    return counter


def test_losses_are_counted_by_reason_and_seen_at_once(tmp_path: Path) -> None:
    counter = opened(tmp_path)
    counter.drop("disk-full")
    counter.drop("backlog-full")
    counter.drop("disk-full")
    counter.hook_error()

    expected = Losses(dropped={"backlog-full": 1, "disk-full": 2}, hook_errors=1)
    assert read_losses(tmp_path) == expected
    assert counter.total() == 4
    counter.close()


def test_counting_goes_on_over_restarts(tmp_path: Path) -> None:
    for _ in range(3):
        counter = opened(tmp_path)
        counter.drop("disk-full")
        counter.hook_error()
        counter.close()

    assert read_losses(tmp_path) == Losses(dropped={"disk-full": 3}, hook_errors=3)


def test_what_was_counted_before_the_file_could_be_opened_is_added(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    counter = LossCounter(folder)
    counter.drop("unwritable")
    with pytest.raises(OSError, match="No such file"):
        counter.open()
    folder.mkdir()
    earlier = opened(folder)
    earlier.drop("unwritable")
    earlier.close()

    counter.open()

    assert read_losses(folder).dropped == {"unwritable": 2}
    counter.close()


def test_opening_twice_counts_once(tmp_path: Path) -> None:
    counter = opened(tmp_path)
    counter.drop("disk-full")
    counter.open()
    counter.close()
    counter.open()
    counter.close()

    assert read_losses(tmp_path).dropped == {"disk-full": 1}


def test_a_disk_that_was_full_at_the_start_is_tried_again_with_the_next_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    counter = LossCounter(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(OSError, match="No space"):
            counter.open()
        counter.drop("disk-full")
    counter.drop("disk-full")

    assert read_losses(tmp_path).dropped == {"disk-full": 2}
    counter.close()


def test_nothing_is_written_before_the_counter_was_opened(tmp_path: Path) -> None:
    LossCounter(tmp_path).drop("unwritable")

    assert list(tmp_path.iterdir()) == []


def test_the_file_never_grows_so_it_needs_no_room_on_a_full_disk(tmp_path: Path) -> None:
    counter = opened(tmp_path)
    size_before = (tmp_path / FILE).stat().st_size
    for _ in range(100):
        counter.drop("disk-full")
    counter.close()

    assert size_before == (tmp_path / FILE).stat().st_size == SIZE_BYTES


def test_the_file_is_private(tmp_path: Path) -> None:
    opened(tmp_path).close()

    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b'{"dropped": {"x":', b"[]"])
def test_a_damaged_file_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)

    assert read_losses(tmp_path) == Losses()


def test_without_a_file_nothing_was_lost(tmp_path: Path) -> None:
    assert read_losses(tmp_path) == Losses()
