"""Any recording, whoever made it."""

import gzip
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from shadowpact.errors import RecordingError, UsageError
from shadowpact.recording.formats import (
    Format,
    kind_by_content,
    kind_of,
    looks_like_recording,
    missing_mitmproxy,
    open_recording,
)
from shadowpact.recording.har import write_har
from support.corpora import corpora
from support.imported import held
from support.recordings import numbered, record

GOREPLAY = "1 ddee1faf7f000001b25fd1e5 1795250124536933668 0\nGET / HTTP/1.1\r\n\r\n\n🐵🙈🙉\n"
VCRPY = "interactions:\n- request:\n    method: GET\n    uri: http://a/\nversion: 1\n"
REAL = {
    "har/chrome.har": Format.HAR,
    "har/http1.1-chrome.har": Format.HAR,
    "har/http2-firefox.har": Format.HAR,
    "har/humanssuck.net.har": Format.HAR,
    "har/insomnia.har": Format.HAR,
    "har/postdata.har": Format.HAR,
    "har/single_entry.har": Format.HAR,
    "har/with-bom.har": Format.HAR,
    "mitm/dumpfile-7.mitm": Format.MITM,
    "mitm/dumpfile-10.mitm": Format.MITM,
    "mitm/dumpfile-19.mitm": Format.MITM,
    "mitm/event_stream.mitm": Format.MITM,
    "mitm/incomplete_log.mitm": Format.MITM,
    "mitm/successful_log.mitm": Format.MITM,
    "mitm/websocket.mitm": Format.MITM,
    "mitm/successful_log.har": Format.HAR,
    "goreplay/jsonserver-5req.gor": Format.GOREPLAY,
}


@pytest.mark.parametrize(("name", "kind"), REAL.items())
def test_a_real_file_is_known_by_its_content_alone(name: str, kind: Format, tmp_path: Path) -> None:
    shutil.copyfile(corpora(name), tmp_path / "upload.bin")
    packed = tmp_path / "upload.bin.gz"
    packed.write_bytes(gzip.compress(corpora(name).read_bytes()))

    assert kind_of(tmp_path / "upload.bin") is kind
    assert kind_of(packed) is kind
    assert held(packed) == held(tmp_path / "upload.bin") == held(corpora(name))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GOREPLAY, Format.GOREPLAY),
        ("garbage\n🐵🙈🙉\n" + GOREPLAY, Format.GOREPLAY),
        (VCRPY, Format.CASSETTE),
        ("# by hand\n---\n" + VCRPY, Format.CASSETTE),
        ("version: 1\n" + VCRPY, Format.CASSETTE),
        ("---\n- request:\n    method: get\n    uri: http://a/\n", Format.CASSETTE),
        (
            "--- \n- !ruby/struct:X \n  request: !ruby/struct:R \n    uri: http://a/\n",
            Format.CASSETTE,
        ),
        ('{"version": 1, "interactions": [{"request": {}}]}', Format.CASSETTE),
        ('{"recorded_with": "x", "http_interactions": []}', Format.CASSETTE),
        ('[{"request": {"method": "GET"}}]', Format.CASSETTE),
        ('{"log": {"version": "1.2", "creator": {}, "entries": []}}', Format.HAR),
        ('{"entries": [{"request": {}}]}', Format.HAR),
        ("", None),
        ("{}", None),
        ("[1, 2]", None),
        ('{"log": {"level": "info"}}', None),
        ('{"interactions": 3}', None),
        ('{"request": {"id": 1}, "response": {}}', None),
        ("interactions: 12\nname: x\n", None),
        ("method: GET\nuri: http://a/\n", None),
        ("GET / HTTP/1.1\r\n\r\n", None),
        ("1 2 3\n", Format.GOREPLAY),
        ("12:34", None),
    ],
)
def test_what_a_content_says(text: str, kind: Format | None, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text)

    assert kind_by_content(tmp_path / "x") is kind


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_har_may_be_in_any_unicode(encoding: str, tmp_path: Path) -> None:
    document = {"log": {"creator": {"name": "größe"}, "entries": []}}
    (tmp_path / "x").write_text(json.dumps(document), encoding=encoding)

    assert kind_by_content(tmp_path / "x") is Format.HAR


