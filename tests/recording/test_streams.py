"""The bytes of files, packed or not."""

import gzip
import hashlib
import zipfile
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


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return path


@pytest.mark.parametrize("size", [-1, 1000, 1 << 20])
def test_of_a_zip_file_the_recording_in_it_is_read(tmp_path: Path, size: int) -> None:
    alone = zipped(tmp_path / "alone", x_gor=CONTENT)
    beside = zipped(tmp_path / "beside", a_txt=b"a", x_HAR=CONTENT, b_txt=b"b")

    assert content(alone, size) == (CONTENT, False)
    assert content(beside, size) == (CONTENT, False)


def test_a_zip_file_that_does_not_say_what_to_read_is_refused(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "two", a_gor=b"a", b_gor=b"b")
    (tmp_path / "torn").write_bytes(whole.read_bytes()[:-9])

    with pytest.raises(RecordingError, match="two: is a zip file with 2 files"):
        FileStream(whole)
    with pytest.raises(RecordingError, match="torn: is a zip file that cannot be read"):
        FileStream(tmp_path / "torn")


def test_a_damaged_zip_file_ends_there(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "x", x_gor=CONTENT).read_bytes()
    (tmp_path / "x").write_bytes(whole[:600] + b"\xff" * 40 + whole[640:])

    found, is_torn = content(tmp_path / "x", 1000)

    assert is_torn
    assert len(found) < len(CONTENT)


def test_an_attachment_is_what_its_name_says(tmp_path: Path) -> None:
    name = hashlib.sha1(b"body", usedforsecurity=False).hexdigest()
    (tmp_path / f"{name}.json").write_bytes(b"body")
    (tmp_path / name).write_bytes(b"another body")
    (tmp_path / "x.har").write_bytes(b"{}")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("har.har", "{}")
        archive.writestr(f"{name}.json", "body")

    for path in (tmp_path / "x.har", tmp_path / "x.zip"):
        with FileStream(path) as stream:
            assert stream.attachment(f"{name}.json") == b"body"
            assert stream.attachment(name) is None
            assert stream.attachment("x.har") is None
            assert stream.attachment(f"../{tmp_path.name}/{name}.json") is None


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
