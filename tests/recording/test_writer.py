import errno
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from shadowpact.errors import RecordingError
from shadowpact.recording import writer as writer_module
from shadowpact.recording.frames import MAX_FRAME_BYTES, decode_preamble
from shadowpact.recording.reader import read
from shadowpact.recording.retention import mark_unfinished_from
from shadowpact.recording.segments import segment_files
from shadowpact.recording.writer import LOCK_FILE, BacklogFullError, Writer
from support.recordings import frame_ends, number_of, numbered, record, writer


def numbers(folder: Path) -> list[int | None]:
    return [number_of(one.exchange) for one in read(folder)]


def append_numbers(into: Writer, wanted: range, *, padding: int = 0) -> int:
    """Append until one is refused; how many were."""
    for count, number in enumerate(wanted):
        try:
            into.append(numbered(number, padding=padding))
        except BacklogFullError:
            return count
    return len(wanted)


def test_what_is_appended_is_read_back_in_order(tmp_path: Path) -> None:
    record(tmp_path / "rec", map(numbered, range(100)))

    found = list(read(tmp_path / "rec"))
    assert [one.exchange for one in found] == [numbered(n) for n in range(100)]
    assert [one.sequence for one in found] == list(range(100))


def test_an_appended_exchange_is_there_before_the_writer_is_closed(tmp_path: Path) -> None:
    into = writer(tmp_path)
    into.append(numbered(1))

    assert numbers(tmp_path) == [1]
    into.close()


def test_files_and_folders_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "recording"
    record(folder, [numbered(1)])

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"00000001.rec": 0o600, LOCK_FILE: 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_writer_without_an_exchange_leaves_no_segment(tmp_path: Path) -> None:
    writer(tmp_path).close()

    assert segment_files(tmp_path) == ()


def test_a_segment_is_closed_when_it_has_grown(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(50)), segment_bytes=500)

    assert len(files) > 5
    assert max(file.stat().st_size for file in files) <= 500
    assert numbers(tmp_path) == list(range(50))


def test_an_exchange_larger_than_a_segment_gets_one_of_its_own(tmp_path: Path) -> None:
    large = [numbered(0), numbered(1, padding=5000), numbered(2)]
    files = record(tmp_path, large, segment_bytes=500)

    assert [len(frame_ends(file)) - 1 for file in files] == [1, 1, 1]
    assert numbers(tmp_path) == [0, 1, 2]


def test_each_segment_says_which_recording_it_belongs_to_and_where_it_begins(
    tmp_path: Path,
) -> None:
    files = record(tmp_path, map(numbered, range(20)), segment_bytes=500)

    sequence = 0
    for number, file in enumerate(files, start=1):
        header, _ = decode_preamble(memoryview(file.read_bytes()), where="") or (None, 0)
        assert header is not None
        assert (header.recording, header.segment) == ("test", number)
        assert header.first_sequence == sequence
        sequence += len(frame_ends(file)) - 1
    assert sequence == 20


def test_a_later_writer_goes_on_in_a_new_segment_of_the_same_recording(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(3)))
    later = Writer(tmp_path, new_id=lambda: "another")
    later.append(numbered(3))
    later.close()

    assert later.sequence == 4
    assert [one.sequence for one in read(tmp_path)] == [0, 1, 2, 3]
    content = memoryview((tmp_path / "00000002.rec").read_bytes())
    preamble = decode_preamble(content, where="")
    assert preamble is not None
    assert preamble[0].recording == "test"


def test_a_writer_after_a_torn_segment_goes_on_with_the_next_sequence(tmp_path: Path) -> None:
    (file,) = record(tmp_path, map(numbered, range(5)))
    ends = frame_ends(file)
    content = file.read_bytes()
    for size in range(ends[3], ends[5]):
        file.write_bytes(content[:size])
        again = writer(tmp_path)
        again.append(numbered(77))
        again.close()

        whole = 3 if size < ends[4] else 4
        found = [(one.sequence, number_of(one.exchange)) for one in read(tmp_path)]
        assert found == [*((n, n) for n in range(whole)), (whole, 77)]
        (tmp_path / "00000002.rec").unlink()


def test_a_writer_after_a_segment_torn_at_birth_goes_on(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(2)))
    for content in (b"", b"SHPACT\r\n\x01", (tmp_path / "00000001.rec").read_bytes()[:20]):
        number = segment_files(tmp_path)[-1].number + 1
        (tmp_path / f"{number:08d}.rec").write_bytes(content)
    again = writer(tmp_path)
    again.append(numbered(2))
    again.close()

    assert [one.sequence for one in read(tmp_path)] == [0, 1, 2]
    assert segment_files(tmp_path)[-1].number == 5


def test_a_second_writer_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    first = writer(tmp_path)

    with pytest.raises(RecordingError, match=r"another proxy is recording here.*state folder"):
        writer(tmp_path)
    first.close()
    writer(tmp_path).close()


