"""One entry of a HAR to one exchange, whoever wrote it.

A HAR does not hold what was on the wire: bodies are decoded text, headers may carry HTTP/2's pseudo
headers, times are rounded. What can be restored is restored, so that the exchange is one message
that could have been sent; see ``docs/reference/recording-import.md``.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from shadowpact.model.exchange import (
    Cut,
    Exchange,
    Failure,
    Headers,
    Request,
    Response,
    header,
)
from shadowpact.recording.captured import as_captured
from shadowpact.recording.har_body import (
    EntryError,
    as_decoded,
    from_base64,
    posted,
    received,
    to_bytes,
)

EXTENSION = "_shadowpact"
"""Our own field of an entry: what HAR cannot say. Where it is, everything else is exact."""

_URL = re.compile(r"(?i:(https?|wss?))://([^/?#]*)([^#]*)", re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = re.compile(r"(?:http/|h)([123])(?:\.(\d))?(?![\d.])")
_WITHOUT_BODY = {204, 205, 304}
_FAILURES = (
    ("refused", "refused"),
    ("unreachable", "refused"),
    ("name_not_resolved", "refused"),
    ("timed_out", "time-out"),
    ("timeout", "time-out"),
    ("timed out", "time-out"),
    ("abort", "client-disconnected"),
    ("client disconnected", "client-disconnected"),
    ("reset", "reset"),
    ("closed", "reset"),
    ("empty_response", "reset"),
)
"""What browsers and proxies write into ``_error``, and our word for it."""


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
    pairs = _each_once(_header_pairs(table))
    headers = _without_pseudo(pairs)
    named = dict(pairs).get(b":authority", b"").decode() or header(headers, b"host")
    body, cut = posted(method, table, headers)
    headers = headers if cut else as_decoded(headers, body)
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
        body, cut = received(table, headers)
        if status == 200 and _is_unchanged(_table(entry, "request"), table, headers):
            status = 304
        if is_head or status in _WITHOUT_BODY:  # a browser shows what it had in its cache
            body, cut = b"", None
        elif body and cut is None:
            headers = as_decoded(headers, body)
    answered = Response(status=status, headers=headers, body=body, elapsed_ms=elapsed_ms, cut=cut)
    return answered if extension else as_captured(answered)


def _is_unchanged(asked: Mapping[str, Any], table: Mapping[str, Any], headers: Headers) -> bool:
    """Whether the answer said that nothing has changed, and the cache's is in its place."""
    if table.get("bodySize") != 0:
        return False
    request = tuple(_header_pairs(asked))
    known = header(request, b"if-none-match"), header(request, b"if-modified-since")
    now = header(headers, b"etag"), header(headers, b"last-modified")
    if known[0] is not None:
        return now[0] is not None and _opaque(now[0]) in map(_opaque, known[0].split(","))
    return known[1] is not None and known[1] == now[1]


def _opaque(tag: str) -> str:
    """An entity tag without whether it is a weak one."""
    return tag.strip().removeprefix("W/")


def _failure(entry: Mapping[str, Any], extension: Mapping[str, Any], elapsed_ms: float) -> Failure:
    table = _table(entry, "response")
    named = (table.get("_error"), table.get("_failureText"), table.get("statusText"))
    message = str(next(filter(None, (*named, entry.get("_error"))), "no response"))
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
            yield to_bytes(name), to_bytes(text.strip("\r"))
            continue
        for line in text.split("\n"):  # browsers join repeated headers with line feeds
            yield to_bytes(name), to_bytes(line.strip("\r"))


def _each_once(pairs: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without headers that stand there again with the same value, as some tools write them."""
    return list({(name.lower(), value): (name, value) for name, value in pairs}.values())


def _without_pseudo(pairs: Sequence[tuple[bytes, bytes]]) -> Headers:
    return tuple((name, value) for name, value in pairs if not name.startswith(b":"))


def _exact_headers(table: Mapping[str, Any], encoded: Any) -> Headers:
    """As :mod:`shadowpact.recording.har_export` wrote them."""
    try:
        if encoded is not None:
            return tuple((from_base64(name), from_base64(value)) for name, value in encoded)
        return tuple((to_bytes(item["name"]), to_bytes(item["value"])) for item in table["headers"])
    except (TypeError, ValueError, KeyError, AttributeError):
        raise EntryError("malformed headers") from None


def _exact_body(table: Mapping[str, Any], cut: Any) -> tuple[bytes, Cut | None]:
    """As :mod:`shadowpact.recording.har_export` wrote it."""
    text = str(table.get("text", ""))
    body = from_base64(text) if table.get("encoding") == "base64" else to_bytes(text)
    if cut is None:
        return body, None
    try:
        digest = bytes.fromhex(cut["sha256"])
        length = int(cut["length_bytes"])
        return body, Cut(reason=str(cut["reason"]), length_bytes=length, sha256=digest)
    except (TypeError, ValueError, KeyError):
        raise EntryError("malformed body") from None


def printable_target(target: str) -> str:
    """A target as it can be sent: white space and what is not ASCII escaped, the rest as it is."""
    if target.isascii() and target.isprintable() and " " not in target:
        return target
    return quote(to_bytes(target), safe="/?#[]@!$&'()*+,;=%:~\"<>\\^`{|}")


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
