"""The interactions that are to be verified: found in files, and nothing else loaded."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from shadowpact.contracts import files
from shadowpact.contracts.interaction import Notes, notes_of

HTTP_TYPE: Final = "Synchronous/HTTP"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One interaction in a file.

    Attributes:
        file: The pact it is in.
        pact: That pact with this interaction alone.
    """

    file: Path
    pact: Mapping[str, Any]

    @property
    def interaction(self) -> Mapping[str, Any]:
        """As in the file."""
        found: Mapping[str, Any] = self.pact["interactions"][0]
        return found

    @property
    def key(self) -> str:
        """Empty in a pact that has none."""
        return str(self.interaction.get("key") or "")

    @property
    def description(self) -> str:
        """For a person."""
        return str(self.interaction.get("description") or "")

    @property
    def name(self) -> str:
        """Its key; the description where it has none."""
        return self.key or self.description

    @property
    def consumer(self) -> str:
        """Who asks."""
        return str(self.pact["consumer"]["name"])

    @property
    def provider(self) -> str:
        """Who answers."""
        return str(self.pact["provider"]["name"])

    @property
    def is_pending(self) -> bool:
        """Whether the file says that it may fail."""
        return self.interaction.get("pending") is True

    @property
    def is_http(self) -> bool:
        """V4 says what an interaction is; before that only HTTP had interactions."""
        return self.interaction.get("type") in {None, HTTP_TYPE}

    @property
    def notes(self) -> Notes:
        """What our own comments say."""
        return notes_of(self.interaction)


def wanted_in(
    contracts: Path, *, provider: str | None = None, consumer: str | None = None
) -> list[Wanted]:
    """The interactions of a pact file or of a folder of them, in the order of the files.

    Args:
        contracts: The file or folder.
        provider: Only pacts of this provider.
        consumer: Only pacts of this consumer.

    Raises:
        UsageError: There is nothing there, or a file is no pact.
    """
    return [
        Wanted(file=file, pact={**pact, "interactions": [interaction]})
        for file, pact in _pacts(contracts)
        if provider in {None, pact["provider"]["name"]}
        and consumer in {None, pact["consumer"]["name"]}
        for interaction in pact["interactions"]
    ]


def nothing_wanted(contracts: Path, provider: str, consumer: str | None) -> str:
    """Why there is nothing to verify, in words."""
    pacts = [pact for _, pact in _pacts(contracts)]
    if not pacts:
        return f"{contracts}: there is no pact in it"
    of_whom = f"provider {provider!r}" + (f" and consumer {consumer!r}" if consumer else "")
    named = sorted({f"{p['consumer']['name']} → {p['provider']['name']}" for p in pacts})
    return f"{contracts}: no interaction of {of_whom}; there are pacts of {', '.join(named)}"


def root_of(contracts: Path, wanted: Sequence[Wanted] = ()) -> Path:
    """The folder that holds evidence and schemas beside ``CONSUMER/PROVIDER/*.json``."""
    if contracts.is_dir():
        return contracts
    file = wanted[0].file if wanted else contracts
    return file.parents[2] if len(file.parents) > 2 else file.parent


def _pacts(contracts: Path) -> list[tuple[Path, dict[str, Any]]]:
    return [(file, files.read(file)) for file in files.pact_files(contracts)]
