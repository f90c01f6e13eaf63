"""A JSON document walked for the ids in it; what is to be replaced comes out by leaf number."""

from typing import Any

from shadowpact.aliases.classes import is_strong, is_word, text_of
from shadowpact.aliases.names import HARD, NO, Name, member_kind, name_of
from shadowpact.aliases.places import ABSENT, Resolver, edit_text
from shadowpact.model.alias import Scalar

MAX_DEPTH = 100
"""Containers within each other; what lies deeper is left alone, with its whole document."""

_SHORTEST_TEXT = 6
"""A text that holds a token and something besides is longer."""


class TooDeepError(ValueError):
    """A document is nested deeper than we follow."""


class Walk:
    """One walk through one document.

    Attributes:
        changes: New values by leaf number (see :func:`.documents.splice`).
        leaves: How many leaves were passed.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known = resolver.known
        self.changes: dict[int, Scalar] = {}
        self.leaves = 0

    def document(self, document: Any, twin: Any, resource: str) -> None:
        """Walk a document.

        Args:
            document: What is walked.
            twin: The document to whose places its own are aligned, or ``ABSENT``.
            resource: Kind of the root.

        Raises:
            TooDeepError: It is nested too deep; nothing can be said.
        """
        if isinstance(document, dict):
            self._object(document, twin, resource, "$", 0, is_root=True)
        elif isinstance(document, list):
            self._list(document, twin, resource, "$", 0, _PLAIN)
        else:
            self.leaves = 1

    def _object(
        self, node: dict[str, Any], twin: Any, around: str, path: str, depth: int, *, is_root: bool
    ) -> None:
        known = self._known
        is_envelope = is_root and "id" not in node and "uuid" not in node
        twins = twin if twin.__class__ is dict else _EMPTY
        number = self.leaves
        for name, value in node.items():
            if name in known and not is_word(name):
                other = name if name in twins else ABSENT
                self._ask(number, (around,), HARD, name, (path, name), other)
                if number in self.changes:  # a name is a text in any case
                    self.changes[number] = text_of(self.changes[number])
            number += 1
            cls = value.__class__
            if cls is str or cls is int:
                info = name_of(name)
                if info.level or value in known:
                    if info.level or not info.is_plural or cls is str:
                        kinds = info.kinds or (around,)
                        twin_value = twins.get(name, ABSENT)
                        self._ask(number, kinds, info.level, value, (path, name), twin_value)
                elif cls is str and len(value) >= _SHORTEST_TEXT:
                    self._text(number, value, (path, name), twins.get(name, ABSENT))
                number += 1
            elif cls is dict or cls is list:
                self.leaves = number
                self._container(name, value, twins, around, path, depth, is_envelope=is_envelope)
                number = self.leaves
            else:
                number += 1
        self.leaves = number

    def _container(
        self,
        name: str,
        value: Any,
        twins: dict[str, Any],
        around: str,
        path: str,
        depth: int,
        *,
        is_envelope: bool,
    ) -> None:
        if depth >= MAX_DEPTH:
            raise TooDeepError
        kind = member_kind(name, around, is_envelope=is_envelope)
        inner, twin = f"{path}.{name}", twins.get(name, ABSENT)
        if value.__class__ is dict:
            self._object(
                value, twin, kind, inner, depth + 1, is_root=is_envelope and kind == around
            )
        else:
            self._list(value, twin, kind, inner, depth + 1, name_of(name))

    def _list(
        self, node: list[Any], twin: Any, around: str, path: str, depth: int, info: Name
    ) -> None:
        if depth >= MAX_DEPTH:
            raise TooDeepError
        known = self._known
        twins = twin if twin.__class__ is list else ()
        for i, value in enumerate(node):
            cls = value.__class__
            other = twins[i] if i < len(twins) else ABSENT
            if cls is dict:
                self._object(value, other, around, f"{path}[{i}]", depth + 1, is_root=False)
            elif cls is list:
                self._list(value, other, around, f"{path}[{i}]", depth + 1, _NUMBERS)
            else:
                if (cls is str or cls is int) and (info.level or value in known):
                    self._ask(
                        self.leaves, info.kinds or (around,), info.level, value, (path, i), other
                    )
                elif cls is str and len(value) >= _SHORTEST_TEXT:
                    self._text(self.leaves, value, (path, i), other)
                self.leaves += 1

    def _ask(
        self,
        number: int,
        kinds: tuple[str, ...],
        level: int,
        value: Scalar,
        where: tuple[str, str | int],
        twin: Any,
    ) -> None:
        new = self._resolver.value(kinds, level, value, where, twin)
        if new is not None and not (new.__class__ is value.__class__ and new == value):
            self.changes[number] = new
        elif new is None and isinstance(value, str) and not is_strong(value):
            self._text(number, value, where, twin)

    def _text(self, number: int, text: Any, where: tuple[str, str | int], twin: Any) -> None:
        if text == twin:
            return
        new = edit_text(text, self._resolver, where)
        if new is not None:
            self.changes[number] = new


_EMPTY: dict[str, Any] = {}
_PLAIN = Name((), NO, is_token=False, is_content=False, is_plural=True)
_NUMBERS = Name(("",), NO, is_token=False, is_content=False, is_plural=True)
"""Of a list in a list: a table or coordinates, in which no number is an id."""


def written_where(where: tuple[str, str | int]) -> str:
    """``$.items[2].id``, ``query:id``, ``path``."""
    place, token = where
    if isinstance(token, int):
        return f"{place}[{token}]"
    if not token:
        return place
    return f"{place}.{token}" if place.startswith("$") else f"{place}:{token}"
