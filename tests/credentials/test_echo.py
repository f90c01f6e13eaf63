import gzip

import pytest

from shadowpact.credentials.echo import without_echo
from shadowpact.model.exchange import Headers, Request
from support.build import JSON, request, response

RECORDED = request(headers=((b"Authorization", b"Bearer of-the-client"),))
SENT = request(headers=((b"authorization", b"Bearer of-the-service"),))


def swapped(text: str, recorded: Request = RECORDED, sent: Request = SENT) -> str:
    return without_echo(response(body=text.encode()), recorded, sent).body.decode()


def test_an_echo_is_one_of_what_was_recorded() -> None:
    assert swapped('{"you":"Bearer of-the-service"}') == '{"you":"Bearer of-the-client"}'
    assert swapped("of-the-service!") == "of-the-client!"


def test_a_secret_that_stands_for_nothing_is_redacted() -> None:
    assert swapped("of-the-service", request()) == "[redacted]"


def test_other_spellings_are_redacted() -> None:
    sent = request(headers=((b"x-api-key", b"open/sesame&"),))

    assert swapped('"open\\/sesame&" open%2Fsesame%26', request(), sent).count("[redacted]") == 2


def test_what_the_request_had_anyway_is_no_secret_of_ours() -> None:
    recorded = request(headers=((b"Cookie", b"theme=darkmode; sid=of-the-client"),))
    sent = request(headers=((b"cookie", b"theme=darkmode; sid=of-the-service"),))

    assert swapped("darkmode of-the-service", recorded, sent) == "darkmode [redacted]"


def test_headers_are_looked_at_too() -> None:
    headers: Headers = ((b"x-echo", b"of-the-service"), *JSON)

    answer = without_echo(response({}, headers=headers), RECORDED, SENT)

    assert answer.headers == ((b"x-echo", b"of-the-client"), *JSON)


def test_a_compressed_body_is_opened_only_where_a_secret_is_inside() -> None:
    encoded: Headers = ((b"Content-Encoding", b"gzip"), *JSON)
    harmless = response(body=gzip.compress(b"{}"), headers=encoded)
    telling = response(body=gzip.compress(b'"of-the-service"'), headers=encoded)

    opened = without_echo(telling, RECORDED, SENT)

    assert without_echo(harmless, RECORDED, SENT) is harmless
    assert (opened.body, opened.headers) == (b'"of-the-client"', JSON)


@pytest.mark.parametrize("sent", [RECORDED, SENT])
def test_an_answer_without_an_echo_is_the_same(sent: Request) -> None:
    answer = response({"id": 1})

    assert without_echo(answer, RECORDED, sent) is answer


def test_a_body_that_cannot_be_decoded_stays_as_it_is() -> None:
    answer = response(body=b"of-the-service", headers=((b"content-encoding", b"gzip"),))

    assert without_echo(answer, RECORDED, SENT) is answer
