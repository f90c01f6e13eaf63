"""The bytes of files, packed or not."""

import gzip
from pathlib import Path

import pytest

from shadowpact.errors import RecordingError
from shadowpact.recording.streams import FileStream

CONTENT = bytes(range(256)) * 2000


def content(path: Path, size: int = -1) -> tuple[bytes, bool]:
    parts = []
    with FileStream(path) as stream:
        while part := stream.read(size):
            parts.append(part)
        return b"".join(parts), stream.is_torn


@pytest.mark.parametrize("size", [-1, 1000, 1 << 20])
def test_a_packed_file_is_unpacked(tmp_path: Path, size: int) -> None:
    (tmp_path / "plain").write_bytes(CONTENT)
    halves = gzip.compress(CONTENT[:1000]) + gzip.compress(CONTENT[1000:])
    (tmp_path / "packed").write_bytes(halves)

    assert content(tmp_path / "plain", size) == (CONTENT, False)
    assert content(tmp_path / "packed", size) == (CONTENT, False)


def test_a_torn_or_damaged_packed_file_ends_there(tmp_path: Path) -> None:
    packed = gzip.compress(CONTENT)
    (tmp_path / "torn").write_bytes(packed[:-400])
    (tmp_path / "damaged").write_bytes(packed[:600] + b"\xff" * 40 + packed[640:])

    torn, is_torn = content(tmp_path / "torn")
    damaged, is_damaged = content(tmp_path / "damaged", 1000)

    assert (is_torn, is_damaged) == (True, True)
    assert CONTENT.startswith(torn)
    assert len(damaged) < len(CONTENT)


def test_the_position_is_that_on_the_disk(tmp_path: Path) -> None:
    packed = gzip.compress(CONTENT)
    (tmp_path / "x").write_bytes(packed)

    with FileStream(tmp_path / "x") as stream:
        stream.read()

        assert stream.position == len(packed)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="x: cannot be read: No such file"):
        FileStream(tmp_path / "x")
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        FileStream(tmp_path)
