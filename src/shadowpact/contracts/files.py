"""Pact files of our own: where an interaction goes, how it is written, what is there already.

``OUT/<consumer>/<provider>/<METHOD>_<path>.json``, at most 20 interactions a file, sorted, and
without counts, times or versions, so that the same contract is the same bytes.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from shadowpact.errors import UsageError

FILE_SIZE: Final = 20
"""Interactions of one file: small changes to review, and linear time in the verifier."""

_SLUG_LENGTH: Final = 80


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An interaction on disk.

    Attributes:
        file: Where it is.
        interaction: As in the file.
    """

    file: Path
    interaction: dict[str, Any]


def read(file: Path) -> dict[str, Any]:
    """A pact file.

    Raises:
        UsageError: It cannot be read, or is no pact.
    """
    try:
        pact = json.loads(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{file}: is no JSON: {error}") from error
    if not is_pact(pact):
        raise UsageError(
            f"{file}: is no pact: a pact has consumer.name, provider.name and interactions"
        )
    return dict(pact)


def is_pact(pact: Any) -> bool:
    """Whether a JSON document has what makes a pact: two parties and interactions."""
    return (
        isinstance(pact, dict)
        and all(
            isinstance(pact.get(party), dict) and isinstance(pact[party].get("name"), str)
            for party in ("consumer", "provider")
        )
        and isinstance(pact.get("interactions"), list)
        and all(isinstance(interaction, dict) for interaction in pact["interactions"])
    )


def pact_files(path: Path) -> list[Path]:
    """The file itself, or every ``*.json`` below a folder (hidden ones left out), sorted.

    Raises:
        UsageError: There is no such file or folder.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(f"{path}: no such file or folder")
    found = (f for f in path.rglob("*.json") if f.is_file())
    return sorted(f for f in found if not _is_hidden(f.relative_to(path)))


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def to_text(pact: Mapping[str, Any]) -> str:
    """The one spelling of a pact of ours."""
    return json.dumps(pact, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def rewrite(file: Path, pact: Mapping[str, Any], original: str) -> None:
    """Write a changed pact in the layout that its file has, so that only the change shows."""
    layouts: list[dict[str, Any]] = [
        {"sort_keys": False, "ensure_ascii": ascii_only, "indent": indent, "separators": separators}
        for ascii_only in (False, True)
        for indent in (2, 4, None)
        for separators in ((",", ": "), (", ", ": "), (",", ":"))
    ]
    unchanged = json.loads(original)
    for layout in layouts:
        for end in ("\n", ""):
            if json.dumps(unchanged, **layout) + end == original:
                file.write_text(json.dumps(pact, **layout) + end, encoding="utf-8")
                return
    file.write_text(to_text(pact), encoding="utf-8")


def folder_of(out: Path, consumer: str, provider: str) -> Path:
    """Where the pacts of a consumer and a provider are."""
    return out / _folder_name(consumer) / _folder_name(provider)


def _folder_name(party: str) -> str:
    """A party's name as a folder's; another one gets a digest, so that no two share a folder."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", party).strip(".-")[:_SLUG_LENGTH]
    if plain == party and plain == plain.lower():
        return plain
    digest = hashlib.blake2b(party.encode(), digest_size=3).hexdigest()
    return f"{plain.lower()}-{digest}" if plain else digest


def file_name(route: str, number: int) -> str:
    """``GET_orders_id.json`` for ``GET /orders/{id}``; ``_2`` and so on for further files."""
    method, _, template = route.partition(" ")
    slug = re.sub(r"[^a-z0-9]+", "_", template.lower()).strip("_") or "root"
    if len(slug) > _SLUG_LENGTH:
        digest = hashlib.blake2b(template.encode(), digest_size=3).hexdigest()
        slug = f"{slug[:_SLUG_LENGTH]}_{digest}"
    method = re.sub(r"[^A-Z0-9]+", "", method.upper()) or "ANY"
    return f"{method}_{slug}.json" if number == 1 else f"{method}_{slug}_{number}.json"


def existing(folder: Path) -> dict[str, Place]:
    """The interactions in a folder, by key.

    Raises:
        UsageError: A file there is no pact, or an interaction has no key.
    """
    found: dict[str, Place] = {}
    for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        for interaction in read(file)["interactions"]:
            key = interaction.get("key")
            if not isinstance(key, str):
                raise UsageError(f"{file}: {interaction.get('description')!r} has no key")
            found[key] = Place(file=file, interaction=interaction)
    return found


def write(
    folder: Path,
    *,
    consumer: str,
    provider: str,
    interactions: Iterable[tuple[str, dict[str, Any]]],
    places: Mapping[str, Place],
) -> tuple[list[Path], list[Path]]:
    """Write the pacts of one consumer and provider.

    Args:
        folder: See :func:`folder_of`.
        consumer: Its name.
        provider: Its name.
        interactions: (route, interaction), those that are on disk already among them.
        places: What is on disk; an interaction stays in its file.

    Returns:
        The files that changed, and those that did not.
    """
    contents: dict[str, list[dict[str, Any]]] = {}
    fresh: list[tuple[str, dict[str, Any]]] = []
    for route, interaction in interactions:
        place = places.get(interaction["key"])
        if place is None:
            fresh.append((route, interaction))
        else:
            contents.setdefault(place.file.name, []).append(interaction)
    for route, interaction in sorted(fresh, key=lambda it: (it[0], it[1]["key"])):
        _room(contents, route).append(interaction)
    changed: list[Path] = []
    same: list[Path] = []
    for name, held in sorted(contents.items()):
        text = to_text(_pact(consumer, provider, held))
        file = folder / name
        if file.exists() and file.read_text("utf-8") == text:
            same.append(file)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed.append(file)
    return changed, same


def _room(contents: dict[str, list[dict[str, Any]]], route: str) -> list[dict[str, Any]]:
    number = 1
    while len(held := contents.setdefault(file_name(route, number), [])) >= FILE_SIZE:
        number += 1
    return held


def _pact(consumer: str, provider: str, held: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": sorted(held, key=lambda interaction: str(interaction["key"])),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
