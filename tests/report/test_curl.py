import json
import shlex
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import msgspec
import pytest

from shadowpact.model.exchange import Cut, Request
from shadowpact.report.curl import curl_command
from support.build import request


def words(asked: Request) -> list[str]:
    return shlex.split(curl_command(asked).replace("\\\n", ""), comments=True)


def test_a_plain_get_is_one_line() -> None:
    assert curl_command(request(target="/orders/1")) == (
        "curl --path-as-is --globoff http://monolith.test/orders/1"
    )


def test_the_raw_target_is_kept_and_quoted() -> None:
    assert words(request(target="/a/../b?q='x';$(id)&y={1,2}"))[-1] == (
        "http://monolith.test/a/../b?q='x';$(id)&y={1,2}"
    )


def test_headers_that_curl_makes_itself_are_left_out() -> None:
    asked = request(
        headers=(
            (b"Host", b"monolith.test"),
            (b"Content-Length", b"3"),
            (b"Accept-Encoding", b"gzip"),
            (b"X-Empty", b""),
            (b"Authorization", b"[redacted]"),
        )
    )

    assert words(asked)[1:-3] == [
        *("--header", "X-Empty;"),
        *("--header", "Authorization: [redacted]"),
        "--compressed",
    ]


def test_methods_are_named_where_curl_would_send_another() -> None:
    assert "--request" not in words(request("GET"))
    assert "--request" not in words(request("POST", body=b"{}"))
    assert words(request("POST"))[1:3] == ["--request", "POST"]
    assert words(request("GET", body=b"{}"))[1:3] == ["--request", "GET"]
    assert words(request("HEAD"))[1] == "--head"


def test_a_long_command_has_a_line_for_each_option() -> None:
    asked = request(headers=((b"accept", b"x" * 100), (b"b", b"c")))

    assert curl_command(asked).split("\n")[-2:] == [
        "  --header 'b: c' \\",
        "  --path-as-is --globoff http://monolith.test/orders/1",
    ]


def test_what_is_no_text_or_not_whole_is_said_in_a_remark() -> None:
    cut = msgspec.structs.replace(
        request("POST", body=b"abc"),
        cut=Cut(reason="over-cap", length_bytes=9_000_000, sha256=bytes(32)),
    )

    assert curl_command(request("PUT", body=b"\xff\xfe")).endswith(
        "# its body is 2 bytes of binary data"
    )
    assert "# its body of 9000000 bytes was not kept whole" in curl_command(cut)
    assert "--data-raw" not in curl_command(cut)


def test_a_target_that_is_no_path_is_sent_as_it_was() -> None:
    assert words(request("OPTIONS", "*"))[1:] == [
        *("--request", "OPTIONS"),
        *("--request-target", "*", "http://monolith.test"),
    ]


def test_nothing_in_a_command_can_steer_the_terminal_it_is_pasted_into() -> None:
    asked = request(
        "POST", "/a\x1b[2J", headers=((b"x", b"\x1b]0;\x07\xff"),), body=b"\x1b\r\n'\\rm"
    )

    assert not [char for char in curl_command(asked) if ord(char) < 32 and char != "\n"]


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        seen: dict[str, Any] = {
            "target": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(length).decode(),
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(seen).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the library's name
        pass


@pytest.fixture
def echo_port() -> Any:
    with HTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_shell_that_runs_it_sends_the_request_again(echo_port: int) -> None:
    body = '{"it\'s": "{a,b} \\\\ $HOME"}\n@x'
    asked = request(
        "POST",
        "/a/../b?q=[1]",
        authority=f"127.0.0.1:{echo_port}",
        headers=((b"Content-Type", b"application/json"), (b"X-Odd", b'it\'s "$HOME" `id`')),
        body=body.encode(),
    )
    done = subprocess.run(
        ("bash", "-c", f"{curl_command(asked)} --silent --max-time 10"),  # noqa: S607 any bash
        capture_output=True,
        check=True,
        timeout=30,
    )
    seen = json.loads(done.stdout)

    assert seen["target"] == "/a/../b?q=[1]"
    assert seen["body"] == body
    assert seen["headers"]["x-odd"] == 'it\'s "$HOME" `id`'
    assert seen["headers"]["content-type"] == "application/json"
