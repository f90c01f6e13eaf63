"""The differences of one pair, worded: all are counted, up to a stated number are listed."""

from shadowpact.compare.found import Found, severity_of
from shadowpact.compare.paths import (
    is_labelled,
    member,
    render,
    render_general,
    render_label,
    tokens_of,
)
from shadowpact.compare.shown import shown
from shadowpact.model.difference import Difference, Location

LISTED_PER_PATH = 1000
"""Differences listed in one pair for one generalised path and kind; more are counted."""
LISTED = 10_000
"""Differences listed in one pair in all."""


class Listing:
    """Collects differences in the order they are added."""

    def __init__(self) -> None:
        self.listed: list[Difference] = []
        self.truncated = 0
        self.truncated_open = 0
        self.is_open = False
        self._counts: dict[tuple[str, str], int] = {}
        self._written: dict[int, tuple[str, str, bool]] = {}

    def add(self, location: Location, found: Found, ignored_by: str | None) -> None:
        """List or count one difference; ``ignored_by`` is the rule that covers it."""
        if ignored_by is None:
            self.is_open = True
        path, general, label = self._paths(location, found)
        count = self._counts[general, found.kind] = self._counts.get((general, found.kind), 0) + 1
        if count > LISTED_PER_PATH or len(self.listed) >= LISTED:
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
        written = self._written.get(id(parent))
        if written is None:  # the parent lives as long as what was found in it
            tokens = tokens_of(parent)
            written = render(tokens), render_general(tokens), is_labelled(parent)
            self._written[id(parent)] = written
        path, general, has_label = written
        label = render_label(found.labels) if has_label else ""
        if token is None:
            return path, general, label
        if isinstance(token, int):
            return f"{path}[{token}]", f"{general}[*]", label
        last = member(token)
        return path + last, general + last, label
