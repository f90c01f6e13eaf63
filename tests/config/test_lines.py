"""Which line of a TOML file a key is on."""

import tomllib
from typing import Any

import pytest

from shadowpact.config.lines import KeyPath, key_lines

EVERYTHING = '''\
# a comment with [brackets] and = signs
top = 1
dotted."quoted.key".'literal' = "a # no comment"

[table]  # behind it
text = """
[not-a-table]
key = "no"  \\""" still inside
"""
literal = \'\'\'
# no comment
it's\'\'\'\'
after = 1979-05-27 07:32:00 # a date with a space
list = [ # a comment
  1,
  { deep = { deeper = [true, "]"] }, "x y" = '}' },
  [2, [3]],
]
empty = []
none = {}
[[entry]]
id = "one"
[entry.more]
key = 1
[[entry.nested]]
key = 2
[[entry.nested]]
key = 3
[[entry]]
id = "two"
[[entry.nested]]
key = 4
[table.late]
"\\u006bey" = 5
'''


def paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Every key path of a parsed document."""
    if isinstance(value, dict):
        inner = {(*path, key): item for key, item in value.items()}
    elif isinstance(value, list):
        inner = {(*path, index): item for index, item in enumerate(value)}
    else:
        return set()
    return set(inner) | {deep for key, item in inner.items() for deep in paths(item, key)}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_key_of_the_document_has_a_line(newline: str) -> None:
    text = EVERYTHING.replace("\n", newline)

    assert set(key_lines(text)) == paths(tomllib.loads(text))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("top",), 2),
        (("dotted", "quoted.key", "literal"), 3),
        (("table",), 5),
        (("table", "text"), 6),
        (("table", "literal"), 10),
        (("table", "after"), 13),
        (("table", "list"), 14),
        (("table", "list", 0), 15),
        (("table", "list", 1, "deep", "deeper", 1), 16),
        (("table", "list", 1, "x y"), 16),
        (("table", "list", 2, 1, 0), 17),
        (("entry", 0), 21),
        (("entry", 0, "more", "key"), 24),
        (("entry", 0, "nested", 1, "key"), 28),
        (("entry", 1, "id"), 30),
        (("entry", 1, "nested", 0, "key"), 32),
        (("table", "late", "key"), 34),
    ],
)
def test_a_key_is_on_its_line(path: KeyPath, line: int) -> None:
    assert key_lines(EVERYTHING)[path] == line


def test_an_empty_document_has_no_keys() -> None:
    assert key_lines("  \n# nothing\n") == {}
