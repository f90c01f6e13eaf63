"""Rule files that several configurations may share."""

from pathlib import Path

import pytest

from shadowpact import Rules
from shadowpact.config import load, load_rules
from shadowpact.errors import ConfigError

RULE = '[[rules]]\nid = "{id}"\nkind = "ignore"\npath = "$.{id}"\nreason = "r"\n'


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text(text)
    return file


def main(folder: Path, text: str = "", patterns: str = '["rules/*.toml"]') -> Path:
    return write(folder, "shadowpact.toml", f"{text}[compare]\nrule-files = {patterns}\n")


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file, environ={})
    return str(caught.value).replace(f"{file.parent}/", "")


def test_rules_of_files_come_after_those_of_the_configuration(tmp_path: Path) -> None:
    write(tmp_path, "rules/b.toml", RULE.format(id="b"))
    write(tmp_path, "rules/a.toml", RULE.format(id="a"))
    file = main(tmp_path, RULE.format(id="own"))

    settings = load(file, environ={})

    assert [rule.id for rule in settings.rules] == ["own", "a", "b"]
    assert settings.rules[1].source == f"{tmp_path}/rules/a.toml:1"
    assert settings.compare.rule_files == ("rules/*.toml",)


def test_a_file_that_two_patterns_name_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, "rules/a.toml", RULE.format(id="a"))

    settings = load(main(tmp_path, patterns='["rules/*.toml", "rules/a.toml"]'), environ={})

    assert [rule.id for rule in settings.rules] == ["a"]


def test_a_pattern_that_no_file_matches_is_refused(tmp_path: Path) -> None:
    assert refusal(main(tmp_path)).startswith(
        "shadowpact.toml:2: compare.rule-files[0]: got 'rules/*.toml', which no file matches in "
    )


def test_an_id_in_two_files_names_both_places(tmp_path: Path) -> None:
    write(tmp_path, "rules/a.toml", "\n" + RULE.format(id="own"))

    assert refusal(main(tmp_path, RULE.format(id="own"))) == (
        "rules/a.toml:3: rules[0].id: 'own' is taken by the rule at shadowpact.toml:1; "
        "ids are unique"
    )


def test_problems_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    write(tmp_path, "rules/a.toml", RULE.format(id="a").replace("$.a", "$.["))
    write(tmp_path, "rules/b.toml", "[gate]\nmin-pairs = 3\n")

    count, first, second = refusal(main(tmp_path)).splitlines()

    assert count == "2 problems in the configuration"
    assert first.startswith("  rules/a.toml:4: rules[0].path: ")
    assert second.startswith("  rules/b.toml:1: gate: unknown key")


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    write(tmp_path, "rules/a.toml", "[[rules]\n")

    assert refusal(main(tmp_path)).startswith("rules/a.toml:1: is not valid TOML")


def test_a_rule_of_a_file_may_name_a_candidate_of_the_configuration(tmp_path: Path) -> None:
    file = write(tmp_path, "rules/a.toml", RULE.format(id="a") + 'candidate = "orders"\n')

    assert "no candidate 'orders'" in refusal(main(tmp_path))
    assert [rule.candidate for rule in load_rules(file)] == ["orders"]


def test_rules_are_loaded_from_either_and_expired_ones_are_left_out(tmp_path: Path) -> None:
    rules = RULE.format(id="old") + "expires = 2020-01-01\n" + RULE.format(id="a")
    shared = write(tmp_path, "rules/a.toml", rules)
    file = main(tmp_path)

    assert [rule.id for rule in load(file, environ={}).rules] == ["old", "a"]
    assert [rule.id for rule in Rules.load(shared)] == ["a"]
    assert [rule.id for rule in Rules.load(file)] == ["a"]
