"""The ratchet's ledger: how often pending interactions passed in a row, and what is binding since.

``ratchet.jsonl`` beside the contracts, one line an interaction. It exists once
``contracts promote`` has written it; it is reviewed and kept like the contracts.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from shadowpact.errors import UsageError

FILE: Final = "ratchet.jsonl"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one interaction.

    Attributes:
        key: Its key.
        passes: How often it passed in a row, while pending.
        promoted: The day on which it became binding; empty while it has not.
    """

    key: str
    passes: int = 0
    promoted: str = ""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, by key."""

    entries: Mapping[str, Entry] = {}

    @property
    def promoted(self) -> dict[str, str]:
        """The days on which interactions became binding, by key."""
        return {key: one.promoted for key, one in self.entries.items() if one.promoted}

    def passes(self, key: str) -> int:
        """How often an interaction passed in a row."""
        return self.entries[key].passes if key in self.entries else 0


def read_ledger(root: Path) -> Ledger:
    """The ledger beside the contracts; empty where there is none.

    Raises:
        UsageError: It is none of ours.
    """
    file = root / FILE
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return Ledger()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    entries: dict[str, Entry] = {}
    for number, line in enumerate(lines, 1):
        try:
            one = msgspec.json.decode(line, type=Entry)
        except msgspec.DecodeError as error:
            raise UsageError(f"{file}:{number}: is no line of the ratchet's: {error}") from error
        entries[one.key] = one
    return Ledger(entries=entries)


def write_ledger(root: Path, ledger: Ledger) -> None:
    """Write it, sorted, without what says nothing; no file where that is all."""
    kept = [one for _, one in sorted(ledger.entries.items()) if one.passes or one.promoted]
    file = root / FILE
    if kept or file.exists():
        file.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in kept))
