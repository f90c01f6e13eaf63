import json
from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts import files
from shadowpact.errors import UsageError
from support.pacts import interaction, pact, write_pact


def write(folder: Path, *interactions: dict[str, Any], route: str = "GET /orders/{id}") -> None:
    files.write(
        folder,
        consumer="web",
        provider="orders",
        interactions=[(route, one) for one in interactions],
        places=files.existing(folder),
    )


@pytest.mark.parametrize(
    ("route", "number", "name"),
    [
        ("GET /orders/{id}", 1, "GET_orders_id.json"),
        ("GET /orders/{id}", 3, "GET_orders_id_3.json"),
        ("POST /", 1, "POST_root.json"),
        ("M-SEARCH /A/B", 1, "MSEARCH_a_b.json"),
        ("GET /" + "x" * 200, 1, "GET_" + "x" * 80 + "_cd46df.json"),
    ],
)
def test_a_file_is_named_after_its_route(route: str, number: int, name: str) -> None:
    assert files.file_name(route, number) == name


@pytest.mark.parametrize(
    ("consumer", "folder"),
    [("web", "web"), ("my.app_2-x", "my.app_2-x"), ("../etc", "etc-"), ("Web", "web-"), ("/", "")],
)
def test_a_folder_is_named_after_its_party_and_never_leaves_the_contracts(
    consumer: str, folder: str
) -> None:
    made = files.folder_of(Path("out"), consumer, "orders")

    assert made.parent.parent == Path("out")
    assert made.parent.name.startswith(folder)
    assert made.parent.name not in {"", ".", ".."}


def test_parties_with_similar_names_have_folders_of_their_own() -> None:
    named = {files.folder_of(Path(), name, "p") for name in ("web", "Web", "we b", "we/b")}

    assert len(named) == 4


def test_a_file_holds_twenty_interactions_at_most(tmp_path: Path) -> None:
    write(tmp_path, *(interaction(f"k{n:02}") for n in range(45)))
    counts = {f.name: len(files.read(f)["interactions"]) for f in files.pact_files(tmp_path)}

    assert counts == {
        "GET_orders_id.json": 20,
        "GET_orders_id_2.json": 20,
        "GET_orders_id_3.json": 5,
    }


def test_an_interaction_stays_in_its_file(tmp_path: Path) -> None:
    write(tmp_path, interaction("k2"), route="GET /old")
    write(tmp_path, interaction("k1"), interaction("k2"))

    assert files.existing(tmp_path)["k2"].file.name == "GET_old.json"
    assert files.existing(tmp_path)["k1"].file.name == "GET_orders_id.json"


def test_what_is_right_already_is_not_written(tmp_path: Path) -> None:
    write(tmp_path, interaction("k1"))
    (file,) = files.pact_files(tmp_path)
    file.chmod(0o400)
    stamp = file.stat().st_mtime_ns
    write(tmp_path, interaction("k1"))

    assert file.stat().st_mtime_ns == stamp


def test_a_pact_is_written_sorted_and_readable(tmp_path: Path) -> None:
    write(tmp_path, interaction("k2", content={"ü": 1}), interaction("k1"))
    (file,) = files.pact_files(tmp_path)
    text = file.read_text("utf-8")

    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    assert text.index('"k1"') < text.index('"k2"')
    assert "ü" in text


def test_pacts_are_found_below_a_folder_and_hidden_ones_are_not(tmp_path: Path) -> None:
    for name in ("b/x.json", "a.json", ".git/x.json", "b/.x.json", "notes.txt"):
        write_pact(tmp_path, name=name)

    found = [file.relative_to(tmp_path).as_posix() for file in files.pact_files(tmp_path)]

    assert found == ["a.json", "b/x.json"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or folder"):
        files.pact_files(tmp_path / "nope")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{oops", "is no JSON"),
        ('{"hello": 1}', "is no pact"),
        ("[]", "is no pact"),
        ('{"consumer": {"name": "a"}, "provider": {}, "interactions": []}', "is no pact"),
        ('{"consumer": {"name": "a"}, "provider": {"name": "b"}, "interactions": [1]}', "no pact"),
    ],
)
def test_what_is_no_pact_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)

    with pytest.raises(UsageError, match=reason):
        files.read(tmp_path / "x.json")


def test_an_interaction_without_a_key_in_our_folder_is_refused(tmp_path: Path) -> None:
    write_pact(tmp_path, {"description": "by hand"})

    with pytest.raises(UsageError, match="'by hand' has no key"):
        files.existing(tmp_path)


@pytest.mark.parametrize("layout", [{"indent": 4}, {"indent": None}, {"ensure_ascii": False}])
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_change_keeps_the_layout_of_a_foreign_file(
    layout: dict[str, Any], end: str, tmp_path: Path
) -> None:
    document = pact(interaction("kü", pending=True))
    layout = {"indent": 2, **layout}
    file = tmp_path / "foreign.json"
    original = json.dumps(document, **layout) + end
    file.write_text(original, encoding="utf-8")
    document["interactions"][0]["pending"] = False
    files.rewrite(file, document, original)

    assert file.read_text("utf-8") == original.replace('"pending": true', '"pending": false')
