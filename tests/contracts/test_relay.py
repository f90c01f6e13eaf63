import socket

import brotli
import pytest
import zstandard

from shadowpact.contracts.execute import Target, run
from shadowpact.contracts.relay import Relay, decoded
from shadowpact.model.exchange import Request, Response
from support.pacts import interaction, pact
from support.provider import Asked, Reply, provider

PACKED = {
    "br": brotli.compress(b'{"a": 1}'),
    "zstd": zstandard.ZstdCompressor().compress(b'{"a": 1}'),
}


@pytest.mark.parametrize("coding", PACKED)
def test_a_coding_that_pact_does_not_know_is_undone(coding: str) -> None:
    reply = Reply(
        body=PACKED[coding],
        headers=(("Content-Type", "application/json"), ("Content-Encoding", coding)),
    )
    with provider(lambda _: reply) as server:
        expected = pact(interaction(content={"a": 1}))
        (ran,) = run([expected], Target(url=server.url), provider="orders")

    assert ran.ending == "matched"


@pytest.mark.parametrize(
    ("coding", "body"), [("gzip", b"not gzip"), ("br", b"not brotli"), ("made-up", b"x")]
)
def test_what_cannot_be_undone_is_passed_on(coding: str, body: bytes) -> None:
    answer = Response(status=200, headers=((b"Content-Encoding", coding.encode()),), body=body)

    assert decoded(answer) == answer


def test_the_number_of_the_interaction_goes_no_further() -> None:
    seen: list[tuple[int | None, Request]] = []

    def pass_on(number: int | None, request: Request) -> Response:
        seen.append((number, request))
        return Response(status=299, headers=((b"X-A", b"1"), (b"x-a", b"2")), body=b"ok")

    with Relay(pass_on) as relay:
        written = asked_of(relay.port, b"x-shadowpact-interaction: 17\r\nX-Own: yes\r\n")

    ((number, request),) = seen
    assert number == 17
    assert request.headers == ((b"X-Own", b"yes"), (b"content-length", b"4"))
    assert (request.method, request.target, request.body) == ("PUT", "/a?b=c", b"body")
    assert written == (
        b"HTTP/1.1 299 Unknown\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n"
        b"Connection: close\r\n\r\nok"
    )


def test_without_an_answer_the_connection_is_closed() -> None:
    with Relay(lambda _number, _request: None) as relay:
        assert asked_of(relay.port, b"") == b""


def asked_of(port: int, headers: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        host = f"host: 127.0.0.1:{port}\r\n".encode()
        connection.sendall(
            b"PUT /a?b=c HTTP/1.1\r\n" + host + headers + b"content-length: 4\r\n\r\nbody"
        )
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_refused_connection_is_called_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    (ran,) = run([pact(interaction())], Target(url=url), provider="orders")

    assert (ran.ending, ran.mismatches[0].message) == ("error", "the connection was refused")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_answers_without_a_body_pass(method: str, status: int) -> None:
    def answers(_: Asked) -> Reply:
        return Reply(status=status, headers=(("Content-Length", "9"),) if status == 200 else ())

    made = interaction(status=status)
    made["request"]["method"] = method
    with provider(answers) as server:
        (ran,) = run([pact(made)], Target(url=server.url), provider="orders")

    assert ran.ending == "matched"
