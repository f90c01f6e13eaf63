"""One HTTP/1 message as it was on the wire, taken apart."""

import re

import msgspec

from shadowpact.model.exchange import Headers, Request, Response, header
from shadowpact.recording.har_entry import split_url

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n(?![ \t])")
_FOLDED = re.compile(rb"\r?\n[ \t]+")
_REQUEST_LINE = re.compile(rb"([!-~]+) (\S+) HTTP/(\d\.\d)")
_STATUS_LINE = re.compile(rb"HTTP/(\d(?:\.\d)?) (\d{3})(?: .*)?", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(?:;[^\r\n]*)?\r?\n")


class MessageError(ValueError):
    """It is no whole message; the text is the reason it is counted under."""


class Parsed[T](msgspec.Struct, frozen=True):
    """A message and what stood behind it.

    Attributes:
        message: The request or response.
        missing_bytes: How much of its body the headers promise and is not there.
        rest: What is behind it.
    """

    message: T
    missing_bytes: int
    rest: bytes


def parse_request(data: bytes) -> Parsed[Request]:
    """A request in the form a client sends to a server (or to a proxy).

    Raises:
        MessageError: It has no head, or one of another kind.
    """
    start, headers, rest = _head(data)
    line = _REQUEST_LINE.fullmatch(start)
    if line is None:
        raise MessageError("no HTTP/1 request")
    target = line[2].decode("utf-8", "backslashreplace")
    parts = split_url(target)
    body, missing, rest = _body(headers, rest, until_end=False)
    request = Request(
        method=line[1].decode("ascii"),
        scheme=parts[0] if parts else "http",
        authority=header(headers, b"host") or (parts[1] if parts else ""),
        target=parts[2] if parts else target,
        http_version=f"HTTP/{line[3].decode()}",
        headers=headers,
        body=body,
    )
    return Parsed(request, missing, rest)


def parse_response(data: bytes) -> Parsed[Response]:
    """A response; interim ones (1xx) before it are left out.

    Whether it answers a HEAD, and so has no body in spite of its length, is for the caller to say.

    Raises:
        MessageError: It has no head, or one of another kind.
    """
    while True:
        start, headers, rest = _head(data)
        line = _STATUS_LINE.fullmatch(start)
        if line is None:
            raise MessageError("no HTTP/1 response")
        status = int(line[2])
        if status >= 200 or status == 101 or not rest.startswith(b"HTTP/"):
            break
        data = rest
    if status < 200 or status in {204, 304}:
        return Parsed(Response(status=status, headers=headers), 0, rest)
    body, missing, rest = _body(headers, rest, until_end=True)
    return Parsed(Response(status=status, headers=headers, body=body), missing, rest)


def _head(data: bytes) -> tuple[bytes, Headers, bytes]:
    """Start line, headers, and what is behind the head."""
    end = _HEAD_END.search(data)
    if end is None:
        raise MessageError("no whole head")
    lines = _LINE_END.split(data[: end.start()])
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name.strip():
            raise MessageError("malformed headers")
        headers.append((name.strip(), _FOLDED.sub(b" ", value).strip(b" \t")))
    return lines[0], tuple(headers), data[end.end() :]


def _body(headers: Headers, data: bytes, *, until_end: bool) -> tuple[bytes, int, bytes]:
    """The body, how much of it is missing, and what is behind it."""
    codings = (header(headers, b"transfer-encoding") or "").lower()
    if codings.rstrip().endswith("chunked"):
        return _without_chunks(data)
    length = header(headers, b"content-length")
    if length is not None and length.strip().isdecimal():
        size = int(length)
        return data[:size], max(0, size - len(data)), data[size:]
    return (data, 0, b"") if until_end else (b"", 0, data)


def _without_chunks(data: bytes) -> tuple[bytes, int, bytes]:
    """What is in the chunks; data without any was put together before, and is taken as it is."""
    parts: list[bytes] = []
    at = 0
    while size := _CHUNK_SIZE.match(data, at):
        length = int(size[1], 16)
        at = size.end()
        if length == 0:
            return b"".join(parts), 0, _behind_trailers(data, at)
        part = data[at : at + length]
        parts.append(part)
        if len(part) < length:
            return b"".join(parts), length - len(part), b""
        at += length
        at += 2 if data.startswith(b"\r\n", at) else int(data.startswith(b"\n", at))
    return (b"".join(parts), 1, b"") if parts else (data, 0, b"")


def _behind_trailers(data: bytes, at: int) -> bytes:
    if data.startswith(b"\r\n", at):
        return data[at + 2 :]
    if data.startswith(b"\n", at):
        return data[at + 1 :]
    end = _HEAD_END.search(data, at)
    return data[end.end() :] if end else b""
