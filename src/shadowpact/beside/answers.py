"""Two answers as rows: status, headers and body, marked with what the comparison found."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from shadowpact.beside.documents import facing_documents
from shadowpact.beside.markup import facing_markup
from shadowpact.beside.pairing import Piece, Spot, facing_elements
from shadowpact.compare import Comparison
from shadowpact.compare.bodies import body_of, compare_bodies
from shadowpact.compare.documents import parse_json
from shadowpact.compare.headers import compare_header
from shadowpact.compare.markup import Markup
from shadowpact.compare.media import Content, Format, content_of
from shadowpact.compare.paths import Place
from shadowpact.compare.plain import lines_of
from shadowpact.compare.rules import Circumstances, Plan
from shadowpact.compare.settings import Rule
from shadowpact.compare.transforms import TRANSFORMS
from shadowpact.compare.walk import Align
from shadowpact.model.difference import SEVERITIES, Difference
from shadowpact.model.encoding import UndecodableError, decode
from shadowpact.model.exchange import Response
from shadowpact.report.bodies import Line, read_body
from shadowpact.report.columns import Facing, Mark

_COOKIE_VALUE = re.compile(r"^([^=;]*=)[^;]*")
_WHOLE: Spot = ("$", False)
_NO_ANSWER = Line("", "(no answer)")


def _as_it_is(response: Response) -> Response:
    return response


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two answers, and what comparing them found.

    Attributes:
        baseline: The baseline's answer.
        candidate: The candidate's; ``None`` when it gave none.
        comparison: What was found.
        rules: Those it was compared under.
        markup: What counted in XML.
        method: Of the request.
        route: As in :meth:`Comparer.compare`.
        candidate_name: Likewise.
        request: The request line, for people; empty when none is known.
        has_head: Status and headers are the answer's own, not made up for a body.
        redact: Takes out of an answer, its body decoded, what nobody is to see.
    """

    baseline: Response
    candidate: Response | None
    comparison: Comparison
    rules: tuple[Rule, ...] = ()
    markup: Markup = Markup()
    method: str = "GET"
    route: str | None = None
    candidate_name: str | None = None
    request: str = ""
    has_head: bool = True
    redact: Callable[[Response], Response] = _as_it_is

    @property
    def differs(self) -> bool:
        """Whether something differs that no rule covers."""
        return not self.comparison.equal


def facing_rows(pair: Pair) -> Iterator[Facing]:
    """The rows of a pair: what the comparison paired stands on one row."""
    marks = _Marks(pair.comparison)
    candidate = pair.candidate
    if pair.has_head:
        yield marks.row(_status(pair.baseline, candidate), "status")
        answers = pair.redact(pair.baseline), candidate and pair.redact(candidate)
        yield from _headers(*answers, marks)
    if candidate is not None:
        yield from _bodies(pair, candidate, marks)