def test_a_writer_of_another_process_is_noticed_too(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from shadowpact.recording.writer import Writer\n"
        "w = Writer(Path(sys.argv[1])); print('here', flush=True); sys.stdin.read(); w.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"here\n"
        with pytest.raises(RecordingError, match="another proxy"):
            writer(tmp_path)
        other.kill()
        other.wait()

    writer(tmp_path).close()


def test_a_recording_of_a_later_version_is_not_continued_and_stays_unlocked(tmp_path: Path) -> None:
    (file,) = record(tmp_path, [numbered(0)])
    content = bytearray(file.read_bytes())
    content[8] = 99
    file.write_bytes(content)

    with pytest.raises(RecordingError, match="newer than this shadowpact"):
        writer(tmp_path)
    file.unlink()
    writer(tmp_path).close()


def test_when_the_backlog_is_full_exchanges_are_refused_until_the_worker_has_advanced(
    tmp_path: Path,
) -> None:
    into = writer(tmp_path, segment_bytes=2000, max_bytes=10_000)
    recorded = append_numbers(into, range(1000), padding=200)
    assert 0 < recorded < 1000
    used = sum(file.size_bytes for file in segment_files(tmp_path))
    assert used <= 10_000
    assert append_numbers(into, range(1000, 1005), padding=200) == 0

    mark_unfinished_from(tmp_path, segment_files(tmp_path)[-1].number)

    assert append_numbers(into, range(recorded, recorded + 3), padding=200) == 3
    assert numbers(tmp_path) == list(range(recorded + 3))
    assert into.sequence == recorded + 3
    into.close()


def test_a_backlog_of_one_finished_segment_does_not_block_for_ever(tmp_path: Path) -> None:
    into = writer(tmp_path, segment_bytes=1_000_000, max_bytes=10_000)
    recorded = append_numbers(into, range(1000), padding=200)

    # all is worked through, so what the worker still needs is the segment that grows
    mark_unfinished_from(tmp_path, segment_files(tmp_path)[-1].number)

    assert append_numbers(into, range(recorded, recorded + 3), padding=200) == 3
    into.close()


def test_an_exchange_that_no_reader_would_take_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_FRAME_BYTES", 1000)
    into = writer(tmp_path)
    into.append(numbered(0))

    with pytest.raises(OSError, match="too large") as raised:
        into.append(numbered(1, padding=1000))
    into.append(numbered(1))
    into.close()

    assert raised.value.errno == errno.EFBIG
    assert MAX_FRAME_BYTES > 1000
    assert numbers(tmp_path) == [0, 1]


DISK_FULL = """
import resource, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from support.recordings import numbered, writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
into = writer(Path(sys.argv[1]))
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
recorded = []
refused = 0
for number in range(60):
    limit = 2000 if number % 20 < 10 else hard
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        into.append(numbered(number, padding=200 + number))
    except OSError:
        refused += 1
    else:
        recorded.append(number)
into.close()
print(recorded, refused)
"""


def test_on_a_full_disk_the_recording_stays_whole_and_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    path = [str(Path(__file__).parents[1]), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", DISK_FULL, str(tmp_path), *path],
        check=True,
        capture_output=True,
        text=True,
    )
    printed, _, refused = done.stdout.strip().rpartition(" ")

    found = list(read(tmp_path))
    assert str([number_of(one.exchange) for one in found]) == printed
    assert [one.sequence for one in found] == list(range(len(found)))
    assert int(refused) > 0
    assert len(found) + int(refused) == 60


def test_a_segment_whose_beginning_cannot_be_written_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = writer(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _disk_is_full)
        for _ in range(3):
            with pytest.raises(OSError, match="No space"):
                into.append(numbered(0))
    into.append(numbered(0))
    into.close()

    assert numbers(tmp_path) == [0]
    assert len(segment_files(tmp_path)) == 1


def test_a_torn_write_that_cannot_be_taken_back_stays_behind_in_its_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write = os.write
    into = writer(tmp_path)
    into.append(numbered(0))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda fd, data: real_write(fd, bytes(data)[:10]))
        patch.setattr(os, "ftruncate", _disk_is_full)
        with pytest.raises(OSError, match="No space"):
            into.append(numbered(1))
    into.append(numbered(2))
    into.close()

    assert numbers(tmp_path) == [0, 2]


def test_a_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(OSError, match="file"):
        writer(tmp_path / "file" / "recording")


def test_a_closed_writer_leaves_no_descriptor_open(tmp_path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("this system does not list open descriptors")
    before = len(list(descriptors.iterdir()))
    record(tmp_path, map(numbered, range(30)), segment_bytes=500)

    assert len(list(descriptors.iterdir())) == before


def _disk_is_full(*_arguments: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_recording_that_was_removed_is_not_written_on_unseen(tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    recorder = writer(folder)
    recorder.append(numbered(0))
    shutil.rmtree(folder)

    with pytest.raises(FileNotFoundError, match="the recording was removed"):
        recorder.append(numbered(1))

    recorder.close()
