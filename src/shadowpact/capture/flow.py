"""From mitmproxy's mutable flow to a frozen Exchange; the only place that knows both."""

import errno
import re
from urllib.parse import quote

from mitmproxy import http
from mitmproxy.connection import Client
from mitmproxy.proxy.mode_specs import ReverseMode

from shadowpact.model.exchange import Cut, Exchange, Failure, Headers, Request, Response
from shadowpact.model.tee import Tee

_FAILURES = (
    ("stream reset", "reset"),  # goes on with HTTP/2's code, of which one is REFUSED_STREAM
    (f"errno {errno.ETIMEDOUT}]", "time-out"),
    ("timed out", "time-out"),
    ("timeout", "time-out"),
    ("connect call failed", "refused"),
    ("refused", "refused"),
    ("unreachable", "refused"),
    ("name or service not known", "refused"),
    ("closed connection", "reset"),
    ("unexpected server response", "reset"),  # the beginning of one, and no more
    ("reset", "reset"),
    ("incomplete", "reset"),
    ("disconnected", "reset"),
)
"""What mitmproxy's messages say, and our word for it; the first that occurs counts."""

_WIRE_BYTES = re.compile(r""":?\s*\bb['"].*""", re.DOTALL)
"""Where a message quotes what came over the wire; there may be secrets in it."""

_UNSEEN = Cut(reason="streamed", length_bytes=0, sha256=bytes(32))
"""Of a body that somebody else streamed past us: nothing is known, and nothing can equal it."""


def is_ours(flow: http.HTTPFlow, hosts: frozenset[str]) -> bool:
    """Whether the flow goes to the baseline: all do in reverse mode, else those to ``hosts``."""
    if flow.is_replay:
        return False
    if isinstance(flow.client_conn.proxy_mode, ReverseMode):
        return True
    request = flow.request
    names = {request.host.lower(), request.pretty_host.lower()}
    return any(name in hosts or f"{name}:{request.port}" in hosts for name in names)


def to_exchange(flow: http.HTTPFlow, *, cap_bytes: int) -> Exchange:
    """The exchange of a flow that has ended, with an answer or an error.

    Args:
        flow: As mitmproxy has it.
        cap_bytes: Of a longer body only the first bytes are kept.
    """
    request = flow.request
    return Exchange(
        started_us=int(request.timestamp_start * 1_000_000),
        client=_client(flow.client_conn),
        request=_request(request, cap_bytes),
        response=None if flow.error else _response(flow, cap_bytes),
        failure=_failure(flow) if flow.error else None,
    )


def _client(connection: Client) -> str:
    return connection.id.rpartition("-")[2]


def _request(request: http.Request, cap_bytes: int) -> Request:
    data = request.data
    body, cut = _body(request, cap_bytes)
    return Request(
        method=data.method.decode("ascii", "replace"),
        scheme=data.scheme.decode("ascii", "replace"),
        authority=request.host_header or request.host,
        target=_target(data.path),
        http_version=data.http_version.decode("ascii", "replace"),
        headers=data.headers.fields,
        body=body,
        cut=cut,
    )


def _response(flow: http.HTTPFlow, cap_bytes: int) -> Response | None:
    response = flow.response
    if response is None:
        return None
    data = response.data
    body, cut = _body(response, cap_bytes)
    return Response(
        status=data.status_code,
        headers=_headers(data.headers),
        body=body,
        elapsed_ms=_elapsed_ms(flow, data.timestamp_end),
        cut=cut,
    )


def _headers(headers: http.Headers) -> Headers:
    return headers.fields


def _failure(flow: http.HTTPFlow) -> Failure:
    message = flow.error.msg if flow.error else ""
    text = message.lower()
    kind = next((kind for part, kind in _FAILURES if part in text), "other")
    if _client_left(flow, text):
        kind = "client-disconnected"
    end = flow.error.timestamp if flow.error else None
    message = _WIRE_BYTES.sub("", message)
    return Failure(kind=kind, message=message, elapsed_ms=_elapsed_ms(flow, end))


def _client_left(flow: http.HTTPFlow, text: str) -> bool:
    """Whether the client ended it; the words are the same for both sides of mitmproxy."""
    if not flow.client_conn.connected or "client disconnected" in text:
        return True
    if "stream reset" not in text:
        return False
    return flow.request.is_http2 and (flow.server_conn.alpn != b"h2" or "cancel" in text)


def _body(message: http.Request | http.Response, cap_bytes: int) -> tuple[bytes, Cut | None]:
    if isinstance(message.stream, Tee):
        return message.stream.body()
    content = message.data.content
    if content is None and message.stream:
        return b"", _UNSEEN
    if content is None or len(content) <= cap_bytes:
        return content or b"", None
    tee = Tee(keep_bytes=cap_bytes)
    tee(content)
    return tee.body()


def _target(path: bytes) -> str:
    try:
        return path.decode()
    except UnicodeDecodeError:  # no text at all: the escaped form means the same
        return quote(path, safe="/?#[]@!$&'()*+,;=%:~")


def _elapsed_ms(flow: http.HTTPFlow, end: float | None) -> float:
    """From the request's last byte to ``end``."""
    start = flow.request.timestamp_end or flow.request.timestamp_start
    return max(0.0, (end - start) * 1000) if end else 0.0


def tee_for_request(request: http.Request, *, cap_bytes: int, may_stream: bool) -> Tee | None:
    """A tee when the request's body is, or may become, larger than the cap."""
    headers = request.headers
    if request.stream is True:
        return Tee(keep_bytes=cap_bytes)
    if "content-length" not in headers and not _is_chunked(headers):  # no body, or HTTP/2's
        return None
    return _tee(headers, cap_bytes=cap_bytes, may_stream=may_stream)


def tee_for_response(flow: http.HTTPFlow, *, cap_bytes: int, may_stream: bool) -> Tee | None:
    """A tee when the answer is an event stream, or is or may become larger than the cap."""
    response = flow.response
    if response is None or flow.request.method == "HEAD" or response.status_code in {204, 304}:
        return None
    if response.status_code < 200:
        return None
    kind = response.headers.get("content-type", "")
    if kind.lower().startswith("text/event-stream"):
        return Tee(keep_bytes=0, reason="event-stream")
    if response.stream is True:
        return Tee(keep_bytes=cap_bytes)
    return _tee(response.headers, cap_bytes=cap_bytes, may_stream=may_stream)


def _tee(headers: http.Headers, *, cap_bytes: int, may_stream: bool) -> Tee | None:
    length = headers.get("content-length", "")
    is_short = length.isdecimal() and int(length) <= cap_bytes and not _is_chunked(headers)
    return Tee(keep_bytes=cap_bytes) if may_stream and not is_short else None


def _is_chunked(headers: http.Headers) -> bool:
    return "chunked" in headers.get("transfer-encoding", "").lower()
