import errno
import hashlib
from typing import Any

import pytest
from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.flow import Error
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow, tutils

from shadowpact.capture.flow import is_ours, tee_for_request, tee_for_response, to_exchange
from shadowpact.model.tee import HEAD_BYTES, Tee

CAP = 100


def a_flow(*, mode: str = "reverse:http://monolith:8001", **given: Any) -> http.HTTPFlow:
    flow = tflow.tflow(resp=True, **given)
    flow.client_conn.proxy_mode = ProxyMode.parse(mode)
    return flow


def answered(
    *headers: tuple[bytes, bytes], status: int = 200, method: bytes = b"GET"
) -> http.HTTPFlow:
    flow = a_flow(req=tutils.treq(method=method))
    flow.response = tutils.tresp(status_code=status, headers=http.Headers(headers))
    return flow


def asked(*headers: tuple[bytes, bytes], version: bytes = b"HTTP/1.1") -> http.Request:
    return tutils.treq(method=b"POST", http_version=version, headers=http.Headers(headers))


def failed(message: str, **given: Any) -> http.HTTPFlow:
    flow = a_flow(**given)
    flow.error = Error(message, timestamp=flow.request.timestamp_start + 2)
    return flow


def kind_of(flow: http.HTTPFlow) -> str:
    failure = to_exchange(flow, cap_bytes=CAP).failure
    assert failure is not None
    return failure.kind


