import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shadowpact.errors import RecordingError
from shadowpact.recording.frames import MAX_FRAME_BYTES, PREFIX
from shadowpact.recording.reader import (
    CHUNK_BYTES,
    Follower,
    Recorded,
    RecordingEnd,
    SegmentReader,
    read,
    recording_end,
)
from shadowpact.recording.segments import Position, SegmentFile, segment_files
from support.build import exchange, response
from support.recordings import (
    damage,
    damage_length,
    damage_payload,
    frame_ends,
    number_of,
    numbered,
    record,
    writer,
)

UNCHANGED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def numbers(found: list[Recorded]) -> list[int | None]:
    return [number_of(one.exchange) for one in found]


def all_of(follower: Follower, limit: int = 512) -> list[Recorded]:
    found = []
    while part := follower.read(limit):
        assert len(part) <= limit
        found += part
    return found


def followed(folder: Path, position: Position | None = None, limit: int = 512) -> list[Recorded]:
    with Follower(folder, position) as follower:
        return all_of(follower, limit)


@UNCHANGED
@given(st.data())
def test_a_segment_cut_anywhere_gives_exactly_its_whole_frames(
    tmp_path: Path, data: st.DataObject
) -> None:
    folder = tmp_path / "whole"
    file = folder / "00000001.rec"
    if not folder.exists():
        record(folder, [numbered(n, padding=n * 7) for n in range(6)])
    ends, content = frame_ends(file), file.read_bytes()
    size = data.draw(st.integers(ends[0], len(content)))
    cut = tmp_path / "cut" / "00000001.rec"
    cut.parent.mkdir(exist_ok=True)
    cut.write_bytes(content[:size])
    whole = sum(end <= size for end in ends) - 1

    with Follower(cut.parent) as follower:
        assert numbers(all_of(follower)) == list(range(whole))
    torn = [None] if size > ends[whole] else []
    assert numbers(list(read(cut))) == [*range(whole), *torn]
    assert numbers(list(read(cut.parent))) == [*range(whole), *torn]
    assert recording_end(cut.parent) == RecordingEnd("test", 1, whole)


def test_a_segment_cut_in_its_beginning_holds_nothing(tmp_path: Path) -> None:
    (file,) = record(tmp_path, [numbered(0)])
    content = file.read_bytes()
    for size in range(frame_ends(file)[0]):
        file.write_bytes(content[:size])

        assert followed(tmp_path) == []
        assert recording_end(tmp_path) == RecordingEnd(None, 1, 0)
        with pytest.raises(RecordingError, match="empty, or torn"):
            list(read(file))


@UNCHANGED
@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_flipped_bit_anywhere_loses_no_exchange_but_the_one_it_hit(
    tmp_path: Path, at: int, mask: int
) -> None:
    """With a segment behind it, even a damaged length hides nothing else."""
    folder = tmp_path / "rec"
    if not folder.exists():
        record(folder, map(numbered, range(30)), segment_bytes=1000)
    files = sorted(folder.glob("*.rec"))
    content = files[1].read_bytes()
    ends = frame_ends(files[1])
    at %= len(content) - ends[0]
    at += ends[0]
    files[1].write_bytes(content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :])
    try:
        found = followed(folder)
    finally:
        files[1].write_bytes(content)

    assert [one.sequence for one in found] == list(range(30))
    shown = numbers(found)
    assert all(number in {None, index} for index, number in enumerate(shown))
    hit = len(frame_ends(files[0])) - 1 + sum(end <= at for end in ends) - 1
    assert shown[:hit] == list(range(hit))
    assert shown[hit] is None
    assert shown.count(None) == 1


def test_a_damaged_payload_is_counted_and_reading_goes_on(tmp_path: Path) -> None:
    (file,) = record(tmp_path, map(numbered, range(5)))
    damage_payload(file, 2)

    for found in (followed(tmp_path), list(read(tmp_path)), list(read(file))):
        assert numbers(found) == [0, 1, None, 3, 4]
        assert [one.sequence for one in found] == [0, 1, 2, 3, 4]
    assert recording_end(tmp_path).sequence == 5


