import socket
from threading import Barrier, Thread

import pytest

from shadowpact.contracts.loopback import Loopback
from shadowpact.model.exchange import Request, Response
from support.processes import eventually

WITHIN_S = 20


def echo(request: Request) -> Response:
    return Response(status=200, body=request.body)


def told(server: Loopback, *parts: bytes) -> bytes:
    """What comes back for a request that arrives in parts."""
    with socket.create_connection(("127.0.0.1", server.port), WITHIN_S) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_request_may_come_in_parts() -> None:
    with Loopback(echo) as server:
        written = told(server, b"POST / HT", b"TP/1.1\r\nContent-Length: 4\r\n\r", b"\nbo", b"dy")

    assert written == b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n", b"nonsense\r\n\r\n"])
def test_what_is_no_request_gets_no_answer(sent: bytes) -> None:
    with Loopback(echo) as server:
        assert told(server, sent) == b""


def test_several_are_answered_at_once() -> None:
    together = Barrier(4, timeout=WITHIN_S)

    def wait(_request: Request) -> Response:
        together.wait()
        return Response(status=204)

    with Loopback(wait) as server:
        asking = [Thread(target=told, args=(server, b"GET / HTTP/1.1\r\n\r\n")) for _ in range(4)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(WITHIN_S)

    assert not together.broken


def test_nothing_listens_after_the_block() -> None:
    with Loopback(echo) as server:
        pass

    eventually(lambda: is_refused(server))


def is_refused(server: Loopback) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), WITHIN_S).close()
    except ConnectionError:
        return True
    return False
