"""JSON read value by value from a stream, so that a file need not fit into memory.

A value is decoded whole, so memory holds about one chunk or the largest value, whichever is longer.
"""

import codecs
import json
import re
from typing import Any

from shadowpact.recording.streams import ByteStream

CHUNK_BYTES = 1 << 20

_SPACE = re.compile(r"[ \t\n\r]*")
_NEAR_END = 16
"""An error this close to the end of what was read may be one of reading too little: the longest
literal and a long escape are shorter."""
_NOT_TEXT = re.compile("[\ud800-\udfff]")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


class JsonTextError(ValueError):
    """The text is not JSON at some place.

    Attributes:
        line: From 1.
        column: From 1.
        problem: What is wrong there.
        is_end: The text ended too early.
    """

    def __init__(self, line: int, column: int, problem: str, *, is_end: bool) -> None:
        super().__init__(f"{line}:{column}: {problem}")
        self.line = line
        self.column = column
        self.problem = problem
        self.is_end = is_end


class JsonText:
    """A JSON text in UTF-8, UTF-16 or UTF-32, with or without a byte order mark."""

    def __init__(self, stream: ByteStream, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._stream = stream
        self._chunk_bytes = chunk_bytes
        self._text = ""
        self._at = 0
        self._is_end = False
        self._decode = json.JSONDecoder(strict=False).raw_decode
        self._decoder: codecs.IncrementalDecoder | None = None
        self._has_other_bytes = False
        self._lines_before = 0
        self._column_before = 0

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, expected: str) -> str:
        """Take the next character, one of those expected.

        Raises:
            JsonTextError: It is another one, or the text ends here.
        """
        found = self.peek()
        if not found or found not in expected:
            names = " or ".join(repr(one) for one in expected)
            raise self._error(f"Expecting {names}", is_end=not found)
        self._at += 1
        return found

    def value(self) -> Any:
        """Take the next value.

        Raises:
            JsonTextError: It is no JSON, no text, or ends too early; the place stays where it was.
        """
        self.peek()
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._may_go_on(error) and self._more():
                    continue
                raise self._error(error.msg, error.pos, is_end=self._is_cut(error)) from None
            except RecursionError:
                raise self._error("nested too deeply", is_end=False) from None
            except ValueError as error:  # a number of thousands of digits
                raise self._error(str(error), is_end=False) from None
            is_number = isinstance(value, int | float)
            if is_number and end > len(self._text) - _NEAR_END and self._more():  # it may go on
                continue
            if self._has_other_bytes and _NOT_TEXT.search(self._text, self._at, end):
                raise self._error("bytes that are no text", is_end=False)
            self._at = end
            return value

    def find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Go on behind the next match of a short pattern; at the end without one."""
        while True:
            if found := pattern.search(self._text, self._at):
                self._at = found.end()
                return found
            self._at = max(self._at, len(self._text) - 64)  # a match may have begun
            if not self._more():
                self._at = len(self._text)
                return None

    def back(self, characters: int) -> None:
        """Go back over characters that were taken just now."""
        self._at -= characters

    @property
    def is_text(self) -> bool:
        """Whether what comes next is text."""
        return not _NOT_TEXT.match(self.peek())

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _NEAR_END

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the end of the text is what is wrong."""
        return error.msg.startswith("Unterminated") or not self._text[error.pos :].strip()

    def _more(self) -> bool:
        """Read on; what is behind us is let go. False at the end, where nothing is moved."""
        if self._is_end:
            return False
        left = len(self._text) - self._at
        data = self._stream.read(max(self._chunk_bytes, left))
        if self._decoder is None:
            self._decoder = _decoder_for(data)
        self._is_end = not data
        text = self._decoder.decode(data, final=self._is_end)
        if not text.isascii() and not self._has_other_bytes:
            self._has_other_bytes = _NOT_TEXT.search(text) is not None
        if text:
            self._let_go()
            self._text += text
        return bool(text) or not self._is_end

    def _let_go(self) -> None:
        lines = self._text.count("\n", 0, self._at)
        if lines:
            self._lines_before += lines
            self._column_before = self._at - self._text.rfind("\n", 0, self._at) - 1
        else:
            self._column_before += self._at
        self._text = self._text[self._at :]
        self._at = 0

    def _error(self, problem: str, at: int | None = None, *, is_end: bool) -> JsonTextError:
        place = self._at if at is None else at
        lines = self._text.count("\n", 0, place)
        column = place - self._text.rfind("\n", 0, place)
        return JsonTextError(
            self._lines_before + lines + 1,
            column if lines else self._column_before + place + 1,
            problem,
            is_end=is_end,
        )


def _decoder_for(start: bytes) -> codecs.IncrementalDecoder:
    """Bytes that are no UTF-8 become lone surrogates, to be found where they are."""
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
            return codecs.getincrementaldecoder(encoding)(errors)
    return codecs.getincrementaldecoder("utf-8")("surrogateescape")