def test_content_counts_for_more_than_the_suffix(tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text(GOREPLAY)
    (tmp_path / "x.rec").write_text(VCRPY)

    assert kind_of(tmp_path / "x.har") is Format.GOREPLAY
    assert kind_of(tmp_path / "x.rec") is Format.CASSETTE


def test_the_suffix_counts_where_the_content_says_nothing(tmp_path: Path) -> None:
    kinds = {}
    for name in ("a.har", "a.HAR", "a.har.gz", "a.mitm", "a.gor", "a.yml", "a.rec", "a.txt", "a"):
        (tmp_path / name).write_bytes(b"")
        kinds[name] = kind_of(tmp_path / name)

    assert list(kinds.values()) == [
        Format.HAR,
        Format.HAR,
        Format.HAR,
        Format.MITM,
        Format.GOREPLAY,
        Format.CASSETTE,
        Format.SEGMENT,
        None,
        None,
    ]


def test_our_own_recordings_are_folders_and_segments(tmp_path: Path) -> None:
    (file,) = record(tmp_path / "a", map(numbered, range(3)))
    file.rename(tmp_path / "renamed.har")
    record(tmp_path / "b", map(numbered, range(3)))

    assert kind_of(tmp_path / "b") is Format.FOLDER
    assert kind_of(tmp_path / "renamed.har") is Format.SEGMENT
    assert kind_of(tmp_path) is None
    assert len(held(tmp_path / "b").exchanges) == len(held(tmp_path / "renamed.har").exchanges) == 3


def test_a_position_tells_how_far_the_file_is_read(tmp_path: Path) -> None:
    write_har(map(numbered, range(5)), tmp_path / "x.har")
    found = list(open_recording(tmp_path / "x.har"))

    assert [one.sequence for one in found] == [0, 1, 2, 3, 4]
    assert found[-1].after.sequence == 5
    assert found[-1].after.offset == (tmp_path / "x.har").stat().st_size


def test_a_packed_file_that_ends_between_two_records_is_torn_all_the_same(tmp_path: Path) -> None:
    packed = gzip.compress((GOREPLAY * 20).encode(), compresslevel=0)
    end = packed.index(GOREPLAY.encode()) + len((GOREPLAY * 3).encode())
    (tmp_path / "x.gor.gz").write_bytes(packed[:end])

    assert held(tmp_path / "x.gor.gz").skipped == {"torn": 1}


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("hello")

    with pytest.raises(RecordingError, match=r"x\.txt: not a recording in a format that is read"):
        held(tmp_path / "x.txt")
    with pytest.raises(RecordingError, match="no recording in this folder"):
        held(tmp_path)
    with pytest.raises(UsageError, match="gone: no such recording"):
        held(tmp_path / "gone")


def test_what_can_be_read_only_once_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(UsageError, match="pipe: is a pipe or a device, expected a file"):
        kind_of(tmp_path / "pipe")


def test_a_flow_dump_without_mitmproxy_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.mitm").write_bytes(b"")
    for name in [name for name in sys.modules if name.partition(".")[0] == "mitmproxy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "shadowpact.recording.flow_dump", raising=False)
    monkeypatch.delitem(sys.modules, "shadowpact.capture.flow", raising=False)
    monkeypatch.setitem(sys.modules, "mitmproxy", None)

    with pytest.raises(UsageError, match=r"not installed\. Run: pip install 'shadowpact\[proxy\]'"):
        held(tmp_path / "x.mitm")


def test_any_other_missing_module_is_no_missing_extra() -> None:
    other = ModuleNotFoundError("No module named 'x'", name="x")

    assert missing_mitmproxy(other) is other


def test_names_of_recordings_that_are_found_in_a_folder() -> None:
    names = ("a.rec", "a.HAR", "a.har.gz", "a.mitm", "a.gor", "a.gor.gz", "a.flow")

    assert all(looks_like_recording(Path(name)) for name in names)
    assert not any(looks_like_recording(Path(name)) for name in ("a.yml", "a.json", "rec", "a.gz"))