class _Marks:
    """What the differences say of each place."""

    def __init__(self, comparison: Comparison) -> None:
        self._found: dict[tuple[str, Spot], tuple[Mark, str]] = {}
        self._is_truncated = comparison.truncated > 0
        for difference in comparison.differences:
            self._add(difference)

    def _add(self, difference: Difference) -> None:
        key = difference.location, (difference.path, difference.kind == "added")
        mark: Mark = "ignored" if difference.ignored_by else difference.severity
        note = difference.ignored_by or ""
        if difference.kind == "order-changed":
            note = f"{note} (order)" if note else "another order"
        self._found[key] = min(self._found.get(key, (mark, note)), (mark, note), key=_weight)

    def row(self, piece: Piece, location: str) -> Facing:
        mark, note = self._of(piece, location)
        return Facing(
            mark=mark,
            baseline=piece.baseline,
            candidate=piece.candidate,
            depth=piece.depth,
            note=note,
        )

    def has(self, location: str, piece: Piece) -> bool:
        """Whether a difference is known of just this place."""
        return any((location, spot) in self._found for spot in piece.spots)

    def _of(self, piece: Piece, location: str) -> tuple[Mark, str]:
        keys = [(location, spot) for spot in piece.spots]
        known = [self._found[key] for key in keys if key in self._found]
        if piece.is_whole:
            known += self._below(location, piece.spots)
        if known:
            return min(known, key=_weight)
        one, other = piece.baseline, piece.candidate
        if (one is None and other is None) or (one and other and one.value == other.value):
            return "equal", ""
        if location == "header":
            return "ignored", "not compared"
        return self._around(location, piece.spots) or self._unknown(piece)

    def _below(self, location: str, spots: tuple[Spot, ...]) -> list[tuple[Mark, str]]:
        return [
            known
            for (at, (path, _)), known in self._found.items()
            if at == location and any(path.startswith(spot[0]) for spot in spots)
        ]

    def _around(self, location: str, spots: tuple[Spot, ...]) -> tuple[Mark, str] | None:
        """What is known of the place on either side, or of the nearest one around it."""
        for path, is_added in spots[:1]:
            known = self._found.get((location, (path, not is_added)))
            while known is None and len(path) > 1:
                path = path[: max(path.rfind("."), path.rfind("["), 1)]  # noqa: PLW2901  climbs up
                known = self._found.get((location, (path, False)))
            return known
        return None

    def _unknown(self, piece: Piece) -> tuple[Mark, str]:
        """A value written in two ways that are equal, or one that a rule moves elsewhere."""
        if self._is_truncated:
            return "unlisted", ""
        is_pair = piece.baseline is not None and piece.candidate is not None
        return ("equal", "") if is_pair or not piece.spots else ("ignored", "")


def _weight(known: tuple[Mark, str]) -> tuple[int, bool]:
    """The worst first, of those one that says more."""
    mark, note = known
    return SEVERITIES.index(mark) if mark in SEVERITIES else len(SEVERITIES), not note


def _status(baseline: Response, candidate: Response | None) -> Piece:
    other = _NO_ANSWER if candidate is None else Line("HTTP ", str(candidate.status))
    return Piece(Line("HTTP ", str(baseline.status)), other, spots=(("", False),))


def _headers(baseline: Response, candidate: Response | None, marks: _Marks) -> Iterator[Facing]:
    ours, theirs = _fields(baseline), _fields(candidate)
    for name in dict.fromkeys([*ours, *theirs]):
        left, right = ours.get(name, []), theirs.get(name, [])
        is_same = not compare_header(name, tuple(left), tuple(right))
        for index in range(max(len(left), len(right))):
            lines = [
                Line(f"{name}: ", values[index]) if index < len(values) else None
                for values in (left, right)
            ]
            piece = Piece(lines[0], lines[1], spots=((name, False), (name, True)))
            if candidate is None:
                yield Facing(mark="equal", baseline=lines[0])
            elif is_same and not marks.has("header", piece):
                yield Facing(mark="equal", baseline=lines[0], candidate=lines[1])
            else:
                yield marks.row(piece, "header")


def _fields(response: Response | None) -> dict[str, list[str]]:
    """Values by lower-case name; those of cookies are left out, as everywhere."""
    fields: dict[str, list[str]] = {}
    for name, value in response.headers if response else ():
        spelled = name.decode("utf-8", "replace").lower()
        text = value.decode("utf-8", "replace")
        if spelled == "set-cookie":
            text = _COOKIE_VALUE.sub(r"\1…", text)
        fields.setdefault(spelled, []).append(text)
    return fields


def _bodies(pair: Pair, candidate: Response, marks: _Marks) -> Iterator[Facing]:
    plain = _plain(pair.baseline, pair), _plain(candidate, pair)
    # what one side cannot be unpacked from is shown as it is
    one, other = plain[0] or pair.baseline, plain[1] or candidate
    if pair.has_head and (one.body or other.body):
        yield Facing(mark="gap")
    if one.body == other.body and one.cut is None is other.cut:
        if one.body:
            yield Facing(mark="gap", note=f"equal bodies, {len(one.body):,} bytes")
        return
    for piece in _pieces(pair, one, other, is_plain=None not in plain):
        yield marks.row(piece, "body")


def _plain(response: Response, pair: Pair) -> Response | None:
    """With the body that a client reads; ``None`` when it cannot be unpacked."""
    body = body_of(response, pair.method)
    codings = content_of(response.headers).codings
    if response.cut is None and codings:
        try:
            body = decode(body, codings)
        except UndecodableError:
            return None
    return pair.redact(msgspec.structs.replace(response, body=body))