def test_an_exchange_holds_what_was_on_the_wire() -> None:
    flow = a_flow(
        req=tutils.treq(
            method=b"POST",
            path=b"/a/../b?x=%2f&x=2",
            headers=http.Headers([(b"Host", b"shop.test"), (b"X-A", b"1"), (b"x-a", b"\xff")]),
            content=b"\x1f\x8b not unpacked",
        )
    )
    flow.response = tutils.tresp(
        status_code=201,
        headers=http.Headers([(b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2")]),
        content=b"{}",
    )

    exchange = to_exchange(flow, cap_bytes=CAP)

    request, response = exchange.request, exchange.response
    assert response is not None
    assert exchange.failure is None
    assert (request.method, request.target) == ("POST", "/a/../b?x=%2f&x=2")
    assert request.authority == "shop.test"
    assert request.headers == ((b"Host", b"shop.test"), (b"X-A", b"1"), (b"x-a", b"\xff"))
    assert request.body == b"\x1f\x8b not unpacked"
    assert response.status == 201
    assert response.headers == ((b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"))
    assert response.body == b"{}"
    assert request.cut is response.cut is None


def test_times_are_those_of_the_flow() -> None:
    flow = a_flow()
    assert flow.response is not None
    flow.request.timestamp_start = 1_750_000_000.5
    flow.request.timestamp_end = 1_750_000_001.0
    flow.response.timestamp_end = 1_750_000_001.25

    exchange = to_exchange(flow, cap_bytes=CAP)

    assert exchange.started_us == 1_750_000_000_500_000
    assert exchange.response is not None
    assert exchange.response.elapsed_ms == pytest.approx(250)


def test_a_clock_that_jumped_back_gives_no_negative_time() -> None:
    flow = a_flow()
    assert flow.response is not None
    flow.response.timestamp_end = flow.request.timestamp_start - 5

    response = to_exchange(flow, cap_bytes=CAP).response

    assert response is not None
    assert response.elapsed_ms == 0


def test_a_target_that_is_no_text_is_escaped() -> None:
    flow = a_flow(req=tutils.treq(path=b"/caf\xe9?a=b&c=%20"))

    assert to_exchange(flow, cap_bytes=CAP).request.target == "/caf%E9?a=b&c=%20"


def test_a_failed_flow_has_a_failure_and_no_response_even_when_the_answer_had_begun() -> None:
    flow = failed("server closed connection")

    exchange = to_exchange(flow, cap_bytes=CAP)

    assert exchange.response is None
    assert exchange.failure is not None
    assert exchange.failure.kind == "reset"
    assert exchange.failure.message == "server closed connection"
    assert exchange.failure.elapsed_ms > 0


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("[Errno 111] Connect call failed ('127.0.0.1', 1)", "refused"),
        ("[Errno 113] No route to host: network unreachable", "refused"),
        ("[Errno -2] Name or service not known", "refused"),
        (f"[Errno {errno.ETIMEDOUT}] Connect call failed ('10.0.0.1', 1)", "time-out"),
        ("Connection timed out", "time-out"),
        ("server closed connection", "reset"),
        ("[Errno 104] Connection reset by peer", "reset"),
        ("HTTP/1 protocol error: peer closed connection without sending complete body", "reset"),
        ("unexpected server response: b'HTTP/1.1 2'", "reset"),
        ("HTTP/2 protocol error: stream reset by client (REFUSED_STREAM)", "reset"),
        ("Client disconnected.", "client-disconnected"),
        ("Connection killed.", "other"),
        ("", "other"),
    ],
)
def test_what_failed_is_told_from_the_words_of_mitmproxy(message: str, kind: str) -> None:
    assert kind_of(failed(message)) == kind


@pytest.mark.parametrize(
    "message",
    [
        "unexpected server response: b'HTTP/1.1 200 OK\\r\\nSet-Cookie: a=se'",
        'Cannot parse HTTP response: Invalid header line: b"Set-Cookie it\'s a=se"',
    ],
)
def test_what_came_over_the_wire_is_not_quoted(message: str) -> None:
    failure = to_exchange(failed(message), cap_bytes=CAP).failure

    assert failure is not None
    assert failure.message in {
        "unexpected server response",
        "Cannot parse HTTP response: Invalid header line",
    }


def test_the_same_words_mean_the_client_when_it_is_the_client_that_is_gone() -> None:
    flow = failed("HTTP/1 protocol error: peer closed connection without sending complete body")
    flow.client_conn.state = ConnectionState.CLOSED

    assert kind_of(flow) == "client-disconnected"


@pytest.mark.parametrize(
    ("client", "server_alpn", "code", "kind"),
    [
        (b"HTTP/2.0", None, "INTERNAL_ERROR", "client-disconnected"),
        (b"HTTP/2.0", b"h2", "CANCEL", "client-disconnected"),
        (b"HTTP/2.0", b"h2", "INTERNAL_ERROR", "reset"),
        (b"HTTP/1.1", b"h2", "CANCEL", "reset"),
    ],
)
def test_a_reset_http2_stream_is_the_side_that_speaks_http2(
    client: bytes, server_alpn: bytes | None, code: str, kind: str
) -> None:
    flow = failed(f"stream reset by client ({code})", req=tutils.treq(http_version=client))
    flow.server_conn.alpn = server_alpn

    assert kind_of(flow) == kind


def test_in_reverse_mode_every_flow_is_ours() -> None:
    assert is_ours(a_flow(), frozenset())


@pytest.mark.parametrize("mode", ["regular", "upstream:http://proxy:3128", "transparent"])
def test_in_other_modes_only_flows_to_the_baseline_are_ours(mode: str) -> None:
    flow = a_flow(mode=mode, req=tutils.treq(host="Shop.test", port=8001))

    assert is_ours(flow, frozenset({"shop.test:8001"}))
    assert is_ours(flow, frozenset({"shop.test"}))
    assert not is_ours(flow, frozenset({"shop.test:80"}))
    assert not is_ours(flow, frozenset({"other.test"}))
    assert not is_ours(flow, frozenset())


def test_a_host_header_names_the_baseline_where_the_address_does_not() -> None:
    request = tutils.treq(host="10.0.0.7", port=80, headers=http.Headers([(b"Host", b"shop.test")]))

    assert is_ours(a_flow(mode="transparent", req=request), frozenset({"shop.test:80"}))


def test_a_flow_that_mitmproxy_replays_is_not_ours() -> None:
    flow = a_flow()
    flow.is_replay = "request"

    assert not is_ours(flow, frozenset({"address"}))


@pytest.mark.parametrize(
    ("headers", "may_stream", "is_teed"),
    [
        ([], True, False),
        ([(b"content-length", b"100")], True, False),
        ([(b"content-length", b"101")], True, True),
        ([(b"content-length", b"101")], False, False),
        ([(b"transfer-encoding", b"gzip, Chunked")], True, True),
        ([(b"transfer-encoding", b"chunked")], False, False),
    ],
)
def test_a_request_is_teed_when_its_body_is_or_may_be_over_the_cap(
    headers: list[tuple[bytes, bytes]], may_stream: bool, is_teed: bool
) -> None:
    tee = tee_for_request(asked(*headers), cap_bytes=CAP, may_stream=may_stream)

    assert (tee is not None) == is_teed


def test_an_http2_request_without_a_length_is_left_to_mitmproxy() -> None:
    assert tee_for_request(asked(version=b"HTTP/2.0"), cap_bytes=CAP, may_stream=True) is None


@pytest.mark.parametrize(
    ("headers", "may_stream", "is_teed"),
    [
        ([(b"content-length", b"100")], True, False),
        ([(b"content-length", b"101")], True, True),
        ([(b"content-length", b"101")], False, False),
        ([(b"transfer-encoding", b"chunked")], True, True),
        ([(b"transfer-encoding", b"chunked")], False, False),
        ([], True, True),
        ([(b"content-length", b"many")], True, True),
    ],
)
def test_an_answer_is_teed_when_its_body_is_or_may_be_over_the_cap(
    headers: list[tuple[bytes, bytes]], may_stream: bool, is_teed: bool
) -> None:
    tee = tee_for_response(answered(*headers), cap_bytes=CAP, may_stream=may_stream)

    assert (tee is not None) == is_teed


@pytest.mark.parametrize(
    ("status", "method"), [(204, b"GET"), (304, b"GET"), (101, b"GET"), (200, b"HEAD")]
)
def test_an_answer_that_has_no_body_is_not_teed(status: int, method: bytes) -> None:
    flow = answered((b"content-length", b"101"), status=status, method=method)

    assert tee_for_response(flow, cap_bytes=CAP, may_stream=True) is None


@pytest.mark.parametrize("may_stream", [True, False])
def test_an_event_stream_is_always_teed_and_never_kept_whole(may_stream: bool) -> None:
    flow = answered((b"content-type", b"Text/Event-Stream; charset=utf-8"))
    tee = tee_for_response(flow, cap_bytes=CAP, may_stream=may_stream)

    assert tee is not None
    tee(b"data: 1\n\n")
    body, cut = tee.body()
    assert body == b"data: 1\n\n"
    assert cut is not None
    assert cut.reason == "event-stream"


def test_a_stream_that_another_addon_asked_for_is_teed_and_kept_when_it_is_short() -> None:
    flow = answered((b"content-length", b"4"))
    assert flow.response is not None
    flow.response.stream = True
    tee = tee_for_response(flow, cap_bytes=CAP, may_stream=False)

    assert tee is not None
    tee(b"abcd")
    assert tee.body() == (b"abcd", None)


def test_a_teed_body_is_recorded_as_the_tee_saw_it() -> None:
    flow = a_flow()
    assert flow.response is not None
    tee = Tee(keep_bytes=CAP)
    for piece in (b"a" * 60, b"b" * 60, b""):
        tee(piece)
    flow.response.stream = tee
    flow.response.data.content = None

    response = to_exchange(flow, cap_bytes=CAP).response

    assert response is not None
    assert response.cut is not None
    assert response.cut.reason == "over-cap"
    assert response.cut.length_bytes == 120
    assert response.cut.sha256 == hashlib.sha256(b"a" * 60 + b"b" * 60).digest()
    assert response.body == b"a" * 60 + b"b" * 60


def test_a_buffered_body_over_the_cap_is_recorded_with_its_first_bytes() -> None:
    content = b"x" * (HEAD_BYTES + 1)
    flow = a_flow(req=tutils.treq(content=content))

    request = to_exchange(flow, cap_bytes=CAP).request

    assert request.cut is not None
    assert request.cut.length_bytes == len(content)
    assert request.cut.sha256 == hashlib.sha256(content).digest()
    assert request.body == content[:HEAD_BYTES]


def test_a_buffered_body_at_the_cap_is_recorded_whole() -> None:
    request = to_exchange(a_flow(req=tutils.treq(content=b"x" * CAP)), cap_bytes=CAP).request

    assert (request.body, request.cut) == (b"x" * CAP, None)


def test_a_body_that_somebody_else_streamed_past_us_is_not_taken_for_an_empty_one() -> None:
    flow = a_flow()
    assert flow.response is not None
    flow.response.stream = lambda data: data
    flow.response.data.content = None

    response = to_exchange(flow, cap_bytes=CAP).response

    assert response is not None
    assert response.body == b""
    assert response.cut is not None
    assert response.cut.reason == "streamed"
