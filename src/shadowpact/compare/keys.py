"""The members by which the elements of a list are known: configured, or inferred from the pair."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

LIKELY = ("id", "uuid", "guid", "key", "sku", "code", "ref", "reference", "number", "slug", "name")
"""Names that usually identify, the surest first; ``order_id`` and ``orderId`` come after ``id``."""
MIN_PRESENT = 0.95
"""Share of the elements of either side that must have the key."""
MIN_OVERLAP = 0.5
"""Share of the shorter list's keys that the other list must have too: generated ids share none.
A member with any other name must share them all, as it may be what changed."""
MAX_TRIED = 8
"""Names tried for one pair of lists."""
_NAMING = frozenset({int, str})

type Key = tuple[str, ...]
type KeyValue = tuple[Any, ...]


def infer_key(
    baseline: list[dict[str, Any]],
    candidate: list[dict[str, Any]],
    differing: Sequence[int] | None = None,
) -> tuple[Key, bool] | None:
    """A member that identifies the elements on both sides.

    Args:
        baseline: The baseline's elements.
        candidate: The candidate's.
        differing: The only positions that differ, where that is known of lists of one length.

    Returns:
        Its name in a tuple, and whether the keys agree at every position; ``None`` when no member
        will do.
    """
    first, second = baseline[0], candidate[0]
    tried = 0
    for name, is_likely in _ranked(tuple(first)):
        of = type(first[name])
        if of is not type(second.get(name)) or not (of is str or (of is int and is_likely)):
            continue  # other numbers coincide too easily
        if tried == MAX_TRIED:
            break
        tried += 1
        ones = [element.get(name) for element in baseline]
        if differing is not None and _agree(name, ones, candidate, differing):
            return (name,), True
        others = [element.get(name) for element in candidate]
        if ones == others and _are_names(ones) and set(map(type, others)) <= _NAMING:
            return (name,), True
        if _identifies(ones) and _identifies(others):
            shared = len(set(ones) & set(others)) - (None in ones and None in others)
            needed = MIN_OVERLAP if is_likely else 1.0
            if shared >= needed * min(len(ones), len(others)):
                return (name,), False
    return None


def _agree(
    name: str, ones: list[Any], candidate: list[dict[str, Any]], differing: Sequence[int]
) -> bool:
    """Whether the keys identify and are the same where alone they may not be."""
    for at in differing:
        other = candidate[at].get(name)
        if other != ones[at] or type(other) not in _NAMING:
            return False
    return _are_names(ones)


def _are_names(values: list[Any]) -> bool:
    """Whether all are names or integers, and none is there twice."""
    return set(map(type, values)) <= _NAMING and len(set(values)) == len(values)


@lru_cache(maxsize=4096)
def _ranked(names: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    """The likely names first; each with whether it is one."""
    ranks = sorted((rank_of(name), index, name) for index, name in enumerate(names))
    return tuple((name, rank < len(LIKELY)) for rank, _, name in ranks)


def rank_of(name: str) -> int:
    """How likely a name identifies, the likeliest 0; ``len(LIKELY)`` when it says nothing."""
    lower = name.lower()
    if lower in LIKELY:
        return LIKELY.index(lower)
    if lower.endswith(("_id", "-id")) or name.endswith(("Id", "ID")):
        return 1
    return len(LIKELY)


def _identifies(values: list[Any]) -> bool:
    """Whether almost all are there, all are names or integers, and none is there twice."""
    present = [value for value in values if value is not None]
    if len(present) < MIN_PRESENT * len(values) or not set(map(type, present)) <= _NAMING:
        return False
    return len(set(present)) == len(present)


def keys_of(elements: Iterable[Any], key: Key) -> list[Any]:
    """The key of each element; two elements without one never share it."""
    if len(key) == 1 and "." not in key[0]:
        name = key[0]
        values = [e.get(name) if type(e) is dict else None for e in elements]
        if set(map(type, values)) <= _NAMING:
            return values
        return [_distinct(value, index) for index, value in enumerate(values)]
    return [key_of(element, key, index) for index, element in enumerate(elements)]


def key_of(element: Any, key: Key, index: int) -> Any:
    """The values of a key of several members; ``a.b`` looks into the object ``a``."""
    values = tuple(_member(element, name) for name in key)
    return values if any(value is not None for value in values) else _distinct(None, index)


def _member(element: Any, name: str) -> Any:
    value = element
    for part in [name] if isinstance(element, dict) and name in element else name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return (type(value), value) if not isinstance(value, (dict, list)) else None


def _distinct(value: Any, index: int) -> Any:
    if value is None or isinstance(value, (dict, list)):
        return (None, index)
    return value if type(value) in {int, str} else (type(value), value)


def label_of(element: Any, key: Key) -> str | None:
    """``sku=A1``: how people know the element."""
    if not isinstance(element, dict):
        return None
    if len(key) == 1:  # most keys: a name or a number
        value = element.get(key[0])
        if type(value) in _NAMING:
            return f"{key[0]}={value}"[:60]
    parts = []
    for name in key:
        found = _member(element, name)
        if found is None or found[1] is None:
            return None
        parts.append(f"{name}={found[1]}"[:60])
    return ",".join(parts)
