"""The interactions of YAML cassettes."""

import io
from typing import Any

import pytest

from shadowpact.recording.cassette_yaml import NOT_YAML, End, YamlTextError, interactions
from shadowpact.recording.skipped import Skipped


def read(text: str) -> list[Any]:
    return list(interactions(io.BytesIO(text.encode()), ("interactions",)))


OPEN = End(is_closed=False, is_list=False)


def test_the_list_may_be_a_member_or_all_there_is() -> None:
    assert read("interactions:\n- a\n- b\nversion: 1\n") == [
        "a",
        "b",
        End(is_closed=True, is_list=False),
    ]
    assert read("--- # old\n- a\n") == ["a", End(is_closed=False, is_list=True)]
    assert read("interactions: []\n") == [OPEN]


def test_scalars_are_texts_but_for_nothing_and_bytes() -> None:
    text = "interactions:\n- [1, 'null', null, ~, true, !!binary /w==, !binary /w==, '']\n"

    assert read(text) == [["1", "null", None, None, "true", b"\xff", b"\xff", ""], OPEN]


def test_tags_of_programs_are_not_obeyed() -> None:
    text = (
        "interactions:\n- !!python/object/apply:os.system ['true']\n"
        "- !ruby/struct:Request {a: !!python/unicode 'x'}\n"
    )

    assert read(text) == [["true"], {"a": "x"}, OPEN]


def test_an_alias_stands_for_what_it_names() -> None:
    text = "interactions:\n- {headers: &h {a: [b]}}\n- {headers: *h, none: *h}\n"

    assert read(text)[1] == {"headers": {"a": ["b"]}, "none": {"a": ["b"]}}


@pytest.mark.parametrize("damage", ["'open", "[1, 2", "{a", "@no", "a: b: c", "- x\n y: 1\n- @"])
@pytest.mark.parametrize("indent", ["", "  "])
@pytest.mark.parametrize("start", ["interactions:\n", "--- # a list alone\n"])
def test_behind_damage_reading_goes_on(damage: str, indent: str, start: str) -> None:
    def one(value: str) -> str:
        lines = f"- request:\n    uri: {value}\n  response: 1\n"
        return "".join(f"{indent}{line}\n" for line in lines.splitlines())

    broken = f"{indent}- request: {damage}\n"
    text = start + one("a") + broken + one("b") + broken + broken + one("c")

    *found, end = read(text)

    uris = [one if isinstance(one, Skipped) else one["request"]["uri"] for one in found]
    lost = Skipped(NOT_YAML)
    assert uris == ["a", lost, "b", lost, lost, "c"]
    assert end.is_list == start.startswith("---")


def test_behind_the_last_damage_there_is_nothing() -> None:
    text = "interactions:\n- request: a\n- request: 'open\n  response: 1\nversion: 1\n"

    assert read(text) == [{"request": "a"}, Skipped(NOT_YAML), End(is_closed=True, is_list=False)]


def test_what_is_no_cassette_gives_nothing() -> None:
    assert read("a: 1\n") == []
    assert read("") == []
    assert read("interactions: text\n") == []


def test_what_is_no_yaml_before_the_list_is_an_error() -> None:
    with pytest.raises(YamlTextError, match=r"line 2, column \d+: "):
        read("a: [1\nb: 2\ninteractions:\n- a\n")


def test_damage_behind_whole_interactions_leaves_them() -> None:
    found = read("interactions:\n- a\n- {b: 1\n- c\n- d\n")

    assert found == ["a", Skipped(NOT_YAML), End(is_closed=True, is_list=False)]


@pytest.mark.parametrize("text", ["[" * 100_000, "interactions:\n- " + "[" * 100_000])
def test_hostile_nesting_is_damage(text: str) -> None:
    try:
        found = read(text)
    except YamlTextError:
        found = [Skipped(NOT_YAML)]

    assert Skipped(NOT_YAML) in found
