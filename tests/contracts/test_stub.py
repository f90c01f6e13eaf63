import gzip
import urllib.error
import urllib.request

import pytest

from shadowpact.contracts.stub import SampleServer
from shadowpact.model.exchange import Response
from support.build import JSON, response


def ask(
    server: SampleServer, number: int, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(f"{server.url}/{number}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_each_number_gets_its_sample() -> None:
    with SampleServer([response({"a": 1}), response({"b": 2}, 418)]) as server:
        first, second = ask(server, 0), ask(server, 1)

    assert (first[0], first[2]) == (200, b'{"a":1}')
    assert (second[0], second[2]) == (418, b'{"b":2}')


def test_codings_are_undone_and_headers_of_the_connection_left_out() -> None:
    headers = (
        *JSON,
        (b"Content-Encoding", b"gzip"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Length", b"99"),
        (b"X-Own", b"1"),
    )
    with SampleServer([response(body=gzip.compress(b"{}"), headers=headers)]) as server:
        status, held, body = ask(server, 0)

    assert (status, body) == (200, b"{}")
    assert held == {
        "content-type": "application/json",
        "X-Own": "1",
        "Content-Length": "2",
        "Connection": "close",
    }


def test_a_body_that_cannot_be_decoded_is_sent_as_it_is() -> None:
    headers = ((b"content-encoding", b"gzip"),)
    with SampleServer([response(body=b"not gzip", headers=headers)]) as server:
        assert ask(server, 0)[2] == b"not gzip"


@pytest.mark.parametrize(
    ("sample", "method"),
    [(response({}, 304), "GET"), (response(body=b"", status=204), "GET"), (response({}), "HEAD")],
)
def test_answers_that_have_no_body_get_none(sample: Response, method: str) -> None:
    with SampleServer([sample]) as server:
        assert ask(server, 0, method)[2] == b""
