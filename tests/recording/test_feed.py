import base64
import json
from pathlib import Path

import pytest

from shadowpact.errors import UsageError
from shadowpact.recording.feed import FinishedSource
from support.recordings import number_of, numbered, record


def numbers(source: FinishedSource) -> list[int | None]:
    return [number_of(one.exchange) for part in iter(source.read, []) for one in part]


def test_a_finished_recording_is_read_to_its_end(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(200)), segment_bytes=4000)

    assert numbers(FinishedSource(tmp_path)) == list(range(200))


def test_no_more_is_read_at_once_than_is_asked_for(tmp_path: Path) -> None:
    record(tmp_path, map(numbered, range(200)))
    source = FinishedSource(tmp_path)

    assert [len(source.read(3)), len(source.read(500))] == [3, 64]


def test_a_segment_of_a_recording_is_one_too(tmp_path: Path) -> None:
    (file,) = record(tmp_path, map(numbered, range(3)))

    assert numbers(FinishedSource(file)) == [0, 1, 2]


@pytest.mark.parametrize("name", ["traffic.har", "Traffic.HAR"])
def test_a_har_is_one_too(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(json.dumps({"log": {"entries": [_entry(n) for n in range(3)]}}))

    assert numbers(FinishedSource(tmp_path / name)) == [0, 1, 2]


def test_a_recording_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such recording"):
        FinishedSource(tmp_path / "missing").read()


def _entry(number: int) -> dict[str, object]:
    return {
        "startedDateTime": "2025-06-15T12:00:00Z",
        "time": 3.0,
        "request": {
            "method": "GET",
            "url": f"http://monolith.test/orders/{number}",
            "httpVersion": "HTTP/1.1",
            "headers": [],
        },
        "response": {
            "status": 200,
            "httpVersion": "HTTP/1.1",
            "headers": [],
            "content": {"text": base64.b64encode(b"hi").decode(), "encoding": "base64"},
        },
    }
