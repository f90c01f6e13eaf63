"""The elements of the one long array in a JSON document, such as a HAR's entries."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from shadowpact.recording.json_stream import JsonText, JsonTextError
from shadowpact.recording.skipped import TORN, Skipped

NOT_JSON = "not JSON"

_ELEMENT = r'[,\[]\s*(\{)\s*"'


class ArrayReader:
    """Walks a document and yields the elements of its array one by one.

    Attributes:
        text: What is read.
        has_array: The array was found.
        others: The members of the document that were read on the way, outside the array.
    """

    def __init__(
        self,
        text: JsonText,
        *,
        arrays: Collection[str],
        inside: str = "",
        is_element: Callable[[Any], bool],
        mark: str,
    ) -> None:
        """Prepare.

        Args:
            text: The document, or several one after another.
            arrays: Names of the member that is the array.
            inside: Name of a member that may be around it.
            is_element: Tells an element from an array within one, to go on behind damage.
            mark: Name of a member that each element has once; tells how many are damaged.
        """
        self.text = text
        self.has_array = False
        self.others: dict[str, Any] = {}
        self._arrays = arrays
        self._inside = inside
        self._is_element = is_element
        self._next = re.compile(rf'(?P<mark>"{mark}"\s*:)|{_ELEMENT}')

    def read(self) -> Iterator[Any]:
        """The elements; where something is damaged, one :class:`Skipped` for each.

        Raises:
            JsonTextError: What is before the array is not JSON.
        """
        while self.text.peek():
            try:
                if self.text.peek() == "[" and not self.has_array:
                    yield from self._elements()
                else:
                    self.text.take("{")
                    yield from self._members(is_outermost=True)
            except JsonTextError as error:
                if not self.has_array:
                    raise
                if not error.is_end:  # else there is nothing more in it
                    yield Skipped(NOT_JSON)
                return

    def _members(self, *, is_outermost: bool) -> Iterator[Any]:
        text = self.text
        if text.peek() == "}":
            text.take("}")
            return
        while True:
            if text.peek() != '"':
                text.take('"')
            name = text.value()
            text.take(":")
            start = text.peek()
            if name in self._arrays and start == "[":
                yield from self._elements()
            elif name == self._inside and start == "{":
                text.take("{")
                yield from self._members(is_outermost=False)
            else:
                value = text.value()
                if is_outermost:
                    self.others[name] = value
            if text.take(",}") == "}":
                return

    def _elements(self) -> Iterator[Any]:
        text = self.text
        text.take("[")
        self.has_array = True
        while (sign := text.peek()) != "]":
            if sign == ",":
                text.take(",")
                continue
            try:
                if not sign:
                    text.take("]")
                yield text.value()
            except JsonTextError as error:
                yield from self._behind_damage(TORN if error.is_end else NOT_JSON)
                if not text.peek():
                    return
        text.take("]")

    def _behind_damage(self, reason: str) -> Iterator[Any]:
        """Go on with the next element that can be read."""
        text = self.text
        lost, found = 0, None
        while match := text.find(self._next):
            if match["mark"]:
                lost += 1
                continue
            text.back(match.end() - match.start(2))
            try:
                value = text.value()
            except JsonTextError:
                text.take("{")
                continue
            if self._is_element(value):
                found = value
                break
        yield from (Skipped(reason) for _ in range(max(1, lost)))
        if found is not None:
            yield found
