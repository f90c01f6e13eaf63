"""Two answers in two columns of a terminal: what differs in colour, what is equal folded."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from shadowpact.model.difference import Severity
from shadowpact.report.bodies import Line
from shadowpact.report.plain import plain

type Mark = Literal["equal", "gap", "ignored", "unlisted"] | Severity
"""What is known of a row. ``unlisted``: it differs, and no listed difference says how."""

CONTEXT = 3
"""Equal rows shown before and after one that differs."""
MOST_AROUND = 12
"""Containers around a row whose beginnings stay in sight."""
MOST_ROWS = 500
"""Rows shown of one pair, unless all are asked for."""
NARROWEST = 40
"""Columns below which two sides cannot be read."""
LONGEST = 2_000
"""Characters of a value that are looked at to show it."""

_GUTTER = 3
_SHARE_OF_NOTE = 2
"""A note takes at most this part (one half) of its side."""
_STYLES: Mapping[Mark, str] = {
    "breaking": "red",
    "changed": "yellow",
    "additive": "green",
    "cosmetic": "cyan",
    "ignored": "dim",
    "unlisted": "yellow",
}
_SIGNS: Mapping[Mark, str] = {
    "breaking": "!",
    "changed": "~",
    "additive": "+",
    "cosmetic": "≈",
    "ignored": "·",
    "unlisted": "?",
}
_WORDS: Mapping[Mark, str] = {
    "unlisted": "counted, not listed",
}


class Facing(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        mark: What is known of it.
        baseline: The baseline's line; ``None`` when it has none.
        candidate: The candidate's.
        depth: How many containers it is in; those around it stay in sight.
        note: What to know of it: the rule that covers it, or what a gap stands for.
    """

    mark: Mark
    baseline: Line | None = None
    candidate: Line | None = None
    depth: int = 0
    note: str = ""


def folded(rows: Iterable[Facing], most_rows: int = MOST_ROWS) -> Iterator[Facing]:
    """Equal rows far from any that differs become one that counts them.

    The rows that begin the containers around a row that differs stay in sight. One pass, and never
    more than a few rows in memory.

    Args:
        rows: All of them.
        most_rows: How many to give; what differs beyond them is counted.
    """
    fold = _Fold()
    shown = beyond = 0
    for row in rows:
        for one in fold.take(row):
            if shown < most_rows:
                shown += 1
                yield one
            elif one.mark not in {"equal", "gap"}:
                beyond += 1
    if beyond:
        note = f"{beyond:,} more rows that differ, not shown (--full shows all)"
        yield Facing(mark="gap", note=note)
    elif shown < most_rows:
        yield from fold.rest()


class _Fold:
    """Hidden rows are numbered; only those that may have to be shown after all are kept."""

    def __init__(self) -> None:
        self._before: deque[Facing] = deque()
        self._above: list[tuple[int, Facing]] = []
        self._last: deque[tuple[int, Facing]] = deque(maxlen=2)
        self._hidden = 0
        self._after = 0

    def take(self, row: Facing) -> Iterator[Facing]:
        """What can be shown once this row is known."""
        if row.mark != "equal":
            yield from self._flush()
            yield row
            self._after = CONTEXT
        elif self._after:
            self._after -= 1
            yield row
        else:
            self._before.append(row)
            if len(self._before) > CONTEXT:
                self._hide(self._before.popleft())

    def _hide(self, row: Facing) -> None:
        while self._above and self._above[-1][1].depth >= row.depth:
            self._above.pop()
        numbered = self._hidden, row
        self._above.append(numbered)
        self._last.append(numbered)
        self._hidden += 1

    def _flush(self) -> Iterator[Facing]:
        """The beginnings of what is around the rows that come, gaps, and those rows."""
        depth = self._before[0].depth if self._before else 0
        inner = [(number, row) for number, row in self._above if row.depth < depth]
        around = dict(inner[-MOST_AROUND:])
        known = {**dict([*self._above, *self._last]), **around}
        shown_until = 0
        for number in [*around, self._hidden]:
            missing = number - shown_until
            if missing == 1 and shown_until in known:
                yield known[shown_until]
            else:
                yield from _gap(missing)
            if number in around:
                yield around[number]
            shown_until = number + 1
        yield from self._before
        self._before.clear()
        self._above.clear()
        self._last.clear()
        self._hidden = 0

    def rest(self) -> Iterator[Facing]:
        """What is left at the end: nothing differs in it."""
        if self._hidden + len(self._before) == 1:
            yield from self._before
        else:
            yield from _gap(self._hidden + len(self._before))


def _gap(count: int) -> Iterator[Facing]:
    """One row for several; a single one takes no more room itself."""
    if count:
        yield Facing(mark="gap", note=f"{count:,} equal {'line' if count == 1 else 'lines'}")


def print_columns(
    out: Console, rows: Iterable[Facing], width: int, titles: tuple[str, str] | None = None
) -> set[Mark]:
    """Print rows in two columns.

    Args:
        out: Where to.
        rows: To print, in order.
        width: Columns of the terminal.
        titles: What stands above the columns.

    Returns:
        The marks that were there, for :func:`legend`.
    """
    columns = _Columns(max(width, NARROWEST))
    seen: set[Mark] = set()
    if titles:
        _print(out, columns.head(*titles))
    for row in rows:
        seen.add(row.mark)
        _print(out, columns.row(row))
    return seen


def legend(seen: Iterable[Mark]) -> Text:
    """What the signs between the columns stand for."""
    there = set(seen)
    parts = [
        (f"{sign} {_WORDS.get(mark, mark)}", _STYLES[mark])
        for mark, sign in _SIGNS.items()
        if mark in there
    ]
    text = Text()
    for index, part in enumerate(parts):
        text.append("  " if index else "").append(*part)
    return text


