"""Waivers: who lets a binding interaction fail, why, and until when.

They stand in ``waivers.toml`` beside the contracts, or as ``[[waivers]]`` in ``shadowpact.toml``::

    [[waivers]]
    interaction = "finding-0123456789ab"
    who = "Ana"
    why = "the tax service moves in May"
    until = 2026-05-31

Nothing else makes a failure of a binding interaction pass; after its last day neither does this.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from shadowpact.errors import UsageError

FILE: Final = "waivers.toml"


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One waiver.

    Attributes:
        interaction: Its key; the description where it has none.
        who: Who answers for it.
        why: In words.
        until: The last day on which it holds.
    """

    interaction: str
    who: str
    why: str
    until: date

    def has_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.until

    def __str__(self) -> str:
        return f"waived by {self.who} until {self.until}: {self.why}"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    waivers: tuple[Waiver, ...] = ()


def read_waivers(root: Path) -> tuple[Waiver, ...]:
    """The waivers beside the contracts; none where there is no such file.

    Raises:
        UsageError: The file is wrong.
    """
    file = root / FILE
    try:
        told = tomllib.loads(file.read_text("utf-8"))
        found = msgspec.convert(told, _File).waivers
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise UsageError(
            f"{file}: {error}; a waiver has interaction, who, why and until (a date, 2026-05-31)"
        ) from error
    check_waivers(found, str(file))
    return found


def check_waivers(waivers: Iterable[Waiver], where: str) -> None:
    """Refuse waivers that say nothing, or twice.

    Raises:
        UsageError: One has no key, no name or no reason; or two are for the same interaction.
    """
    seen: set[str] = set()
    for number, one in enumerate(waivers, 1):
        for name in ("interaction", "who", "why"):
            if not getattr(one, name).strip():
                raise UsageError(f"{where}: waiver {number} has an empty {name!r}")
        if one.interaction in seen:
            raise UsageError(f"{where}: two waivers for {one.interaction!r}")
        seen.add(one.interaction)


def by_interaction(waivers: Iterable[Waiver]) -> Mapping[str, Waiver]:
    """The one that holds longest, by the interaction's key."""
    held: dict[str, Waiver] = {}
    for one in waivers:
        known = held.get(one.interaction)
        if known is None or known.until < one.until:
            held[one.interaction] = one
    return held
