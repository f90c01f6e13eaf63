import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import brotli
import pytest
import zstandard

from shadowpact.contracts.execute import Target, address, run
from shadowpact.contracts.relay import Provider, Relay
from support.pacts import interaction, pact
from support.provider import Asked, Reply, json_reply, provider

PACKED = {
    "br": brotli.compress(b'{"a": 1}'),
    "zstd": zstandard.ZstdCompressor().compress(b'{"a": 1}'),
}


def relay_to(url: str, timeout_s: float = 5.0) -> Relay:
    host, port, scheme, path = address(url)
    return Relay(Provider(scheme=scheme, host=host, port=port, path=path, timeout_s=timeout_s))


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


def test_a_coding_that_pact_knows_is_passed_on() -> None:
    reply = Reply(body=b"not gzip", headers=(("Content-Encoding", "gzip"),))
    with provider(lambda _: reply) as server, relay_to(server.url) as relay:
        answer = relay.ask("GET", "/", [], b"")

    assert (answer.body, answer.headers[0]) == (b"not gzip", ("Content-Encoding", "gzip"))


def test_a_broken_coding_is_passed_on() -> None:
    reply = Reply(body=b"not brotli", headers=(("Content-Encoding", "br"),))
    with provider(lambda _: reply) as server, relay_to(server.url) as relay:
        answer = relay.ask("GET", "/", [], b"")

    assert answer.body == b"not brotli"


def test_request_and_answer_are_passed_on_as_they_are() -> None:
    with (
        provider(lambda _: json_reply({"ok": True}, 418)) as server,
        relay_to(server.url + "/base/") as relay,
    ):
        headers = [("X-A", "1"), ("Host", f"127.0.0.1:{relay.port}"), ("Connection", "close")]
        answer = relay.ask("PROPFIND", "/a%2Fb?c=d", headers, b"body")
    (asked,) = server.asked

    assert (answer.status, answer.body) == (418, b'{"ok": true}')
    assert (asked.method, asked.target) == ("PROPFIND", "/base/a%2Fb?c=d")
    assert asked.headers["host"] == server.url.removeprefix("http://")
    assert "connection" not in asked.headers


def test_a_host_that_the_contract_names_is_kept() -> None:
    with provider(lambda _: json_reply({})) as server, relay_to(server.url) as relay:
        relay.ask("GET", "/", [("Host", "tenant.example")], b"")

    assert server.asked[0].headers["host"] == "tenant.example"


@contextmanager
def raw_server(answer: bytes | None) -> Iterator[str]:
    """Reads a request, sends these bytes and closes; or answers nothing while the block lasts."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                if answer is None:
                    done.wait(30)
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            done.set()
            thread.join()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "the connection was closed without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "the answer ended too early"),
        (b"SSH-2.0-OpenSSH\r\n", "BadStatusLine: SSH-2.0-OpenSSH"),
        (None, "no answer within 0.2 s"),
    ],
)
def test_the_reason_of_no_answer_is_known(answer: bytes | None, reason: str) -> None:
    with raw_server(answer) as url:
        target = Target(url=url, timeout_ms=200)
        (ran,) = run([pact(interaction(path="/slow?a=1"))], target, provider="orders")

    assert (ran.ending, ran.mismatches[0].message.strip()) == ("error", reason)


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
