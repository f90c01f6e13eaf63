"""Schemas of routes, for people and programs."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.schemas import RouteSchema

type Line = tuple[str, str]
"""Text and its style."""


def schemas_document(drawn: Iterable[RouteSchema]) -> dict[str, Any]:
    """The ``shadowpact/contracts-schema/1`` document."""
    return {
        "schema": "shadowpact/contracts-schema/1",
        "schemas": [
            {
                "provider": one.provider,
                "route": one.route,
                "status": one.status,
                "pending": {path: sorted(ids) for path, ids in sorted(one.pending.items())},
                "json_schema": one.to_document(),
            }
            for one in drawn
        ],
    }


def schemas_lines(drawn: Sequence[RouteSchema]) -> Iterator[Line]:
    """One line for each schema, then how to see one."""
    for one in drawn:
        places = _places(one.schema)
        yield f"{one.provider}  {one.route}  {one.status}: {places} places", "plain"
        for path, ids in sorted(one.pending.items()):
            yield f"  {path} is known to fail: {', '.join(sorted(ids))}", "warning"
    yield f"{len(drawn)} schemas; --route and --status print one", "dim"


def _places(schema: Any) -> int:
    """Places that a schema says something about, the root among them."""
    if not isinstance(schema, dict):
        return 0
    below = [*(schema.get("properties") or {}).values(), schema.get("items")]
    below.append(schema.get("additionalProperties"))
    return 1 + sum(map(_places, below))


def body_document(
    found: Sequence[Mismatch], pending: Sequence[Mismatch], one: RouteSchema
) -> dict[str, Any]:
    """The ``shadowpact/contracts-schema-check/1`` document."""
    return {
        "schema": "shadowpact/contracts-schema-check/1",
        "route": one.route,
        "status": one.status,
        "problems": [_problem(it) for it in found],
        "pending": [_problem(it) for it in pending],
    }


def _problem(found: Mismatch) -> dict[str, Any]:
    return {
        "path": found.path,
        "expected": found.expected,
        "actual": found.actual,
        "message": found.message,
    }


def body_lines(
    found: Sequence[Mismatch], pending: Sequence[Mismatch], one: RouteSchema
) -> Iterator[Line]:
    """Where a body departs from its schema."""
    for problem in found:
        yield problem.message, "bad"
    for problem in pending:
        yield f"{problem.message} (known to fail)", "warning"
    if not found:
        yield f"as {one.route} answers {one.status}", "good"


def written_lines(files: Sequence[Path], *, is_check: bool) -> Iterator[Line]:
    """What was written, or would be."""
    for file in files:
        yield f"  {file}", "plain"
    if is_check:
        yield (
            (f"{len(files)} schemas are not what the store says", "bad")
            if files
            else ("all schemas are what the store says", "good")
        )
    else:
        yield f"{len(files)} schemas changed", "good"
