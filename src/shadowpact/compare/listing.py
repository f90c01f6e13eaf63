"""The differences of one pair, worded: all are counted, up to a stated number are listed."""

from typing import Any

from shadowpact.compare.found import ABSENT, Found, severity_of
from shadowpact.compare.paths import Place, Token, label_in, member
from shadowpact.compare.shown import shown
from shadowpact.model.difference import Difference, Location

LISTED_PER_PATH = 1000
"""Differences listed in one pair for one generalised path and kind, and as many that a rule covers;
more are counted."""
LISTED = 10_000
"""Differences listed in one pair in all."""

type _Written = tuple[str, str, str, bool]
"""A container's path, general path and label, and whether a key names anything in the label."""

_ROOT: _Written = ("$", "$", "", False)
_LABELLED_ROOT: _Written = ("$", "$", "", True)


class Listing:
    """Collects differences in the order they are added."""

    def __init__(self) -> None:
        self.listed: list[Difference] = []
        self.truncated = 0
        self.truncated_open = 0
        self.is_open = False
        self._counts: dict[tuple[str, str, bool], int] = {}
        self._written: dict[int, _Written] = {}

    def add(self, location: Location, found: Found, ignored_by: str | None) -> None:
        """List or count one difference; ``ignored_by`` is the rule that covers it."""
        is_first_open = ignored_by is None and not self.is_open
        if ignored_by is None:
            self.is_open = True
        path, general, label = self._paths(location, found)
        # what a rule covers must not use up the places of what none covers, and the first of that
        # is listed whatever came before: without it the pair would pass for equal
        counted = general, found.kind, ignored_by is None
        count = self._counts[counted] = self._counts.get(counted, 0) + 1
        is_full = count > LISTED_PER_PATH or len(self.listed) >= LISTED
        if is_full and not is_first_open:
            self.truncated += 1
            self.truncated_open += ignored_by is None
            return
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

    def _paths(self, location: Location, found: Found) -> tuple[str, str, str]:
        """Path, general path and label; those of the containers are written once."""
        token = found.token
        if location != "body":
            name = "" if token is None else str(token)
            return name, name, ""
        parent = found.parent
        above = self._of(parent)
        if token is None or parent is None:
            written = above
        else:
            value = found.candidate if found.baseline is ABSENT else found.baseline
            written = _below(above, parent, token, value)
        path, general, label, has_label = written
        return path, general, label.removeprefix(".") if has_label else ""

    def _of(self, place: Place | None) -> _Written:
        """What is written of a container; it lives as long as what was found in it."""
        if place is None:
            return _ROOT
        written = self._written.get(id(place))
        if written is not None:
            return written
        above: list[Place] = []
        while written is None and place.parent is not None:
            above.append(place)
            place = place.parent
            written = self._written.get(id(place))
        if written is None:
            written = _LABELLED_ROOT if place.key else _ROOT
        for inner in reversed(above):
            if inner.parent is not None and inner.token is not None:
                written = _below(written, inner.parent, inner.token, inner.baseline)
            if inner.key and not written[3]:
                written = (*written[:3], True)
            self._written[id(inner)] = written
        return written


def _below(above: _Written, parent: Place, token: Token, value: Any) -> _Written:
    """What is written of a value in a container."""
    path, general, label, has_label = above
    if type(token) is str:
        last = member(token)
        return path + last, general + last, label + last, has_label
    last = f"[{token}]"
    named = label_in(parent, token, value) if parent.key else token
    label += named if type(named) is str else last
    return path + last, general + "[*]", label, has_label
