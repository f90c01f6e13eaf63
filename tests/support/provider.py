"""A small real HTTP server whose answers a test gives, and that remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What to answer; ``None`` instead of one closes the connection."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


class Provider:
    """The server: its URL, and what it was asked so far."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []


type Answers = Callable[[Asked], Reply | None]


def json_reply(document: Any, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())


def by_target(replies: dict[str, Reply | None]) -> Answers:
    """Answers by raw target; 404 for others."""
    return lambda asked: replies.get(asked.target, json_reply({"error": "not found"}, 404))


@contextmanager
def provider(answers: Answers) -> Iterator[Provider]:
    """Serve on a port of the kernel until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            self.close_connection = True
            if not self.raw_requestline or not self.parse_request():
                return
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            server.asked.append(asked)
            reply = answers(asked)
            if reply is not None:
                self._give(reply)

        def _give(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            has_body = self.command != "HEAD" and reply.status not in {204, 304}
            if has_body:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if has_body:
                self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Provider(f"http://127.0.0.1:{listener.server_port}")
    threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
