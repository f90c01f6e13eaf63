"""Writing finished recordings."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shadowpact.errors import RecordingError, UsageError
from shadowpact.model.exchange import Exchange
from shadowpact.recording.destination import check_free, write_recording
from shadowpact.recording.reader import recording_end
from shadowpact.recording.segments import segment_files
from shadowpact.recording.writer import Writer
from support.clock import ManualClock
from support.imported import held
from support.recordings import number_of, numbered, record

PLACES = ["folder", "one.rec", "one.har", "one.mitm"]


def few(start: int = 0) -> Iterator[Exchange]:
    return map(numbered, range(start, start + 5))


def numbers(path: Path) -> list[int | None]:
    return [number_of(one) for one in held(path).exchanges]


def breaks() -> Iterator[Exchange]:
    yield from few()
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", PLACES)
def test_the_suffix_says_what_is_written(name: str, tmp_path: Path) -> None:
    assert write_recording(few(), tmp_path / "new" / name) == 5

    assert numbers(tmp_path / "new" / name) == [0, 1, 2, 3, 4]
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize("kind", ["har", "mitm"])
def test_a_name_without_a_suffix_can_be_told(kind: str, tmp_path: Path) -> None:
    write_recording(few(), tmp_path / "x.bin", kind=kind)

    assert numbers(tmp_path / "x.bin") == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", PLACES)
def test_an_interrupted_writing_leaves_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_recording(breaks(), tmp_path / name)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", PLACES)
def test_a_killed_writing_leaves_nothing_under_the_name(name: str, tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from shadowpact.recording.destination import write_recording\n"
        "from support.recordings import numbered\n"
        "def few():\n"
        "    yield from map(numbered, range(2000))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_recording(few(), Path(sys.argv[1]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    out = tmp_path / name

    done = subprocess.run((sys.executable, "-c", script, str(out)), env=environment, check=False)

    assert done.returncode == -signal.SIGKILL
    assert not out.exists()


@pytest.mark.parametrize("name", PLACES)
def test_nothing_to_write_writes_nothing(name: str, tmp_path: Path) -> None:
    assert write_recording(iter(()), tmp_path / name) == 0

    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_is_there_is_added_to_when_asked(tmp_path: Path) -> None:
    record(tmp_path / "a", few())
    first = recording_end(tmp_path / "a").recording

    write_recording(few(5), tmp_path / "a", may_append=True, segment_bytes=400)

    assert numbers(tmp_path / "a") == list(range(10))
    assert recording_end(tmp_path / "a").recording == first
    assert len(segment_files(tmp_path / "a")) > 2
    assert {path.name for path in tmp_path.iterdir()} == {"a"}


def test_an_interrupted_addition_leaves_the_recording_as_it_was(tmp_path: Path) -> None:
    record(tmp_path / "a", few())
    before = segment_files(tmp_path / "a")

    with pytest.raises(KeyboardInterrupt):
        write_recording(breaks(), tmp_path / "a", may_append=True)

    assert segment_files(tmp_path / "a") == before
    assert {path.name for path in tmp_path.iterdir()} == {"a"}


def test_a_recording_that_somebody_writes_is_not_added_to(tmp_path: Path) -> None:
    record(tmp_path / "a", few())
    live = Writer(tmp_path / "a")

    with pytest.raises(RecordingError, match="another proxy is recording here"):
        write_recording(few(), tmp_path / "a", may_append=True)
    live.close()


def test_a_folder_in_which_a_recording_never_began_becomes_one(tmp_path: Path) -> None:
    Writer(tmp_path / "a").close()

    write_recording(few(), tmp_path / "a")

    assert numbers(tmp_path / "a") == [0, 1, 2, 3, 4]


def test_a_har_that_is_there_is_replaced(tmp_path: Path) -> None:
    write_recording(few(), tmp_path / "x.har")
    write_recording(few(5), tmp_path / "x.har")

    assert numbers(tmp_path / "x.har") == [5, 6, 7, 8, 9]


def test_what_must_not_be_replaced_is_refused(tmp_path: Path) -> None:
    record(tmp_path / "recording", few())
    write_recording(few(), tmp_path / "x.rec")
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.har").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("")

    for name, text in {
        "recording": "holds a recording already",
        "x.rec": "exists already",
        "file": "is a file, expected a folder",
        "folder.har": "is a folder, expected a file",
        "notes": r"holds 'a\.txt' and no recording",
    }.items():
        with pytest.raises(UsageError, match=text):
            check_free(tmp_path / name)
        with pytest.raises(UsageError, match=text):
            write_recording(few(), tmp_path / name)


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(RecordingError, match="file/deeper: cannot be written"):
        write_recording(few(), tmp_path / "file" / "deeper")


def test_the_same_exchanges_at_the_same_time_give_the_same_segment(tmp_path: Path) -> None:
    for name in ("a.rec", "b.rec"):
        write_recording(few(), tmp_path / name, clock=ManualClock(), recording="same")

    assert (tmp_path / "a.rec").read_bytes() == (tmp_path / "b.rec").read_bytes()
