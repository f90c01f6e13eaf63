"""What building and listing contracts found, for people and programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from shadowpact.contracts.build import BuildOutcome
from shadowpact.contracts.catalog import Entry
from shadowpact.contracts.printing import Line, to_json

__all__ = [
    "Line",
    "build_document",
    "build_lines",
    "catalog_document",
    "catalog_lines",
    "to_json",
]


def build_document(outcome: BuildOutcome) -> dict[str, Any]:
    """The ``shadowpact/contracts-build/1`` document."""
    return {
        "schema": "shadowpact/contracts-build/1",
        "interactions": [
            {
                "key": one.key,
                "description": one.description,
                "consumer": one.consumer,
                "provider": one.provider,
                "route": one.route or None,
                "kind": one.kind or None,
                "pending": one.is_pending,
                "findings": list(one.findings),
            }
            for one in outcome.interactions
        ],
        "changed": [str(file) for file in outcome.changed],
        "unchanged": [str(file) for file in outcome.unchanged],
        "beside": [str(file) for file in outcome.beside],
        "left_out": [_left_out(one) for one in outcome.left_out],
        "unproven": [_left_out(one) for one in outcome.unproven],
    }


def _left_out(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


def build_lines(outcome: BuildOutcome) -> Iterator[Line]:
    """What a person reads after a build."""
    for kind, what in (("floor", "floor"), ("finding", "for findings"), ("", "of others")):
        ones = [one for one in outcome.interactions if one.kind == kind]
        pending = sum(one.is_pending for one in ones)
        if ones:
            yield f"{len(ones):>5} interactions {what}, {pending} of them pending", "plain"
    yield f"{len(outcome.changed):>5} files changed, {len(outcome.unchanged)} unchanged", "plain"
    for file in outcome.changed:
        yield f"      {file}", "dim"
    if outcome.beside:
        yield f"{len(outcome.beside):>5} files of schemas and evidence changed", "plain"
    if outcome.left_out:
        yield "left out:", "warning"
        for one in outcome.left_out:
            yield f"      {one.route}  {one.what}: {one.reason}", "plain"
    if outcome.unproven:
        yield "kept without evidence, to be reviewed:", "warning"
        for one in outcome.unproven:
            yield f"      {one.route}  {one.what}: {one.reason}", "plain"


def catalog_document(entries: Sequence[Entry]) -> dict[str, Any]:
    """The ``shadowpact/contracts-list/1`` document."""
    return {
        "schema": "shadowpact/contracts-list/1",
        "interactions": [
            {
                "key": one.key,
                "description": one.description,
                "consumer": one.consumer,
                "provider": one.provider,
                "pending": one.pending,
                "route": one.notes.route or None,
                "kind": one.notes.kind or None,
                "findings": list(one.notes.findings),
                "file": str(one.file),
            }
            for one in entries
        ],
    }


def catalog_lines(entries: Sequence[Entry]) -> Iterator[Line]:
    """One line an interaction, below its consumer and provider."""
    above = ""
    for one in entries:
        title = f"{one.consumer} → {one.provider}"
        if title != above:
            yield title, "good"
            above = title
        style = "warning" if one.pending else "plain"
        yield f"  {'pending' if one.pending else 'binding'}  {one.key}  {one.description}", style
    if not entries:
        yield "no interactions", "warning"
