"""One exchange to one entry of a HAR, such that reading it again gives the same exchange."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from shadowpact.model.exchange import Cut, Exchange, Headers, Request, Response, header
from shadowpact.recording.har_entry import EXTENSION, split_url

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEALED = b"\x00"


def to_entry(exchange: Exchange) -> dict[str, Any]:
    """The entry of an exchange (HAR 1.2), as plain JSON values."""
    request, response = exchange.request, exchange.response
    extension: dict[str, Any] = {"version": 1, **_unsaid_request(request)}
    if response is not None:
        answer, elapsed_ms = _response(response), response.elapsed_ms
        extension |= _unsaid("response", response)
    else:
        failure = exchange.failure
        message = failure.message if failure else ""
        answer, elapsed_ms = _no_response(message), failure.elapsed_ms if failure else 0.0
        extension["failure"] = {"kind": failure.kind if failure else "other", "message": message}
    try:
        started = _EPOCH + timedelta(microseconds=exchange.started_us)
    except OverflowError:  # no date says it
        started, extension["started_us"] = _EPOCH, exchange.started_us
    return {
        "startedDateTime": started.isoformat(timespec="microseconds"),
        "time": elapsed_ms,
        "request": _request(request),
        "response": answer,
        "cache": {},
        "timings": {"send": 0, "wait": elapsed_ms, "receive": 0},
        "connection": exchange.client,
        EXTENSION: extension,
    }


def _request(request: Request) -> dict[str, Any]:
    query = request.target.partition("?")[2]
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=None)
    entry: dict[str, Any] = {
        "method": request.method,
        "url": _url(request),
        "httpVersion": request.http_version,
        "cookies": [],
        "headers": _headers(request.headers),
        "queryString": [{"name": name, "value": value} for name, value in pairs],
        "headersSize": -1,
        "bodySize": request.cut.length_bytes if request.cut else len(request.body),
    }
    if request.body:
        mime_type = header(request.headers, b"content-type") or ""
        entry["postData"] = {"mimeType": mime_type, **_text(request.headers, request.body)}
    return entry


def _response(response: Response) -> dict[str, Any]:
    length = response.cut.length_bytes if response.cut else len(response.body)
    return {
        "status": response.status,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": _headers(response.headers),
        "content": {
            "size": length,
            "mimeType": header(response.headers, b"content-type") or "",
            **_text(response.headers, response.body),
        },
        "redirectURL": header(response.headers, b"location") or "",
        "headersSize": -1,
        "bodySize": length,
    }


def _no_response(message: str) -> dict[str, Any]:
    """What browsers write for a request that failed."""
    return {
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": ""},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "_error": message,
    }


def _url(request: Request) -> str:
    slash = "" if request.target.startswith("/") else "/"
    return f"{request.scheme}://{request.authority}{slash}{request.target}"


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [
        {"name": name.decode("utf-8", "replace"), "value": value.decode("utf-8", "replace")}
        for name, value in headers
    ]


def _text(headers: Headers, body: bytes) -> dict[str, str]:
    """``text``, in base64 where the bytes are encoded or no UTF-8."""
    encoding = (header(headers, b"content-encoding") or "identity").strip().lower()
    if encoding == "identity" and not body.startswith(_SEALED):
        try:
            return {"text": body.decode()}
        except UnicodeDecodeError:
            pass
    return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _unsaid_request(request: Request) -> dict[str, Any]:
    """What of a request its HAR entry does not say."""
    unsaid = _unsaid("request", request)
    exact = {
        "scheme": request.scheme,
        "authority": request.authority,
        "target": request.target,
    }
    if split_url(_url(request)) != tuple(exact.values()):
        unsaid |= exact
    return unsaid


def _unsaid(side: str, message: Request | Response) -> dict[str, Any]:
    unsaid: dict[str, Any] = {}
    if any(not _is_utf8(name) or not _is_utf8(value) for name, value in message.headers):
        unsaid[f"{side}_headers"] = [
            [base64.b64encode(name).decode(), base64.b64encode(value).decode()]
            for name, value in message.headers
        ]
    if message.cut is not None:
        unsaid[f"{side}_cut"] = _cut(message.cut)
    return unsaid


def _cut(cut: Cut) -> dict[str, Any]:
    return {
        "reason": cut.reason,
        "length_bytes": cut.length_bytes,
        "sha256": cut.sha256.hex(),
    }


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
