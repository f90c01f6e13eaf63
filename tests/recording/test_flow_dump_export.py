"""Exchanges as flows."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http
from mitmproxy.io import FlowReader, FlowWriter

from shadowpact.model.exchange import Cut, Exchange, Failure, Request, Response
from shadowpact.recording.flow_dump import read_flow_dump
from shadowpact.recording.flow_dump_export import EXTENSION, MALFORMED, to_flow, write_flows
from support.build import exchange, request, response
from support.imported import Held, held_in


def written(*exchanges: Exchange) -> bytes:
    stream = io.BytesIO()
    assert write_flows(exchanges, stream) == len(exchanges)
    return stream.getvalue()


def test_mitmproxy_reads_what_was_written() -> None:
    asked = request("POST", "/orders?a=1", headers=((b"Host", b"shop:8080"),), body=b"x")
    one = exchange(asked, response({"id": 1}, 201, elapsed_ms=2.5))

    (flow,) = FlowReader(io.BytesIO(written(one))).stream()

    assert isinstance(flow, http.HTTPFlow)
    assert flow.request.url == "http://monolith.test/orders?a=1"
    assert flow.request.headers["host"] == "shop:8080"
    assert flow.response is not None
    assert (flow.response.status_code, flow.response.reason) == (201, "Created")
    assert flow.response.json() == {"id": 1}


def test_the_same_exchanges_give_the_same_bytes() -> None:
    assert written(exchange(), exchange()) == written(exchange(), exchange())


headers = st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=8)), max_size=3).map(tuple)
cuts = st.none() | st.builds(
    Cut, reason=st.text(max_size=5), length_bytes=st.integers(0, 2**40), sha256=st.binary()
)
durations = st.floats(0, 1e9)
requests = st.builds(
    Request,
    method=st.text("ABC", min_size=1),
    scheme=st.sampled_from(["http", "https"]),
    authority=st.text(max_size=10) | st.sampled_from(["a:80", "[::1]:8080", "a:99999"]),
    target=st.text(max_size=10) | st.sampled_from(["*", "sealed:v1:abc"]),
    http_version=st.sampled_from(["HTTP/1.1", "HTTP/2.0"]),
    headers=headers,
    body=st.binary(max_size=10),
    cut=cuts,
)
answers = st.builds(
    Response,
    status=st.integers(102, 999),
    headers=headers,
    body=st.binary(max_size=10),
    elapsed_ms=durations,
    cut=cuts,
) | st.builds(Failure, kind=st.text(max_size=5), message=st.text(max_size=5), elapsed_ms=durations)


@given(requests, answers, st.integers(0, 2**52), st.text(max_size=5))
def test_writing_and_reading_gives_the_same_exchange(
    asked: Request, answered: Response | Failure, started_us: int, client: str
) -> None:
    original = exchange(asked, answered, started_us=started_us, client=client)

    assert held_in(written(original), read_flow_dump) == Held(exchanges=(original,))


@pytest.mark.parametrize("extension", [None, {}, {"version": 1, "authority": "a"}, [1]])
def test_metadata_that_is_not_ours_is_not_taken_for_it(extension: object) -> None:
    flow = to_flow(exchange(), number=1)
    flow.metadata[EXTENSION] = extension
    stream = io.BytesIO()
    FlowWriter(stream).add(flow)  # type: ignore[no-untyped-call]  # as mitmproxy has it

    assert held_in(stream.getvalue(), read_flow_dump).skipped == {MALFORMED: 1}
