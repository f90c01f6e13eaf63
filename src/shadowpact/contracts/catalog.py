"""What a folder of pacts holds."""

from pathlib import Path

import msgspec

from shadowpact.contracts import files
from shadowpact.contracts.interaction import Notes, notes_of


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One interaction in a pact file.

    Attributes:
        file: Where it is.
        key: Empty in a pact that has none.
        description: For a person.
        consumer: Who asks.
        provider: Who answers.
        pending: Whether it may fail.
        notes: What our own comments say.
    """

    file: Path
    key: str
    description: str
    consumer: str
    provider: str
    pending: bool
    notes: Notes


def catalog(contracts: Path) -> list[Entry]:
    """The interactions of a pact file or of a folder of them, in the order of the files.

    Raises:
        UsageError: A file is no pact.
    """
    return [
        Entry(
            file=file,
            key=str(interaction.get("key") or ""),
            description=str(interaction.get("description") or ""),
            consumer=pact["consumer"]["name"],
            provider=pact["provider"]["name"],
            pending=interaction.get("pending") is True,
            notes=notes_of(interaction),
        )
        for file in files.pact_files(contracts)
        for pact in (files.read(file),)
        for interaction in pact["interactions"]
    ]
