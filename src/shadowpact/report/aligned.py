"""Two answers side by side: what is equal stands on one row, what differs is marked."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

import msgspec

from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Response
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample
from shadowpact.report.bodies import Line, body_lines, read_body
from shadowpact.report.plain import clip_around, plain
from shadowpact.report.wording import is_about

type State = Literal["equal", "this", "other", "ignored", "gap"]
"""``this`` finding, an ``other`` difference, ``ignored`` (it does not count), or lines left out."""

CONTEXT = 3
"""Equal rows shown before and after one that differs."""
LONGEST_ALIGNED = 300
"""Lines of each side that are aligned; what is beyond in one body is not shown."""
LONGEST_TEXT = 300
"""Characters shown of one line."""
MOST_ROWS = 80
"""Rows shown of one pair."""

type _Marks = dict[tuple[str, str], tuple[State, str]]
"""``(location, path)`` to what is known of the place, and why it does not count."""


class Cell(msgspec.Struct, frozen=True):
    """One side of a row: ``marked`` is the part that differs."""

    before: str
    marked: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The whole line."""
        return self.before + self.marked + self.after


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        state: What is known of it.
        baseline: Its line there; ``None`` when it has none.
        candidate: Likewise.
        note: Why it does not count, or what is left out.
    """

    state: State
    baseline: Cell | None = None
    candidate: Cell | None = None
    note: str = ""


def side_by_side(finding: Finding, sample: Sample, *, all_headers: bool = False) -> tuple[Row, ...]:
    """The rows of a pair in which a finding was seen.

    Args:
        finding: What to mark.
        sample: The pair.
        all_headers: Show the headers that are equal, too, instead of the media type alone.
    """
    marks = _marks(finding, sample.differences)
    theirs = sample.candidate
    rows = [
        _row(_status(sample.baseline), None if theirs is None else _status(theirs), marks, "status")
    ]
    if theirs is None:
        rows.append(Row(state="other", note="the candidate gave no answer"))
    rows += _header_rows(sample.baseline, theirs, marks, all_headers=all_headers)
    if theirs is not None:
        rows += _folded(_body_rows(sample.baseline, theirs, marks))
    return _bounded(rows)


def _marks(finding: Finding, differences: Iterable[Difference]) -> _Marks:
    marks: _Marks = {}
    weight = {"this": 0, "other": 1, "ignored": 2}
    for one in differences:
        state: State = "ignored" if one.ignored_by else "other"
        if is_about(finding, one):
            state = "this"
        key = (one.location, one.path)
        if key not in marks or weight[state] < weight[marks[key][0]]:
            note = f"ignored by {plain(one.ignored_by)}" if one.ignored_by else ""
            marks[key] = (state, note)
    return marks


def _status(response: Response) -> Line:
    return Line("HTTP ", str(response.status))


def _header_rows(
    baseline: Response, candidate: Response | None, marks: _Marks, *, all_headers: bool
) -> Iterator[Row]:
    ours, theirs = _fields(baseline), _fields(candidate)
    for name in dict.fromkeys([*ours, *theirs]):
        is_wanted = all_headers or name == "content-type" or ("header", name) in marks
        left, right = ours.get(name, []), theirs.get(name, [])
        for index in range(max(len(left), len(right)) if is_wanted else 0):
            yield _row(
                Line(f"{plain(name)}: ", left[index], name) if index < len(left) else None,
                Line(f"{plain(name)}: ", right[index], name) if index < len(right) else None,
                marks,
                "header",
            )


def _fields(response: Response | None) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in response.headers if response else ():
        spelled = name.decode("utf-8", "replace").lower()
        fields.setdefault(spelled, []).append(plain(value.decode("utf-8", "replace")))
    return fields


def _body_rows(baseline: Response, candidate: Response, marks: _Marks) -> Iterator[Row]:
    first, second = read_body(baseline), read_body(candidate)
    left, right = body_lines(first), body_lines(second, like=first)
    equal, ends = _common(left, right)
    for line, other in zip(left[:equal], right[:equal], strict=True):
        yield _row(line, other, marks, "body")
    yield from _differing(left[equal : len(left) - ends], right[equal : len(right) - ends], marks)
    tail = zip(left[len(left) - ends :], right[len(right) - ends :], strict=True)
    for line, other in tail:
        yield _row(line, other, marks, "body")


def _common(left: Sequence[Line], right: Sequence[Line]) -> tuple[int, int]:
    """How many lines are equal at the begin, and how many of the rest at the end."""
    shorter = min(len(left), len(right))
    begin = 0
    while begin < shorter and _key(left[begin]) == _key(right[begin]):
        begin += 1
    end = 0
    while end < shorter - begin and _key(left[-1 - end]) == _key(right[-1 - end]):
        end += 1
    return begin, end


def _key(line: Line) -> str:
    return line.lead + line.value


def _differing(left: Sequence[Line], right: Sequence[Line], marks: _Marks) -> Iterator[Row]:
    begin, other_begin = _window(left, right, marks)
    if begin:
        yield Row(state="gap", note=f"{begin:,} lines, not aligned")
    left, right = left[begin:], right[other_begin:]
    rest = max(len(left), len(right)) - LONGEST_ALIGNED
    left, right = left[:LONGEST_ALIGNED], right[:LONGEST_ALIGNED]
    matcher = SequenceMatcher(None, [*map(_key, left)], [*map(_key, right)], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            for line, other in zip(left[i:j], right[k:m], strict=True):
                yield _row(line, other, marks, "body")
        else:
            yield from _replaced(left[i:j], right[k:m], marks)
    if rest > 0:
        yield Row(state="gap", note=f"{rest:,} more lines, not aligned")


def _window(left: Sequence[Line], right: Sequence[Line], marks: _Marks) -> tuple[int, int]:
    """Where to begin on each side, so that this finding is among the lines that are aligned."""
    wanted = {path for (location, path), known in marks.items() if known[0] == "this"}
    first = next((i for i, line in enumerate(left) if line.path in wanted), 0)
    if first < LONGEST_ALIGNED:
        return 0, 0
    begin = first - 2 * CONTEXT
    other = next((i for i, line in enumerate(right) if line.path == left[begin].path), begin)
    return begin, min(other, len(right))


def _replaced(left: Sequence[Line], right: Sequence[Line], marks: _Marks) -> Iterator[Row]:
    """Lines that differ; those of the same place share a row."""
    matcher = SequenceMatcher(
        None, [line.path for line in left], [line.path for line in right], autojunk=False
    )
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            for line, other in zip(left[i:j], right[k:m], strict=True):
                yield _row(line, other, marks, "body")
            continue
        for line in left[i:j]:
            yield _row(line, None, marks, "body")
        for line in right[k:m]:
            yield _row(None, line, marks, "body")


def _row(ours: Line | None, theirs: Line | None, marks: _Marks, location: str) -> Row:
    if ours is not None and theirs is not None and _key(ours) == _key(theirs):
        return Row(state="equal", baseline=_whole(ours), candidate=_whole(theirs))
    state, note = _known(ours or theirs, marks, location)
    if ours is None or theirs is None:
        baseline = None if ours is None else _all_marked(ours)
        candidate = None if theirs is None else _all_marked(theirs)
        return Row(state=state, baseline=baseline, candidate=candidate, note=note)
    same = _same_begin(ours.value, theirs.value)
    return Row(
        state=state, baseline=_marked(ours, same), candidate=_marked(theirs, same), note=note
    )


def _known(line: Line | None, marks: _Marks, location: str) -> tuple[State, str]:
    """What is known of the line's place or of the nearest one around it."""
    path = line.path if line else ""
    while True:
        if known := marks.get((location, path)):
            return known
        if location == "header":
            return "ignored", "not compared"
        if location == "status" or len(path) <= 1:
            return "other", ""
        path = path[: max(path.rfind("."), path.rfind("["), 1)]


