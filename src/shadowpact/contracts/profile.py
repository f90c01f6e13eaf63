"""Looks into bodies and counts what is at each place: the population that matchers are made from.

Only some pairs are looked into (see :class:`Profiler`), and every body once: a thousand times the
same answer is no more evidence than one.
"""

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from shadowpact.contracts import paths
from shadowpact.contracts.formats import format_of, key_format_of
from shadowpact.contracts.shape import MANY_NAMES, document, is_data_name
from shadowpact.contracts.variants import VARIANTS_KEPT, facts_of_element, variant_of
from shadowpact.model.batch import BehaviourKey
from shadowpact.model.exchange import Request, Response
from shadowpact.model.profile import VALUES_KEPT, Facts

ALL_OF: Final = 200
"""So many bodies of a behaviour are looked into one by one, then one in 16, ..."""

MANY_OF: Final = 2000
"""... and from here on one in 256: they hardly say anything new."""

BEHAVIOUR_LIMIT: Final = 2000
"""Behaviours looked into."""

PATH_LIMIT: Final = 400
"""Places of one behaviour that are counted; what comes beyond has no statistics."""

BODY_LIMIT_BYTES: Final = 256 * 1024
ELEMENT_LIMIT: Final = 50
"""Elements of one list, and values of one map, that are counted."""

_DEPTH_LIMIT: Final = 16
_DIGESTS_KEPT: Final = 4096
_STEPS_KEPT: Final = 4096
_VALUE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ _./:-][A-Za-z0-9]+)*")
_VALUE_LENGTH: Final = 40
_OBJECT, _LIST = "object", "list"


class _Seen:
    """What is remembered of one behaviour."""

    __slots__ = ("count", "digests", "paths", "values", "variants")

    def __init__(self) -> None:
        self.count = 0
        self.digests: set[bytes] = set()
        self.paths: set[str] = set()
        self.values: dict[str, set[str] | None] = {}
        self.variants: dict[str, set[str]] = {}


class Profiler:
    """Decides which bodies are looked into, and counts what is in them."""

    def __init__(self) -> None:
        self._seen: dict[BehaviourKey, _Seen] = {}

    def facts(
        self,
        behaviour: BehaviourKey,
        response: Response,
        chance: int,
        redacted: Callable[[], Response],
    ) -> Facts:
        """What a pair adds to its behaviour's profile; nothing when it is not looked into.

        Args:
            behaviour: How the baseline behaved.
            response: Its answer as it came.
            chance: Of the exchange, equally likely and always the same.
            redacted: Makes the answer without secrets; called only when it is looked into.
        """
        seen = self._seen.get(behaviour)
        if seen is None:
            if len(self._seen) >= BEHAVIOUR_LIMIT:
                return {}
            seen = self._seen[behaviour] = _Seen()
        if seen.count >= ALL_OF and chance & (15 if seen.count < MANY_OF else 255):
            return {}
        if response.cut is not None or not 0 < len(response.body) <= BODY_LIMIT_BYTES:
            return {}
        digest = hashlib.blake2b(response.body, digest_size=8).digest()
        if digest in seen.digests:
            return {}
        if len(seen.digests) < _DIGESTS_KEPT:
            seen.digests.add(digest)
        seen.count += 1
        shown = redacted()
        return facts_of(shown, seen)


def facts_of(message: Request | Response, seen: _Seen | None = None) -> Facts:
    """What is in one body; nothing when that is no JSON."""
    if message.cut is not None:
        return {}
    try:
        root = document(message.headers, message.body)
    except ValueError:
        return {}
    walk = _Walk(seen or _Seen())
    walk.node(root, "$", 0)
    return walk.facts


class _Walk:
    """One document's facts."""

    def __init__(self, seen: _Seen) -> None:
        self.facts: dict[tuple[str, str], int] = {}
        self._seen = seen

    def node(self, node: Any, path: str, depth: int) -> None:
        known = self._seen.paths
        if path not in known:
            if len(known) >= PATH_LIMIT or "\0" in path:
                return
            known.add(path)
        of = type(node)
        if of is str:
            self._string(node, path)
        elif of is dict:
            self._add(path, _OBJECT)
            if depth < _DEPTH_LIMIT:
                self._object(node, path, depth + 1)
        elif of is list:
            self._add(path, _LIST)
            if not node:
                self._add(path, "empty")
            elif depth < _DEPTH_LIMIT:
                self._list(node[:ELEMENT_LIMIT], path, depth + 1)
        else:
            self._add(path, _SCALARS[of])

    def _list(self, elements: list[Any], path: str, depth: int) -> None:
        below = path + "[*]"
        known = self._seen.variants.setdefault(path, set())
        there: dict[str, None] = {}
        for element in elements:
            self.node(element, below, depth)
            variant = variant_of(element)
            if variant and (variant in known or len(known) <= VARIANTS_KEPT):
                known.add(variant)
                there[variant] = None
                kinds = {name: kind_of(value) for name, value in element.items()}
                for fact in facts_of_element(variant, kinds):
                    self._add(below, fact)
        for variant in there:
            self._add(path, f"has:{variant}")

    def _object(self, node: dict[str, Any], path: str, depth: int) -> None:
        is_map = len(node) > MANY_NAMES
        count = 0
        for name, child in node.items():
            if is_map or is_data_name(name):
                count += 1
                if count > ELEMENT_LIMIT:
                    break
                self._add(path, f"key:{key_format_of(name)}")
                self.node(child, path + ".*", depth)
            else:
                self.node(child, path + _step(name), depth)

    def _string(self, text: str, path: str) -> None:
        self._add(path, "string")
        held = self._seen.values.get(path, _NONE_YET)
        if held is not None and text in held:
            self._add(path, f"value:{text}")
            return
        kind = format_of(text)
        if kind:
            self._add(path, f"format:{kind}")
        if held is None:
            return
        is_word = not kind and len(text) <= _VALUE_LENGTH and _VALUE.fullmatch(text) is not None
        if held is _NONE_YET:
            held = self._seen.values[path] = set()
        if is_word and len(held) < VALUES_KEPT:
            held.add(text)
            self._add(path, f"value:{text}")
        else:
            self._seen.values[path] = None
            self._add(path, "many")

    def _add(self, path: str, fact: str) -> None:
        key = (path, fact)
        self.facts[key] = self.facts.get(key, 0) + 1


def kind_of(value: Any) -> str:
    """The kind of a value, as facts call it."""
    if isinstance(value, dict):
        return _OBJECT
    if isinstance(value, list):
        return _LIST
    return "string" if isinstance(value, str) else _SCALARS[type(value)]


_NONE_YET: Final[set[str]] = set()
_SCALARS: Final = {int: "integer", float: "decimal", bool: "boolean", type(None): "null"}


@lru_cache(_STEPS_KEPT)
def _step(name: str) -> str:
    """The end of a path, ``.price`` or ``["a.b"]``."""
    return paths.show((name,))[1:]
