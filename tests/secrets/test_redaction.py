import base64
import gzip
import json
from typing import Any

import pytest

from shadowpact.model.exchange import Cut, Exchange, Failure, Headers
from shadowpact.secrets import CREDENTIAL_HEADERS, Credentials, Sealer
from shadowpact.secrets.pseudonyms import Pseudonyms
from shadowpact.secrets.redaction import REMOVED, SEALED, UNREADABLE, Redaction
from shadowpact.secrets.seal import BODY_PREFIX
from shadowpact.secrets.settings import RedactSettings
from support.build import exchange, request, response
from support.planted import PERSONAL, SECRETS, found_in, parts, traffic

KEY = b"a made-up key"
PSEUDONYMS = Pseudonyms(KEY)
MAIL = "planted.person@mail.test"
MADE = PSEUDONYMS.email(MAIL)


def redaction(**settings: Any) -> Redaction:
    return Redaction(KEY, RedactSettings(**settings), Credentials(CREDENTIAL_HEADERS))


def redacted(*exchanges: Exchange, **settings: Any) -> list[Exchange]:
    """Both passes."""
    both = redaction(**settings)
    for one in exchanges:
        both.learn(one)
    return [done for one in exchanges if (done := both.redact(one)) is not None]


def header_after(name: bytes, value: bytes, **settings: Any) -> bytes:
    done = redacted(exchange(request(headers=((name, value),))), **settings)[0]
    return done.request.headers[0][1]


def test_nothing_planted_is_left() -> None:
    done = redacted(*traffic(), paths=("$..person.name",), query=("q",))
    everything = b"\n".join(part for one in done for part in parts(one))

    assert found_in(everything, SECRETS | PERSONAL) == set()
    assert len(done) == len(traffic())


def test_an_exchange_with_nothing_to_hide_stays_as_it_is() -> None:
    value = exchange(
        request(
            "POST", "/orders/%31?a=b+c&d=%2F", headers=((b"Accept", b"a/b"),), body=b'{"a": 1.0}'
        ),
        response(body=gzip.compress(b'{"b":"x"}'), headers=((b"Content-Encoding", b"gzip"),)),
    )

    assert redacted(value) == [value]


def test_equal_values_are_equal_wherever_they_stand() -> None:
    login = exchange(
        request("POST", "/login", body=b'{"password":"planted-1"}'),
        response(
            {"access_token": "planted-token"},
            headers=((b"set-cookie", b"sid=planted-session; Path=/"),),
        ),
    )
    after = exchange(
        request(
            target=f"/by/{MAIL}?m=planted.person%40mail.test&token=planted-token",
            headers=(
                (b"Authorization", b"Bearer planted-token"),
                (b"Cookie", b"sid=planted-session"),
            ),
        ),
        response({"who": MAIL, "echo": "planted-session"}),
    )
    first, second = redacted(login, after)
    token, session = PSEUDONYMS.secret("planted-token"), PSEUDONYMS.secret("planted-session")

    assert first.response is not None
    assert second.response is not None
    assert json.loads(first.response.body) == {"access_token": token}
    assert first.response.headers == ((b"set-cookie", f"sid={session}; Path=/".encode()),)
    assert second.request.target == f"/by/{MADE}?m={MADE}&token={token}"
    assert dict(second.request.headers) == {
        b"Authorization": f"Bearer {token}".encode(),
        b"Cookie": f"sid={session}".encode(),
    }
    assert json.loads(second.response.body) == {"who": MADE, "echo": session}


def test_what_is_learnt_late_is_replaced_early() -> None:
    early = exchange(request(target="/early/planted-token"))
    late = exchange(request(), response({"access_token": "planted-token"}))

    assert "planted" not in redacted(early, late)[0].request.target


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (b"Authorization", "Bearer planted-1", f"Bearer {PSEUDONYMS.secret('planted-1')}"),
        (b"authorization", "planted-1", PSEUDONYMS.secret("planted-1")),
        (b"X-Api-Key", "planted-1", PSEUDONYMS.secret("planted-1")),
        (b"Cookie", "a=planted-1; lang=en; b=", f"a={PSEUDONYMS.secret('planted-1')}; lang=en; b="),
        (b"Cookie", 'a="planted-1"', f'a="{PSEUDONYMS.secret("planted-1")}"'),
        (b"Set-Cookie", "a=planted%2F1; HttpOnly", f"a={PSEUDONYMS.secret('planted/1')}; HttpOnly"),
        (b"Authorization", "[redacted]", "[redacted]"),
        (b"X-Forwarded-For", "203.0.113.7, x", f"{PSEUDONYMS.ip('203.0.113.7')}, x"),
        (b"From", MAIL, MADE),
        (b"Referer", f"/?token=planted-1&m={MAIL}",
         f"/?token={PSEUDONYMS.secret("planted-1")}&m={MADE}"),
        (b"User-Agent", "Chrome/120.0.0.0", "Chrome/120.0.0.0"),
        (b"Date", "Sun, 15 Jun 2025 12:00:00 GMT", "Sun, 15 Jun 2025 12:00:00 GMT"),
    ],
)  # fmt: skip
def test_a_header_keeps_its_form(name: bytes, value: str, expected: str) -> None:
    assert header_after(name, value.encode()).decode() == expected


