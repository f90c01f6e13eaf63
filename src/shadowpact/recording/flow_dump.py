"""mitmproxy's flow dumps, of every version that the installed mitmproxy reads.

With ``capture`` and the addon the only place that knows mitmproxy; to be imported only where a flow
dump is at hand. The exchanges are made by the same code as in live capture.
"""

import io
import re
from collections.abc import Iterator

import msgspec
from mitmproxy import dns, exceptions, flow, http, tcp, udp
from mitmproxy.connection import ConnectionState
from mitmproxy.io import FlowReader, tnetstring

from shadowpact.capture.flow import to_exchange
from shadowpact.errors import UsageError
from shadowpact.model.exchange import Exchange, Failure
from shadowpact.recording.captured import NOT_RECORDED, as_captured, not_recorded
from shadowpact.recording.flow_dump_export import EXTENSION, exact
from shadowpact.recording.skipped import TORN, Skipped
from shadowpact.recording.streams import ByteStream

UNREADABLE = "unreadable flow"
CHUNK_BYTES = 1 << 20
MAX_FLOW_BYTES = 512 * 1024 * 1024
"""A longer length is damage."""

_LENGTH = re.compile(rb"(\d{1,10}):")
_START = re.compile(rb"(?<!\d)(\d{2,10}):\d{1,9}:[a-z_]{2,32};")
"""How a flow begins, in any version, to find the next one behind damage."""
_START_BYTES = 64
_VERSION_KEY = b"7:version;"
_OBJECT_END = ord("}")
_WHOLE = 2**62


def read_flow_dump(stream: ByteStream, where: str) -> Iterator[Exchange | Skipped]:
    """The HTTP flows of a dump, in order; all others are skipped with their kind as the reason.

    Args:
        stream: The file, from its beginning.
        where: Names it in errors.

    Yields:
        One for each flow.

    Raises:
        UsageError: The dump is of a version that the installed mitmproxy does not read.
    """
    dump = _Dump(stream)
    while not dump.is_end():
        data = dump.flow()
        if data is None:
            dump.find_next()
            yield Skipped(TORN)
            continue
        try:
            found = next(iter(FlowReader(io.BytesIO(data)).stream()))
        except exceptions.FlowReadException as error:
            if "flow format version" in str(error):
                raise UsageError(f"{where}: {error}") from error
            dump.leave(data)
            yield Skipped(UNREADABLE)
        except Exception:  # noqa: BLE001  mitmproxy asserts where a flow has not what it expects
            dump.leave(data)
            yield Skipped(UNREADABLE)
        else:
            dump.go_on(len(data))
            yield _exchange(found)


class _Dump:
    """A dump with a look ahead.

    Flows are told apart by their lengths, and where one is damaged, by how a flow begins.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._data = bytearray()
        self._stream = stream

    def is_end(self) -> bool:
        """Whether nothing is left."""
        return not self._fill(1)

    def flow(self) -> bytes | None:
        """The bytes of the flow that begins here; ``None`` when it is not whole."""
        self._fill(12)
        length = _LENGTH.match(self._data)
        size = length.end() + int(length[1]) + 1 if length else 0
        if not size or size > MAX_FLOW_BYTES or not self._fill(size):
            return None
        return bytes(self._data[:size]) if self._data[size - 1] == _OBJECT_END else None

    def go_on(self, size: int) -> None:
        """Go to what is behind the flow."""
        del self._data[:size]

    def leave(self, data: bytes) -> None:
        """Go to what is behind a flow that could not be read, be it whole or damaged."""
        try:
            tnetstring.loads(data)
        except ValueError:
            self.find_next()
        else:
            self.go_on(len(data))

    def find_next(self) -> None:
        """Go to the next flow that begins behind here, or to the end."""
        at = 1
        while True:
            found = _START.search(self._data, at)
            if found is None:
                del self._data[: max(0, len(self._data) - _START_BYTES)]
                at = 0
                if not self._fill(len(self._data) + 1):
                    self._data.clear()
                    return
            elif self._is_flow(found):
                del self._data[: found.start()]
                return
            else:
                at = found.start() + 1

    def _is_flow(self, start: re.Match[bytes]) -> bool:
        """Whether a flow begins there, and not a table within one, which has no version."""
        length = int(start[1])
        if length > MAX_FLOW_BYTES:
            return False
        end = start.end(1) + 1 + length + 1
        is_whole = self._fill(end)
        if is_whole and self._data[end - 1] != _OBJECT_END:
            return False
        return self._data.find(_VERSION_KEY, start.start(), end) >= 0

    def _fill(self, size: int) -> bool:
        """Have at least ``size`` bytes; False when there are not that many."""
        while len(self._data) < size:
            part = self._stream.read(max(CHUNK_BYTES, size - len(self._data)))
            if not part:
                return False
            self._data += part
        return True


def _exchange(found: flow.Flow) -> Exchange | Skipped:
    if isinstance(found, http.HTTPFlow):
        return _http(found)
    kinds = {tcp.TCPFlow: "TCP", udp.UDPFlow: "UDP", dns.DNSFlow: "DNS"}
    return Skipped(kinds.get(type(found), found.type))


def _http(found: http.HTTPFlow) -> Exchange | Skipped:
    if EXTENSION in found.metadata:
        return exact(to_exchange(found, cap_bytes=_WHOLE), found.metadata[EXTENSION])
    if found.websocket is not None:
        return Skipped("WebSocket")
    if found.request.method == "CONNECT":
        return Skipped("CONNECT")
    found.client_conn.state = ConnectionState.OPEN  # as it was; a dump does not say it
    exchange = to_exchange(found, cap_bytes=_WHOLE)
    request, response = exchange.request, exchange.response
    if found.request.data.content is None:
        request = msgspec.structs.replace(request, cut=not_recorded(0))
    if response is None:
        missing = Failure(kind=NOT_RECORDED, message="no response in the flow")
        return msgspec.structs.replace(
            exchange, request=request, failure=exchange.failure or missing
        )
    if found.response is not None and found.response.data.content is None:
        response = msgspec.structs.replace(response, cut=not_recorded(0))
    return msgspec.structs.replace(exchange, request=request, response=as_captured(response))