def test_behind_a_damaged_length_reading_goes_on_once_there_is_a_later_segment(
    tmp_path: Path,
) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    damage_length(files[0], 1)

    with Follower(tmp_path) as follower:
        found = all_of(follower)

        assert follower.torn_bytes == 0
    assert numbers(found) == [0, None, *range(2, 30)]
    assert [one.sequence for one in found] == list(range(30))


def test_behind_a_damaged_length_in_the_last_segment_only_a_finished_recording_is_read(
    tmp_path: Path,
) -> None:
    (file,) = record(tmp_path, map(numbered, range(5)))
    damage_length(file, 1)

    assert numbers(followed(tmp_path)) == [0]  # what is there may still be on its way
    for found in (list(read(tmp_path)), list(read(file))):
        assert numbers(found) == [0, None, 2, 3, 4]
        assert [one.sequence for one in found] == list(range(5))
    assert recording_end(tmp_path).sequence == 5  # the next segment begins with 5


def test_last_segments_without_a_beginning_count_as_an_exchange_each(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(90)), segment_bytes=3000)
    before = sum(len(frame_ends(file)) - 1 for file in files[:-3])
    for file in files[-3:]:
        damage(file, 25)
    files[-1].write_bytes(files[-1].read_bytes()[:40])  # torn at birth

    found = list(read(tmp_path))

    assert numbers(found) == [*range(before), None, None]
    assert [one.sequence for one in found] == list(range(before + 2))
    assert numbers(followed(tmp_path)) == list(range(before))


def test_several_damaged_lengths_hide_what_they_hit_and_a_torn_end_is_one_more(
    tmp_path: Path,
) -> None:
    made = random.Random(1)  # noqa: S311  the same bytes each time
    bodies = [made.randbytes(3 * CHUNK_BYTES if n == 2 else 900) for n in range(8)]
    exchanges = [exchange(answered=response(body=body)) for body in bodies]
    (file,) = record(tmp_path, exchanges, segment_bytes=16 * CHUNK_BYTES)
    ends = frame_ends(file)
    content = bytearray(file.read_bytes())
    PREFIX.pack_into(content, ends[2], 0, 0)
    PREFIX.pack_into(content, ends[5], ends[8] - ends[5] - 100, 7)
    file.write_bytes(content[:-1])

    found = [one.exchange and one.exchange.response for one in read(file)]

    assert [one and one.body for one in found] == [
        bodies[0], bodies[1], None, bodies[3], bodies[4], None, bodies[6], None
    ]  # fmt: skip


