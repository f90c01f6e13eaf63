"""Exchanges as flows that mitmproxy opens; reading them again gives the same exchanges."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, BinaryIO

import msgspec
from mitmproxy import flow, http
from mitmproxy.connection import Client, Server
from mitmproxy.io import FlowWriter

from shadowpact.model.exchange import Cut, Exchange, Failure, Request, Response
from shadowpact.recording.skipped import Skipped

EXTENSION = "shadowpact"
"""Our own entry of a flow's metadata: what a flow cannot say."""
VERSION = 1
MALFORMED = "malformed metadata"

_PORTS = {"http": 80, "https": 443}


def write_flows(exchanges: Iterable[Exchange], stream: BinaryIO) -> int:
    """Write a flow dump of the version that the installed mitmproxy writes.

    The same exchanges give the same bytes.

    Returns:
        How many were written.
    """
    writer = FlowWriter(stream)
    count = 0
    for count, exchange in enumerate(exchanges, start=1):
        writer.add(to_flow(exchange, number=count))
    return count


def to_flow(exchange: Exchange, *, number: int) -> http.HTTPFlow:
    """The flow of an exchange; ``number`` tells it from the others in its file."""
    request, response, failure = exchange.request, exchange.response, exchange.failure
    started_s = exchange.started_us / 1e6
    host, port = _address(request)
    client = Client(peername=("", 0), sockname=("", 0), timestamp_start=started_s)
    client.id = exchange.client
    server = Server(address=(host, port))
    server.id = f"server-{number}"
    made = http.HTTPFlow(client, server)
    made.id = f"exchange-{number}"
    made.timestamp_created = started_s
    made.request = _request(request, host, port, started_s)
    made.metadata[EXTENSION] = _unsaid(exchange)
    if response is not None:
        made.response = _response(request, response, started_s + response.elapsed_ms / 1000)
    if failure is not None:
        made.error = flow.Error(failure.message, started_s + failure.elapsed_ms / 1000)
    return made


def exact(read: Exchange, extension: Any) -> Exchange | Skipped:
    """The exchange of a flow that was written here, from what a flow says and what it cannot."""
    try:
        request = msgspec.structs.replace(
            read.request,
            authority=str(extension["authority"]),
            cut=_cut(extension["request_cut"]),
        )
        elapsed_ms = float(extension["elapsed_ms"])
        response, failure = read.response, None
        if response is not None:
            cut = _cut(extension["response_cut"])
            response = msgspec.structs.replace(response, elapsed_ms=elapsed_ms, cut=cut)
        else:
            message = read.failure.message if read.failure else ""
            kind = str(extension["failure"])
            failure = Failure(kind=kind, message=message, elapsed_ms=elapsed_ms)
        return Exchange(
            started_us=int(extension["started_us"]),
            client=str(extension["client"]),
            request=request,
            response=response,
            failure=failure,
        )
    except (LookupError, TypeError, ValueError):
        return Skipped(MALFORMED)


def _request(request: Request, host: str, port: int, started_s: float) -> http.Request:
    return http.Request(
        host=host,
        port=port,
        method=request.method.encode(),
        scheme=request.scheme.encode(),
        authority=b"",
        path=request.target.encode("utf-8", "surrogatepass"),
        http_version=request.http_version.encode(),
        headers=http.Headers(request.headers),
        content=request.body,
        trailers=None,
        timestamp_start=started_s,
        timestamp_end=started_s,
    )


def _response(request: Request, response: Response, ended_s: float) -> http.Response:
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = ""
    return http.Response(
        http_version=request.http_version.encode(),
        status_code=response.status,
        reason=reason.encode(),
        headers=http.Headers(response.headers),
        content=response.body,
        trailers=None,
        timestamp_start=ended_s,
        timestamp_end=ended_s,
    )


def _address(request: Request) -> tuple[str, int]:
    host, colon, port = request.authority.rpartition(":")
    if colon and port.isdecimal() and int(port) <= 65535:
        return host.strip("[]"), int(port)
    return request.authority.strip("[]"), _PORTS.get(request.scheme, 80)


def _unsaid(exchange: Exchange) -> Mapping[str, Any]:
    request, response, failure = exchange.request, exchange.response, exchange.failure
    ended = response or failure
    return {
        "version": VERSION,
        "client": exchange.client,
        "started_us": exchange.started_us,
        "authority": request.authority,
        "elapsed_ms": ended.elapsed_ms if ended else 0.0,
        "request_cut": _cut_of(request.cut),
        "response_cut": _cut_of(response.cut) if response else None,
        "failure": failure.kind if failure else "other",
    }


def _cut_of(cut: Cut | None) -> list[Any] | None:
    return [cut.reason, cut.length_bytes, cut.sha256] if cut else None


def _cut(found: Any) -> Cut | None:
    if found is None:
        return None
    reason, length_bytes, sha256 = found
    return Cut(reason=str(reason), length_bytes=int(length_bytes), sha256=bytes(sha256))
