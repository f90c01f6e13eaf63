import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

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


def har(target: str, text: str = "{}") -> dict[str, Any]:
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
            "content": {"size": 2, "mimeType": "application/json", "text": text},
        },
    }
    return {"log": {"version": "1.2", "creator": {}, "entries": [entry]}}


CONFIGURATION = """\
[baseline]
url = "http://monolith.test"

[candidates.orders]
url = "http://orders.test:9001"

[compare]
"""


def verdict(capsys: pytest.CaptureFixture[str], *files: str, compare: str = "") -> tuple[int, Any]:
    """Exit status, and what covers each difference by its path."""
    Path("own.toml").write_text(CONFIGURATION + compare)
    status, out, _ = run(capsys, *files, "--config", "own.toml", "--format", "json")
    return status, {one["path"]: one["ignored_by"] for one in json.loads(out)["differences"]}


@pytest.mark.parametrize(
    ("compare", "status"),
    [
        ("", 0),
        ('xml-white-space = "insignificant"\nxml-comments = "ignored"', 0),
        ('xml-white-space = "significant"', 1),
        ('xml-comments = "compared"', 1),
    ],
)
def test_white_space_and_comments_of_xml_count_as_the_configuration_says(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], compare: str, status: int
) -> None:
    del files
    Path("a.xml").write_text("<order><item>1</item></order>")
    Path("b.xml").write_text("<order>\n  <!-- one -->\n  <item>1</item>\n</order>")

    assert verdict(capsys, "a.xml", "b.xml", compare=compare)[0] == status


