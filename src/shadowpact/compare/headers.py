"""Headers: which differ, and in what.

Most headers of a pair are equal byte for byte. So the raw name-value pairs are compared as sets
first, and only names among what is left over are taken apart.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import compress
from operator import ne

from shadowpact.compare.fields import CONTRACTUAL, MEANINGS, UNKNOWN, URLS
from shadowpact.compare.found import ABSENT, Found
from shadowpact.compare.origins import Origins
from shadowpact.compare.parameters import Values
from shadowpact.compare.settings import HeaderChoice
from shadowpact.compare.volatile import MEANINGFUL, TRANSFER, VOLATILE
from shadowpact.model.difference import Severity
from shadowpact.model.exchange import Headers


def is_compared(choice: HeaderChoice) -> Callable[[str], bool]:
    """Whether a header (lower-case name) is compared under a choice."""
    if choice == "all":
        return lambda name: not name.startswith(":")
    if choice == "meaningful":
        return lambda name: name in MEANINGFUL or name in VOLATILE
    named = frozenset(name.lower() for name in choice)
    return lambda name: name in named


@lru_cache(maxsize=4096)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()


def differing_names(baseline: Headers, candidate: Headers) -> list[str]:
    """Lower-case names whose values are not the same bytes in the same order."""
    ones, others = set(baseline), set(candidate)
    if ones == others and len(baseline) == len(candidate):
        return []
    names = {_lower(name) for name, _ in ones ^ others}
    if len(ones) != len(baseline) or len(others) != len(candidate):  # the same pair repeated
        names |= {_lower(name) for name, _ in baseline} | {_lower(name) for name, _ in candidate}
    return sorted(names)


def values_of(headers: Headers, names: Iterable[str]) -> dict[str, Values]:
    """The values of some headers (lower-case names) in wire order."""
    values: dict[str, Values] = dict.fromkeys(names, ())
    for key, value in headers:
        name = _lower(key)
        if name in values:
            values[name] += (_text(value),)
    return values


def _text(value: bytes) -> str:
    try:
        return value.decode().strip()
    except UnicodeDecodeError:
        return value.decode("latin-1").strip()  # other bytes must not become the same text


def compare_headers(
    baseline: Headers,
    candidate: Headers,
    wanted: Callable[[str], bool],
    origins: Origins = UNKNOWN,
) -> list[Found]:
    """What differs; the token of each is the header's lower-case name."""
    if baseline == candidate:
        return []
    found: list[Found] = []
    values = _values_in_place(baseline, candidate, wanted)
    if values is None:
        names = [name for name in differing_names(baseline, candidate) if wanted(name)]
        ones, others = values_of(baseline, names), values_of(candidate, names)
        values = [(name, ones[name], others[name]) for name in names]
    for name, one, other in values:
        found += compare_header(name, one, other, origins)
    return found


def _values_in_place(
    baseline: Headers, candidate: Headers, wanted: Callable[[str], bool]
) -> list[tuple[str, Values, Values]] | None:
    """Headers that differ, by name, where both sides have the same ones in the same order.

    Returns:
        Name and values of each; ``None`` when it is not so, or when one of them is repeated.
    """
    if len(baseline) != len(candidate):
        return None
    values: list[tuple[str, Values, Values]] = []
    pairs = zip(baseline, candidate, strict=True)
    for (key, value), (other_key, other) in compress(pairs, map(ne, baseline, candidate)):
        name = _lower(key)
        if key != other_key or _is_repeated(baseline, key, name):
            return None
        if wanted(name):
            values.append((name, (_text(value),), (_text(other),)))
    values.sort()
    return values


def _is_repeated(headers: Headers, key: bytes, name: str) -> bool:
    """Whether a header (as it is spelled once, and in lower case) is there more than once."""
    size = len(key)
    same = [one for one, _ in headers if len(one) == size]
    return len(same) > 1 and [_lower(one) for one in same].count(name) > 1


def compare_header(
    name: str, baseline: Values, candidate: Values, origins: Origins = UNKNOWN
) -> list[Found]:
    """What differs in one header, by what its values mean."""
    if baseline == candidate:
        return []
    one, other = ", ".join(baseline), ", ".join(candidate)
    if not baseline:
        return [Found(None, name, "added", ABSENT, _safe(name, other))]
    if not candidate:
        severity: Severity = "breaking" if name in CONTRACTUAL else "changed"
        return [Found(None, name, "missing", _safe(name, one), ABSENT, severity=severity)]
    if name in MEANINGS:
        return _by_meaning(name, baseline, candidate, origins)
    return [] if one == other else [Found(None, name, "value-changed", one, other)]


def _by_meaning(name: str, baseline: Values, candidate: Values, origins: Origins) -> list[Found]:
    try:
        if name in URLS:
            return URLS[name](name, baseline, candidate, origins)
        return MEANINGS[name](name, baseline, candidate)
    except ValueError as error:  # such as a URL with half an IPv6 address
        one, other = (_safe(name, ", ".join(values)) for values in (baseline, candidate))
        return [Found(None, name, "value-changed", one, other, f"cannot be read: {error}")]


def _safe(name: str, text: str) -> str:
    """The value, but for what may hold credentials: the names of the cookies."""
    if name != "set-cookie":
        return text
    return ", ".join(re.findall(r"(?:^|, )([^=;,\s]+)=", text))


def builtin_rule(name: str) -> str | None:
    """The id of the built-in rule that covers a header."""
    return VOLATILE.get(name) or TRANSFER.get(name)
