"""What ``contracts promote`` did, for people and programs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from shadowpact.contracts.outcomes import Verification
from shadowpact.contracts.present_verify import verify_document
from shadowpact.contracts.printing import Line


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A pending interaction that passed, but not often enough.

    Attributes:
        name: Its key, or description.
        passes: How often it passed in a row.
    """

    name: str
    passes: int


def promote_document(
    verification: Verification | None,
    promoted: Mapping[Path, Sequence[str]],
    waiting: Sequence[Waiting] = (),
) -> dict[str, Any]:
    """The verification's document, with what was promoted by file."""
    document = {} if verification is None else verify_document(verification)
    return {
        **document,
        "schema": "shadowpact/contracts-promote/1",
        "promoted": {str(file): list(keys) for file, keys in promoted.items()},
        "waiting": [{"key": one.name, "passes": one.passes} for one in waiting],
    }


def promote_lines(
    verification: Verification | None,
    promoted: Mapping[Path, Sequence[str]],
    waiting: Sequence[Waiting] = (),
    *,
    passes: int = 1,
) -> Iterator[Line]:
    """What is binding from now on, what is on its way, then the verdict."""
    for file, keys in promoted.items():
        for key in keys:
            yield f"binding now     {key}  {file}", "good"
    for one in waiting:
        yield f"passed          {one.name}  {one.passes} of {passes} times in a row", "dim"
    if not promoted and not waiting:
        yield "nothing to promote: no pending interaction passes", "dim"
    if verification is not None:
        text = f"{verification.provider}: {verification.verdict}, {verification.reason}"
        yield text, "plain"
