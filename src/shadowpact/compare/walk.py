"""Two parsed documents, side by side: an iterative walk that reports where they disagree.

No recursion, so depth costs memory alone. Rules play no part here, except those that say how a
list is to be aligned: a document without a difference never looks at a rule.

What is the same object in both documents is passed by (see ``sharing``), and so is what ``==``
takes for equal. That takes ``true`` for ``1`` as well, so all of it is written out and compared
once more at the end; should it not be the same, the walk starts over and enters everything.
"""

from collections.abc import Iterable, Sequence
from itertools import compress, count
from operator import is_not
from typing import Any, Protocol

import msgspec
import orjson

from shadowpact.compare.found import ABSENT, Found, kind_of
from shadowpact.compare.lists import Alignment, align
from shadowpact.compare.markup import Sequence as Children
from shadowpact.compare.paths import Place, Token
from shadowpact.compare.tokens import token_document


class Align(Protocol):
    """How the elements of a pair of lists stand for each other; ``None``: by position."""

    def __call__(self, place: Place, differing: Sequence[int] | None = None, /) -> Alignment | None:
        """Align; ``differing`` are all positions that differ, of lists of one length."""


MAX_ALIGNED_DEPTH = 64
"""Containers around a list beyond which its elements are taken by position: the effort of aligning
is the size of a list for every level it is nested in."""

WRITTEN = 64
"""Values written out at once, so that their text takes little memory."""

_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode


def align_by_position(place: Place, differing: Sequence[int] | None = None) -> Alignment | None:
    """Elements stand for each other by position; what is over at the end is missing or added."""
    del place, differing
    return None


def align_by_content(place: Place, differing: Sequence[int] | None = None) -> Alignment | None:
    """By inferred key, or by equal elements (see ``lists``)."""
    return align(place.baseline, place.candidate, differing=differing)


def walk(baseline: Any, candidate: Any, align_lists: Align = align_by_content) -> list[Found]:
    """Every place where the documents disagree, an object's own members before nested ones."""
    quick = _Walk(align_lists)
    try:
        found = quick.run(baseline, candidate)
        if not quick.ones or _are_same(quick.ones, quick.others):
            return found
    except RecursionError:  # too deep for == or for the encoder
        pass
    return _Walk(align_lists, is_thorough=True).run(baseline, candidate)


def walk_element(place: Place, at: int) -> list[Found]:
    """Every place where the elements at one position of two lists disagree, lists by position."""
    return _Walk(align_by_position, is_thorough=True).enter(
        place, at, place.baseline[at], place.candidate[at]
    )


def _are_same(ones: list[Any], others: list[Any]) -> bool:
    """Whether values that are ``==`` are the same down to ``true`` against ``1``."""
    if len(ones) <= WRITTEN:
        return _are_written_alike(ones, others)
    return all(
        _are_written_alike(ones[at : at + WRITTEN], others[at : at + WRITTEN])
        for at in range(0, len(ones), WRITTEN)
    )


def _are_written_alike(ones: list[Any], others: list[Any]) -> bool:
    try:
        if orjson.dumps(ones) == orjson.dumps(others):
            return True
    except orjson.JSONEncodeError:  # numbers that are kept as they are written
        pass
    return _encode(ones) == _encode(others) or _encode_sorted(ones) == _encode_sorted(others)