def test_a_damaged_length_does_not_make_the_reader_ask_for_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = [numbered(0), numbered(1, padding=2 * CHUNK_BYTES)]
    (file,) = record(tmp_path, large, segment_bytes=8 * CHUNK_BYTES)
    ends = frame_ends(file)
    content = bytearray(file.read_bytes())
    PREFIX.pack_into(content, ends[1], MAX_FRAME_BYTES - 1, 0)
    file.write_bytes(content)
    asked: list[int] = []
    real = os.pread

    def watched(descriptor: int, size: int, offset: int) -> bytes:
        asked.append(size)
        return real(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", watched)

    assert numbers(followed(tmp_path)) == [0]
    assert max(asked) <= len(content)


def test_a_missing_segment_is_counted(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    gone = len(frame_ends(files[1])) - 1
    before = len(frame_ends(files[0])) - 1
    files[1].unlink()

    for limit in (1, 3, 512):
        found = followed(tmp_path, limit=limit)
        assert numbers(found) == [*range(before), *[None] * gone, *range(before + gone, 30)]
        assert [one.sequence for one in found] == list(range(30))


def test_a_segment_with_a_damaged_header_is_counted_as_missing(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    gone = len(frame_ends(files[1])) - 1
    before = len(frame_ends(files[0])) - 1
    damage(files[1], 25)

    assert numbers(followed(tmp_path)) == [
        *range(before),
        *[None] * gone,
        *range(before + gone, 30),
    ]


def test_segments_that_retention_removed_before_we_began_are_not_missing(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    first = len(frame_ends(files[0])) - 1
    files[0].unlink()

    found = followed(tmp_path)
    assert numbers(found) == list(range(first, 30))
    assert found[0].sequence == first


def test_an_empty_file_between_two_segments_is_passed_over(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(3)))
    (tmp_path / "00000002.rec").write_bytes(b"")
    into = writer(tmp_path)
    into.append(numbered(3))
    into.close()

    assert (tmp_path / "00000003.rec").exists()
    assert [(one.sequence, number_of(one.exchange)) for one in followed(tmp_path)] == [
        (n, n) for n in range(4)
    ]


def test_a_segment_from_the_future_is_an_error_after_what_comes_before_it(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    content = bytearray(files[1].read_bytes())
    content[8] = 2
    files[1].write_bytes(content)
    first = len(frame_ends(files[0])) - 1

    with Follower(tmp_path) as follower:
        assert numbers(follower.read()) == list(range(first))
        with pytest.raises(RecordingError, match=r"00000002\.rec: recording format 2 is newer"):
            follower.read()


def test_a_follower_sees_what_is_appended_across_segments(tmp_path: Path) -> None:
    into = writer(tmp_path, segment_bytes=600)
    with Follower(tmp_path) as follower:
        assert follower.read() == []
        for number in range(40):
            into.append(numbered(number))
            (found,) = follower.read()

            assert (found.sequence, number_of(found.exchange)) == (number, number)
            assert follower.position == found.after
            assert follower.read() == []
    into.close()
    assert len(segment_files(tmp_path)) > 3


def test_a_frame_that_arrives_in_pieces_is_read_once_it_is_whole(tmp_path: Path) -> None:
    (file,) = record(tmp_path / "source", [numbered(0), numbered(1)])
    content, ends = file.read_bytes(), frame_ends(file)
    growing = tmp_path / "growing" / file.name
    growing.parent.mkdir()
    with Follower(growing.parent) as follower, growing.open("ab", buffering=0) as out:
        found = []
        for at in range(len(content)):
            out.write(content[at : at + 1])
            part = follower.read()
            assert bool(part) == (at + 1 in ends[1:])
            found += part

    assert numbers(found) == [0, 1]


def test_a_last_frame_with_a_wrong_crc_is_waited_for(tmp_path: Path) -> None:
    (file,) = record(tmp_path, [numbered(0), numbered(1)])
    good = file.read_bytes()
    damage_payload(file, 1)
    with Follower(tmp_path) as follower:
        assert numbers(follower.read()) == [0]
        assert follower.read() == []
        file.write_bytes(good)

        assert numbers(follower.read()) == [1]


@pytest.mark.parametrize("limit", [1, 7, 512])
def test_a_follower_started_at_any_position_gives_the_same_tail(tmp_path: Path, limit: int) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    damage_payload(files[0], 1)
    damage_length(files[1], 1)
    files[3].unlink()
    whole = followed(tmp_path)
    assert [one.sequence for one in whole] == list(range(30))

    for index, one in enumerate(whole):
        assert followed(tmp_path, one.after, limit) == whole[index + 1 :]


def test_a_follower_whose_segment_is_gone_goes_on_with_the_next(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    first = len(frame_ends(files[0])) - 1
    with Follower(tmp_path) as follower:
        begun = follower.read(2)
        files[0].unlink()

        rest = all_of(follower)
    assert numbers(begun + rest) == list(range(30))
    assert numbers(followed(tmp_path, begun[-1].after)) == [
        *[None] * (first - 2),
        *range(first, 30),
    ]


def test_a_follower_tells_that_what_it_follows_was_removed(tmp_path: Path) -> None:
    (file,) = record(tmp_path, [numbered(n) for n in range(3)])
    with Follower(tmp_path) as follower:
        assert numbers(all_of(follower)) == [0, 1, 2]
        assert not follower.is_removed
        file.unlink()
        assert follower.read() == []
        assert follower.is_removed


def test_a_segment_that_is_removed_while_we_look_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    first = len(frame_ends(files[0])) - 1
    listed = segment_files(tmp_path)

    def stale(_folder: Path) -> tuple[SegmentFile, ...]:
        return listed

    monkeypatch.setattr("shadowpact.recording.reader.segment_files", stale)
    files[0].unlink()

    assert numbers(followed(tmp_path)) == list(range(first, 30))


def test_a_frame_larger_than_a_chunk_is_read_whole(tmp_path: Path) -> None:
    sizes = [0, 3 * CHUNK_BYTES, 10, CHUNK_BYTES - 200, CHUNK_BYTES, 5]
    exchanges = [numbered(n, padding=size) for n, size in enumerate(sizes)]
    record(tmp_path, exchanges, segment_bytes=64 * CHUNK_BYTES)

    assert [one.exchange for one in followed(tmp_path)] == exchanges


def test_a_follower_that_is_not_asked_reads_nothing_ahead(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(10)))
    with Follower(tmp_path) as follower:
        assert numbers(follower.read(3)) == [0, 1, 2]
        assert follower.position.sequence == 3


def test_the_id_of_the_recording_is_known_once_a_segment_is_open(tmp_path: Path) -> None:
    with Follower(tmp_path) as follower:
        assert follower.read() == []
        assert follower.recording is None
        record(tmp_path, [numbered(0)])
        follower.read()

        assert follower.recording == "test"


def test_torn_bytes_are_counted(tmp_path: Path) -> None:
    (file,) = record(tmp_path, map(numbered, range(3)))
    file.write_bytes(file.read_bytes()[:-5])
    torn = len(file.read_bytes()) - frame_ends(file)[2]
    into = writer(tmp_path)
    into.append(numbered(9))
    into.close()

    with Follower(tmp_path) as follower:
        assert numbers(all_of(follower)) == [0, 1, 9]
        assert follower.torn_bytes == torn > 0


def test_one_segment_file_can_be_read_by_itself(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    before = len(frame_ends(files[0])) - 1
    count = len(frame_ends(files[1])) - 1

    found = list(read(files[1]))
    assert numbers(found) == list(range(before, before + count))
    assert [one.sequence for one in found] == list(range(before, before + count))


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="missing: cannot be read: No such file"):
        list(read(tmp_path / "missing"))


def test_a_folder_without_segments_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no recording in this folder.*00000001"):
        list(read(tmp_path))


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("these are notes")

    with pytest.raises(RecordingError, match=r"notes.txt: not a recording"):
        list(read(tmp_path / "notes.txt"))


def test_an_empty_folder_ends_before_its_first_exchange(tmp_path: Path) -> None:
    assert recording_end(tmp_path) == RecordingEnd(None, 0, 0)
    assert recording_end(tmp_path / "missing") == RecordingEnd(None, 0, 0)


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    files = record(tmp_path, map(numbered, range(30)), segment_bytes=1000)
    (tmp_path / "other.rec").write_bytes(b"no recording")
    fds = Path("/proc/self/fd")
    if not fds.exists():
        pytest.skip("this system does not list open descriptors")
    before = len(list(fds.iterdir()))
    followed(tmp_path)
    list(read(files[0]))
    recording_end(tmp_path)
    with pytest.raises(RecordingError):
        SegmentReader.open(tmp_path / "other.rec")

    assert len(list(fds.iterdir())) == before


def test_what_was_appended_after_a_power_loss_is_not_taken_for_finished(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(4)))
    with Follower(tmp_path) as follower:
        assert numbers(all_of(follower)) == [0, 1, 2, 3]
        position = follower.position
    path = segment_files(tmp_path)[-1].path
    os.truncate(path, frame_ends(path)[1])
    record(tmp_path, map(numbered, (7, 8)))

    with Follower(tmp_path, position) as follower:
        later = all_of(follower)

    assert numbers(later) == [7, 8]
    assert [one.sequence for one in later] == [4, 5]
