"""The differences of one pair, worded: all are counted, up to a stated number are listed."""

from typing import Any

import msgspec

from shadowpact.compare.found import ABSENT, Found, severity_of
from shadowpact.compare.paths import Place, Token, Written, label_in, member
from shadowpact.compare.shown import shown
from shadowpact.model.difference import Difference, Location

LISTED_PER_PATH = 1000
"""Differences listed in one pair for one generalised path and kind, and as many that a rule covers;
more are counted."""
LISTED = 10_000
"""Differences listed in one pair in all."""
LISTED_CHARACTERS = 4_000_000
"""Length of all paths listed in one pair: what is nested very deep has paths of many thousands."""
KEPT_CHARACTERS = 2_000
"""Length up to which the path of a container is kept. In a chain of containers that all are kept,
memory grows with the square of the depth."""

_ROOT: Written = ("$", "$", "", False)
_LABELLED_ROOT: Written = ("$", "$", "", True)
_NOTHING: Written = ("", "", "", False)
_LABELLED_NOTHING: Written = ("", "", "", True)


class Listing(msgspec.Struct):
    """Collects differences in the order they are added.

    Attributes:
        listed: Those that are listed.
        truncated: How many more there are.
        truncated_open: How many of those no rule covers.
        is_open: Whether any is not covered.
        counts: By general path, kind and openness; kept from where it can matter.
        characters: Length of the listed paths.
        far: The last container whose path is too long to be kept with it, and that path.
    """

    listed: list[Difference] = []
    truncated: int = 0
    truncated_open: int = 0
    is_open: bool = False
    counts: dict[tuple[str, str, bool], int] = {}
    characters: int = 0
    far: tuple[Place, Written] | None = None

    def add(self, location: Location, found: Found, ignored_by: str | None) -> None:
        """List or count one difference; ``ignored_by`` is the rule that covers it."""
        is_first_open = ignored_by is None and not self.is_open
        if ignored_by is None:
            self.is_open = True
        if self.characters > LISTED_CHARACTERS and not is_first_open:
            self._count(ignored_by)
            return
        path, general, label = self._paths(location, found)
        # what a rule covers must not use up the places of what none covers, and the first of that
        # is listed whatever came before: without it the pair would pass for equal
        is_full = len(self.listed) >= LISTED_PER_PATH and self._is_full(
            general, found.kind, ignored_by
        )
        if is_full and not is_first_open:
            self._count(ignored_by)
            return
        self.characters += len(path)
        self.listed.append(
            Difference(
                location=location,
                path=path,
                general_path=general,
                kind=found.kind,
                severity=severity_of(found),
                baseline=shown(found.baseline),
                candidate=shown(found.candidate),
                ignored_by=ignored_by,
                message=found.message,
                label=label,
            )
        )

    def _count(self, ignored_by: str | None) -> None:
        self.truncated += 1
        self.truncated_open += ignored_by is None

    def _is_full(self, general: str, kind: str, ignored_by: str | None) -> bool:
        counts = self.counts
        if not counts:
            for one in self.listed:
                listed = one.general_path, str(one.kind), one.ignored_by is None
                counts[listed] = counts.get(listed, 0) + 1
        counted = general, kind, ignored_by is None
        count = counts[counted] = counts.get(counted, 0) + 1
        return count > LISTED_PER_PATH or len(self.listed) >= LISTED

    def _paths(self, location: Location, found: Found) -> tuple[str, str, str]:
        """Path, general path and label; those of the containers are written once."""
        token = found.token
        if location != "body":
            name = "" if token is None else str(token)
            return name, name, ""
        parent = found.parent
        written = self._of(parent)
        if token is not None and parent is not None:
            value = found.candidate if found.baseline is ABSENT else found.baseline
            written = _below(written, parent, token, value)
        path, general, label, has_label = written
        return path, general, label.removeprefix(".") if has_label else ""

    def _of(self, place: Place | None) -> Written:
        """What is written of a container, once for all that was found in it."""
        if place is None:
            return _ROOT
        if self.far is not None and self.far[0] is place:
            return self.far[1]
        asked = place
        above: list[Place] = []
        while place.written is None:
            parent = place.parent
            if parent is None:
                place.written = _LABELLED_ROOT if place.key else _ROOT
            else:
                above.append(place)
                place = parent
        written = place.written
        while above and len(written[0]) < KEPT_CHARACTERS:
            inner = above.pop()
            if inner.token is not None:
                written = _below(written, place, inner.token, inner.baseline)
            if inner.key and not written[3]:
                written = (*written[:3], True)
            inner.written = written
            place = inner
        if above:
            written = _joined(written, place, above)
            self.far = asked, written
        return written


def _joined(written: Written, place: Place, above: list[Place]) -> Written:
    """What is written of the last container in a long chain, without that of those between."""
    parts = [written]
    while above:
        inner = above.pop()
        if inner.token is not None:
            parts.append(_below(_NOTHING, place, inner.token, inner.baseline))
        if inner.key:
            parts.append(_LABELLED_NOTHING)
        place = inner
    paths, generals, labels, has_label = zip(*parts, strict=True)
    return "".join(paths), "".join(generals), "".join(labels), any(has_label)


def _below(above: Written, parent: Place, token: Token, value: Any) -> Written:
    """What is written of a value in a container."""
    path, general, label, has_label = above
    if type(token) is str:
        last = member(token)
        return path + last, general + last, label + last, has_label
    last = f"[{token}]"
    named = label_in(parent, token, value) if parent.key else token
    label += named if type(named) is str else last
    return path + last, general + "[*]", label, has_label
