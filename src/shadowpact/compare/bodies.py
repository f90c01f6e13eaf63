"""Two bodies, by what they are: decoded, parsed, and walked where they have structure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from shadowpact.compare.documents import BYTE_ORDER_MARK, parse_json
from shadowpact.compare.found import ABSENT, Found
from shadowpact.compare.markup import Element, Markup, documents_of, parse_html, parse_xml
from shadowpact.compare.media import Content, Format, MediaType
from shadowpact.compare.plain import compare_bytes, decode_text, lines_of
from shadowpact.compare.rules import Plan
from shadowpact.compare.structured import (
    parse_csv,
    parse_events,
    parse_form,
    parse_json_lines,
    parse_multipart,
    parse_plain,
)
from shadowpact.compare.transforms import Expectation, explain
from shadowpact.compare.walk import walk
from shadowpact.model.encoding import (
    ExpandsTooFarError,
    UndecodableError,
    UnknownCodingError,
    decode,
)
from shadowpact.model.exchange import Response
from shadowpact.model.sharing import parse_both

SIDES = ("baseline", "candidate")
BODILESS = frozenset({204, 304})
"""Statuses without a body, whatever the headers say; so are 1xx."""


class Bodies(msgspec.Struct):
    """What comparing two bodies gave.

    Attributes:
        found: Disagreements.
        documents: The parsed bodies, for rules that look at them.
        incomparable: Why nothing can be said.
        errors: Asserting rules that raised.
    """

    found: list[Found] = []
    documents: tuple[Any, Any] = (None, None)
    incomparable: str | None = None
    errors: dict[str, str] = {}


NOTHING = Bodies()
"""Equal bodies."""


def body_of(response: Response, method: str) -> bytes:
    """The body a client gets: none for HEAD, 1xx, 204 and 304."""
    if method == "HEAD" or response.status in BODILESS or response.status < 200:
        return b""
    return response.body


def compare_bodies(
    bodies: tuple[bytes, bytes], content: tuple[Content, Content], plan: Plan, markup: Markup
) -> Bodies:
    """Compare by structure what has one, the rest by text or bytes.

    Args:
        bodies: What a client gets of each (see :func:`body_of`).
        content: What the headers say of each.
        plan: The rules.
        markup: What counts in XML.
    """
    one, other = bodies
    codings = content[0].codings, content[1].codings
    if one == other and (codings[0] == codings[1] or not one) and not plan.asserting:
        return NOTHING
    if codings[0] or codings[1]:
        decoded = _decode_both((one, other), codings)
        if isinstance(decoded, Bodies):
            return decoded
        one, other = decoded
        if one == other and not plan.asserting:
            return NOTHING
    if not one or not other:
        return _one_is_empty(one, other)
    if content[0].media_type.format == content[1].media_type.format == "json":
        documents = parse_both(one, other)
        if documents is not None:
            return _walked(*documents, plan)
    return _Bodies((one, other), content, plan, markup).compare()


def _walked(one: Any, other: Any, plan: Plan, marks: Sequence[Found] = ()) -> Bodies:
    """The outcome for two documents, asserting rules applied."""
    if not plan.asserting:
        found = walk(one, other, plan.align)
        return Bodies([*marks, *found] if marks else found, (one, other))
    expected = Expectation(plan.asserting, one, other)
    found = [*marks, *walk(expected.document, other, plan.align)]
    explained = explain(expected.applied, found)
    for item, rule in explained:
        item.asserted = rule
    documents = expected.document, other
    return Bodies([item for item, _ in explained], documents, errors=expected.errors)


def _decode_both(
    bodies: tuple[bytes, bytes], codings: tuple[tuple[str, ...], tuple[str, ...]]
) -> tuple[bytes, bytes] | Bodies:
    """Both without content encodings; or the outcome, when a side cannot be decoded."""
    decoded: list[bytes] = []
    problems: dict[str, UndecodableError] = {}
    for side, body, applied in zip(SIDES, bodies, codings, strict=True):
        try:
            decoded.append(decode(body, applied))
        except UndecodableError as error:
            problems[side] = _alone(error)
    if not problems:
        return decoded[0], decoded[1]
    errors = list(problems.values())
    if all(isinstance(error, ExpandsTooFarError) for error in errors) and len(errors) == 2:
        return Bodies(incomparable="over-cap")
    if codings[0] == codings[1] and all(isinstance(e, UnknownCodingError) for e in errors):
        return Bodies(compare_bytes(*bodies))
    return _undecodable(problems)


def _alone(error: UndecodableError) -> UndecodableError:
    """The error without the frames it came through: they hold it, and all that was decoded."""
    return type(error)(str(error))


def _undecodable(problems: dict[str, UndecodableError]) -> Bodies:
    """The one difference that a side, or both, cannot be read."""
    message = "; ".join(f"{side}: {error}" for side, error in problems.items())
    return Bodies([Found(None, None, "undecodable", ABSENT, ABSENT, message=message)])


def _one_is_empty(one: bytes, other: bytes) -> Bodies:
    if one == other:
        return Bodies()
    if one:
        found = Found(None, None, "missing", _start(one), ABSENT, "the candidate sent no body")
    else:
        found = Found(None, None, "added", ABSENT, _start(other), "the baseline sent no body")
    return Bodies([found])


def _start(body: bytes) -> str:
    return body[:1000].decode("utf-8", "replace")


class _Bodies:
    """Two bodies without their encodings."""

    def __init__(
        self,
        bodies: tuple[bytes, bytes],
        content: tuple[Content, Content],
        plan: Plan,
        markup: Markup,
    ) -> None:
        self.bodies = bodies
        self.content = content
        self.formats = content[0].media_type.format, content[1].media_type.format
        self.plan = plan
        self.markup = markup

    def compare(self) -> Bodies:
        chosen = self.formats[0]
        if chosen != self.formats[1] and chosen in {"unknown", "text", "binary"}:
            chosen = self.formats[1]  # one side says more: if both bodies are that, it is that
        if chosen == "unknown":
            chosen = "json"
        is_guess = chosen != self.formats[0] or chosen != self.formats[1]
        documents: list[Any] = []
        problems: dict[str, UndecodableError] = {}
        for side, body, content in zip(SIDES, self.bodies, self.content, strict=True):
            try:
                documents.append(self._parse(body, chosen, content))
            except UndecodableError as error:
                problems[side] = _alone(error)
        if not problems and chosen == "text":
            return self._walk(*_alike(documents[0], documents[1]))
        if not problems:
            return self._walk(documents[0], documents[1])
        return self._compare_unalike() if is_guess else _undecodable(problems)

    def _walk(self, one: Any, other: Any) -> Bodies:
        if isinstance(one, bytes) and isinstance(other, bytes):
            return Bodies(compare_bytes(one, other))
        if isinstance(one, Element) and isinstance(other, Element):
            one, other = documents_of(one, other)
        return _walked(one, other, self.plan, self._marks())

    def _marks(self) -> list[Found]:
        """A byte order mark that only one side has; a client may choke on it."""
        marks = [body.startswith(BYTE_ORDER_MARK) for body in self.bodies]
        if marks[0] == marks[1]:
            return []
        message = f"only the {SIDES[marks.index(True)]} begins with a byte order mark"
        return [Found(None, None, "representation-changed", ABSENT, ABSENT, message)]

    def _compare_unalike(self) -> Bodies:
        """Best effort where the media types do not agree or say nothing: as text, else as bytes."""
        if self.formats[0] != self.formats[1]:
            names = [content.media_type.name or "no media type" for content in self.content]
            message = f"{names[0]} against {names[1]}"
            starts = _start(self.bodies[0]), _start(self.bodies[1])
            return Bodies([Found(None, None, "type-changed", *starts, message)])
        try:
            texts = [parse_plain(body.decode()) for body in self.bodies]
        except UnicodeDecodeError:
            return Bodies(compare_bytes(*self.bodies))
        return self._walk(*_alike(texts[0], texts[1]))

    def _parse(self, body: bytes, chosen: Format, content: Content) -> Any:
        """A body as a document the walk can follow.

        Raises:
            UndecodableError: It is not what it says.
        """
        media = content.media_type
        if chosen == "binary":
            return body
        if chosen == "json":
            return parse_json(_utf8(body, media))
        if chosen == "json-lines":
            return parse_json_lines(_utf8(body, media))
        if chosen == "xml":
            return parse_xml(body, self.markup, media.charset)
        if chosen == "multipart":
            return parse_multipart(body, content.written)
        text = decode_text(body, media)
        if chosen == "html":
            return parse_html(text)
        if chosen == "csv":
            return parse_csv(text, media)
        if chosen == "events":
            return parse_events(text)
        return parse_form(text, media.charset) if chosen == "form" else parse_plain(text)


def _alike(one: Any, other: Any) -> tuple[Any, Any]:
    """One line against several: both as lines."""
    if isinstance(one, str) == isinstance(other, str):
        return one, other
    as_lines = [lines_of(text) if isinstance(text, str) else text for text in (one, other)]
    return as_lines[0], as_lines[1]


def _utf8(body: bytes, media_type: MediaType) -> bytes:
    """JSON text as UTF-8, which it should be, from the charset it says when it is not."""
    charset = media_type.charset
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    elif charset is None or charset in {"utf-8", "utf-8-sig", "ascii"}:
        return body
    elif not charset.startswith("utf") and _is_utf8(body):
        return body  # the charset of a framework's default, and JSON all the same
    try:
        return body.decode(charset).encode()
    except (UnicodeError, LookupError) as error:
        raise UndecodableError(f"not {charset}: {error}") from error


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
