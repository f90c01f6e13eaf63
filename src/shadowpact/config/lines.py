"""Which line of a TOML file a key is on; ``tomllib`` reads values and forgets where they were."""

import re
import tomllib
from bisect import bisect_right

type KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line of every key, table and list element.

    Args:
        text: A document that ``tomllib`` accepts; nothing is checked again here.

    Returns:
        ``{("candidates", "orders", "url"): 4, ("rules", 0): 9}``, lines from 1. A table that is
        written in several places has its first.
    """
    return _Scanner(text).scan()


class _Scanner:
    """Walks the text once, keeping the table it is in."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.newlines = [match.start() for match in re.finditer("\n", text)]
        self.lines: dict[KeyPath, int] = {}
        self.last_index: dict[KeyPath, int] = {}
        """Of every array of tables, the element that is being written."""

    def scan(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self.skip_blank():
            if self.text[self.position] == "[":
                table = self.header()
            else:
                self.pair(table)
        return self.lines

    def skip_blank(self) -> bool:
        """Move over white space and comments; whether anything is left."""
        self.move(_BLANK)
        return self.position < len(self.text)

    def move(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.position)
        if found is None:  # the document was accepted before, so this is our own mistake
            raise ValueError(f"no {pattern.pattern!r} at offset {self.position}")
        self.position = found.end()
        return found.group()

    def note(self, path: KeyPath) -> None:
        line = bisect_right(self.newlines, self.position - 1) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def header(self) -> KeyPath:
        is_array = self.text.startswith("[[", self.position)
        self.position += 2 if is_array else 1
        parts = self.key()
        path: KeyPath = ()
        for number, part in enumerate(parts, start=1):
            path += (part,)
            if is_array and number == len(parts):
                self.last_index[path] = self.last_index.get(path, -1) + 1
            if path in self.last_index:
                path += (self.last_index[path],)
        self.note(path)
        self.position += 2 if is_array else 1
        return path

    def key(self) -> tuple[str, ...]:
        parts = []
        while True:
            self.skip_blank()
            if self.text[self.position] in "\"'":
                raw = self.move(_STRING)
                parts.append(str(tomllib.loads(f"key = {raw}")["key"]))
            else:
                parts.append(self.move(_BARE_KEY))
            self.skip_blank()
            if self.text[self.position] != ".":
                return tuple(parts)
            self.position += 1

    def pair(self, table: KeyPath) -> None:
        start = self.position
        path = table + self.key()
        after, self.position = self.position, start
        self.note(path)
        self.position = after + 1  # over the equals sign
        self.skip_blank()
        self.value(path)

    def value(self, path: KeyPath) -> None:
        character = self.text[self.position]
        if character == "[":
            self.elements(path)
        elif character == "{":
            self.inline_table(path)
        else:
            self.move(_STRING if character in "\"'" else _SCALAR)

    def elements(self, path: KeyPath) -> None:
        self.position += 1
        index = 0
        while self.more("]"):
            self.note((*path, index))
            self.value((*path, index))
            index += 1

    def inline_table(self, path: KeyPath) -> None:
        self.position += 1
        while self.more("}"):
            self.pair(path)

    def more(self, end: str) -> bool:
        """Whether another element follows; moves over commas, and over the end."""
        self.skip_blank()
        if self.text[self.position] == ",":
            self.position += 1
            self.skip_blank()
        if self.text[self.position] != end:
            return True
        self.position += 1
        return False