def _pieces(pair: Pair, one: Response, other: Response, *, is_plain: bool) -> Iterator[Piece]:
    """The documents as they were compared, else the bodies by line."""
    content = content_of(one.headers), content_of(other.headers)
    plan = _plan(pair, content[0])
    chosen = _chosen(content[0].media_type.format, content[1].media_type.format)
    documents: tuple[Any, Any] = (None, None)
    if is_plain and one.cut is None is other.cut:
        plain = tuple(msgspec.structs.replace(each, codings=()) for each in content)
        bodies = (one.body, other.body), (plain[0], plain[1]), plan, pair.markup
        documents = compare_bodies(*bodies).documents
    if documents == (None, None) or _is_text(chosen, (one, other), documents):
        return _raw(one, other, plan.align)
    if chosen in {"xml", "html"}:
        return facing_markup(*documents, plan.align)
    return facing_documents(*documents, plan.align)


def _plan(pair: Pair, content: Content) -> Plan:
    """The rules of the comparison, but for those that would change the baseline's document."""
    circumstances = Circumstances(
        pair.route, pair.baseline.status, content.media_type.name, pair.candidate_name
    )
    rules = (rule for rule in pair.rules if rule.kind not in TRANSFORMS)
    return Plan(rule for rule in rules if circumstances.admit(rule))


def _chosen(one: Format, other: Format) -> Format:
    """As what both were compared."""
    return other if one != other and one in {"unknown", "text", "binary"} else one


def _is_text(chosen: Format, sides: tuple[Response, Response], documents: tuple[Any, Any]) -> bool:
    """Whether the documents are lines of text, which look like an array of strings."""
    if chosen != "unknown" or not _are_strings(documents):
        return chosen == "text"
    try:  # which of the two a guess came to
        for side in sides:
            parse_json(side.body)
    except UndecodableError:
        return True
    return False


def _are_strings(documents: tuple[Any, Any]) -> bool:
    return all(
        isinstance(document, str)
        or (isinstance(document, list) and all(isinstance(line, str) for line in document))
        for document in documents
    )


def _raw(baseline: Response, candidate: Response, align: Align) -> Iterator[Piece]:
    """By line, as they are; a line's path is that of its difference when there are several."""
    place = Place(None, None, _lines(baseline), _lines(candidate))
    ones, others = place.baseline, place.candidate
    slots = list(facing_elements(place, align))
    partners = [j for i, j in slots if i is not None and j is not None]
    if partners != sorted(partners):
        line = Line("", "(lines in another order)")
        yield Piece(line, line, spots=(_WHOLE,))
    is_hidden = ones == others and baseline.body != candidate.body
    is_list = len(ones) > 1 or len(others) > 1
    for i, j in slots:
        path = f"$[{j if i is None else i}]" if is_list else "$"
        left, right = (None if i is None else ones[i]), (None if j is None else others[j])
        spots: tuple[Spot, ...] = ()
        if left != right:
            spots = ((path, left is None),)
        if is_hidden or (left != right and _without_end(left) == _without_end(right)):
            spots = (*spots, _WHOLE)
        # a single row stands for all there is: it may say what the bodies are, where they were
        # compared by line
        yield Piece(_line(left, right), _line(right, left), spots=spots, is_whole=not is_list)


def _lines(response: Response) -> list[str]:
    read = read_body(response)
    remark = [f"({read.remark})"] if read.remark else []
    if read.text is not None:
        return [*lines_of(read.text), *remark]
    if read.is_json:
        return lines_of(response.body.decode("utf-8", "replace"))
    if response.body and content_of(response.headers).media_type.format == "text":
        return lines_of(response.body.decode("latin-1"))  # as the comparison reads it
    return remark


def _line(text: str | None, other: str | None) -> Line | None:
    """One line; that it does not end is said where the other side's does."""
    if text is None:
        return None
    shown = text.removesuffix("\n")
    is_cut = text == shown and text != other and shown == _without_end(other)
    return Line("", shown, tail=" (no line end)" if is_cut else "")


def _without_end(text: str | None) -> str | None:
    return None if text is None else text.removesuffix("\n")
