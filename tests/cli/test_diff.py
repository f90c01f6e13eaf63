import json
from pathlib import Path
from typing import Any

import pytest

from shadowpact.cli import main


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text('{"id": 1, "at": 5, "items": [{"sku": "A", "p": 1}]}')
    (tmp_path / "b.json").write_text('{"id": "1", "at": 6, "items": [{"sku": "A", "p": 1.0}]}')
    return "a.json", "b.json"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["diff", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_a_difference_ends_with_1_and_is_listed_side_by_side(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, *files)

    assert status == 1
    assert out.splitlines()[1].split() == ["$.id", "type-changed", "(breaking)", "1", '"1"']
    assert out.splitlines()[-1] == "1 pair compared: 3 differences"


def test_equal_files_end_with_0(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, files[0], files[0])

    assert (status, out) == (0, "1 pair compared: equal\n")


def test_a_file_that_is_not_there_ends_with_2(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, files[0], "nothing.json")

    assert (status, out) == (2, "")
    assert err == "shadowpact: nothing.json: no such file\n"


def test_the_document_is_the_one_that_is_promised(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("shadowpact.toml").write_text(
        '[[rules]]\nid = "clock"\nkind = "ignore"\npath = "$.at"\nreason = "own clock"\n'
    )

    status, out, _ = run(capsys, *files, "--format", "json")

    document: dict[str, Any] = json.loads(out)
    assert status == 1
    assert document["schema"] == "shadowpact/diff/1"
    assert (document["pairs"], document["verdict"]) == (1, "differs")
    assert list(document) == ["schema", "pairs", "verdict", "differences"]
    assert document["differences"] == [
        {
            "route": None,
            "location": "body",
            "path": "$.id",
            "kind": "type-changed",
            "severity": "breaking",
            "baseline": 1,
            "candidate": "1",
            "ignored_by": None,
        },
        {
            "route": None,
            "location": "body",
            "path": "$.at",
            "kind": "value-changed",
            "severity": "changed",
            "baseline": 5,
            "candidate": 6,
            "ignored_by": "clock",
        },
        {
            "route": None,
            "location": "body",
            "path": "$.items[0].p",
            "kind": "representation-changed",
            "severity": "changed",
            "baseline": 1,
            "candidate": 1.0,
            "ignored_by": None,
        },
    ]


def test_recordings_without_a_common_request_end_with_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, target in (("a.har", "/a"), ("b.har", "/b")):
        (tmp_path / name).write_text(json.dumps(har(target)))

    status, out, _ = run(capsys, "a.har", "b.har")

    assert status == 3
    assert out.splitlines() == [
        "0 pairs compared: no evidence",
        "without an equal request on the other side: baseline 1, candidate 1",
    ]


def har(target: str) -> dict[str, Any]:
    entry = {
        "startedDateTime": "2025-01-01T00:00:00Z",
        "time": 1,
        "request": {
            "method": "GET",
            "url": f"http://a.test{target}",
            "httpVersion": "HTTP/1.1",
            "headers": [],
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "headers": [],
            "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
        },
    }
    return {"log": {"version": "1.2", "creator": {}, "entries": [entry]}}
