from shadowpact.aliases.uses import cookies_sent, cookies_set, given_by, uses_of
from support.build import JSON, request, response
from support.sides import location, post

UUID = "7f9c24e8-3b1a-4c5d-9e2f-0a1b2c3d4e5f"


def test_what_a_request_uses() -> None:
    headers = ((b"cookie", b"sid=a1"), (b"authorization", b"Bearer tok123"))
    asked = post("/orders/12?shelf=2&mode=open", {"cart_id": 3, "ref": UUID}, headers=headers)

    used = uses_of(asked, "POST /orders/{id}")

    assert {
        ("order", "12"),
        ("shelf", "2"),
        ("cart", "3"),
        ("", UUID),
        ("cookie:sid", "a1"),
        ("token", "tok123"),
    } <= used
    assert ("mode", "open") not in used


def test_what_an_answer_gives() -> None:
    document = {"id": 12, "status": "open", "count": 3, "code": "OPEN", "items": [{"id": 4}]}
    answer = response(document, headers=location(f"/orders/12/notes/{UUID}"))

    given = given_by(answer, "POST /orders")

    assert given >= {("order", "12"), ("item", "4"), ("note", UUID), ("", UUID)}
    assert not {("status", "open"), ("count", "3"), ("order", "OPEN")} & given


def test_cookies_by_name() -> None:
    answer = response(
        headers=(
            *JSON,
            (b"Set-Cookie", b'a="1"; Path=/'),
            (b"set-cookie", b"b=2"),
            (b"set-cookie", b"a=3"),
        )
    )

    assert cookies_set(answer.headers) == {"a": "3", "b": "2"}
    assert cookies_sent(request(headers=((b"cookie", b"a=1; b=2"),))) == {"a": "1", "b": "2"}
    assert cookies_sent(request()) == {"": ""}
