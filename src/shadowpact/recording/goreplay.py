"""GoReplay's files: payloads between lines of three monkeys, requests and responses joined by id.

A payload begins with a line ``type id timestamp latency``: type 1 is a request, 2 the response to
it, 3 the response that a replay got; the timestamp is in nanoseconds since the epoch. The two of a
pair may stand in any order and far from each other.
"""

import re
from collections.abc import Iterator

from shadowpact.model.exchange import Exchange
from shadowpact.recording.goreplay_pairs import Pairs
from shadowpact.recording.http_message import MessageError, parse_request, parse_response
from shadowpact.recording.skipped import TORN, Skipped
from shadowpact.recording.streams import ByteStream

CHUNK_BYTES = 1 << 20
MAX_RECORD_BYTES = 512 * 1024 * 1024
"""A longer stretch without a separator is damage."""
REPLAYED = "replayed response"

_SEPARATOR = "\n🐵🙈🙉\n".encode()
_MONKEYS = _SEPARATOR.strip()
_CRLF = b"\r\n"
_LONGEST_SEPARATOR = len(_SEPARATOR) + 2
_HEADER = re.compile(rb"([123]) (\S{1,128}) (\d{1,20})(?: (-?\d{1,20}))?\r?\n")
_INNER_HEADER = re.compile(rb"\n(?=[123] [0-9a-fA-F]{8,64} \d{16,20}(?: -?\d{1,20})?\r?\n[!-~])")


def read_goreplay(stream: ByteStream, where: str) -> Iterator[Exchange | Skipped]:
    """The pairs of a GoReplay file, in the order of their requests.

    A request without a response is an exchange that failed (``not-recorded``). Each other payload
    that is part of no exchange is skipped, with its reason.

    Args:
        stream: The file, from its beginning.
        where: Not needed; any content can be read somehow.

    Yields:
        Exchanges, and what was skipped.
    """
    del where
    pairs = Pairs()
    for record, is_last in _records(stream):
        for part, is_open in _parts(record, is_open=is_last):
            yield from _taken(pairs, part, is_open=is_open)
    yield from pairs.end()


def _records(stream: ByteStream) -> Iterator[tuple[bytes, bool]]:
    """What is between separators, and whether the file ended before the separator."""
    kept = bytearray()
    searched = 0
    while chunk := stream.read(CHUNK_BYTES):
        kept += chunk
        start = 0
        while found := _separator(kept, searched):
            yield bytes(kept[start : found[0]]), False
            start = searched = found[1]
        del kept[:start]
        if len(kept) > MAX_RECORD_BYTES:
            yield b"", False
            del kept[:-_LONGEST_SEPARATOR]
        searched = max(0, len(kept) - _LONGEST_SEPARATOR)
    if kept.strip():
        yield bytes(kept), True


def _separator(data: bytearray, at: int) -> tuple[int, int] | None:
    """Where the next one begins and ends; a tool may have translated its line endings."""
    while (at := data.find(_MONKEYS, at)) >= 0:
        end = at + len(_MONKEYS)
        if data[end : end + 2] == _CRLF and data[max(0, at - 2) : at] == _CRLF:
            return at - 2, end + 2
        if data[end : end + 1] == b"\n" and data[max(0, at - 1) : at] == b"\n":
            return at - 1, end + 1
        at = end
    return None


def _parts(record: bytes, *, is_open: bool) -> Iterator[tuple[bytes, bool]]:
    """A record, taken apart where the separators between several are gone.

    What looks like another record may stand in a body, so a record that is whole stays so.
    """
    cuts = [match.end() for match in _INNER_HEADER.finditer(record)]
    if not cuts or _is_whole(record):
        yield record, is_open
        return
    starts = [0, *cuts]
    for start, end in zip(starts, [*(cut - 1 for cut in cuts), len(record)], strict=True):
        yield record[start:end], is_open and end == len(record)


def _is_whole(record: bytes) -> bool:
    head = _HEADER.match(record)
    if head is None:
        return False
    parse = parse_request if head[1] == b"1" else parse_response
    try:
        parsed = parse(record[head.end() :])
    except MessageError:
        return False
    has_length = any(
        name.lower() in {b"content-length", b"transfer-encoding"}
        for name, _ in parsed.message.headers
    )
    return has_length and not parsed.missing_bytes and not parsed.rest.strip()


def _taken(pairs: Pairs, record: bytes, *, is_open: bool) -> Iterator[Exchange | Skipped]:
    head = _HEADER.match(record)
    if head is None:
        yield Skipped(TORN)
        return
    kind, key, time_ns = head[1], head[2].decode("ascii", "replace"), int(head[3])
    data = record[head.end() :]
    try:
        if kind == b"1":
            yield from _request(pairs, key, time_ns, data)
        elif kind == b"2":
            yield from _response(pairs, key, time_ns, data, is_open=is_open)
        else:
            yield Skipped(REPLAYED)
    except MessageError:
        yield Skipped(TORN)


def _request(pairs: Pairs, key: str, time_ns: int, data: bytes) -> Iterator[Exchange | Skipped]:
    asked = parse_request(data)
    if asked.missing_bytes or not _is_end(asked.rest):
        yield Skipped(TORN)
    else:
        yield from pairs.request(key, time_ns, asked.message)


def _response(
    pairs: Pairs, key: str, time_ns: int, data: bytes, *, is_open: bool
) -> Iterator[Exchange | Skipped]:
    answered = parse_response(data)
    has_end = answered.rest or not _lasts_until_end(answered.message.headers)
    if not _is_end(answered.rest) or (is_open and not has_end):
        yield Skipped(TORN)
    else:
        yield from pairs.response(key, time_ns, answered.message, answered.missing_bytes)


def _is_end(rest: bytes) -> bool:
    """Whether nothing but an empty line, or a piece of the separator, is behind a message."""
    return not rest.strip() or _SEPARATOR.startswith(rest)


def _lasts_until_end(headers: tuple[tuple[bytes, bytes], ...]) -> bool:
    return not any(name.lower() in {b"content-length", b"transfer-encoding"} for name, _ in headers)