def test_basic_credentials_stay_some() -> None:
    for user, made in (("planted", PSEUDONYMS.user("planted")), (MAIL, MADE)):
        token = base64.b64encode(f"{user}:planted-1".encode())
        scheme, _, done = header_after(b"Authorization", b"Basic " + token).partition(b" ")

        assert scheme == b"Basic"
        assert base64.b64decode(done).decode() == f"{made}:{PSEUDONYMS.secret('planted-1')}"


def test_what_is_no_basic_token_is_a_secret() -> None:
    assert b"planted" not in header_after(b"Authorization", b"Basic planted%")


def test_the_parameters_of_digest_are_replaced_one_by_one() -> None:
    value = b'Digest username="planted", realm="shop", uri="/a", nonce="planted-2", qop=auth'
    done = header_after(b"Authorization", value)

    assert b"planted" not in done
    assert done.startswith(b'Digest username="user-')
    assert b'realm="shop", uri="/a", nonce="redacted-' in done


def test_headers_of_the_configuration_are_replaced() -> None:
    assert header_after(b"X-Customer", b"Ab-12") == b"Ab-12"
    assert header_after(b"X-Customer", b"Ab-12", headers=("x-customer",)) == (
        PSEUDONYMS.alike("Ab-12").encode()
    )


def test_a_length_follows_its_body_and_an_encoding_stays() -> None:
    headers: Headers = ((b"Content-Encoding", b"gzip"), (b"Content-Length", b"7"))
    value = exchange(answered=response(body=gzip.compress(MAIL.encode()), headers=headers))
    done = redacted(value)[0].response

    assert done is not None
    assert gzip.decompress(done.body).decode() == MADE
    assert dict(done.headers)[b"Content-Length"] == str(len(done.body)).encode()


def test_bodies_are_left_out_that_nobody_can_look_into() -> None:
    both = redaction()
    headers: Headers = ((b"content-encoding", b"unheard-of"),)
    asked = request(body=b"planted", headers=headers)
    done = both.redact(exchange(asked, response(body=b"planted", headers=headers)))

    assert done is not None
    assert done.request.body == b""
    assert done.request.cut == Cut(reason=REMOVED, length_bytes=7, sha256=bytes(32))
    assert both.removed == {UNREADABLE: 2}


def test_what_another_key_sealed_is_taken_out_and_said() -> None:
    headers: Headers = ((b"Cookie", b"sid=planted-1"),)
    sealer = Sealer(bytes(range(64)))
    both = redaction()
    header_only = sealer.seal(exchange(request(headers=headers), response(body=b"planted-1")))
    done = both.redact(header_only)
    gone = both.redact(sealer.seal(exchange(request(target="/?token=planted-1"))))

    assert done is not None
    assert done.response is not None
    assert gone is None
    assert not done.request.headers[0][1].startswith(b"sealed:")
    assert not done.response.body.startswith(BODY_PREFIX)
    assert both.removed == {f"value {SEALED}": 1, f"body {SEALED}": 1, f"exchange {SEALED}": 1}


def test_a_cut_body_loses_the_word_in_which_it_ends() -> None:
    cut = Cut(reason="over-cap", length_bytes=10**9, sha256=bytes(32))
    done = redacted(exchange(answered=response(body=f"<p>{MAIL} and plant".encode(), cut=cut)))[0]

    assert done.response is not None
    assert done.response.body == f"<p>{MADE} and ".encode()
    assert done.response.cut == cut


def test_a_cut_body_that_is_encoded_is_left_out() -> None:
    cut = Cut(reason="over-cap", length_bytes=10**9, sha256=bytes(32))
    answered = response(body=b"planted", headers=((b"content-encoding", b"gzip"),), cut=cut)

    assert redacted(exchange(answered=answered))[0].response == response(
        body=b"",
        headers=((b"content-encoding", b"gzip"),),
        cut=Cut(reason=REMOVED, length_bytes=7, sha256=bytes(32)),
    )


def test_a_failure_says_nothing_personal() -> None:
    done = redacted(exchange(answered=Failure(kind="other", message=f"lost {MAIL}")))[0]

    assert done.failure == Failure(kind="other", message=f"lost {MADE}")


def test_binary_bodies_are_named_for_a_person_to_look_at() -> None:
    both = redaction()
    both.redact(
        exchange(answered=response(body=b"\x00\xff", headers=((b"content-type", b"image/png"),)))
    )

    latin = ((b"content-type", b"text/plain; charset=iso-8859-1"),)
    both.redact(exchange(answered=response(body=b"caf\xe9", headers=latin)))

    assert both.left_alone == {"image/png": 1}


def test_what_was_replaced_is_told_by_class_and_place_without_values() -> None:
    both = redaction()
    value = exchange(
        request(target=f"/by/{MAIL}?mail={MAIL}", headers=((b"Cookie", b"sid=planted-1"),)),
        response({"users": [{"email": MAIL}, {"email": MAIL}]}),
    )
    both.learn(value)
    both.redact(value)

    assert both.replaced == {
        "email": {"path": 1, "query mail": 1, "response body $.users[*].email": 2},
        "secret": {"request header cookie": 1},
    }


def test_a_session_in_a_path_is_replaced() -> None:
    done = redacted(exchange(request(target="/a;jsessionid=planted-1/b")))[0]

    assert done.request.target == f"/a;jsessionid={PSEUDONYMS.secret('planted-1')}/b"
