from pathlib import Path

import pytest

from shadowpact.recording.segments import Position, segment_files, segment_path


def test_segments_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (100_000_000, 2, 10):
        segment_path(tmp_path, number).write_bytes(b"x" * number if number < 100 else b"")

    found = [(file.number, file.size_bytes) for file in segment_files(tmp_path)]
    assert found == [(2, 2), (10, 10), (100_000_000, 0)]


@pytest.mark.parametrize(
    "name", ["1.rec", "00000001.rec.gz", "00000001.recx", "x0000001.rec", "00000001.rec\n", "lock"]
)
def test_other_files_are_no_segments(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")

    assert segment_files(tmp_path) == ()


def test_no_folder_has_no_segments(tmp_path: Path) -> None:
    assert segment_files(tmp_path / "missing") == ()


def test_a_link_to_a_segment_that_is_gone_is_left_out(tmp_path: Path) -> None:
    segment_path(tmp_path, 1).symlink_to(tmp_path / "gone")

    assert segment_files(tmp_path) == ()


def test_positions_are_in_the_order_of_the_recording() -> None:
    positions = [Position(2, 0, 9), Position(1, 90, 8), Position(), Position(1, 20, 3)]

    assert sorted(positions) == [
        Position(),
        Position(1, 20, 3),
        Position(1, 90, 8),
        Position(2, 0, 9),
    ]
