"""A JSON parser for the rare text that the fast one refuses: it says what is wrong, or reads it.

It keeps its own stack, so depth costs memory alone, and takes integers of any length.
"""

import re
from typing import Any

from shadowpact.compare.numeric import Number
from shadowpact.model.encoding import UndecodableError

MAX_INT_DIGITS = 4300
"""Above it Python refuses to make an ``int`` from text (its guard against quadratic time)."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"')
_WORDS = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"[A-Za-z]+")
_SPACE = re.compile(r"[ \t\n\r]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PAIR = re.compile("([\ud800-\udbff])([\udc00-\udfff])")


def parse_strictly(data: bytes) -> Any:
    """The document, or the reason why there is none.

    Raises:
        UndecodableError: Names the problem and the character it is at, counted from 1.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UndecodableError(f"not UTF-8 at byte {error.start + 1}") from error
    return _Parser(text).document()


class _Parser:
    """One text, one position, and the open containers.

    A container on the stack is a list, or a dict with the name its next value belongs to.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.open: list[tuple[Any, str | None]] = []

    def document(self) -> Any:
        """Read the one value the text holds."""
        while True:
            value = self._value()
            if value is _OPENED:
                continue
            while self.open:
                container, name = self.open.pop()
                if name is None:
                    container.append(value)
                else:
                    container[name] = value
                if self._goes_on(container):
                    break
                value = container
            else:
                self._space()
                if self.at < len(self.text):
                    raise self._error("text after the document's end")
                return value

    def _value(self) -> Any:
        """A scalar or an empty container, or ``_OPENED`` after the start of a fuller one."""
        self._space()
        character = self.text[self.at : self.at + 1]
        if character == "{":
            return self._open({}, "}")
        if character == "[":
            return self._open([], "]")
        if character == '"':
            return self._string()
        if character == "-" or character.isdigit():
            return self._number()
        return self._word()

    def _open(self, container: Any, end: str) -> Any:
        self.at += 1
        self._space()
        if self.text[self.at : self.at + 1] == end:
            self.at += 1
            return container
        self.open.append((container, self._name(container) if end == "}" else None))
        return _OPENED

    def _goes_on(self, container: Any) -> bool:
        """Whether a comma follows; the container is then open again for the next value."""
        self._space()
        end = "}" if isinstance(container, dict) else "]"
        character = self.text[self.at : self.at + 1]
        self.at += 1
        if character == end:
            return False
        if character != ",":
            self.at -= 1
            raise self._error(f"expected ',' or {end!r}")
        self._space()
        self.open.append((container, self._name(container) if end == "}" else None))
        return True

    def _name(self, container: dict[str, Any]) -> str:
        self._space()
        if self.text[self.at : self.at + 1] != '"':
            raise self._error("expected a name in double quotes")
        start = self.at
        name = self._string()
        if name in container:
            self.at = start
            raise self._error(f"the name {name[:80]!r} is there twice in one object")
        self._space()
        if self.text[self.at : self.at + 1] != ":":
            raise self._error("expected ':' after a name")
        self.at += 1
        return name

    def _string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if not found:
            raise self._error("a string that does not end, or with a bad escape in it")
        value = found[1]
        if "\\" in value:
            value = _ESCAPE.sub(_unescape, value)
            value = _PAIR.sub(_join, value)
            if _SURROGATE.search(value):
                raise self._error("half a surrogate pair in a string")
        self.at = found.end()
        return value

    def _number(self) -> Any:
        found = _NUMBER.match(self.text, self.at)
        if not found:
            raise self._error("not a number")
        text = found[0]
        self.at = found.end()
        is_int = found[1] is None and found[2] is None and len(text) <= MAX_INT_DIGITS
        return int(text) if is_int else Number(text)

    def _word(self) -> Any:
        found = _WORD.match(self.text, self.at)
        if not found:
            end = self.at >= len(self.text)
            raise self._error("the text ends early" if end else "not a JSON value")
        if found[0] not in _WORDS:
            raise self._error(f"{found[0][:40]} is not a JSON value")
        self.at = found.end()
        return _WORDS[found[0]]

    def _space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _error(self, problem: str) -> UndecodableError:
        return UndecodableError(f"not valid JSON: {problem} (character {self.at + 1})")


_OPENED = object()


def _unescape(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _SIMPLE.get(found[2], found[2])


def _join(found: re.Match[str]) -> str:
    high, low = ord(found[1]), ord(found[2])
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
