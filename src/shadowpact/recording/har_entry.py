"""One entry of a HAR to one exchange, whoever wrote it.

A HAR does not hold what was on the wire: bodies are decoded text, headers may carry HTTP/2's pseudo
headers, times are rounded. What can be restored is restored, so that the exchange is one message
that could have been sent; see ``docs/reference/recording-import.md``.
"""

import base64
import binascii
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from shadowpact.model.exchange import (
    Cut,
    Exchange,
    Failure,
    Headers,
    Request,
    Response,
    header,
    media_type,
)
from shadowpact.recording.captured import as_captured, not_recorded

EXTENSION = "_shadowpact"
"""Our own field of an entry: what HAR cannot say. Where it is, everything else is exact."""

_URL = re.compile(r"(?i:(https?|wss?))://([^/?#]*)([^#]*)", re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = re.compile(r"(?:http/|h)([123])(?:\.(\d))?(?![\d.])")
_STILL_ENCODED = {"gzip": b"\x1f\x8b\x08", "x-gzip": b"\x1f\x8b\x08", "zstd": b"\x28\xb5\x2f\xfd"}
_WITHOUT_BODY = {204, 205, 304}
_FAILURES = (
    ("refused", "refused"),
    ("unreachable", "refused"),
    ("name_not_resolved", "refused"),
    ("timed_out", "time-out"),
    ("timeout", "time-out"),
    ("timed out", "time-out"),
    ("abort", "client-disconnected"),
    ("reset", "reset"),
    ("closed", "reset"),
    ("empty_response", "reset"),
)
"""What browsers and proxies write into ``_error``, and our word for it."""


class EntryError(ValueError):
    """An entry cannot become an exchange; the text is the reason it is counted under."""


def to_exchange(entry: Any) -> Exchange:
    """The exchange of an entry.

    Raises:
        EntryError: Something it needs is missing or malformed.
    """
    if not isinstance(entry, dict):
        raise EntryError("entry is no object")
    if not isinstance(entry.get("request"), dict):
        raise EntryError("no request")
    extension = _table(entry, EXTENSION)
    elapsed_ms = _elapsed_ms(entry)
    request = _request(entry["request"], extension)
    response = _response(entry, extension, elapsed_ms, is_head=request.method == "HEAD")
    failure = _failure(entry, extension, elapsed_ms) if response is None else None
    connection = entry.get("connection")
    return Exchange(
        started_us=_started_us(extension.get("started_us"), entry.get("startedDateTime")),
        client=str(connection or ("" if extension else "har")),
        request=request,
        response=response,
        failure=failure,
    )


def split_url(url: str) -> tuple[str, str, str] | None:
    """Scheme, authority and target of an absolute URL; ``None`` when it is none of HTTP."""
    found = _URL.fullmatch(url.partition("#")[0])
    if found is None:
        return None
    scheme = found[1].lower().replace("ws", "http")
    target = found[3] if found[3].startswith("/") else f"/{found[3]}"
    return scheme, found[2], target


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def _request(table: Mapping[str, Any], extension: Mapping[str, Any]) -> Request:
    method, url = table.get("method"), table.get("url")
    if not isinstance(method, str) or not method:
        raise EntryError("no method")
    if not isinstance(url, str) or not url:
        raise EntryError("no URL")
    parts = split_url(url)
    if parts is None and "target" not in extension:
        raise EntryError("URL is not one of HTTP")
    scheme, authority, target = parts or ("", "", "")
    if extension:
        body, cut = _exact_body(_table(table, "postData"), extension.get("request_cut"))
        return Request(
            method=method,
            scheme=str(extension.get("scheme", scheme)),
            authority=str(extension.get("authority", authority)),
            target=str(extension.get("target", target)),
            http_version=str(table.get("httpVersion", "")),
            headers=_exact_headers(table, extension.get("request_headers")),
            body=body,
            cut=cut,
        )
    pairs = list(_header_pairs(table))
    headers = _without_pseudo(pairs)
    named = dict(pairs).get(b":authority", b"").decode() or header(headers, b"host")
    body, cut = _posted(table, headers)
    headers = headers if cut else _as_decoded(headers, body)
    return Request(
        method=method,
        scheme=scheme,
        authority=named or authority.rpartition("@")[2],
        target=printable_target(target),
        http_version=_version(table),
        headers=headers,
        body=body,
        cut=cut,
    )


def _response(
    entry: Mapping[str, Any],
    extension: Mapping[str, Any],
    elapsed_ms: float,
    *,
    is_head: bool,
) -> Response | None:
    table = _table(entry, "response")
    status = _status(table.get("status"))
    if status == 0:
        return None
    content = _table(table, "content")
    if extension:
        headers = _exact_headers(table, extension.get("response_headers"))
        body, cut = _exact_body(content, extension.get("response_cut"))
    else:
        headers = _without_pseudo(list(_header_pairs(table)))
        body, cut = _received(table, headers)
        if is_head or status in _WITHOUT_BODY:  # a browser shows what it had in its cache
            body, cut = b"", None
        elif body and cut is None:
            headers = _as_decoded(headers, body)
    answered = Response(status=status, headers=headers, body=body, elapsed_ms=elapsed_ms, cut=cut)
    return answered if extension else as_captured(answered)


def _failure(entry: Mapping[str, Any], extension: Mapping[str, Any], elapsed_ms: float) -> Failure:
    table = _table(entry, "response")
    said = table.get("_error") or table.get("statusText") or entry.get("_error") or "no response"
    message = str(said)
    known = _table(extension, "failure")
    lower = message.lower()
    kind = next((kind for part, kind in _FAILURES if part in lower), "other")
    return Failure(
        kind=str(known.get("kind", kind)),
        message=str(known.get("message", message)),
        elapsed_ms=elapsed_ms,
    )


def _status(value: Any) -> int:
    """The status; 0 for none."""
    if value in (None, 0, -1, "", "0"):
        return 0
    try:
        status = int(value)
    except (TypeError, ValueError, OverflowError):
        raise EntryError("malformed status") from None
    if not 100 <= status <= 999:
        raise EntryError("malformed status")
    return status


def _header_pairs(table: Mapping[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    headers = table.get("headers") or []
    if not isinstance(headers, list):
        raise EntryError("malformed headers")
    for item in headers:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or not name:
            raise EntryError("malformed headers")
        value = item.get("value")
        if isinstance(value, dict | list):
            raise EntryError("malformed headers")
        text = "" if value is None else str(value)
        if "\n" not in text:
            yield _bytes(name), _bytes(text.strip("\r"))
            continue
        for line in text.split("\n"):  # browsers join repeated headers with line feeds
            yield _bytes(name), _bytes(line.strip("\r"))


def _without_pseudo(pairs: Sequence[tuple[bytes, bytes]]) -> Headers:
    return tuple((name, value) for name, value in pairs if not name.startswith(b":"))


def _exact_headers(table: Mapping[str, Any], encoded: Any) -> Headers:
    """As :mod:`shadowpact.recording.har_export` wrote them."""
    try:
        if encoded is not None:
            return tuple((_decoded(name), _decoded(value)) for name, value in encoded)
        return tuple((_bytes(item["name"]), _bytes(item["value"])) for item in table["headers"])
    except (TypeError, ValueError, KeyError, AttributeError):
        raise EntryError("malformed headers") from None


def _as_decoded(headers: Headers, body: bytes) -> Headers:
    """Headers that fit a body which was decoded: no Content-Encoding, the length it has now."""
    encoding = (header(headers, b"content-encoding") or "").strip().lower()
    magic = _STILL_ENCODED.get(encoding)
    is_encoded = magic is not None and body.startswith(magic)
    kept = []
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-encoding" and body and not is_encoded:
            continue
        kept.append((name, b"%d" % len(body)) if lower == b"content-length" else (name, value))
    return tuple(kept)


def _posted(table: Mapping[str, Any], headers: Headers) -> tuple[bytes, Cut | None]:
    data = _table(table, "postData")
    text, params = data.get("text"), data.get("params")
    if isinstance(text, str) and text:
        return _text_bytes(data, headers), None
    if isinstance(params, list) and params:
        body = _form(params, headers, str(data.get("mimeType") or ""))
        if body is not None:
            return body, None
        return b"", not_recorded(_length(table, headers))
    return b"", _not_recorded(_length(table, headers))


def _length(table: Mapping[str, Any], headers: Headers) -> int:
    """What the entry says of a body's length; 0 where it says nothing."""
    return max(_size(table.get("bodySize")), _size(header(headers, b"content-length")))


def _received(table: Mapping[str, Any], headers: Headers) -> tuple[bytes, Cut | None]:
    content = _table(table, "content")
    if isinstance(content.get("text"), str):
        body = _text_bytes(content, headers)
        if body or _size(content.get("size")) == 0:
            return body, None
    sizes = [_size(content.get("size")), _size(table.get("bodySize"))]
    return b"", _not_recorded(max(*sizes, _size(header(headers, b"content-length"))))


def _not_recorded(length: int) -> Cut | None:
    return not_recorded(length) if length else None


def _size(value: Any) -> int:
    """A size in bytes; 0 for one that is not known."""
    try:
        return max(0, int(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def _text_bytes(table: Mapping[str, Any], headers: Headers) -> bytes:
    """The bytes behind ``text``: base64, or in the charset of the message."""
    text = table.get("text")
    if not isinstance(text, str):
        return b""
    if str(table.get("encoding") or "").lower() == "base64":
        return _decoded(text)
    declared = header(headers, b"content-type") or str(table.get("mimeType") or "")
    charset = re.search(r"(?i);\s*charset\s*=\s*[\"']?([\w.:+-]+)", declared)
    if charset and "json" not in media_type(headers):
        try:
            return text.encode(charset[1])
        except (LookupError, UnicodeError):
            return _bytes(text)
    return _bytes(text)


def _exact_body(table: Mapping[str, Any], cut: Any) -> tuple[bytes, Cut | None]:
    """As :mod:`shadowpact.recording.har_export` wrote it."""
    text = str(table.get("text", ""))
    body = _decoded(text) if table.get("encoding") == "base64" else _bytes(text)
    if cut is None:
        return body, None
    try:
        digest = bytes.fromhex(cut["sha256"])
        length = int(cut["length_bytes"])
        return body, Cut(reason=str(cut["reason"]), length_bytes=length, sha256=digest)
    except (TypeError, ValueError, KeyError):
        raise EntryError("malformed body") from None


def _form(params: Sequence[Any], headers: Headers, mime_type: str) -> bytes | None:
    """The body that a form with these fields makes; ``None`` when that cannot be said."""
    fields = [item for item in params if isinstance(item, dict) and "name" in item]
    declared = header(headers, b"content-type") or mime_type
    if "multipart/" not in declared.lower():
        return urlencode([(str(f["name"]), str(f.get("value") or "")) for f in fields]).encode()
    if any(item.get("fileName") and not item.get("value") for item in fields):
        return None  # what was in the file is not here
    boundary = re.search(r"(?i)boundary=(?:\"([^\"]+)\"|([^\s;]+))", declared)
    if boundary is None:
        return None
    mark = boundary[1] or boundary[2]
    return "".join([*(_part(mark, field) for field in fields), f"--{mark}--\r\n"]).encode()


def _part(mark: str, field: Mapping[str, Any]) -> str:
    disposition = f'form-data; name="{field["name"]}"'
    if field.get("fileName"):
        disposition += f'; filename="{field["fileName"]}"'
    lines = [f"--{mark}", f"Content-Disposition: {disposition}"]
    if field.get("contentType"):
        lines.append(f"Content-Type: {field['contentType']}")
    return "\r\n".join([*lines, "", str(field.get("value") or ""), ""])


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise EntryError("malformed base64") from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def printable_target(target: str) -> str:
    """A target as it can be sent: white space and what is not ASCII escaped, the rest as it is."""
    if target.isascii() and target.isprintable() and " " not in target:
        return target
    return quote(_bytes(target), safe="/?#[]@!$&'()*+,;=%:~\"<>\\^`{|}")


def _version(table: Mapping[str, Any]) -> str:
    """By whatever name: ``http/1.1``, ``HTTP/2``, ``h2``, ``h3-29``, ``http/2+quic/46``."""
    found = _VERSION.match(str(table.get("httpVersion") or "").lower())
    if found is None:
        return "HTTP/1.1"
    return f"HTTP/{found[1]}.{found[2] or ('1' if found[1] == '1' else '0')}"


def _started_us(exact: Any, text: Any) -> int:
    """Microseconds since the epoch; a time without zone is taken as UTC, none at all as 0."""
    if isinstance(exact, int):
        return exact
    try:
        started = datetime.fromisoformat(str(text).strip())
    except (ValueError, OverflowError):
        return 0
    aware = started if started.tzinfo else started.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def _elapsed_ms(entry: Mapping[str, Any]) -> float:
    """Sending, waiting and receiving; the entry's whole time where it does not say them."""
    timings = _table(entry, "timings")
    known = [_duration(timings.get(key)) for key in ("send", "wait", "receive")]
    parts = [value for value in known if value is not None]
    return math.fsum(parts) if parts else _duration(entry.get("time")) or 0.0


def _duration(value: Any) -> float | None:
    if isinstance(value, int | float) and math.isfinite(value) and value >= 0:
        return float(value)
    return None