def test_a_wrong_word_in_the_configuration_ends_with_2_and_the_nearest(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("own.toml").write_text('[compare]\nxml-comments = "compare"\n')

    status, out, err = run(capsys, *files, "--config", "own.toml")

    assert (status, out) == (2, "")
    assert "own.toml:2: compare.xml-comments: got 'compare'" in err
    assert "did you mean 'compared'?" in err


@pytest.mark.parametrize(
    ("one", "other", "status", "rule"),
    [
        ("http://monolith.test/orders/7", "http://orders.test:9001/orders/7", 0, "own-origin"),
        ("https://cdn.test/a", "https://cdn.next.test/a", 0, "hosts"),
        ("http://monolith.test/orders/7", "http://orders.test:9001/orders/8", 1, None),
        ("http://monolith.test/orders/7", "http://elsewhere.test/orders/7", 1, None),
    ],
)
def test_a_location_at_each_sides_own_host_is_equal(
    files: tuple[str, str],
    capsys: pytest.CaptureFixture[str],
    one: str,
    other: str,
    status: int,
    rule: str | None,
) -> None:
    del files
    for name, url in (("a.http", one), ("b.http", other)):
        Path(name).write_text(f"HTTP/1.1 302 Found\r\nLocation: {url}\r\n\r\n")

    ended, found = verdict(
        capsys, "a.http", "b.http", compare='hosts = { "cdn.test" = "cdn.next.test" }'
    )

    assert (ended, found) == (status, {"location": rule and f"builtin:{rule}"})


def test_two_recordings_know_each_service_by_the_host_it_was_asked_by(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    del files
    for name, host in (("a.har", "one.test"), ("b.har", "two.test:81"), ("c.har", "three.test")):
        document = har("/orders")
        [entry] = document["log"]["entries"]
        entry["request"]["url"] = f"http://{host}/orders"
        named = "two.test:81" if name == "c.har" else host
        entry["response"]["headers"] = [{"name": "Location", "value": f"http://{named}/orders/7"}]
        Path(name).write_text(json.dumps(document))

    assert verdict(capsys, "a.har", "b.har") == (0, {"location": "builtin:own-origin"})
    assert verdict(capsys, "a.har", "c.har") == (1, {"location": None})


def test_a_pipe_gets_the_list_alone(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, *files)

    assert "│" not in out
    assert out.startswith("where")


def test_with_a_width_both_documents_stand_beside_each_other(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("shadowpact.toml").write_text(
        '[[rules]]\nid = "clock"\nkind = "ignore"\npath = "$.at"\nreason = "own clock"\n'
    )

    status, out, _ = run(capsys, *files, "--width", "60")

    assert status == 1
    assert out.splitlines()[:13] == [
        "a.json                       │ b.json",
        "─────────────────────────────┼─────────────────────────────",
        "{                            │ {",
        '  "id": 1,                   !   "id": "1",',
        '  "at": 5,                   ·   "at": 6,  ← clock',
        '  "items": [                 │   "items": [',
        "    {                        │     {",
        '      "sku": "A",            │       "sku": "A",',
        '      "p": 1                 ~       "p": 1.0',
        "    }                        │     }",
        "  ]                          │   ]",
        "}                            │ }",
        "",
    ]
    assert out.splitlines()[13] == "! breaking  ~ changed  · ignored"
    assert out.splitlines()[-1] == "1 pair compared: 2 differences, 1 ignored by rules"


def test_a_terminal_gets_colours_and_both_documents(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminal() -> Console:
        return Console(width=60, force_terminal=True, highlight=False, color_system="standard")

    monkeypatch.setattr("shadowpact.cli.diff.console", terminal)

    _, out, _ = run(capsys, *files)

    assert '\x1b[31m  "id": ' in out
    assert "$.items[0].p" in out


def test_without_colour_the_signs_still_tell_what_differs(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminal() -> Console:
        return Console(width=60, force_terminal=True, highlight=False, color_system="standard")

    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("shadowpact.cli.diff.console", terminal)

    _, out, _ = run(capsys, *files)

    assert re.search(r"\x1b\[[0-9;]*3[0-7]", out) is None
    assert "!" in re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines()[3]


def test_of_long_values_the_list_shows_where_they_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("old", "new"):
        Path(f"{name}.json").write_text(json.dumps({"text": "x" * 180 + name + "y" * 180}))

    _, out, _ = run(capsys, "old.json", "new.json")

    assert "xold" in out
    assert "xnew" in out


def test_equal_lines_are_folded_unless_all_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(json.dumps({"n": list(range(200)), "z": 1}))
    Path("b.json").write_text(json.dumps({"n": list(range(200)), "z": 2}))

    _, some, _ = run(capsys, "a.json", "b.json", "--width", "80")
    _, everything, _ = run(capsys, "a.json", "b.json", "--full")

    assert "… 198 equal lines" in some
    assert "equal lines" not in everything
    assert "    123," in everything


def test_the_same_name_in_two_folders_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, text in (("old", "1"), ("new", "2")):
        Path(folder).mkdir()
        (Path(folder) / "x.json").write_text(text)

    _, out, _ = run(capsys, "old/x.json", "new/x.json", "--width", "60")

    assert out.splitlines()[0].split() == ["old/x.json", "│", "new/x.json"]


def test_control_characters_of_a_body_never_reach_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("one \x1b[2J\nsame \x1b[31m\n")
    Path("b.txt").write_text("two \x07\x9b2J\nsame \x1b[31m\n")

    _, out, _ = run(capsys, "a.txt", "b.txt", "--width", "80")

    assert not set(out) & {"\x1b", "\x07", "\x9b"}
    assert "one \\u001b[2J" in out


def test_of_recordings_the_list_has_one_line_for_each_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("a.har", '{"v": [1, 2], "w": 1}'), ("b.har", '{"v": [3, 4], "w": "1"}')):
        recording = har("/a", text)
        recording["log"]["entries"] *= 50
        (tmp_path / name).write_text(json.dumps(recording))

    _, out, _ = run(capsys, "a.har", "b.har")
    lines = [line.split() for line in out.splitlines()]

    assert lines[1] == ["50", "GET", "/a", "$.w", "type-changed", "(breaking)", "1", '"1"']
    assert lines[2][:4] == ["100", "GET", "/a", "$.v[*]"]
    assert out.splitlines()[3] == "50 pairs compared: 150 differences"


def test_recordings_show_the_first_pairs_that_differ_and_how_many_more_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("a.har", '{"v": 1}'), ("b.har", '{"v": 2}')):
        recording = har("/a", text)
        recording["log"]["entries"] *= 4
        (tmp_path / name).write_text(json.dumps(recording))

    _, out, _ = run(capsys, "a.har", "b.har", "--width", "80", "--pairs", "3")

    assert out.count('~   "v": 2') == 3
    assert out.splitlines()[0] == "GET /a"
    assert "1 more pair differs and is not shown (--pairs N shows more)" in out
