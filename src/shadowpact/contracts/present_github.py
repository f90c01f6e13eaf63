"""A verification for GitHub Actions: annotations of the files, and the step's summary."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from shadowpact.contracts.outcomes import Verification, Verified

_LEVELS: Final[Mapping[str, str]] = {"pending-failed": "notice"}
_MOST: Final = 50
"""GitHub shows ten of a level in a step; more only fill the log."""


def annotations(verification: Verification, root: Path) -> Iterator[str]:
    """Workflow commands, one for each interaction that did not pass.

    Args:
        verification: What was found.
        root: The folder that files are named from: the repository's.
    """
    if verification.verdict == "no-evidence":
        title = _property(f"{verification.provider}: no evidence")
        yield f"::error title={title}::{_data(verification.reason)}"
        return
    told = [one for one in verification.interactions if one.outcome != "passed"]
    told.sort(key=lambda one: not one.blocks)
    for one in told[:_MOST]:
        yield _annotation(one, root)
    for remark in verification.remarks:
        title = _property(f"{verification.provider}: contracts")
        yield f"::warning title={title}::{_data(remark)}"


def _annotation(one: Verified, root: Path) -> str:
    file = one.file.resolve()
    named = file.relative_to(root) if file.is_relative_to(root) else file
    title = f"{one.outcome}: {one.description}"
    text = "\n".join(mismatch.message for mismatch in one.mismatches)
    place = f"file={_property(named.as_posix())},line={line_of(one)}"
    level = _LEVELS.get(one.outcome, "error")
    return f"::{level} {place},title={_property(title)}::{_data(text)}"


def line_of(one: Verified) -> int:
    """The line of an interaction in its file, from 1; the first where it cannot be told."""
    name = one.key or one.description
    try:
        lines = one.file.read_text("utf-8").splitlines()
    except OSError:
        return 1
    wanted = (f'"key": "{name}"', f'"key":"{name}"', f'"{name}"')
    for text in wanted:
        for number, line in enumerate(lines, 1):
            if text in line:
                return number
    return 1


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
