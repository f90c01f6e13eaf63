"""Which earlier requests of a recording an interaction needs.

Needed are the writes of its session so far, apart from those about other things that the session
made; whoever made what a needed request names, and whoever deleted what it asks for, in any
session; and reads that gave a token or an id which a needed request uses.
"""

import bisect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from shadowpact.aliases.uses import CREATES, given_by, uses_of
from shadowpact.contracts.session import SAFE, Step
from shadowpact.model.exchange import Request
from shadowpact.secrets import CREDENTIAL_HEADERS

_READ_BYTES: Final = 64 * 1024
"""Of a read that may have given a token; more is a list."""

_SHORT: Final = 8
_WORDS: Final = re.compile(rb"[A-Za-z0-9_.~+/=-]{8,}")
_CREDENTIALS: Final = frozenset(name.encode() for name in CREDENTIAL_HEADERS)

type Way = tuple[str, str]


def did_write(step: Step) -> bool:
    """Whether it may have changed something: what was refused did not."""
    request, response = step.exchange.request, step.exchange.response
    return request.method not in SAFE and response is not None and response.status < 400


class Planner:
    """Plans from the steps that are known.

    Args:
        steps: All writes of the recording, and the reads of sessions that matter, in order.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps: dict[int, Step] = {}
        self._writes: dict[str, list[int]] = defaultdict(list)
        self._reads: dict[str, list[int]] = defaultdict(list)
        self._made: dict[int, set[Way]] = {}
        self._makers: dict[Way, list[int]] = defaultdict(list)
        self._deleters: dict[Way, list[int]] = defaultdict(list)
        self._used: dict[int, set[Way]] = {}
        for step in steps:
            self._add(step)

    def _add(self, step: Step) -> None:
        self._steps[step.sequence] = step
        if not did_write(step):
            if step.exchange.request.method in SAFE:
                self._reads[step.session].append(step.sequence)
            return
        self._writes[step.session].append(step.sequence)
        if step.exchange.request.method == "DELETE":
            for way in self._path_ways(step):
                self._deleters[way].append(step.sequence)
        response = step.exchange.response
        if response is not None and step.exchange.request.method in CREATES:
            made = given_by(response, step.route) - self._uses(step)
            self._made[step.sequence] = made
            for way in made:
                self._makers[way].append(step.sequence)

    def steps_before(self, own: Step) -> list[Step]:
        """What an exchange needs, in the order of the recording; without itself."""
        needed: set[int] = set()
        self._need(own, needed, is_whole=True)
        return [self._steps[number] for number in sorted(needed) if number != own.sequence]

    def _need(self, step: Step, needed: set[int], *, is_whole: bool) -> None:
        """Add what a step needs; ``is_whole``: the session's writes so far as well."""
        waiting = [(step, is_whole)]
        seen = {step.sequence}
        while waiting:
            one, wants_all = waiting.pop()
            found = {*self._makers_for(one), *self._givers_for(one)}
            if wants_all:
                found.update(self._relevant_writes(one), self._deleters_for(one))
            for number in found:
                if number not in seen:
                    seen.add(number)
                    needed.add(number)
                    other = self._steps[number]
                    waiting.append((other, other.session != step.session))

    def _relevant_writes(self, own: Step) -> Iterator[int]:
        """The session's writes so far, without those about other things that it made."""
        earlier = self._before(self._writes[own.session], own.sequence)
        ours: set[Way] = set().union(*(self._made.get(number, set()) for number in earlier))
        named = self._path_ways(own) & ours
        if not named:
            yield from earlier
            return
        about = set(named)
        mentions = {number: (self._uses(self._steps[number]) & ours) for number in earlier}
        size = -1
        while size != len(about):  # what is about one of them is about all that it mentions
            size = len(about)
            for number in earlier:
                if mentions[number] & about or self._made.get(number, set()) & about:
                    about |= mentions[number]
        for number in earlier:
            if (
                not mentions[number]
                or mentions[number] & about
                or self._made.get(number, set()) & about
            ):
                yield number

    def _path_ways(self, step: Step) -> set[Way]:
        request = step.exchange.request
        bare = Request(
            method=request.method,
            scheme=request.scheme,
            authority=request.authority,
            target=request.target,
            http_version=request.http_version,
        )
        return uses_of(bare, step.route)

    def _makers_for(self, step: Step) -> Iterator[int]:
        """Who made what a step names: its own session before others, the last before it."""
        for way in self._uses(step):
            makers = self._before(self._makers.get(way, []), step.sequence)
            own = [n for n in makers if self._steps[n].session == step.session]
            if own or makers:
                yield (own or makers)[-1]

    def _deleters_for(self, own: Step) -> Iterator[int]:
        """Who deleted what its path names, where nobody made it anew since."""
        for way in self._path_ways(own):
            deleters = self._before(self._deleters.get(way, []), own.sequence)
            makers = self._before(self._makers.get(way, []), own.sequence)
            if deleters and (not makers or makers[-1] < deleters[-1]):
                yield deleters[-1]

    def _givers_for(self, step: Step) -> Iterator[int]:
        """Earlier answers of the session that gave a token which the step sends."""
        tokens = set(_tokens(step))
        if not tokens:
            return
        earlier = [
            *self._before(self._reads[step.session], step.sequence),
            *self._before(self._writes[step.session], step.sequence),
        ]
        for number in earlier:
            response = self._steps[number].exchange.response
            if response is None or len(response.body) > _READ_BYTES:
                continue
            told = [response.body, *(value for _, value in response.headers)]
            if any(token in text for token in tokens for text in told):
                yield number

    def _uses(self, step: Step) -> set[Way]:
        if step.sequence not in self._used:
            self._used[step.sequence] = uses_of(
                _without_credentials(step.exchange.request), step.route
            )
        return self._used[step.sequence]

    @staticmethod
    def _before(numbers: list[int], sequence: int) -> list[int]:
        return numbers[: bisect.bisect_left(numbers, sequence)]


def _without_credentials(request: Request) -> Request:
    """Every request of a session uses its token; that says nothing of what it is about."""
    kept = tuple((k, v) for k, v in request.headers if k.lower() not in _CREDENTIALS)
    return Request(
        method=request.method,
        scheme=request.scheme,
        authority=request.authority,
        target=request.target,
        http_version=request.http_version,
        headers=kept,
        body=request.body,
        cut=request.cut,
    )


def _tokens(step: Step) -> Iterator[bytes]:
    """Long words in the headers that say who asks."""
    for name, value in step.exchange.request.headers:
        if name.lower() in _CREDENTIALS:
            yield from (word for word in _WORDS.findall(value) if len(word) >= _SHORT)
