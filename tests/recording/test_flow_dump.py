"""mitmproxy's flow dumps."""

import io
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import flow, http, tcp, version
from mitmproxy.io import FlowWriter, tnetstring
from mitmproxy.test import tflow

from shadowpact.capture.flow import to_exchange
from shadowpact.errors import UsageError
from shadowpact.model.exchange import Cut
from shadowpact.recording.flow_dump import read_flow_dump
from support.corpora import corpora
from support.imported import Held, held, held_in


def dump(*flows: Any) -> bytes:
    stream = io.BytesIO()
    writer = FlowWriter(stream)  # type: ignore[no-untyped-call]  # as mitmproxy has it
    for one in flows:
        writer.add(one)
    return stream.getvalue()


def read(data: bytes) -> Held:
    return held_in(data, read_flow_dump, "x.mitm")


def answered(path: bytes = b"/orders") -> http.HTTPFlow:
    flow = tflow.tflow(resp=True)
    flow.request.data.path = path
    return flow


# -- what mitmproxy wrote in its time


@pytest.mark.parametrize(
    ("name", "exchanges", "unanswered", "skipped"),
    [
        ("dumpfile-7", 2, 0, {}),
        ("dumpfile-10", 1, 1, {}),
        ("dumpfile-19", 1, 0, {}),
        ("successful_log", 2, 0, {}),
        ("incomplete_log", 4, 4, {}),
        ("event_stream", 2, 1, {}),
        ("websocket", 0, 0, {"WebSocket": 3}),
    ],
)
def test_every_flow_of_a_real_dump_is_an_exchange_or_has_a_reason(
    name: str, exchanges: int, unanswered: int, skipped: dict[str, int]
) -> None:
    found = held(corpora(f"mitm/{name}.mitm"))

    assert len(found.exchanges) == exchanges
    assert sum(one.response is None for one in found.exchanges) == unanswered
    assert all((one.response is None) != (one.failure is None) for one in found.exchanges)
    assert found.skipped == skipped


def test_a_dump_says_more_of_an_exchange_than_the_har_that_mitmproxy_makes_of_it() -> None:
    dumped = held(corpora("mitm/successful_log.mitm")).exchanges
    exported = held(corpora("mitm/successful_log.har")).exchanges

    for one, other in zip(dumped, exported, strict=True):
        assert one.request.target == other.request.target
        assert one.request.body == other.request.body
        assert one.response is not None
        assert other.response is not None
        assert one.response.status == other.response.status
        assert (one.request.http_version, one.client != "har") == ("HTTP/2.0", True)


def test_an_event_stream_is_cut_and_one_that_the_client_left_has_failed() -> None:
    left, cut = held(corpora("mitm/event_stream.mitm")).exchanges

    assert left.failure is not None
    assert left.failure.kind == "client-disconnected"
    assert cut.response is not None
    assert cut.response.cut == Cut(reason="event-stream", length_bytes=0, sha256=b"")


# -- the rules


def test_a_flow_becomes_what_live_capture_makes_of_it() -> None:
    flow = answered(b"/a/../b%2f?x=\xc3\xa4")

    assert read(dump(flow)).exchanges == (to_exchange(flow, cap_bytes=1 << 20),)


def test_what_is_no_exchange_is_counted_by_its_kind() -> None:
    connect = answered()
    connect.request.method = "CONNECT"
    flows = (tflow.ttcpflow(), tflow.tudpflow(), tflow.tdnsflow(), tflow.twebsocketflow(), connect)

    found = read(dump(*flows, answered(), tcp.TCPFlow(*_connections())))

    assert len(found.exchanges) == 1
    assert found.skipped == {"CONNECT": 1, "DNS": 1, "TCP": 2, "UDP": 1, "WebSocket": 1}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("server closed connection", "reset"),
        ("Client disconnected.", "client-disconnected"),
        ("[Errno 111] Connect call failed", "refused"),
    ],
)
def test_why_a_flow_failed_is_told_by_its_error(message: str, kind: str) -> None:
    failed = tflow.tflow()
    failed.error = flow.Error(message)

    (found,) = read(dump(failed)).exchanges

    assert found.failure is not None
    assert found.failure.kind == kind


def test_a_body_that_was_not_kept_is_cut_and_not_empty() -> None:
    flow = answered()
    flow.request.data.content = flow.response.data.content = None  # type: ignore[union-attr]  # it has one

    (found,) = read(dump(flow)).exchanges

    nothing_known = Cut(reason="not-recorded", length_bytes=0, sha256=b"")
    assert found.request.cut == nothing_known
    assert found.response is not None
    assert found.response.cut == nothing_known


def test_a_dump_of_a_later_version_is_one_clear_line() -> None:
    state = {**answered().get_state(), "version": version.FLOW_FORMAT_VERSION + 1}

    with pytest.raises(UsageError) as caught:
        read(dump(answered()) + tnetstring.dumps(state))

    assert str(caught.value).startswith("x.mitm: mitmproxy ")
    assert "flow format version" in str(caught.value)
    assert "please update mitmproxy" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_torn_dump_gives_what_is_whole() -> None:
    data = dump(answered(b"/1"), answered(b"/2"))

    for lost in (1, 100, len(data) // 2 - 20):
        found = read(data[:-lost])
        assert [one.request.target for one in found.exchanges] == ["/1"]
        assert found.skipped == {"torn": 1}
    assert read(b"").exchanges == ()


def test_a_damaged_flow_does_not_hide_those_behind_it() -> None:
    flows = [dump(answered(b"/%d" % number)) for number in range(5)]
    flows[1] = flows[1].replace(b"4:path", b"4:pax!")
    flows[3] = b"9" + flows[3][1:]

    found = read(b"".join(flows))

    assert [one.request.target for one in found.exchanges] == ["/0", "/2", "/4"]
    assert found.skipped == {"torn": 1, "unreadable flow": 1}


def test_flows_that_cannot_be_taken_are_counted_one_by_one_and_hide_none_behind_them() -> None:
    state = {**answered().get_state(), "type": "quic"}
    strange = [tnetstring.dumps(state), tnetstring.dumps(dict(sorted(state.items())))]

    found = read(b"".join([*strange, *strange, dump(tflow.tdnsflow(), answered(b"/last"))]))

    assert [one.request.target for one in found.exchanges] == ["/last"]
    assert found.skipped == {"DNS": 1, "unreadable flow": 4}


@pytest.mark.parametrize("at", [3, 100, 900])
def test_bytes_that_are_gone_from_a_flow_cost_that_flow_alone(at: int) -> None:
    flows = [dump(answered(b"/%d" % number)) for number in range(4)]
    flows[1] = flows[1][:at] + flows[1][at + 7 :]

    found = read(b"".join(flows))

    assert [one.request.target for one in found.exchanges] == ["/0", "/2", "/3"]
    assert sum(found.skipped.values()) == 1


def test_an_empty_dump_is_known_by_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "x.mitm").write_bytes(b"")

    assert held(tmp_path / "x.mitm").exchanges == ()


def _connections() -> tuple[Any, Any]:
    return tflow.tclient_conn(), tflow.tserver_conn()
