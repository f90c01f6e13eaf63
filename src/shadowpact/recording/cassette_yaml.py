"""The interactions of a YAML cassette, one by one: nothing but the one at hand is kept.

Tags are not obeyed, except those of binary data: a cassette may name any class of Python or Ruby.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec
import yaml

from shadowpact.recording.skipped import Skipped
from shadowpact.recording.streams import ByteStream

NOT_YAML = "not YAML"
CHUNK_BYTES = 1 << 20
_LIST = b"interactions:"
_BINARY = frozenset({"tag:yaml.org,2002:binary", "!binary"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class YamlTextError(ValueError):
    """The text is not YAML before any interaction; says where."""


class End(msgspec.Struct, frozen=True):
    """Behind the last interaction.

    Attributes:
        is_closed: Something of the cassette came behind the list (or before it) that its writer
            puts there, so the list is whole.
        is_list: The cassette is a list and nothing else, which has no end to be seen.
    """

    is_closed: bool
    is_list: bool


class _Malformed(msgspec.Struct, frozen=True):
    """A scalar that is not what its tag says."""


def interactions(stream: ByteStream, lists: Collection[str]) -> Iterator[Any]:
    """The elements of the list as plain values, a :class:`Skipped` for damage, an :class:`End`.

    Args:
        stream: The file.
        lists: Names of the member that is the list.

    Raises:
        YamlTextError: It is not YAML before the list begins; nothing comes for a file without one.
    """
    text = _Remembered(stream)
    is_list = False
    while True:
        walk = _Walk(text, lists)
        try:
            yield from walk.read()
        except (yaml.YAMLError, RecursionError) as error:
            if not walk.has_list:
                raise YamlTextError(_place(error)) from error
            is_list = is_list or walk.is_list
            behind = text.from_next(walk.indent)
            if walk.is_inside or text.is_at_start or behind is None:
                yield Skipped(NOT_YAML)  # else it is met again, in the one that begins there
            if behind is None:
                yield End(is_closed=True, is_list=is_list)
                return
            text = _Remembered(stream, behind)
        else:
            if walk.has_list:
                yield End(is_closed=walk.has_other_members, is_list=is_list or walk.is_list)
            return


class _Remembered:
    """A text of which the interaction at hand is remembered, to go on behind it.

    Attributes:
        is_at_start: It was gone on in here, and nothing was taken yet.
    """

    def __init__(self, stream: ByteStream, start: bytes = b"") -> None:
        self.is_at_start = bool(start)
        self._stream = stream
        self._kept = bytearray()
        self._start = start
        self._lines_before = 0

    def read(self, size: int = -1, /) -> bytes:
        """As :class:`ByteStream`."""
        data, self._start = self._start or self._stream.read(size), b""
        self._kept += data
        return data

    def go_to(self, line: int) -> None:
        """Forget what is before a line, counted from 0."""
        self.is_at_start = False
        at = 0
        while self._lines_before < line and (found := self._kept.find(b"\n", at)) >= 0:
            at = found + 1
            self._lines_before += 1
        del self._kept[:at]

    def from_next(self, indent: int) -> bytes | None:
        """A list of interactions that begins with the one behind the one at hand."""
        start = re.compile(rb"\n {%d}- (?=request:|response:|recorded_at:)" % indent)
        at = len(_LIST) + 1 if self.is_at_start else 0
        while True:
            found = start.search(self._kept, at)
            if found is not None:
                return _LIST + self._kept[found.start() :]
            at = 0
            del self._kept[: -(indent + 32)]
            if not self.read(CHUNK_BYTES):
                return None


class _Walk:
    def __init__(self, text: _Remembered, lists: Collection[str]) -> None:
        self.indent = 0
        self.is_inside = False
        self.has_list = False
        self.is_list = False
        self.has_other_members = False
        self._lists = lists
        self._text = text
        self._events = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, Any] = {}

    def read(self) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, yaml.SequenceStartEvent):
                self.is_list = True
                yield from self._elements()
            elif isinstance(event, yaml.MappingStartEvent):
                yield from self._members()

    def _members(self) -> Iterator[Any]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._value(event)
            event = next(self._events)
            if name in self._lists and isinstance(event, yaml.SequenceStartEvent):
                yield from self._elements()
            else:
                self._value(event)
                self.has_other_members = True

    def _elements(self) -> Iterator[Any]:
        self.has_list = True
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            if event.start_mark is not None:
                self._text.go_to(event.start_mark.line)
                self.indent = max(0, event.start_mark.column - 2)
            self.is_inside = True
            value = self._value(event)
            self.is_inside = False
            yield value

    def _value(self, event: yaml.Event) -> Any:
        """The value that begins with an event."""
        if isinstance(event, yaml.AliasEvent):
            return self._anchors.get(event.anchor or "")
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
            while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                value.append(self._value(inner))
        else:
            value = {}
            while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
                name = self._value(inner)
                value[name if isinstance(name, str) else str(name)] = self._value(
                    next(self._events)
                )
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            self._anchors[event.anchor] = value
        return value


def _scalar(event: yaml.ScalarEvent) -> Any:
    if event.tag in _BINARY:
        try:
            return base64.b64decode("".join(event.value.split()), validate=True)
        except (binascii.Error, ValueError):
            return _Malformed()
    if event.implicit[0] and event.value in _NULL:
        return None
    return event.value


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem
