import gzip
import json

import pytest

from shadowpact.mirror import session
from shadowpact.mirror.session import Sessions
from shadowpact.model.exchange import Exchange, Headers
from support.build import exchange, request, response

KEY = bytes(32)


def session_of(exchange: Exchange, by: str | None = None) -> str:
    return session.session_of(exchange, KEY, by)


def asked(*headers: tuple[str, str], client: str = "c1") -> Exchange:
    fields: Headers = tuple((name.encode(), value.encode()) for name, value in headers)
    return exchange(request(headers=fields), client=client)


def test_the_credential_makes_the_session_whatever_the_connection() -> None:
    one = asked(("Authorization", "Bearer planted-a"), client="c1")
    same = asked(("authorization", "Bearer planted-a"), client="c2")
    other = asked(("Authorization", "Bearer planted-b"), client="c1")

    assert session_of(one) == session_of(same)
    assert session_of(one) != session_of(other)


def test_a_session_never_tells_the_credential() -> None:
    assert "planted-a" not in session_of(asked(("Authorization", "Bearer planted-a")))
    assert "planted-a" not in session_of(asked(("X-User", "planted-a")), "header:x-user")


@pytest.mark.parametrize("by", [None, "cookie:sid", "header:x-user"])
def test_who_lacks_the_key_cannot_try_what_credential_a_session_was_made_from(
    by: str | None,
) -> None:
    one = asked(("X-User", "planted-a"), ("Cookie", "sid=planted-b"))
    before = asked(("X-User", "planted-c"), ("Cookie", "sid=planted-d"))
    known, other = Sessions(bytes(32), by), Sessions(bytes(range(32)), by)
    known.of(before), other.of(before)

    assert session.session_of(one, bytes(32), by) != session.session_of(one, bytes(range(32)), by)
    assert known.of(one) != other.of(one)


def test_the_cookie_of_the_session_counts_and_those_that_count_visits_do_not() -> None:
    one = asked(("Cookie", "_visits=1; SESSIONID=planted-a"))
    same = asked(("Cookie", "SESSIONID=planted-a; _visits=2"), client="c2")

    assert session_of(one) == session_of(same)


def test_cookies_split_over_several_headers_are_one() -> None:
    split = asked(("cookie", "_visits=1"), ("cookie", "sid=planted-a"))

    assert session_of(split) == session_of(asked(("cookie", "sid=planted-a")))


@pytest.mark.parametrize("headers", [(), (("Cookie", "_visits=1"),)])
def test_without_either_the_connection_makes_the_session(
    headers: tuple[tuple[str, str], ...],
) -> None:
    assert session_of(asked(*headers, client="c7")) == "client:c7"


def test_a_configured_cookie_or_header_wins() -> None:
    one = asked(("Authorization", "Bearer planted-a"), ("Cookie", "cart=5; x=1"))
    same = asked(("Authorization", "Bearer planted-b"), ("Cookie", "x=2; CART=5"))

    assert session_of(one, "cookie:cart") == session_of(same, "cookie:cart")
    assert session_of(one, "header:authorization") != session_of(same, "header:authorization")


def test_a_configured_client_ignores_the_credential() -> None:
    assert session_of(asked(("Authorization", "Bearer a")), "client") == "client:c1"


def test_what_lacks_the_configured_one_falls_back() -> None:
    assert session_of(asked(client="c9"), "cookie:cart") == "client:c9"


def test_who_logs_in_stays_who_they_are() -> None:
    sessions = Sessions(KEY)
    before = sessions.of(asked(client="c1"))
    logged_in = sessions.of(asked(("Authorization", "Bearer planted-a"), client="c1"))
    elsewhere = sessions.of(asked(("Authorization", "Bearer planted-a"), client="c2"))

    assert before == logged_in == elsewhere


def test_a_cookie_belongs_to_the_session_whose_answer_set_it() -> None:
    sessions = Sessions(KEY)
    login = exchange(
        request("POST", "/login"),
        response({}, headers=((b"Set-Cookie", b"sid=planted-a; HttpOnly"),)),
        client="c1",
    )

    assert sessions.of(login) == sessions.of(asked(("Cookie", "x=1; sid=planted-a"), client="c2"))


@pytest.mark.parametrize("scheme", ["Bearer ", "Token ", ""])
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_token_belongs_to_the_session_whose_answer_gave_it(scheme: str, is_packed: bool) -> None:
    sessions = Sessions(KEY)
    one = asked(("Authorization", "Bearer planted-a"), client="c1")
    ours = sessions.of(one)
    body = json.dumps({"data": [{"access_token": "planted-token-0001", "type": "short"}]}).encode()
    packed: Headers = ((b"Content-Encoding", b"gzip"),) if is_packed else ()
    refreshed = exchange(
        request("POST", "/refresh", headers=one.request.headers),
        response(body=gzip.compress(body) if is_packed else body, headers=packed),
        client="c2",
    )
    sessions.of(asked(("Authorization", "Bearer planted-b"), client="c3"))

    assert sessions.of(refreshed) == ours
    renewed = asked(("Authorization", scheme + "planted-token-0001"), client="c3")
    assert sessions.of(renewed) == ours


@pytest.mark.parametrize(
    ("method", "status", "body"),
    [
        ("GET", 200, b'{"token": "planted-token-0001"}'),
        ("POST", 401, b'{"token": "planted-token-0001"}'),
        ("POST", 200, b'{"comment": "planted-token-0001"}'),
        ("POST", 200, b'{"token": "planted-token-0001"'),
        ("POST", 200, b'{"token": "planted-token-0001", "x": "%s"}' % (b"y" * 70_000)),
    ],
)
def test_what_gives_no_token_takes_nobody_in(method: str, status: int, body: bytes) -> None:
    sessions = Sessions(KEY)
    ours = sessions.of(asked(("Authorization", "Bearer planted-a"), client="c1"))
    sessions.of(exchange(request(method, "/x"), response(body=body, status=status), client="c1"))
    sessions.of(asked(("Authorization", "Bearer planted-b"), client="c3"))

    renewed = asked(("Authorization", "Bearer planted-token-0001"), client="c3")
    assert sessions.of(renewed) != ours


def test_a_connection_that_many_share_makes_no_common_session() -> None:
    sessions = Sessions(KEY)
    first = sessions.of(asked(("Authorization", "Bearer planted-a"), client="shared"))
    second = sessions.of(asked(("Authorization", "Bearer planted-b"), client="shared"))

    assert first != second
    assert sessions.of(asked(("Authorization", "Bearer planted-a"), client="shared")) == first


def test_a_configured_key_decides_alone() -> None:
    sessions = Sessions(KEY, "header:x-user")
    one = sessions.of(asked(("X-User", "planted-a"), client="c1"))

    assert one == sessions.of(asked(("X-User", "planted-a"), client="c2"))
    assert one != sessions.of(asked(("X-User", "planted-b"), client="c1"))
