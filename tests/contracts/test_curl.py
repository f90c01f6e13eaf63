import shlex

import msgspec
import pytest

from shadowpact.contracts.curl import curl, request_line
from shadowpact.model.exchange import Request
from support.verified import SENT


def test_credentials_are_variables_and_the_rest_is_as_it_was_sent() -> None:
    line = curl(SENT, "http://orders.test:81/api/")

    assert shlex.split(line) == [
        *("curl", "-sS", "-i", "-H", "Authorization: $AUTHORIZATION", "-H", "X-A: it's"),
        "http://orders.test:81/api/a?b=1",
    ]


@pytest.mark.parametrize(
    ("method", "body", "parts"),
    [
        ("HEAD", b"", ["-I"]),
        ("POST", b"{'a': 1}", ["-X", "POST", "--data-binary", "{'a': 1}"]),
        ("PUT", b"\x00\xff", ["-X", "PUT", "--data-binary", "@request-body"]),
    ],
)
def test_method_and_body_are_there(method: str, body: bytes, parts: list[str]) -> None:
    request: Request = msgspec.structs.replace(SENT, method=method, body=body, headers=())

    assert shlex.split(curl(request, "http://a"))[3:-1] == parts


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ({"b": ["1", "ü 2"], "c": "3"}, "GET /a?b=1&b=%C3%BC%202&c=3"),
        ("b=1", "GET /a?b=1"),
        (None, "GET /a"),
    ],
)
def test_a_query_is_written_in_either_form(query: object, line: str) -> None:
    assert request_line({"method": "GET", "path": "/a", "query": query}) == line
