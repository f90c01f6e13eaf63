"""Answers that repeat what the request held: a contract cannot ask for what nobody sends again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from shadowpact.contracts import paths
from shadowpact.contracts.request import is_sent_again
from shadowpact.contracts.shape import document
from shadowpact.model.pair import Sample

_DEPTH_LIMIT: Final = 8
"""How deep in a body a header is looked for."""


def echoes(samples: Iterable[Sample]) -> set[paths.Steps]:
    """Places of the baseline's bodies that repeat a request header which no verifier sends."""
    return {place for sample in samples for place in _repeated(sample)}


def is_echo(place: paths.Steps, samples: Iterable[Sample]) -> bool:
    """Whether a place is one of them, or below one."""
    return any(paths.is_within(place, one) for one in echoes(samples))


def _repeated(sample: Sample) -> Iterator[paths.Steps]:
    lost = {
        name: value.decode("latin-1")
        for raw, value in sample.request.headers
        if not is_sent_again(name := raw.decode("latin-1").lower())
    }
    if not any(value.encode("latin-1") in sample.baseline.body for value in lost.values()):
        return
    try:
        yield from _places(document(sample.baseline.headers, sample.baseline.body), lost, ())
    except ValueError:
        return


def _places(node: Any, lost: Mapping[str, str], at: paths.Steps) -> Iterator[paths.Steps]:
    if len(at) >= _DEPTH_LIMIT:
        return
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and lost.get(name.lower()) == value:
                yield (*at, name)
            else:
                yield from _places(value, lost, (*at, name))
    elif isinstance(node, list):
        for value in node:
            yield from _places(value, lost, (*at, paths.EVERY_ITEM))
