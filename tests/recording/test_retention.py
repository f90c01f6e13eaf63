import os
import stat
from pathlib import Path

import pytest

from shadowpact.recording.retention import (
    FILE,
    mark_unfinished_from,
    remove_finished,
    unfinished_bytes,
    unfinished_from,
)
from shadowpact.recording.segments import segment_files, segment_path
from shadowpact.recording.settings import RecordingSettings

NOW_S = 1_000_000
DAY_S = 24 * 3600


def folder_with(folder: Path, ages_s: dict[int, int], size: int = 100) -> Path:
    for number, age_s in ages_s.items():
        path = segment_path(folder, number)
        path.write_bytes(b"x" * size)
        os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    return folder


def removed(folder: Path, *, max_bytes: int = 10_000, max_age_s: int = 0) -> set[int]:
    before = {file.number for file in segment_files(folder)}
    settings = RecordingSettings(max_bytes=max_bytes, max_age_s=max_age_s)
    count = remove_finished(folder, settings, now_us=NOW_S * 1_000_000)
    gone = before - {file.number for file in segment_files(folder)}

    assert count == len(gone)
    return gone


def test_what_the_worker_said_is_read_back(tmp_path: Path) -> None:
    mark_unfinished_from(tmp_path, 7)
    mark_unfinished_from(tmp_path, 12)

    assert unfinished_from(tmp_path) == 12
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "seven", "7.5"])
def test_as_long_as_nobody_said_so_all_is_needed(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)

    assert unfinished_from(tmp_path) == 0


def test_the_backlog_is_what_is_needed_still(tmp_path: Path) -> None:
    folder_with(tmp_path, dict.fromkeys(range(1, 6), 0))

    assert unfinished_bytes(tmp_path) == 500
    mark_unfinished_from(tmp_path, 4)
    assert unfinished_bytes(tmp_path) == 200


def test_the_oldest_finished_segments_go_until_the_size_fits(tmp_path: Path) -> None:
    folder_with(tmp_path, dict.fromkeys(range(1, 6), 0))
    mark_unfinished_from(tmp_path, 5)

    assert removed(tmp_path, max_bytes=250) == {1, 2, 3}


def test_old_finished_segments_go_whatever_the_size(tmp_path: Path) -> None:
    folder_with(tmp_path, {1: 9 * DAY_S, 2: 8 * DAY_S, 3: 6 * DAY_S, 4: 0})
    mark_unfinished_from(tmp_path, 4)

    assert removed(tmp_path, max_age_s=7 * DAY_S) == {1, 2}


def test_without_a_limit_of_age_nothing_is_too_old(tmp_path: Path) -> None:
    folder_with(tmp_path, {1: 900 * DAY_S, 2: 0})
    mark_unfinished_from(tmp_path, 2)

    assert removed(tmp_path, max_age_s=0) == set()


def test_what_is_not_finished_stays_however_large_and_old(tmp_path: Path) -> None:
    folder_with(tmp_path, dict.fromkeys(range(1, 6), 90 * DAY_S))
    mark_unfinished_from(tmp_path, 3)

    assert removed(tmp_path, max_bytes=0, max_age_s=1) == {1, 2}


def test_nothing_goes_before_a_worker_said_what_it_needs(tmp_path: Path) -> None:
    folder_with(tmp_path, dict.fromkeys(range(1, 4), 90 * DAY_S))

    assert removed(tmp_path, max_bytes=0, max_age_s=1) == set()


def test_the_newest_segment_stays_even_when_it_is_finished(tmp_path: Path) -> None:
    folder_with(tmp_path, {1: 90 * DAY_S, 2: 90 * DAY_S})
    mark_unfinished_from(tmp_path, 99)

    assert removed(tmp_path, max_bytes=0, max_age_s=1) == {1}


def test_no_folder_needs_no_retention(tmp_path: Path) -> None:
    assert removed(tmp_path / "missing") == set()