def _whole(line: Line) -> Cell:
    text, _ = clip_around(line.lead + line.value, 0, LONGEST_TEXT)
    return Cell(text + line.tail)


def _all_marked(line: Line) -> Cell:
    text, _ = clip_around(line.value, 0, LONGEST_TEXT)
    return Cell(line.lead, text, line.tail)


def _marked(line: Line, same: int) -> Cell:
    """A short value is marked whole, a long one from where it differs."""
    if len(line.value) <= 40:
        return Cell(line.lead, line.value, line.tail)
    text, moved = clip_around(line.value, same, LONGEST_TEXT)
    at = max(0, min(len(text), same + moved))
    return Cell(line.lead + text[:at], text[at:], line.tail)


def _same_begin(one: str, other: str) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


def _folded(rows: Iterable[Row]) -> Iterator[Row]:
    """Equal rows far from any that differs become one row that counts them."""
    listed = list(rows)
    shown: set[int] = set()
    for index, row in enumerate(listed):
        if row.state != "equal":
            shown.update(range(index - CONTEXT, index + CONTEXT + 1))
    if not shown:
        shown.update(range(2 * CONTEXT))
    hidden: list[Row] = []
    for index, row in enumerate(listed):
        if index not in shown:
            hidden.append(row)
            continue
        yield from _gap(hidden)
        hidden = []
        yield row
    yield from _gap(hidden)


def _gap(hidden: Sequence[Row]) -> Sequence[Row]:
    """One row that counts them; a single one takes no more room itself."""
    if len(hidden) < 2:
        return hidden
    return [Row(state="gap", note=f"{len(hidden):,} equal lines")]


def _bounded(rows: Sequence[Row]) -> tuple[Row, ...]:
    """At most ``MOST_ROWS``, beginning where this finding shows."""
    if len(rows) <= MOST_ROWS:
        return tuple(rows)
    first = next((i for i, row in enumerate(rows) if row.state == "this"), 0)
    head = [row for row in rows[:4] if first >= MOST_ROWS]
    begin = max(0, first - 2 * CONTEXT) if first >= MOST_ROWS else 0
    body = rows[begin : begin + MOST_ROWS - len(head)]
    before = [Row(state="gap", note=f"{begin - len(head):,} rows not shown")] if head else []
    rest = len(rows) - begin - len(body)
    after = [Row(state="gap", note=f"{rest:,} more rows not shown")] if rest else []
    return (*head, *before, *body, *after)
