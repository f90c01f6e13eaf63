"""What the walk found, before rules and wording: the kind of a disagreement between two values."""

from typing import Any
from urllib.parse import unquote

import msgspec

from shadowpact.compare.numeric import Number, have_same_value
from shadowpact.compare.paths import Place, Token, tokens_of
from shadowpact.model.difference import Kind, Location, Severity


class Absent:
    """The value of a side that has none (``null`` is a value)."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


class Found(msgspec.Struct):
    """One disagreement.

    Attributes:
        parent: The containers it is in; ``None`` at the root.
        token: Name or position in them; ``None`` at the root.
        kind: What sort.
        baseline: The baseline's value or ``ABSENT``.
        candidate: The candidate's value or ``ABSENT``.
        message: A sentence, where the values do not say it.
        severity: Where it does not follow from the kind.
        builtin: Id of the built-in rule that covers it, where its header alone does not say.
        asserted: Id of the asserting rule that explains it.
    """

    parent: Place | None
    token: Token | None
    kind: Kind
    baseline: Any
    candidate: Any
    message: str = ""
    severity: Severity | None = None
    builtin: str | None = None
    asserted: str | None = None

    @property
    def tokens(self) -> list[Token]:
        """From the root to the value."""
        return [*tokens_of(self.parent), *([] if self.token is None else [self.token])]


_JSON_TYPES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    Number: "number",
    type(None): "null",
}


def json_type(value: Any) -> str:
    """JSON's name for the type of a value."""
    return _JSON_TYPES.get(type(value), "string")


def kind_of(baseline: Any, candidate: Any) -> Kind | None:
    """How two values disagree that are not both objects or both arrays; ``None`` if they agree."""
    one, other = type(baseline), type(candidate)
    if one is other:
        if baseline == candidate:
            return None
        if one is Number and have_same_value(baseline, candidate):
            return None if baseline.is_integer == candidate.is_integer else "representation-changed"
        if one is str and same_when_unescaped(baseline, candidate):
            return "representation-changed"
        return "value-changed"
    if baseline is ABSENT:
        return "added"
    if candidate is ABSENT:
        return "missing"
    if json_type(baseline) != json_type(candidate):
        return "type-changed"
    if json_type(baseline) == "number" and have_same_value(baseline, candidate):
        return "representation-changed"
    return "value-changed"


def same_when_unescaped(baseline: str, candidate: str) -> bool:
    """Whether two URLs differ in percent-escapes that mean the same (``%7e``, ``%7E``, ``~``)."""
    if "%" not in baseline and "%" not in candidate:
        return False
    return "/" in baseline and normal_escapes(baseline) == normal_escapes(candidate)


def normal_escapes(url: str) -> str:
    """The URL with every escape decoded that does not stand for a delimiter (RFC 3986, 6.2.2)."""
    parts = url.split("%")
    out = [parts[0]]
    for part in parts[1:]:
        code = part[:2]
        try:
            character = chr(int(code, 16)) if len(code) == 2 else ""
        except ValueError:
            character = ""
        if character and character in _DELIMITERS:
            out.append(f"%{code.upper()}{part[2:]}")
        else:
            out.append(f"%{part}")
    return _keep_delimiters("".join(out))


_DELIMITERS = frozenset("%/?#[]@!$&'()*+,;= ")


def _keep_delimiters(url: str) -> str:
    for delimiter in _DELIMITERS:
        code = f"%{ord(delimiter):02X}"
        url = url.replace(code, f"\x00{code[1:]}")
    return unquote(url, errors="surrogateescape")


_SEVERITIES: dict[Kind, Severity] = {
    "type-changed": "breaking",
    "missing": "breaking",
    "undecodable": "breaking",
    "value-changed": "changed",
    "order-changed": "changed",
    "length-changed": "changed",
    "added": "additive",
    "representation-changed": "cosmetic",
}


def severity_of(found: Found) -> Severity:
    """What it means for a client; the reasons are in ``docs/reference/comparison.md``."""
    if found.severity is not None:
        return found.severity
    if isinstance(found.token, int) and found.kind in {"missing", "added"}:
        return "changed"  # the shape of the answer is what it was, its content is not
    if found.kind == "representation-changed" and type(found.baseline) is int:
        return "changed"  # a strict decoder takes 1 for an integer and refuses 1.0
    return _SEVERITIES[found.kind]


def location_is(location: Location | None, actual: Location) -> bool:
    """Whether a rule's location, if it has one, is this one."""
    return location is None or location == actual
