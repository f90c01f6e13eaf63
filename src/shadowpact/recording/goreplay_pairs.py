"""Joining GoReplay's requests and responses by id, wherever they stand, never wrongly."""

from collections import OrderedDict, deque
from collections.abc import Iterator

import msgspec

from shadowpact.model.exchange import Exchange, Failure, Request, Response
from shadowpact.recording.captured import NOT_RECORDED, as_captured
from shadowpact.recording.skipped import TORN, Skipped

WAITING = 10_000
"""Requests (or responses) that wait for the other half; then the first is let go without it."""
WAITING_BYTES = 64 * 1024 * 1024
"""The same by the size of their bodies."""

NO_REQUEST = "response without request"
SHARED_ID = "response of an id that several requests have"

_NS_PER_US = 1000
_CONNECTION_DIGITS = 16
"""An id of 24 hexadecimal digits is the two ports, the client's address and a sequence number."""


class _Slot(msgspec.Struct):
    """A request and what became of it; ``is_done`` when its exchange can be handed on."""

    key: str
    time_ns: int
    request: Request
    response: Response | None = None
    elapsed_ms: float = 0.0
    problem: str = "no response in the file"
    is_done: bool = False


class _Early(msgspec.Struct, frozen=True):
    """A response that came before its request."""

    time_ns: int
    response: Response
    missing_bytes: int


class Pairs:
    """Takes requests and responses as they come and gives exchanges in the order of the requests.

    Where an id does not say which request a response belongs to, they are not joined.
    """

    def __init__(self, *, waiting: int = WAITING, waiting_bytes: int = WAITING_BYTES) -> None:
        self._limit = waiting
        self._limit_bytes = waiting_bytes
        self._slots: deque[_Slot] = deque()
        self._slot_bytes = 0
        self._open: dict[str, _Slot] = {}
        self._early: OrderedDict[str, _Early] = OrderedDict()
        self._early_bytes = 0
        self._shared: OrderedDict[str, None] = OrderedDict()

    def request(self, key: str, time_ns: int, request: Request) -> Iterator[Exchange | Skipped]:
        """Take a request; gives what can be handed on now."""
        slot = _Slot(key, time_ns, request)
        self._slots.append(slot)
        self._slot_bytes += len(request.body)
        if key in self._open:
            self._share(key)
        if key in self._shared:
            slot.problem, slot.is_done = "several requests have its id", True
        else:
            self._open[key] = slot
            if early := self._early.pop(key, None):
                self._early_bytes -= len(early.response.body)
                yield from self._join(slot, early)
        yield from self._ready()

    def response(
        self, key: str, time_ns: int, response: Response, missing_bytes: int
    ) -> Iterator[Exchange | Skipped]:
        """Take a response; gives what can be handed on now."""
        found = _Early(time_ns, response, missing_bytes)
        if key in self._shared:
            yield Skipped(SHARED_ID)
        elif slot := self._open.get(key):
            yield from self._join(slot, found)
        elif first := self._early.pop(
            key, None
        ):  # and none of them can be told to be the right one
            self._early_bytes -= len(first.response.body)
            self._remember_shared(key)
            yield Skipped(SHARED_ID)
            yield Skipped(SHARED_ID)
        else:
            self._early[key] = found
            self._early_bytes += len(response.body)
            yield from self._forget_early()
        yield from self._ready()

    def end(self) -> Iterator[Exchange | Skipped]:
        """Nothing more comes: all that is left."""
        for _ in self._early:
            yield Skipped(NO_REQUEST)
        self._early.clear()
        while self._slots:
            yield self._let_go()

    def _join(self, slot: _Slot, found: _Early) -> Iterator[Skipped]:
        del self._open[slot.key]
        slot.is_done = True
        response = found.response
        if found.missing_bytes and slot.request.method != "HEAD":
            slot.problem = "its response is torn"
            yield Skipped(TORN)
            return
        if slot.request.method == "HEAD":
            response = msgspec.structs.replace(response, body=b"")
        slot.elapsed_ms = max(0.0, (found.time_ns - slot.time_ns) / 1e6)
        slot.response = msgspec.structs.replace(response, elapsed_ms=slot.elapsed_ms)
        self._slot_bytes += len(response.body)

    def _share(self, key: str) -> None:
        slot = self._open.pop(key)
        slot.problem, slot.is_done = "several requests have its id", True
        self._remember_shared(key)

    def _remember_shared(self, key: str) -> None:
        self._shared[key] = None
        if len(self._shared) > self._limit:
            self._shared.popitem(last=False)

    def _forget_early(self) -> Iterator[Skipped]:
        while len(self._early) > self._limit or self._early_bytes > self._limit_bytes:
            _, gone = self._early.popitem(last=False)
            self._early_bytes -= len(gone.response.body)
            yield Skipped(NO_REQUEST)

    def _ready(self) -> Iterator[Exchange]:
        while self._slots and (
            self._slots[0].is_done
            or len(self._slots) > self._limit
            or self._slot_bytes > self._limit_bytes
        ):
            yield self._let_go()

    def _let_go(self) -> Exchange:
        slot = self._slots.popleft()
        if self._open.get(slot.key) is slot:
            del self._open[slot.key]
        self._slot_bytes -= len(slot.request.body)
        failure = None
        if slot.response is None:
            failure = Failure(kind=NOT_RECORDED, message=slot.problem)
        else:
            self._slot_bytes -= len(slot.response.body)
        return Exchange(
            started_us=slot.time_ns // _NS_PER_US,
            client=_client(slot.key),
            request=slot.request,
            response=slot.response and as_captured(slot.response),
            failure=failure,
        )


def _client(key: str) -> str:
    """The connection that an id names; the id itself where it names none."""
    is_known = len(key) == _CONNECTION_DIGITS + 8
    return key[:_CONNECTION_DIGITS] if is_known else key