class _Walk(msgspec.Struct):
    """Passes by what is the same object or, unless it is thorough, ``==``.

    Attributes:
        align: How lists are aligned.
        is_thorough: Whether what is ``==`` is entered too.
        found: What disagrees.
        stack: Containers to enter.
        ones: What was passed by because it is ``==``, in the baseline.
        others: The same in the candidate.
    """

    align: Align
    is_thorough: bool = False
    found: list[Found] = []
    stack: list[Place] = []
    ones: list[Any] = []
    others: list[Any] = []

    def run(self, baseline: Any, candidate: Any) -> list[Found]:
        return self.enter(None, None, baseline, candidate)

    def enter(
        self, parent: Place | None, token: Token | None, baseline: Any, candidate: Any
    ) -> list[Found]:
        if type(baseline) is type(candidate) and isinstance(baseline, (dict, list)):
            self.stack.append(Place(parent, token, baseline, candidate))
        else:
            self._differ(parent, token, baseline, candidate)
        stack = self.stack
        while stack:
            place = stack.pop()
            if type(place.baseline) is dict:
                self._members(place)
            else:
                self._elements(place)
        return self.found

    def _members(self, place: Place) -> None:
        baseline, candidate = place.baseline, place.candidate
        get = candidate.get
        shared = len(baseline)
        inner: list[Place] = []
        for name, value in baseline.items():
            other = get(name, ABSENT)
            if value is other:
                continue
            of = type(value)
            if of is not type(other):
                shared -= other is ABSENT
                self._differ(place, name, value, other)
            elif of is dict or of is list:
                if self.is_thorough or value != other:
                    inner.append(Place(place, name, value, other))
                elif value:
                    self.ones.append(value)
                    self.others.append(other)
            elif value != other:
                self._differ(place, name, value, other)
        if shared != len(candidate):
            for name, other in candidate.items():
                if name not in baseline:
                    self._differ(place, name, ABSENT, other)
        if inner:
            inner.reverse()
            self.stack += inner

    def _elements(self, place: Place) -> None:
        baseline, candidate = place.baseline, place.candidate
        differing = self._differing(place) if len(baseline) == len(candidate) else None
        alignment = None if _is_deep(place) else self._align(place, differing)
        pairs: Iterable[tuple[int, int]]
        missing: Iterable[int]
        added: Iterable[int]
        if alignment is None:
            shared = min(len(baseline), len(candidate))
            missing, added = range(shared, len(baseline)), range(shared, len(candidate))
        else:
            place.key = alignment.key
            if alignment.moved:
                self.found.append(_reordered(place, alignment))
            missing, added = alignment.missing, alignment.added
        if alignment is None or alignment.is_in_place:
            differing = self._differing(place) if differing is None else differing
            pairs = zip(differing, differing, strict=True)
        else:
            pairs = alignment.pairs
        self._pairs(place, pairs)
        for i in missing:
            self._differ(place, i, baseline[i], ABSENT)
        for j in added:
            self._differ(place, j, ABSENT, candidate[j])

    def _align(self, place: Place, differing: list[int] | None) -> Alignment | None:
        try:
            return self.align(place, differing)
        except RecursionError:  # elements too deep to be put into one form
            return None

    def _differing(self, place: Place) -> list[int]:
        """The positions at which the lists may differ; what else is ``==`` is passed by."""
        baseline, candidate = place.baseline, place.candidate
        apart = list(compress(count(), map(is_not, baseline, candidate)))
        if self.is_thorough:
            return apart
        differing = [at for at in apart if baseline[at] != candidate[at]]
        if len(differing) < len(apart):
            left_out = frozenset(differing)
            alike = [at for at in apart if at not in left_out]
            self.ones += [baseline[at] for at in alike]
            self.others += [candidate[at] for at in alike]
        return differing

    def _pairs(self, place: Place, pairs: Iterable[tuple[int, int]]) -> None:
        baseline, candidate = place.baseline, place.candidate
        inner: list[Place] = []
        for i, j in pairs:
            value, other = baseline[i], candidate[j]
            if value is other:
                continue
            of = type(value)
            if of is not type(other):
                self._differ(place, i, value, other)
            elif of is dict or of is list:
                if self.is_thorough or value != other:
                    inner.append(Place(place, i, value, other))
                elif value:
                    self.ones.append(value)
                    self.others.append(other)
            elif value != other:
                self._differ(place, i, value, other)
        if inner:
            inner.reverse()
            self.stack += inner

    def _differ(self, parent: Place | None, token: Token | None, value: Any, other: Any) -> None:
        kind = kind_of(value, other)
        if kind is None:
            return
        if kind == "value-changed" and type(value) is str and "eyJ" in value[:10]:
            tokens = token_document(value), token_document(other)
            if tokens[0] is not None and tokens[1] is not None:
                self.stack.append(Place(parent, token, *tokens))
                return
        if type(value) is Children or type(other) is Children:
            self._order(parent, token, value, other)
        else:
            self.found.append(Found(parent, token, kind, value, other))

    def _order(self, parent: Place | None, token: Token | None, value: Any, other: Any) -> None:
        """Children of different names: their order is a difference only where their names agree."""
        if value is not ABSENT and other is not ABSENT and sorted(value) == sorted(other):
            message = "the children are in another order"
            names = list(value), list(other)
            self.found.append(Found(parent, token, "order-changed", *names, message=message))


def _is_deep(place: Place) -> bool:
    at: Place | None = place
    for _ in range(MAX_ALIGNED_DEPTH):
        if at is None:
            return False
        at = at.parent
    return at is not None


def _reordered(place: Place, alignment: Alignment) -> Found:
    message = f"{alignment.moved} of {alignment.matched} elements are elsewhere in the order"
    values = place.baseline, place.candidate
    return Found(place.parent, place.token, "order-changed", *values, message=message)
