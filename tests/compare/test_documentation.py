"""What the reference says, held against the code."""

import re
from pathlib import Path

from shadowpact.compare.conversions import CONVERSIONS
from shadowpact.compare.fields import MEANINGS
from shadowpact.compare.settings import RULE_KINDS, Rule
from shadowpact.compare.volatile import BUILTIN_RULES

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
COMPARISON = (REFERENCE / "comparison.md").read_text(encoding="utf-8")
RULES = (REFERENCE / "rules.md").read_text(encoding="utf-8")


def test_every_kind_of_rule_has_its_line() -> None:
    assert set(re.findall(r"^\| `([a-z]+)` \|", RULES, re.MULTILINE)) >= set(RULE_KINDS)


def test_every_key_of_a_rule_is_named() -> None:
    fields = {name.replace("_", "-") for name in Rule.__struct_fields__} - {"source"}

    assert {name for name in fields if f"`{name}" not in RULES} == set()


def test_every_conversion_and_built_in_rule_is_named() -> None:
    assert {name for name in CONVERSIONS if f"`{name}`" not in RULES} == set()
    assert {name for name in BUILTIN_RULES if f"`{name}`" not in COMPARISON} == set()


def test_every_header_with_a_meaning_of_its_own_is_named() -> None:
    named = COMPARISON.lower()
    families = ("accept-", "access-control-")

    missing = [n for n in MEANINGS if f"`{n}`" not in named and not n.startswith(families)]

    assert missing == []


def test_the_example_runs() -> None:
    [example] = re.findall(r"```python\n(.*?)```", COMPARISON, re.DOTALL)

    exec(compile(example, "comparison.md", "exec"), {})  # noqa: S102  the project's own example
