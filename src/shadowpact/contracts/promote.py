"""Make pending interactions that pass binding: the only direction in which the ratchet turns."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from shadowpact.contracts import files
from shadowpact.contracts.ledger import Entry, Ledger
from shadowpact.contracts.outcomes import Verification, Verified
from shadowpact.contracts.wanted import Wanted

type Results = Sequence[tuple[str, bool]]
"""Of one run: an interaction's key, and whether it passed."""


def results_of(verification: Verification) -> Results:
    """What a verification says; nothing where nothing was verified."""
    if verification.verdict == "no-evidence":
        return ()
    return tuple((one.name, one.outcome == "passed") for one in verification.interactions)


def count(ledger: Ledger, runs: Iterable[Results]) -> Ledger:
    """The ledger after some more runs, in their order: a failure begins the count anew."""
    entries = dict(ledger.entries)
    for results in runs:
        for key, has_passed in results:
            held = entries.get(key, Entry(key=key))
            passes = held.passes + 1 if has_passed else 0
            entries[key] = msgspec.structs.replace(held, passes=passes)
    return Ledger(entries=entries)


def promote(
    wanted: Sequence[Wanted], ledger: Ledger, *, passes: int, today: str
) -> tuple[dict[Path, list[str]], Ledger]:
    """Make binding what passed often enough, in its file.

    Args:
        wanted: The interactions there are.
        ledger: With their counts.
        passes: How often in a row is enough.
        today: The day, as the ledger notes it.

    Returns:
        The names of what was promoted, by file; and the ledger, in which only what is still pending
        has a count.
    """
    ready: dict[Path, list[Wanted]] = {}
    entries = dict(ledger.entries)
    for one in wanted:
        name = one.name
        held = entries.get(name, Entry(key=name))
        if one.is_pending and held.passes >= passes:
            ready.setdefault(one.file, []).append(one)
            entries[name] = Entry(key=name, promoted=held.promoted or today)
        elif not one.is_pending:
            entries[name] = msgspec.structs.replace(held, passes=0)
    for file, ones in ready.items():
        _rewrite(file, {(one.key, one.description) for one in ones})
    promoted = {file: [one.name for one in ones] for file, ones in ready.items()}
    return promoted, Ledger(entries=entries)


def promote_fixed(verification: Verification) -> dict[Path, list[str]]:
    """Make binding what is pending and passed in this verification.

    Returns:
        The names of what was promoted, by file.
    """
    fixed: dict[Path, list[Verified]] = {}
    for one in verification.interactions:
        if one.is_fixed:
            fixed.setdefault(one.file, []).append(one)
    for file, ones in fixed.items():
        _rewrite(file, {(one.key, one.description) for one in ones})
    return {file: [one.name for one in ones] for file, ones in fixed.items()}


def _rewrite(file: Path, named: set[tuple[str, str]]) -> None:
    original = file.read_text("utf-8")
    pact = files.read(file)
    for interaction in pact["interactions"]:
        name = str(interaction.get("key") or ""), str(interaction.get("description") or "")
        if name in named:
            interaction["pending"] = False
    files.rewrite(file, pact, original)
