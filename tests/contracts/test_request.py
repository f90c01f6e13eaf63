from typing import Any

import pytest

from shadowpact.contracts.execute import Target, run
from shadowpact.contracts.request import NotExpressibleError, credentials_of, request_of
from shadowpact.model.exchange import Cut, Request
from support.build import JSON, request
from support.pacts import pact
from support.provider import Asked, json_reply, provider

FORM = ((b"content-type", b"application/x-www-form-urlencoded"),)


def sent(*asked: Request) -> list[Asked]:
    """What arrives at a real server when the verifier sends the requests."""
    pacts: list[dict[str, Any]] = [
        pact(
            {
                "type": "Synchronous/HTTP",
                "description": "d",
                "request": request_of(one),
                "response": {"status": 200},
            }
        )
        for one in asked
    ]
    with provider(lambda _: json_reply({})) as server:
        run(pacts, Target(url=server.url), provider="orders")
    return server.asked


@pytest.mark.parametrize(
    ("target", "arrives"),
    [
        ("/get?a=1&a=2&b=", "/get?a=1&a=2&b="),
        ("/a%20b/%2F", "/a%20b/%2F"),
        ("/p?x=%2F&y=a+b", "/p?x=%2F&y=a+b"),
        ("/p;v=1", "/p;v=1"),
        ("/ü".encode().decode("latin-1"), None),
    ],
)
def test_targets_arrive_as_the_client_sent_them(target: str, arrives: str | None) -> None:
    targets = [asked.target for asked in sent(request(target=target))]

    assert arrives is None or targets == [arrives]
    assert len(targets) == 1


def test_bodies_arrive_as_the_client_sent_them() -> None:
    bodies = [
        b'{"a":1,"b":[true,null]}',
        b'{"a": 1.0, "big": 12345678901234567890123}',
        b"\x00\xff",
    ]
    asked = [request("POST", headers=JSON, body=body) for body in bodies]
    form = request("POST", headers=FORM, body=b"a=1&b=%20")
    arrived = [one.body for one in sent(*asked, form)]

    assert arrived == [b'{"a":1,"b":[true,null]}', bodies[1], bodies[2], b"a=1&b=%20"]


def test_headers_of_a_connection_or_a_hop_are_not_sent() -> None:
    headers = (
        (b"Host", b"monolith.test"),
        (b"Content-Length", b"0"),
        (b"Accept-Encoding", b"br"),
        (b"X-Forwarded-For", b"10.0.0.1"),
        (b"Sec-Fetch-Mode", b"cors"),
        (b"traceparent", b"00-1-1-01"),
        (b"Accept", b"text/html, */*;q=0.1"),
        (b"X-Tenant", b"acme"),
        (b"X-Tenant", b"other"),
    )

    assert request_of(request(headers=headers))["headers"] == {
        "accept": ["text/html, */*;q=0.1"],
        "x-tenant": ["acme", "other"],
    }


def test_secrets_are_left_out_and_named() -> None:
    asked = request(headers=((b"Authorization", b"[redacted]"), (b"Cookie", b"a=[redacted]")))

    assert "headers" not in request_of(asked)
    assert credentials_of(asked) == ("authorization", "cookie")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (request(target="/a?token=[redacted]"), "target holds a secret"),
        (request(target="/a?token=%5Bredacted%5D"), "target holds a secret"),
        (request("POST", body=b'{"password": "[redacted]"}', headers=JSON), "body holds a secret"),
        (request("POST", body=b'{"pact:matcher:type": "x"}', headers=JSON), "takes for a matcher"),
        (request(target="/a/../b"), "dot segments"),
        (request(target="/a?b=%FF"), "not UTF-8"),
    ],
)
def test_what_the_verifier_would_send_otherwise_is_refused(asked: Request, reason: str) -> None:
    with pytest.raises(NotExpressibleError, match=reason):
        request_of(asked)


def test_a_body_that_was_not_kept_whole_is_refused() -> None:
    cut = Cut(reason="over-cap", length_bytes=9, sha256=b"0" * 32)
    asked = Request(
        method="POST",
        scheme="http",
        authority="a",
        target="/",
        http_version="HTTP/1.1",
        body=b"x",
        cut=cut,
    )

    with pytest.raises(NotExpressibleError, match="not kept whole"):
        request_of(asked)
