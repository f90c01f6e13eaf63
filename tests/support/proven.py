"""Contracts of one behaviour, and what the real verifier makes of documents."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from shadowpact.contracts.build import build
from shadowpact.contracts.check import Case, check
from shadowpact.model.exchange import Response
from support.build import response
from support.population import profiles_from
from support.samples import behaviour, sample


def interactions(out: Path) -> list[dict[str, Any]]:
    """All interactions below a folder."""
    files = sorted(out.rglob("*.json"))
    return [one for file in files for one in json.loads(file.read_text())["interactions"]]


def floor_of(out: Path, *answers: Any, population: Iterable[Any] = ()) -> dict[str, Any]:
    """The expected answer of the one floor that samples with these answers make.

    Args:
        out: Where it is built, over what is there.
        answers: Documents, or whole answers; those of the candidate are the same.
        population: Documents that were looked into besides.
    """
    seen = behaviour(
        *(sample(one, target=f"/orders/{n}", name=str(n)) for n, one in enumerate(answers))
    )
    build([seen], [], out, profiles=profiles_from(seen, population) if population else {})
    (held,) = interactions(out)
    return dict(held["response"])


def wrong(expected: Mapping[str, Any], *answers: Any) -> list[list[str]]:
    """Where the real verifier finds each answer or document wrong: the path, else the part."""
    given = [one if isinstance(one, Response) else response(one) for one in answers]
    return [
        [mismatch.path or mismatch.part for mismatch in ran.mismatches]
        for ran in check([Case(expected=expected, answer=one) for one in given])
    ]
