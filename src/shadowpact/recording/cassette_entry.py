"""One interaction of a cassette to one exchange, whichever of the tools wrote it."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Exchange, Failure, Headers, Request, Response, header
from shadowpact.recording.captured import NOT_RECORDED, as_captured, not_recorded
from shadowpact.recording.har_entry import printable_target, split_url

CLIENT = "cassette"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BODYLESS = {204, 205, 304}
_REPLACEMENT = "\ufffd".encode()


class EntryError(ValueError):
    """An interaction cannot become an exchange; the text is the reason it is counted under."""


def is_interaction(value: Any) -> bool:
    """Whether a value is an interaction."""
    return isinstance(value, Mapping) and isinstance(value.get("request"), Mapping)


def to_exchange(interaction: Any) -> Exchange:
    """The exchange of an interaction.

    Raises:
        EntryError: Something it needs is missing or malformed.
    """
    if not is_interaction(interaction):
        raise EntryError("no request")
    request = _request(interaction["request"])
    answered = interaction.get("response")
    response = None
    if isinstance(answered, Mapping):
        response = _response(answered, is_head=request.method == "HEAD")
    elif answered is not None:
        raise EntryError("malformed response")
    missing = Failure(kind=NOT_RECORDED, message="no response in the cassette")
    return Exchange(
        started_us=_started_us(interaction.get("recorded_at"), response),
        client=CLIENT,
        request=request,
        response=response,
        failure=None if response else missing,
    )


def _request(table: Mapping[str, Any]) -> Request:
    method = str(table.get("method") or "").lstrip(":").upper()
    if not method:
        raise EntryError("no method")
    parts = split_url(_url(table))
    if parts is None:
        raise EntryError("URL is not one of HTTP")
    scheme, authority, target = parts
    headers = _headers(table.get("headers"))
    body = _body(table.get("body"))
    return Request(
        method=method,
        scheme=scheme,
        authority=header(headers, b"host") or authority.rpartition("@")[2],
        target=printable_target(target),
        http_version="HTTP/1.1",
        headers=_fitting(headers, body),
        body=body,
    )


def _url(table: Mapping[str, Any]) -> str:
    """The URL; vcrpy's oldest cassettes have its parts."""
    url = table.get("uri") or table.get("url")
    if url is None and table.get("host"):
        port = f":{table['port']}" if table.get("port") else ""
        url = f"{table.get('protocol') or 'http'}://{table['host']}{port}{table.get('path') or '/'}"
    if not isinstance(url, str):
        raise EntryError("no URL")
    return url


def _response(table: Mapping[str, Any], *, is_head: bool) -> Response:
    said = table.get("status")
    code = said.get("code") if isinstance(said, Mapping) else table.get("status_code", said)
    try:
        status = int(str(code))
    except ValueError:
        raise EntryError("malformed status") from None
    if not 100 <= status <= 999:
        raise EntryError("malformed status")
    headers = _headers(table.get("headers"))
    if is_head or status in _BODYLESS:
        return Response(status=status, headers=headers)
    body = _body(table["body"] if table.get("body") is not None else table.get("content"))
    if (length := _lost_length(headers, body)) is not None:
        cut = not_recorded(length)
        return as_captured(Response(status=status, headers=headers, cut=cut))
    return as_captured(Response(status=status, headers=_fitting(headers, body), body=body))


def _headers(found: Any) -> Headers:
    """From a mapping to values or lists of them, from pairs, or from lines."""
    if found is None:
        return ()
    return tuple((_bytes(name), _bytes(value)) for name, value in _pairs(found))


def _pairs(found: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(found, Mapping):
        for name, values in found.items():
            for value in values if isinstance(values, list) else [values]:
                yield name, "" if value is None else value
        return
    if not isinstance(found, list):
        raise EntryError("malformed headers")
    for item in found:
        if isinstance(item, str):
            name, colon, value = item.partition(":")
            if not colon:
                raise EntryError("malformed headers")
            yield name.strip(), value.strip()
        elif isinstance(item, list) and len(item) == 2:
            yield item[0], item[1]
        elif isinstance(item, list):  # a set, written as the list of its pairs
            yield from _pairs(item)
        else:
            raise EntryError("malformed headers")


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str | int | float):
        return str(value).encode("utf-8", "surrogatepass")
    raise EntryError("malformed headers")


def _body(found: Any) -> bytes:
    """A text, bytes, or a table that says how the text was encoded."""
    encoding = "utf-8"
    if isinstance(found, Mapping):
        if (packed := found.get("base64_string")) is not None:
            try:
                return base64.b64decode("".join(_bytes(packed).decode().split()), validate=True)
            except (binascii.Error, ValueError):
                raise EntryError("malformed base64") from None
        if "args" in found:  # a body that was sent piece by piece, as Python has it
            return _joined(found["args"])
        if found and "string" not in found:
            raise EntryError("malformed body")
        encoding = str(found.get("encoding") or encoding)
        found = found.get("string")
    if found is None:
        return b""
    if isinstance(found, bytes):
        return found
    if not isinstance(found, str):
        raise EntryError("malformed body")
    try:
        return found.encode(encoding)
    except (LookupError, UnicodeError):  # such as ASCII-8BIT, Ruby's word for bytes
        return found.encode("utf-8", "surrogatepass")


def _joined(args: Any) -> bytes:
    """What an iterator over a list of texts and bytes gives."""
    pieces = args[0] if isinstance(args, list) and args else None
    if not isinstance(pieces, list):
        raise EntryError("malformed body")
    return b"".join(map(_body, pieces))


def _lost_length(headers: Headers, body: bytes) -> int | None:
    """The length of a body that was no text and went through one; ``None`` where it did not.

    What could not be decoded became replacement characters, so the bytes are gone.
    """
    length = header(headers, b"content-length") or ""
    if _REPLACEMENT not in body or not length.isdecimal() or int(length) == len(body):
        return None
    return int(length)


def _fitting(headers: Headers, body: bytes) -> Headers:
    """Headers that fit the body: tools decode it and leave its encoding in the headers."""
    applied = codings(headers)
    if not applied or not body:
        return headers
    try:
        decode(body, applied)
    except UndecodableError:
        length = b"%d" % len(body)
        return tuple(
            (name, length if name.lower() == b"content-length" else value)
            for name, value in headers
            if name.lower() != b"content-encoding"
        )
    return headers


def _started_us(recorded_at: Any, response: Response | None) -> int:
    """Microseconds since the epoch; by the answer's Date where the cassette has no time, else 0."""
    date = header(response.headers, b"date") if response else None
    for text in (recorded_at, date):
        if moment := _moment(str(text or "").strip()):
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return (aware - _EPOCH) // timedelta(microseconds=1)
    return 0


def _moment(text: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(text)
        except (ValueError, OverflowError, TypeError):
            continue
    return None