def _print(out: Console, text: Text) -> None:
    text.rstrip()
    out.print(text, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)


class _Columns:
    def __init__(self, width: int) -> None:
        self.side = (width - _GUTTER) // 2

    def head(self, baseline: str, candidate: str) -> Text:
        left, right = (clipped(plain(title), self.side) for title in (baseline, candidate))
        text = self._beside(_styled(left, "bold"), " │ ", "dim", _styled(right, "bold"))
        return text.append(f"\n{'─' * (self.side + 1)}┼{'─' * (self.side + 1)}", "dim")

    def row(self, row: Facing) -> Text:
        if row.mark == "gap":
            note = f"… {plain(row.note)}" if row.note else ""
            return self._beside(_styled(note, "dim"), " │ ", "dim", Text())
        style = _STYLES.get(row.mark, "")
        left, right = self._sides(row, style)
        sign = _SIGNS.get(row.mark, "│")
        is_equal = row.mark == "equal"
        return self._beside(left, f" {sign} ", "dim" if is_equal else f"bold {style}", right)

    def _beside(self, left: Text, gutter: str, style: str, right: Text) -> Text:
        left.append(" " * (self.side - left.cell_len))
        return left.append(gutter, style).append_text(right)

    def _sides(self, row: Facing, style: str) -> tuple[Text, Text]:
        note = Text()
        if row.note and row.mark != "equal":
            most = self.side // _SHARE_OF_NOTE
            note = _styled(clipped(f"  ← {plain(row.note)}", most), "dim italic")
        at = _where_different(row)
        notes = [Text(), note] if row.candidate else [note, Text()]
        cut = _Cut(at, [self.side - one.cell_len for one in notes], [row.baseline, row.candidate])
        left, right = cut.side(0, style), cut.side(1, style)
        return left.append_text(notes[0]), right.append_text(notes[1])


def _styled(text: str, style: str) -> Text:
    """Text whose style does not reach what is added behind it."""
    return Text().append(text, style)


def _where_different(row: Facing) -> tuple[int, int] | None:
    """How many characters of the values are alike at the begin, and at the end."""
    if row.baseline is None or row.candidate is None or row.mark == "equal":
        return None
    one, other = row.baseline.value, row.candidate.value
    if one == other:
        return None
    begin = alike(one, other)
    end = min(alike(one[::-1], other[::-1]), len(one) - begin, len(other) - begin)
    return begin, end


def alike(one: str, other: str) -> int:
    """Characters that two texts have in common at the begin."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class _Cut:
    """Two lines in as many columns as there are, so that the begin of what differs is in sight.

    Args:
        at: As :func:`_where_different` says.
        rooms: Columns of each side.
        lines: The two.
    """

    def __init__(
        self, at: tuple[int, int] | None, rooms: list[int], lines: list[Line | None]
    ) -> None:
        self._at = at
        self._lines = lines
        self._leads = [
            clipped(plain(line.lead), max(room - 8, room // 2)) if line else ""
            for line, room in zip(lines, rooms, strict=True)
        ]
        self._rooms = [
            room - cell_len(lead) - cell_len(plain(line.tail)) if line else 0
            for line, lead, room in zip(lines, self._leads, rooms, strict=True)
        ]
        self._start = self._begin()

    def side(self, index: int, style: str) -> Text:
        """One of them; what differs in it is stressed."""
        line, at = self._lines[index], self._at
        if line is None:
            return Text()
        begin, end = at or (0, 0)
        end = len(line.value) - end
        before, stressed, after = _parts(line.value, (self._start, begin, end), self._rooms[index])
        text = _styled(self._leads[index], style)
        strong = f"bold {style}" if at and style != "dim" else style
        return (
            text.append(before, style)
            .append(stressed, strong)
            .append(after + plain(line.tail), style)
        )

    def _begin(self) -> int:
        """Where both values begin to be shown: they are alike up to what differs."""
        if self._at is None:
            return 0
        begin, end = self._at
        values = [line.value for line in self._lines if line]
        most = max(_cells(value[begin : len(value) - end]) for value in values)
        room = min(self._rooms)
        if _cells(values[0][:begin]) + most < room:
            return 0
        rest = max(_cells(value[begin:]) for value in values)
        return _start(values[0], begin, max(room // 3, room - rest) - 1)


def _cells(text: str) -> int:
    """Columns that a text takes, or more than any terminal has."""
    return cell_len(plain(text[:LONGEST]))


def _start(value: str, end: int, room: int) -> int:
    """Where to begin so that what stands before ``end`` is at most so wide."""
    start = end
    while start and (room := room - cell_len(plain(value[start - 1]))) >= 0:
        start -= 1
    return start


def _parts(value: str, at: tuple[int, int, int], room: int) -> tuple[str, str, str]:
    """Of a value what is before, in and behind what differs, as far as there is room."""
    start, begin, end = at
    parts = [
        plain(value[start:begin][:LONGEST]),
        plain(value[begin:end][:LONGEST]),
        plain(value[end : end + LONGEST]),
    ]
    if start:
        parts[0] = "…" + parts[0]
    left = room
    out = []
    for index, part in enumerate(parts):
        rest = any(parts[index + 1 :]) or (index == 1 and end - begin > LONGEST)
        width = cell_len(part)
        if width > left or (rest and width == left):
            out.append(clipped(part + (" " if rest else ""), left))
            break
        out.append(part)
        left -= width
    out += [""] * (3 - len(out))
    return out[0], out[1], out[2]


def clipped(text: str, room: int) -> str:
    """The text in as many terminal columns as there are, its end replaced by ``…``."""
    if cell_len(text) <= room:
        return text
    if room < 1:
        return ""
    kept, used = [], 0
    for character in text:
        used += cell_len(character)
        if used > room - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"
