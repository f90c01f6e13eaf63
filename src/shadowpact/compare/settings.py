"""What the compare stage can be told."""

from typing import Literal

import msgspec

from shadowpact.model.difference import Location

type RuleKind = Literal[
    "ignore",
    "shape",
    "number",
    "time",
    "text",
    "unordered",
    "key",
    "nullish",
    "url",
    "rename",
    "move",
    "map",
    "convert",
]
RULE_KINDS: tuple[RuleKind, ...] = (
    "ignore",
    "shape",
    "number",
    "time",
    "text",
    "unordered",
    "key",
    "nullish",
    "url",
    "rename",
    "move",
    "map",
    "convert",
)
"""Every kind, in the order of the reference."""

type HeaderChoice = Literal["meaningful", "all"] | tuple[str, ...]
"""Which headers are compared: the meaningful ones, all of them, or those named (lower case)."""

type XmlWhiteSpace = Literal["insignificant", "significant"]
"""Whether white space between the elements of XML counts."""
type XmlComments = Literal["ignored", "compared"]
"""Whether the comments of XML count."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Where, and which differences do not matter there or which relation holds instead.

    The fields up to ``source`` say where; the others belong to the kinds named with them.

    Attributes:
        id: Unique; ``builtin:`` is reserved.
        kind: One of :data:`RULE_KINDS`.
        reason: Why it does not matter.
        path: RFC 9535 path into the body; or
        header: a header's name. At most one of the two.
        route: Only on this route (parameter names do not count); ``None`` for all.
        status: Only when the baseline answered with this status.
        media_type: Only for this baseline media type.
        candidate: Only for this candidate.
        source: ``shadowpact.toml:12``, for messages.
        location: Only this part of the answer; stands in for ``path`` and ``header`` too.
        owner: Who answers for it.
        expires: Last day on which it applies (``YYYY-MM-DD``, UTC).
        absolute: number: how far the values may be apart.
        relative: number: the same as a fraction of the baseline's value, 0.01 for 1 %.
        cross_type: number: ``"1.0"`` and ``1`` may stand for each other.
        tolerance_ms: time: how far the two moments may be apart.
        formats: time: accepted formats (``rfc3339``, ``http-date``, ``epoch-s``, ``epoch-ms`` or a
            ``strptime`` pattern).
        zone: time: IANA zone of times that name none, ``UTC`` by default.
        case: text: upper and lower case count (on by default).
        white_space: text: white space counts; without, runs of it are one space.
        unicode_form: text: compare after this normal form (``NFC``, ``NFKC``, ``NFD``, ``NFKD``).
        pattern: text: both values match it entirely, and its groups (if it has any) agree.
        key: key: names that identify an element of the list.
        values: nullish: which of ``null``, ``missing``, ``empty`` stand for each other.
        hosts: url: the baseline's host (and port) to the candidate's.
        to: rename: the new name; move: the path in the candidate's document; convert: either, and
            a name is that of a member of the object, or one beside a value that is none.
        mapping: map: the baseline's value (as text) to the candidate's.
        expression: convert: JMESPath over the node, gives the candidate's value.
        convert: convert: a conversion by name, such as ``cents-to-decimal``.
        consumes: convert: members of the node that the candidate no longer has.
    """

    id: str
    kind: str
    reason: str
    path: str | None = None
    header: str | None = None
    route: str | None = None
    status: int | None = None
    media_type: str | None = None
    candidate: str | None = None
    source: str = ""
    location: Location | None = None
    owner: str | None = None
    expires: str | None = None
    absolute: float | None = None
    relative: float | None = None
    cross_type: bool = False
    tolerance_ms: float | None = None
    formats: tuple[str, ...] = ()
    zone: str = "UTC"
    case: bool = True
    white_space: bool = True
    unicode_form: Literal["NFC", "NFKC", "NFD", "NFKD"] | None = None
    pattern: str | None = None
    key: tuple[str, ...] = ()
    values: tuple[Literal["null", "missing", "empty"], ...] = ()
    hosts: dict[str, str] = {}
    to: str | None = None
    mapping: dict[str, str | int | float | bool | None] = {}
    expression: str | None = None
    convert: str | None = None
    consumes: tuple[str, ...] = ()


class CompareSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How answers are compared, apart from the rules.

    Attributes:
        headers: Which headers are compared.
        builtin_rules: Whether the built-in rules for volatile headers mark what they cover.
        rule_files: Where further rules were read from, as the configuration names them.
        hosts: The baseline's host (and port), or origin, to the candidate's, in headers that hold
            URLs.
        xml_white_space: Whether white space between the elements of XML counts.
        xml_comments: Whether the comments of XML count.
    """

    headers: HeaderChoice = "meaningful"
    builtin_rules: bool = True
    rule_files: tuple[str, ...] = ()
    hosts: dict[str, str] = {}
    xml_white_space: XmlWhiteSpace = "insignificant"
    xml_comments: XmlComments = "ignored"
