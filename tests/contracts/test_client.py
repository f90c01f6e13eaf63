import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from shadowpact.contracts.client import Client, Provider, address
from shadowpact.errors import UsageError
from shadowpact.model.exchange import Request
from support.provider import json_reply, provider
from support.tls import make_authority


def client_of(url: str, timeout_s: float = 5.0) -> Client:
    host, port, scheme, path = address(url)
    return Client(Provider(scheme=scheme, host=host, port=port, path=path, timeout_s=timeout_s))


def request(target: str = "/", method: str = "GET", body: bytes = b"", **headers: str) -> Request:
    return Request(
        method=method,
        scheme="http",
        authority="",
        target=target,
        http_version="HTTP/1.1",
        headers=tuple((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()),
        body=body,
    )


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1:9001", ("127.0.0.1", 9001, "http", "/")),
        ("https://orders.test/api/", ("orders.test", 443, "https", "/api")),
        ("http://[::1]:80", ("[::1]", 80, "http", "/")),
    ],
)
def test_a_url_is_taken_apart(url: str, parts: tuple[str, int, str, str]) -> None:
    assert address(url) == parts


@pytest.mark.parametrize("url", ["http:///x", "127.0.0.1:80", "ftp://a", "http://a:x"])
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="--url"):
        address(url)


def test_request_and_answer_are_as_they_are() -> None:
    with provider(lambda _: json_reply({"ok": True}, 418)) as server:
        client = client_of(server.url + "/base/")
        answer = client.ask(request("/a%2Fb?c=d", "PROPFIND", b"body", X_A="1", Connection="close"))
    (asked,) = server.asked

    assert (answer.status, answer.body) == (418, b'{"ok": true}')
    assert (asked.method, asked.target, asked.body) == ("PROPFIND", "/base/a%2Fb?c=d", b"body")
    assert asked.headers["host"] == server.url.removeprefix("http://")
    assert asked.headers["x-a"] == "1"
    assert "connection" not in asked.headers


def test_a_host_that_the_request_names_is_kept() -> None:
    with provider(lambda _: json_reply({})) as server:
        client_of(server.url).ask(request(Host="tenant.example"))

    assert server.asked[0].headers["host"] == "tenant.example"


def test_the_length_is_the_bodys_own() -> None:
    with provider(lambda _: json_reply({})) as server:
        client_of(server.url).ask(request("/", "POST", b"12345", Content_Length="99"))

    assert server.asked[0].headers["content-length"] == "5"


@pytest.mark.parametrize(
    ("provider_", "url"),
    [
        (Provider(scheme="https", host="a", port=443, path="/", timeout_s=1), "https://a/x?y"),
        (Provider(scheme="http", host="a", port=81, path="/v1", timeout_s=1), "http://a:81/v1/x?y"),
    ],
)
def test_the_whole_url_of_a_request(provider_: Provider, url: str) -> None:
    assert provider_.url("/x?y") == url


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
        client = client_of(url, timeout_s=0.2)
        with pytest.raises(Exception) as caught:  # noqa: PT011 - of several kinds
            client.ask(request())
        said = client.reason(caught.value)

    assert said.strip() == reason


def test_a_refused_connection_is_called_so() -> None:
    assert client_of("http://a").reason(ConnectionRefusedError()) == "the connection was refused"


def test_a_certificate_that_is_not_trusted_is_told_with_what_to_do() -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_message = "self-signed certificate"

    assert client_of("https://a").reason(error) == (
        "its certificate is not trusted (self-signed certificate); SSL_CERT_FILE names a CA of "
        "your own, --insecure takes any certificate"
    )


def test_a_certificate_has_to_be_good_unless_any_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = make_authority(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            for _ in range(3):
                connection, _ = listener.accept()
                with contextlib.suppress(OSError), context.wrap_socket(connection, True) as tls:
                    tls.recv(65536)
                    tls.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        strict = Provider(scheme="https", host="localhost", port=port, path="/", timeout_s=5)
        any_will_do = msgspec.structs.replace(strict, verifies_tls=False)
        with pytest.raises(ssl.SSLCertVerificationError):
            Client(strict).ask(request())
        careless = Client(any_will_do).ask(request())
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        trusting = Client(strict).ask(request())

    assert (careless.status, trusting.status) == (204, 204)
