"""The interactions of a YAML cassette, one by one: nothing but the one at hand is kept.

Tags are not obeyed, except those of binary data: a cassette may name any class of Python or Ruby.
"""

import base64
import binascii
from collections.abc import Collection, Iterator
from typing import Any

import msgspec
import yaml

from shadowpact.recording.skipped import Skipped
from shadowpact.recording.streams import ByteStream

NOT_YAML = "not YAML"
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
    walk = _Walk(stream, lists)
    try:
        yield from walk.read()
    except (yaml.YAMLError, RecursionError) as error:
        if not walk.has_list:
            raise YamlTextError(_place(error)) from error
        yield Skipped(NOT_YAML)
        yield End(is_closed=True, is_list=walk.is_list)
    else:
        if walk.has_list:
            yield End(is_closed=walk.has_other_members, is_list=walk.is_list)


class _Walk:
    def __init__(self, stream: ByteStream, lists: Collection[str]) -> None:
        self.has_list = False
        self.is_list = False
        self.has_other_members = False
        self._lists = lists
        self._events = yaml.parse(stream, Loader=_LOADER)
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
            yield self._value(event)

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
